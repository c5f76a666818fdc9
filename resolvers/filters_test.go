package resolvers_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/vektah/gqlparser/v2/ast"

	"decnetgraph/graph"
)

// filterValues are values of the types that filters have.
var filterValues = map[string]string{
	"String": `"x"`, "TechniqueID": `"T1110"`, "Float": `0.5`, "Int": `1`, "Boolean": `true`, "DateTime": `"2026-01-01T00:00:00Z"`,
}

// needed are the arguments that a list must have.
func needed(list *ast.FieldDefinition) string {
	if list.Arguments.ForName("by") != nil {
		return "by: COUNTRY, "
	}
	return ""
}

// TestEveryFilterAndOrderOfTheSchemaIsDeclared asks every list of the root with each field of its filter and each
// value of its order: a table of storage must declare them all.
func TestEveryFilterAndOrderOfTheSchemaIsDeclared(t *testing.T) {
	a := onSample(t)
	schema := graph.NewExecutableSchema(graph.Config{}).Schema()
	asked := map[string]bool{}
	for _, list := range schema.Query.Fields {
		if filter := list.Arguments.ForName("filter"); filter != nil {
			asked[filter.Type.Name()] = true
			for _, field := range schema.Types[filter.Type.Name()].Fields {
				value := filterValues[field.Type.Name()]
				require.NotEmpty(t, value, "a value of type %s", field.Type.Name())
				a.ask(`{ ` + list.Name + `(` + needed(list) + `filter: {` + field.Name + `: ` + value + `}) { totalCount nodes { __typename } } }`)
			}
		}
		if order := list.Arguments.ForName("orderBy"); order != nil {
			asked[order.Type.Name()] = true
			for _, value := range schema.Types[schema.Types[order.Type.Name()].Fields.ForName("field").Type.Name()].EnumValues {
				a.ask(`{ ` + list.Name + `(` + needed(list) + `orderBy: {field: ` + value.Name + `, direction: ASC}) { totalCount nodes { __typename } } }`)
			}
		}
	}
	ours(func(definition *ast.Definition) {
		for _, field := range definition.Fields {
			for _, name := range []string{"filter", "orderBy"} {
				if argument := field.Arguments.ForName(name); argument != nil {
					require.True(t, asked[argument.Type.Name()], "%s.%s(%s:) has no list of the root", definition.Name, field.Name, name)
				}
			}
		}
	})
}
