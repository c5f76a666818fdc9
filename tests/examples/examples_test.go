// Package examples runs the examples of the GraphiQL page on every kind of database.
package examples

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"

	"decnetgraph/resolvers/resolverstest"
	"decnetgraph/web"
)

func TestMain(m *testing.M) { resolverstest.Main(m) }

// TestEveryExampleHasAnAnswerOnEveryDatabase runs each example as the page does, with the values that it finds in the
// sample, and compares what the databases answer.
func TestEveryExampleHasAnAnswerOnEveryDatabase(t *testing.T) {
	file, err := resolverstest.SamplePath()
	require.NoError(t, err)
	all, err := web.Examples()
	require.NoError(t, err)
	first := map[string]any{} // the answers of the first database
	for _, database := range resolverstest.Databases {
		t.Run(database.Name, func(t *testing.T) {
			server := resolverstest.Serve(t, database.Copy(t, file))
			for _, writes := range []bool{false, true} { // what is read does not change meanwhile
				for _, example := range all {
					if example.Writes != writes {
						continue
					}
					t.Run(example.Name, func(t *testing.T) {
						data := server.Ask(t, example.Query, server.Variables(t, example))
						requireFull(t, example.Query, data)
						before, known := first[example.Name]
						if !known {
							first[example.Name] = data
						} else if !database.Rounds {
							require.Empty(t, difference("", before, data), "other than on %s", resolverstest.Databases[0].Name)
						}
					})
				}
			}
		})
	}
}

// differs are fields whose values say which database it is, where a row is in it, or when it was written.
var differs = map[string]bool{"tables": true, "endCursor": true, "setAt": true, "updatedAt": true, "revision": true}

// difference is the first place at which two answers differ, with both values; empty if they are the same.
func difference(path string, one, other any) string {
	switch a := one.(type) {
	case map[string]any:
		b, _ := other.(map[string]any)
		for _, key := range slices.Sorted(maps.Keys(a)) {
			if differs[key] {
				continue
			}
			if found := difference(path+"."+key, a[key], b[key]); found != "" {
				return found
			}
		}
		if len(a) == len(b) {
			return ""
		}
	case []any:
		b, _ := other.([]any)
		for i := range min(len(a), len(b)) {
			if found := difference(path+"."+strconv.Itoa(i), a[i], b[i]); found != "" {
				return found
			}
		}
		if len(a) == len(b) {
			return ""
		}
	default:
		if reflect.DeepEqual(one, other) {
			return ""
		}
	}
	return fmt.Sprintf("%s: %.200v, not %.200v", path, one, other)
}

// mayBeEmpty are lists that say what is wrong.
var mayBeEmpty = map[string]bool{"userErrors": true, "warnings": true}

// requireFull fails if a field of the root is null, or a list of objects that the document selects is empty everywhere.
func requireFull(t *testing.T, document string, data map[string]any) {
	t.Helper()
	for field, value := range data {
		require.NotNil(t, value, field)
	}
	parsed, err := parser.ParseQuery(&ast.Source{Input: document})
	require.NoError(t, err)
	longest := map[string]int{}
	lengths(longest, "", data)
	objects(parsed.Operations[0].SelectionSet, "", func(path, name string) {
		if n, isList := longest[path]; isList && !mayBeEmpty[name] {
			require.NotZero(t, n, "%s is empty everywhere", path)
		}
	})
	for path, n := range longest {
		if strings.HasSuffix(path, ".userErrors") {
			require.Zero(t, n, "%s: %v", path, data)
		}
	}
}

// lengths notes the length of the longest list at each path, without indices.
func lengths(longest map[string]int, path string, value any) {
	switch v := value.(type) {
	case map[string]any:
		for key, element := range v {
			lengths(longest, path+"."+key, element)
		}
	case []any:
		longest[path] = max(longest[path], len(v))
		for _, element := range v {
			lengths(longest, path, element)
		}
	}
}

// objects calls visit for each field that has fields of its own.
func objects(selected ast.SelectionSet, path string, visit func(path, name string)) {
	for _, selection := range selected {
		if field, ok := selection.(*ast.Field); ok && len(field.SelectionSet) > 0 {
			visit(path+"."+field.Alias, field.Name)
			objects(field.SelectionSet, path+"."+field.Alias, visit)
		}
	}
}
