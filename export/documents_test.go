package export_test

import (
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator/rules"

	"decnetgraph/export"
	"decnetgraph/graph"
)

// TestDocumentsAskForWholeRows holds every document to all fields of its type that need no statement of
// their own: those without a resolver. Of another row its keys are enough.
func TestDocumentsAskForWholeRows(t *testing.T) {
	schema := graph.NewExecutableSchema(graph.Config{}).Schema()
	files, err := os.ReadDir("documents")
	require.NoError(t, err)
	require.Len(t, files, len(export.Lists))
	for _, list := range export.Lists {
		t.Run(list, func(t *testing.T) {
			text, err := os.ReadFile("documents/" + list + ".graphql")
			require.NoError(t, err)
			document, faults := gqlparser.LoadQueryWithRules(schema, string(text), rules.NewDefaultRules())
			require.Empty(t, faults)
			require.Equal(t, list, document.Operations[0].Name)
			node := child(t, child(t, child(t, document.Operations[0].SelectionSet, "list").SelectionSet, "edges").SelectionSet, "node")
			checkWhole(t, schema, node)
		})
	}
}

// checkWhole compares the selection of an object with the fields of its type.
func checkWhole(t *testing.T, schema *ast.Schema, object *ast.Field) {
	t.Helper()
	of := schema.Types[object.Definition.Type.Name()]
	var want, have []string
	for _, field := range of.Fields {
		plain := !resolved(of.Name, field.Name) && field.Type.Name() != "Session" // which is nothing but its id
		derived := field.Name == "revision"                                       // is made of the other fields, for mutations
		if len(field.Arguments) == 0 && !strings.HasPrefix(field.Name, "__") && plain && !derived {
			want = append(want, field.Name)
		}
	}
	for _, selected := range object.SelectionSet {
		field := selected.(*ast.Field)
		have = append(have, field.Name)
		switch of := schema.Types[field.Definition.Type.Name()]; {
		case slices.Contains(of.Interfaces, "Node"):
			child(t, field.SelectionSet, "uuid")
		case of.IsCompositeType():
			checkWhole(t, schema, field)
		}
	}
	require.Equal(t, want, have, "fields of %s, in the order of the schema", of.Name)
}

// resolved reports whether a field has a resolver.
func resolved(object, field string) bool {
	root := reflect.TypeFor[graph.ResolverRoot]()
	for method := range root.Methods() {
		if !strings.EqualFold(method.Name, object) {
			continue
		}
		for resolver := range method.Type.Out(0).Methods() {
			if strings.EqualFold(resolver.Name, field) {
				return true
			}
		}
	}
	return false
}

func child(t *testing.T, set ast.SelectionSet, name string) *ast.Field {
	t.Helper()
	for _, selected := range set {
		if field := selected.(*ast.Field); field.Alias == name {
			return field
		}
	}
	require.Fail(t, "there is no "+name)
	return nil
}
