package exec

import (
	"encoding/json"
	"fmt"

	"github.com/vektah/gqlparser/v2/ast"
)

// arguments returns the arguments of a field. It is ast.Field.ArgumentMap, except that numbers of the document become
// json.Number, as those of variables are: they keep their digits, and none is too large to be one.
func arguments(field *ast.Field, variables map[string]any) map[string]any {
	given := make(map[string]any, len(field.Arguments))
	for _, definition := range field.Definition.Arguments {
		literal := definition.DefaultValue
		if argument := field.Arguments.ForName(definition.Name); argument != nil {
			if value, set := variables[argument.Value.Raw]; argument.Value.Kind == ast.Variable && set {
				given[definition.Name] = value
				continue
			}
			if argument.Value.Kind != ast.Variable {
				literal = argument.Value
			}
		}
		if literal != nil {
			given[definition.Name] = LiteralValue(literal, variables)
		}
	}
	return given
}

// LiteralValue returns the value of a validated literal of a document. A variable that has no value is null in a list, and leaves out
// the field of an object.
func LiteralValue(literal *ast.Value, variables map[string]any) any {
	switch literal.Kind {
	case ast.Variable:
		return variables[literal.Raw] // coercion has set the defaults
	case ast.IntValue, ast.FloatValue:
		return json.Number(literal.Raw)
	case ast.StringValue, ast.BlockValue, ast.EnumValue:
		return literal.Raw
	case ast.BooleanValue:
		return literal.Raw == "true"
	case ast.NullValue:
		return nil
	case ast.ListValue:
		list := make([]any, len(literal.Children))
		for i, element := range literal.Children {
			list[i] = LiteralValue(element.Value, variables)
		}
		return list
	case ast.ObjectValue:
		object := make(map[string]any, len(literal.Children))
		for _, member := range literal.Children {
			if _, set := variables[member.Value.Raw]; member.Value.Kind == ast.Variable && !set {
				continue
			}
			object[member.Name] = LiteralValue(member.Value, variables)
		}
		return object
	default:
		panic(fmt.Sprintf("no value has the kind %d", literal.Kind))
	}
}
