package resolvers_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/vektah/gqlparser/v2/ast"

	"decnetgraph/graph"
)

// ours calls visit with every type that the schema defines itself.
func ours(visit func(*ast.Definition)) {
	for _, definition := range graph.NewExecutableSchema(graph.Config{}).Schema().Types {
		if !definition.BuiltIn {
			visit(definition)
		}
	}
}

func TestEverySchemaElementIsDescribed(t *testing.T) {
	described := func(text, coordinate string) {
		assert.True(t, len(text) > 3 && strings.HasSuffix(text, "."), "%s is described by %q", coordinate, text)
	}
	arguments := func(of ast.ArgumentDefinitionList, coordinate string) {
		for _, argument := range of {
			described(argument.Description, coordinate+"("+argument.Name+":)")
		}
	}
	schema := graph.NewExecutableSchema(graph.Config{}).Schema()
	described(schema.Description, "schema")
	for name, directive := range schema.Directives {
		if !directive.Position.Src.BuiltIn {
			described(directive.Description, "@"+name)
			arguments(directive.Arguments, "@"+name)
		}
	}
	ours(func(definition *ast.Definition) {
		described(definition.Description, definition.Name)
		for _, field := range definition.Fields {
			if strings.HasPrefix(field.Name, "__") {
				continue
			}
			described(field.Description, definition.Name+"."+field.Name)
			arguments(field.Arguments, definition.Name+"."+field.Name)
		}
		for _, value := range definition.EnumValues {
			described(value.Description, definition.Name+"."+value.Name)
		}
	})
}

// TestAFailingEdgeCostsNoMoreThanItself: what costs a statement may be null, so that its failure
// does not take its parent along.
func TestAFailingEdgeCostsNoMoreThanItself(t *testing.T) {
	rows := map[string]bool{}
	ours(func(definition *ast.Definition) {
		if definition.Kind == ast.Object && definition.Fields.ForName("uuid") != nil {
			rows[definition.Name] = true
		}
	})
	ours(func(definition *ast.Definition) {
		if strings.HasSuffix(definition.Name, "Connection") || strings.HasSuffix(definition.Name, "Edge") || definition.Name == "AttackerCommands" {
			return // their rows came with the statement of the connection
		}
		for _, field := range definition.Fields {
			name := field.Type.Name()
			if rows[name] || strings.HasSuffix(name, "Connection") || name == "TechniqueRollup" || name == "TagDay" {
				assert.False(t, field.Type.NonNull, "%s.%s", definition.Name, field.Name)
			}
		}
	})
}

func TestConnectionsPageAlike(t *testing.T) {
	ours(func(definition *ast.Definition) {
		for _, field := range definition.Fields {
			if !strings.HasSuffix(field.Type.Name(), "Connection") {
				continue
			}
			for _, argument := range []string{"first", "after", "last", "before"} {
				assert.NotNil(t, field.Arguments.ForName(argument), "%s.%s(%s:)", definition.Name, field.Name, argument)
			}
		}
	})
}
