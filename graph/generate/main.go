// Command generate runs gqlgen on schema.graphqls and gqlgen.yml, with a plugin that writes graph/types.go: the tables
// by which package exec executes the schema. `go generate` runs it in the project's root.
package main

import (
	"fmt"
	"log/slog"
	"os"

	"github.com/99designs/gqlgen/api"
	"github.com/99designs/gqlgen/codegen/config"
)

func main() {
	slog.SetDefault(slog.New(slog.DiscardHandler)) //nolint:forbidigo // gqlgen logs every field that gets a resolver
	settings, err := config.LoadConfig("gqlgen.yml")
	if err == nil { // before gqlgen removes what it has generated
		err = checkRules(settings)
	}
	if err == nil {
		err = api.Generate(settings, api.AddPlugin(types{}))
	}
	if err != nil {
		_, _ = fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

// checkRules fails if the rules of the schema, who may use what, are missing or wrong.
func checkRules(settings *config.Config) error {
	if err := settings.LoadSchema(); err != nil {
		return err
	}
	_, err := newAccess(settings.Schema)
	return err
}
