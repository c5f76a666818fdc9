// Command generate writes the code that gqlgen makes of schema.graphqls and gqlgen.yml, and, by a plugin,
// graph/types.go: what package exec has to know of the schema. `go generate` runs it in the project's root.
package main

import (
	"fmt"
	"log/slog"
	"os"

	"github.com/99designs/gqlgen/api"
	"github.com/99designs/gqlgen/codegen/config"
)

func main() {
	slog.SetDefault(slog.New(slog.DiscardHandler)) // gqlgen logs each field that it takes for a resolver
	settings, err := config.LoadConfig("gqlgen.yml")
	if err == nil {
		err = api.Generate(settings, api.AddPlugin(types{}))
	}
	if err != nil {
		_, _ = fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}
