package schema_test

import (
	goflag "flag"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/formatter"

	"decnetgraph/graph"
	"decnetgraph/tests/schema"
)

var setBaseline = goflag.Bool("baseline", false, "make the schema of now the one that clients know")

const (
	baselineFile = "baseline.graphqls"
	allowedFile  = "allowed.txt"
	allowedHead  = `# Changes since baseline.graphqls that break clients and are wanted, each as TestNoClientBreaks reports it, with the reason:
#   Campaign.tags(first:) was removed because every page has the same size.
# "make schema-baseline" empties this list.
`
)

// TestNoClientBreaks compares the schema with the one that was released last.
func TestNoClientBreaks(t *testing.T) {
	now := graph.NewExecutableSchema(graph.Config{}).Schema()
	if *setBaseline {
		require.NoError(t, os.WriteFile(baselineFile, []byte(withoutDescriptions(now)), 0o644))
		require.NoError(t, os.WriteFile(allowedFile, []byte(allowedHead), 0o644))
	}
	released, err := os.ReadFile(baselineFile)
	require.NoError(t, err)
	text, err := os.ReadFile(allowedFile)
	require.NoError(t, err)
	allowed, malformed := parseAllowed(string(text))
	require.Empty(t, malformed, "lines of %s without a reason", allowedFile)
	for _, b := range schema.Breaks(load(t, string(released)), now, time.Now()) {
		assert.Contains(t, allowed, b.String(), "this breaks clients; deprecate first, or add the change with its reason to tests/schema/%s", allowedFile)
		delete(allowed, b.String())
	}
	assert.Empty(t, slices.Sorted(maps.Keys(allowed)), "lines of %s that no change needs", allowedFile)
}

// withoutDescriptions returns the text of a schema, whose descriptions no client depends on.
func withoutDescriptions(of *ast.Schema) string {
	var text strings.Builder
	formatter.NewFormatter(&text, formatter.WithIndent("  "), formatter.WithoutDescription()).FormatSchema(of)
	return text.String()
}

// parseAllowed returns the changes that are allowed, with their reasons, and the lines that are none.
func parseAllowed(text string) (allowed map[string]string, malformed []string) {
	allowed = map[string]string{}
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		change, reason, found := strings.Cut(line, " because ")
		if !found || strings.TrimSpace(reason) == "" {
			malformed = append(malformed, line)
			continue
		}
		allowed[change] = reason
	}
	return allowed, malformed
}

func TestAllowedChangesNeedAReason(t *testing.T) {
	allowed, malformed := parseAllowed(allowedHead + "\nA.b was removed because nobody used it.\nA.c was removed\nA.d was removed because \n")
	require.Equal(t, map[string]string{"A.b was removed": "nobody used it."}, allowed)
	require.Equal(t, []string{"A.c was removed", "A.d was removed because"}, malformed)
}

func TestTheBaselineSaysAllThatClientsDependOn(t *testing.T) {
	now := graph.NewExecutableSchema(graph.Config{}).Schema()
	written := load(t, withoutDescriptions(now))
	require.Empty(t, schema.Breaks(now, written, time.Time{}))
	require.Empty(t, schema.Breaks(written, now, time.Time{}))
}

// TestDeprecationsNameTheirDay looks for deprecations that could never end.
func TestDeprecationsNameTheirDay(t *testing.T) {
	now := graph.NewExecutableSchema(graph.Config{}).Schema()
	check := func(directives ast.DirectiveList, coordinate string) {
		if d := directives.ForName("deprecated"); d != nil {
			_, ok := schema.RemovalDay(d)
			assert.True(t, ok, `%s: the reason must name the day, as in "Use tags; to be removed on 2027-06-01."`, coordinate)
		}
	}
	for name, definition := range now.Types {
		if definition.BuiltIn {
			continue
		}
		for _, field := range definition.Fields {
			check(field.Directives, name+"."+field.Name)
			for _, argument := range field.Arguments {
				check(argument.Directives, name+"."+field.Name+"("+argument.Name+":)")
			}
		}
		for _, value := range definition.EnumValues {
			check(value.Directives, name+"."+value.Name)
		}
	}
}
