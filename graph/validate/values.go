package validate

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator/core"
)

// valuesOfCorrectType is gqlparser's rule of the name with four differences: it looks at each value once, instead of
// once for each list and object around it; it quotes no more than a part of a value; it knows the range of Int; and it
// refuses numbers in scalars of the schema's own that no number of Go can hold.
func valuesOfCorrectType(events *core.Events, addError core.AddErrFunc) {
	events.OnValue(func(_ *core.Walker, value *ast.Value) {
		if value.Definition == nil || value.ExpectedType == nil || value.Kind == ast.Variable {
			return
		}
		report := func(at *ast.Position, format string, args ...any) {
			addError(core.Message(format, args...), core.At(at))
		}
		switch {
		case value.Kind == ast.NullValue:
			if value.ExpectedType.NonNull {
				report(value.Position, `Expected value of type "%s", found null.`, value.ExpectedType)
			}
		case value.Kind == ast.ListValue && value.ExpectedType.Elem != nil: // its elements are met as well
		case isCustomScalar(value.Definition): // which may have any form
		case value.Kind == ast.ListValue:
			unexpected(value, report)
		case value.Definition.Kind == ast.InputObject:
			checkObject(value, addError, report)
		case value.Definition.Kind == ast.Enum:
			checkEnum(value, addError)
		default:
			checkScalar(value, report)
		}
	})
}

// reportFunc makes an error at a place of the document.
type reportFunc func(at *ast.Position, format string, args ...any)

func isCustomScalar(d *ast.Definition) bool {
	return d.Kind == ast.Scalar && !d.OneOf("Int", "Float", "String", "Boolean", "ID")
}

// checkScalar checks a value that is no list where a scalar of the specification is expected.
func checkScalar(value *ast.Value, report reportFunc) {
	var ok bool
	switch value.Definition.Name {
	case "Int":
		ok = value.Kind == ast.IntValue && isInt32(value.Raw)
	case "Float":
		ok = isNumber(value)
	case "String":
		ok = value.Kind == ast.StringValue || value.Kind == ast.BlockValue
	case "Boolean":
		ok = value.Kind == ast.BooleanValue
	case "ID":
		ok = value.Kind == ast.StringValue || value.Kind == ast.BlockValue || (value.Kind == ast.IntValue && isNumber(value))
	}
	if !ok {
		unexpected(value, report)
	}
}

func isInt32(digits string) bool {
	_, err := strconv.ParseInt(digits, 10, 32)
	return err == nil
}

// isNumber reports whether a value is a number that it keeps when it is read.
func isNumber(value *ast.Value) bool {
	var err error
	switch value.Kind {
	case ast.IntValue:
		_, err = strconv.ParseInt(value.Raw, 10, 64)
	case ast.FloatValue:
		_, err = strconv.ParseFloat(value.Raw, 64)
	default:
		return false
	}
	return err == nil
}

// unexpected reports a value of the wrong kind, in gqlparser's words.
func unexpected(value *ast.Value, report reportFunc) {
	var wanted string
	switch value.ExpectedType.Name() {
	case "Int":
		wanted = "Int cannot represent non-integer value"
		if value.Kind == ast.IntValue {
			wanted = "Int cannot represent non 32-bit signed integer value"
		}
	case "Float":
		wanted = "Float cannot represent non numeric value"
	case "String":
		wanted = "String cannot represent a non string value"
	case "Boolean":
		wanted = "Boolean cannot represent a non boolean value"
	case "ID":
		wanted = "ID cannot represent a non-string and non-integer value"
	default:
		report(value.Position, `Expected value of type "%s", found %s.`, value.ExpectedType, written(value))
		return
	}
	report(value.Position, "%s: %s", wanted, written(value))
}

// checkEnum checks a value that is no list where an enum is expected.
func checkEnum(value *ast.Value, addError core.AddErrFunc) {
	known := make([]string, len(value.Definition.EnumValues))
	for i, of := range value.Definition.EnumValues {
		known[i] = of.Name
	}
	var message core.ErrorOption
	switch {
	case value.Kind == ast.EnumValue && slices.Contains(known, value.Raw):
		return
	case value.Kind == ast.EnumValue:
		message = core.Message(`Value "%s" does not exist in "%s" enum.`, value.Raw, value.ExpectedType)
	default:
		message = core.Message(`Enum "%s" cannot represent non-enum value: %s.`, value.ExpectedType, written(value))
	}
	addError(message, core.SuggestListQuoted("Did you mean the enum value", cut(value.Raw), known), core.At(value.Position))
}

// checkObject checks a value that is no list where an input object is expected.
func checkObject(value *ast.Value, addError core.AddErrFunc, report reportFunc) {
	of := value.Definition
	if value.Kind != ast.ObjectValue {
		unexpected(value, report)
		return
	}
	given := make(map[string]bool, len(value.Children))
	for _, child := range value.Children {
		given[child.Name] = true
		if of.Fields.ForName(child.Name) == nil {
			names := make([]string, len(of.Fields))
			for i, field := range of.Fields {
				names[i] = field.Name
			}
			addError(core.Message(`Field "%s" is not defined by type "%s".`, child.Name, of.Name),
				core.SuggestListQuoted("Did you mean", child.Name, names), core.At(child.Position))
		}
	}
	for _, field := range of.Fields {
		if field.Type.NonNull && field.DefaultValue == nil && !given[field.Name] {
			report(value.Position, `Field "%s.%s" of required type "%s" was not provided.`, of.Name, field.Name, field.Type)
		}
	}
	if of.Directives.ForName("oneOf") == nil {
		return
	}
	switch {
	case len(value.Children) != 1:
		report(value.Position, `OneOf Input Object "%s" must specify exactly one key.`, of.Name)
	case value.Children[0].Value.Kind == ast.NullValue:
		report(value.Position, `Field "%s.%s" must be non-null.`, of.Name, value.Children[0].Name)
	}
}

// written returns a value as the document has it, cut after MaxName characters.
func written(value *ast.Value) string {
	var text strings.Builder
	write(&text, value)
	return cut(text.String())
}

// write writes a value until the text is too long to be quoted.
func write(to *strings.Builder, value *ast.Value) {
	list := func(opening, closing string) {
		to.WriteString(opening)
		for i, child := range value.Children {
			if to.Len() > MaxName {
				return
			}
			if i > 0 {
				to.WriteByte(',')
			}
			if child.Name != "" {
				to.WriteString(child.Name + ":")
			}
			write(to, child.Value)
		}
		to.WriteString(closing)
	}
	switch value.Kind {
	case ast.ListValue:
		list("[", "]")
	case ast.ObjectValue:
		list("{", "}")
	case ast.StringValue, ast.BlockValue:
		to.WriteString((&ast.Value{Kind: value.Kind, Raw: cut(value.Raw)}).String())
	case ast.Variable, ast.IntValue, ast.FloatValue, ast.BooleanValue, ast.NullValue, ast.EnumValue:
		to.WriteString(value.String())
	default:
		fmt.Fprintf(to, "a value of kind %d", value.Kind)
	}
}
