package main

import (
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/codegen"
	"github.com/99designs/gqlgen/codegen/config"
	"github.com/stretchr/testify/require"
	"github.com/vektah/gqlparser/v2/ast"
)

// TestDirectivesBecomeFacts generates the table of types from the schema with a role on a type, an edge, a leaf, an argument
// and a field of an input type. The table must differ from the one of the schema itself in facts alone.
func TestDirectivesBecomeFacts(t *testing.T) {
	t.Chdir("../..")
	plain, err := generate(t, nil, config.DirectiveConfig{})
	require.NoError(t, err)
	committed, err := os.ReadFile("graph/types.go")
	require.NoError(t, err)
	require.Equal(t, string(committed), plain)

	guarded, err := generate(t, withRoles, config.DirectiveConfig{SkipRuntime: true})
	require.NoError(t, err)
	for _, fact := range []string{
		`{Coordinate: "Identity.attackers", Directive: "role", Args: map[string]any{"requires": "ADMIN"}}`,
		`{Coordinate: "Identity.notes", Directive: "role", Args: map[string]any{"requires": "VIEWER"}}`,
		`{Coordinate: "Query.tags(filter:)", Directive: "role"`,
		`{Coordinate: "TTPTagFilter.ruleId", Directive: "role"`,
		`{Coordinate: "TagDay", Directive: "role"`,
		`"TTPTagFilter": exec.Inputs{"and": {Type: "TTPTagFilter", Roles: roleVIEWER | roleADMIN}`,
		`"ruleId": {Facts:`,
	} {
		require.Positive(t, strings.Count(spaceless(guarded), spaceless(fact)), fact) // Contains would print the whole table
	}
	require.Zero(t, strings.Compare(withoutFacts(plain), withoutFacts(guarded)), "the tables differ in more than facts")
}

// TestDirectivesWithARuntimeAreRefused shows that nothing is generated for a directive that gqlgen would run.
func TestDirectivesWithARuntimeAreRefused(t *testing.T) {
	t.Chdir("../..")
	_, err := generate(t, withRoles, config.DirectiveConfig{})
	require.ErrorContains(t, err, "directive @role: set skip_runtime for it in gqlgen.yml")
}

// TestFactsOfInterfacesHoldForTheirTypes generates a role on an interface and on one of its fields.
func TestFactsOfInterfacesHoldForTheirTypes(t *testing.T) {
	t.Chdir("../..")
	table, err := generate(t, func(sdl string) string {
		sdl = strings.Replace(sdl, "\ninterface Node {", "\ninterface Node @role(requires: \"NODES\") {", 1)
		node := strings.Index(sdl, "\ninterface Node @role")
		id := node + strings.Index(sdl[node:], "\n  id: ID!")
		return sdl[:id] + strings.Replace(sdl[id:], "id: ID!", "id: ID! @role(requires: \"IDS\", at: 2.0, n: 3)", 1) + roleDirective
	}, config.DirectiveConfig{SkipRuntime: true})
	require.NoError(t, err)
	for _, fact := range []string{
		`{Coordinate: "Campaign", Directive: "role", Args: map[string]any{"requires": "NODES"}}`,
		`{Coordinate: "TTPTag.id", Directive: "role", Args: map[string]any{"at": float64(2), "n": int64(3), "requires": "IDS"}}`,
	} {
		require.Positive(t, strings.Count(spaceless(table), spaceless(fact)), fact)
	}
}

// TestFactsThatNobodyChecksAreRefused generates a role where the executor looks for none.
func TestFactsThatNobodyChecksAreRefused(t *testing.T) {
	t.Chdir("../..")
	for element, declaration := range map[string]string{
		"DateTime": "scalar DateTime", "TTPTagFilter": "input TTPTagFilter", "Membership": "enum Membership",
	} {
		_, err := generate(t, func(sdl string) string {
			return strings.Replace(sdl, "\n"+declaration, "\n"+declaration+" @role", 1) + roleDirective
		}, config.DirectiveConfig{SkipRuntime: true})
		require.ErrorContains(t, err, "directive @role on "+element+": the executor checks facts of")
	}
}

const roleDirective = `
directive @role(requires: String = "VIEWER", at: Float, n: Int) on OBJECT | INTERFACE | FIELD_DEFINITION | SCALAR | INPUT_OBJECT | ENUM
`

// withRoles adds directives to the schema.
func withRoles(sdl string) string {
	change := func(pattern, replacement string) {
		expression := regexp.MustCompile(pattern)
		if !expression.MatchString(sdl) {
			panic("the schema has no " + pattern)
		}
		sdl = expression.ReplaceAllString(sdl, replacement)
	}
	change(`(?s)(\ntype Identity implements.*?\n  attackers\(.*?\): AttackerConnection!?)`, `$1 @role(requires: "ADMIN")`)
	change(`(?s)(\ntype Identity implements.*?\n  notes: String)`, `$1 @role`)
	change(`(?s)(\ninput TTPTagFilter.*?\n  ruleId: TextFilter)`, `$1 @role`)
	change(`(?s)(\ntype Query.*?\n  tags\(.*?filter: TTPTagFilter)`, `$1 @role`)
	change(`\ntype TagDay `, "\ntype TagDay @role ")
	return sdl + `
directive @role(requires: String = "VIEWER") on OBJECT | FIELD_DEFINITION | ARGUMENT_DEFINITION | INPUT_FIELD_DEFINITION
`
}

// generate returns the table of types for the project's schema as changed.
func generate(t *testing.T, change func(string) string, directive config.DirectiveConfig) (string, error) {
	t.Helper()
	slog.SetDefault(slog.New(slog.DiscardHandler)) // gqlgen logs each field that it takes for a resolver
	settings, err := config.LoadConfig("gqlgen.yml")
	require.NoError(t, err)
	if change != nil {
		source := settings.Sources[0]
		settings.Sources = []*ast.Source{{Name: source.Name, Input: change(source.Input)}}
		settings.Directives["role"] = directive
	}
	require.NoError(t, settings.Init())
	data, err := codegen.BuildData(settings)
	require.NoError(t, err)
	file := filepath.Join(t.TempDir(), "types.go")
	if err := renderTypes(data, file); err != nil {
		return "", err
	}
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	return string(text), nil
}

func spaceless(text string) string { return strings.Join(strings.Fields(text), "") }

// withoutFacts is the table without facts and the inputs that lead to them.
func withoutFacts(table string) string {
	text := spaceless(table)
	for _, member := range []string{`Facts:[]exec.Fact{`, `Inputs:exec.Inputs{`, `map[string]exec.Inputs{`} {
		for {
			before, after, found := strings.Cut(text, member)
			if !found {
				break
			}
			text = before + strings.TrimPrefix(after[closing(after):], ",")
		}
	}
	return text
}

// closing is the end of a literal whose opening brace has been read.
func closing(text string) int {
	depth := 1
	for i, sign := range text {
		switch sign {
		case '{':
			depth++
		case '}':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return len(text)
}
