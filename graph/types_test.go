package graph

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/vektah/gqlparser/v2/ast"
)

// TestTheTableIsTheSchema shows that package exec knows all of the schema, introspection included.
func TestTheTableIsTheSchema(t *testing.T) {
	schema := NewExecutableSchema(Config{}).Schema()
	table := objectTypes()
	for _, definition := range schema.Types {
		if definition.Kind != ast.Object {
			continue
		}
		known := table[definition.Name]
		require.NotNil(t, known, definition.Name)
		delete(table, definition.Name)
		assert.Equal(t, definition.Name, known.Name)
		satisfies := append([]string{definition.Name}, definition.Interfaces...)
		for _, union := range schema.Types {
			if slices.Contains(union.Types, definition.Name) {
				satisfies = append(satisfies, union.Name)
			}
		}
		assert.ElementsMatch(t, satisfies, known.Satisfies)
		require.Len(t, known.Fields, len(definition.Fields), definition.Name)
		for _, field := range definition.Fields {
			coordinate := definition.Name + "." + field.Name
			f := known.Fields[field.Name]
			require.NotNil(t, f, coordinate)
			checkField(t, schema, field, f, coordinate)
		}
	}
	assert.Empty(t, table, "the schema does not have these")
}

// differences are what gqlgen's introspection does not take from the schema.
var differences = map[string]string{
	"Query.__schema":     "may be null in gqlgen's own schema, but never is",
	"__Type.inputFields": "has deprecated fields as well, whatever the argument says",
}

func checkField(t *testing.T, schema *ast.Schema, field *ast.FieldDefinition, f *objectField, coordinate string) {
	t.Helper()
	ways := []bool{f.Append != nil, f.Derive != nil, f.Resolve != nil, f.Leaves != nil}
	assert.Len(t, slices.DeleteFunc(ways, func(way bool) bool { return !way }), 1, "%s has one way to its value", coordinate)
	assert.NotEmpty(t, f.Reads, coordinate)
	if differences[coordinate] == "" {
		assert.Equal(t, field.Type.NonNull, f.NonNull, coordinate)
		assert.Equal(t, len(field.Arguments) > 0, f.Args != nil, coordinate)
	}
	assert.Equal(t, f.Leaves != nil, f.AppendLeaf != nil, coordinate)
	result := schema.Types[field.Type.Name()]
	if !result.IsCompositeType() {
		assert.Empty(t, f.Of, coordinate)
		assert.False(t, f.List || f.Elements, coordinate)
		assert.Nil(t, f.Derive, coordinate)
		assert.Nil(t, f.Resolve, coordinate)
		return
	}
	list := field.Type.Elem != nil
	assert.Equal(t, list, f.List, coordinate)
	assert.Equal(t, list && field.Type.Elem.NonNull, f.Elements, coordinate)
	assert.False(t, list && field.Type.Elem.Elem != nil, "%s is a list of lists", coordinate)
	var possible []string
	for _, object := range schema.GetPossibleTypes(result) {
		possible = append(possible, object.Name)
	}
	assert.ElementsMatch(t, possible, f.Of, coordinate)
	assert.Equal(t, result.IsAbstractType(), f.TypeOf != nil, coordinate)
}
