package graph_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"decnetgraph/auth"
	"decnetgraph/graph"
)

// TestTheTextOfTheSchemaIsTheSchema compares every element with its description and directives.
func TestTheTextOfTheSchemaIsTheSchema(t *testing.T) {
	for _, withSemanticNonNull := range []bool{false, true} {
		read, err := gqlparser.LoadSchema(&ast.Source{Input: graph.Text(auth.Admin, withSemanticNonNull)})
		require.NoError(t, err)
		have := graph.NewExecutableSchema(graph.Config{}).Schema()
		assert.Equal(t, have.Description, read.Description)
		for name, want := range have.Types {
			if want.BuiltIn {
				continue
			}
			got := read.Types[name]
			require.NotNil(t, got, name)
			assert.Equal(t, [2]string{string(want.Kind), want.Description}, [2]string{string(got.Kind), got.Description}, name)
			assert.Equal(t, [2][]string{want.Interfaces, want.Types}, [2][]string{got.Interfaces, got.Types}, name)
			assert.Equal(t, directives(want.Directives, true), directives(got.Directives, true), name)
			for i, value := range want.EnumValues {
				assert.Equal(t, [2]string{value.Name, value.Description}, [2]string{got.EnumValues[i].Name, got.EnumValues[i].Description})
			}
			for _, field := range want.Fields {
				if len(field.Name) > 1 && field.Name[:2] == "__" {
					continue
				}
				sameField(t, name+"."+field.Name, field, got.Fields.ForName(field.Name), withSemanticNonNull)
			}
		}
		_, declared := read.Directives["semanticNonNull"]
		assert.Equal(t, withSemanticNonNull, declared)
		assert.Contains(t, read.Directives, "cost")
	}
}

func sameField(t *testing.T, coordinate string, want, got *ast.FieldDefinition, withSemanticNonNull bool) {
	t.Helper()
	require.NotNil(t, got, coordinate)
	assert.Equal(t, [2]string{want.Type.String(), want.Description}, [2]string{got.Type.String(), got.Description}, coordinate)
	assert.Equal(t, directives(want.Directives, withSemanticNonNull), directives(got.Directives, true), coordinate)
	assert.Equal(t, text(want.DefaultValue), text(got.DefaultValue), coordinate)
	require.Len(t, got.Arguments, len(want.Arguments), coordinate)
	for i, argument := range want.Arguments {
		is := got.Arguments[i]
		assert.Equal(t, [3]string{argument.Name, argument.Type.String(), argument.Description}, [3]string{is.Name, is.Type.String(), is.Description}, coordinate)
		assert.Equal(t, text(argument.DefaultValue), text(is.DefaultValue), coordinate)
		assert.Equal(t, directives(argument.Directives, true), directives(is.Directives, true), coordinate)
	}
}

func text(value *ast.Value) string {
	if value == nil {
		return ""
	}
	return value.String()
}

// directives returns the directives of an element as text.
func directives(list ast.DirectiveList, withSemanticNonNull bool) []string {
	all := []string{}
	for _, d := range list {
		if d.Name == "semanticNonNull" && !withSemanticNonNull || d.Name == "access" && d.Arguments[0].Value.String() == "[VIEWER]" {
			continue
		}
		one := "@" + d.Name
		for _, argument := range d.Arguments {
			one += " " + argument.Name + ": " + argument.Value.String()
		}
		all = append(all, one)
	}
	return all
}

// TestTheTextOfARoleIsWhatItMayUse shows that the text of each role is a schema, with what the role may use and no more.
func TestTheTextOfARoleIsWhatItMayUse(t *testing.T) {
	texts := map[string]bool{}
	for _, role := range auth.Roles {
		text := graph.Text(role, false)
		require.False(t, texts[text], "%s has the text of another role", role)
		texts[text] = true
		read, err := gqlparser.LoadSchema(&ast.Source{Input: text})
		require.NoError(t, err)
		part := graph.SchemaOf(role)
		for name, of := range read.Types {
			if of.BuiltIn {
				continue
			}
			require.NotNil(t, part.Types[name], name)
			for _, field := range of.Fields {
				if field.Name == "__schema" || field.Name == "__type" {
					continue
				}
				seen := part.Types[name].Fields.ForName(field.Name)
				require.NotNil(t, seen, "%s.%s", name, field.Name)
				require.Len(t, field.Arguments, len(seen.Arguments), "%s.%s", name, field.Name)
			}
		}
		for name, of := range part.Types {
			if !of.BuiltIn {
				require.NotNil(t, read.Types[name], name)
			}
		}
		assert.Equal(t, role == auth.Admin, strings.Contains(text, "callbackToken"), role)
		assert.Equal(t, role != auth.Viewer, strings.Contains(text, "insertTags("), role)
	}
	assert.Empty(t, graph.Text("OWNER", false))
}
