package validate

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/99designs/gqlgen/graphql/errcode"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"decnetgraph/graph/exec"
	"decnetgraph/graph/jsontext"
)

// Variables returns the values of the variables of an operation, coerced to their types as the specification says:
//   - an Int is an int64 in the range of 32 bits, given without a decimal point, an exponent or quotes;
//   - a Float is a float64, given as a number; an ID is a string, given as one or as an integer;
//   - strings, booleans, enum values and the scalars of the schema's own stay as they are given;
//   - one value where a list is expected is a list of one; an input object with @oneOf has exactly one field, not null.
//
// A variable that was not given has its default or is left out, and what no variable of the operation takes is ignored.
// The given values are as encoding/json decodes them, with or without json.Number and jsontext.Repeated, and may be
// integers of Go as well; their lists and objects are changed in place. The errors have the code errcode.ValidationFailed and the place where
// the variable is defined, and name the path to the value and the value. At most MaxErrors are made. If a list is longer
// than MaxList, or the context ends meanwhile, the only error wraps exec.LimitError or that of the context. The operation
// must be valid.
func Variables(ctx context.Context, schema *ast.Schema, operation *ast.OperationDefinition, given map[string]any) (map[string]any, gqlerror.List) {
	c := &coercion{ctx: ctx, schema: schema}
	coerced := make(map[string]any, len(operation.VariableDefinitions))
	for _, variable := range operation.VariableDefinitions {
		value, isGiven := given[variable.Variable]
		c.definition, c.path = variable, c.path[:0]
		switch {
		case isGiven:
			coerced[variable.Variable] = c.value(variable.Type, value)
		case variable.DefaultValue != nil:
			coerced[variable.Variable] = c.value(variable.Type, exec.LiteralValue(variable.DefaultValue, nil))
		case variable.Type.NonNull:
			c.failf("is missing; give a value of type %s", variable.Type)
		}
	}
	if c.ended != nil {
		return nil, refusal(c.ended)
	}
	return coerced, c.errs
}

// coercion is the coercion of the variables of one operation.
type coercion struct {
	ctx    context.Context //nolint:containedctx // of the request, which may end meanwhile
	schema *ast.Schema
	errs   gqlerror.List
	values int   // so far
	ended  error // why coercion was given up

	definition *ast.VariableDefinition
	path       []step // from the variable to the value that is coerced
}

// step is a part of the path to a value: a field of an input object, or an index of a list if the name is empty.
type step struct {
	field string
	index int
}

// over reports whether nothing more needs to be coerced.
func (c *coercion) over() bool {
	const checkInterval = 1 << 12 // values between two checks of the context
	if c.values++; c.values%checkInterval == 0 && c.ended == nil {
		c.ended = c.ctx.Err()
	}
	return c.ended != nil || len(c.errs) >= MaxErrors
}

// failf makes an error of the value that is coerced. The format continues a sentence that begins with its path.
func (c *coercion) failf(format string, args ...any) {
	if len(c.errs) >= MaxErrors {
		return
	}
	var path strings.Builder
	path.WriteString(c.definition.Variable)
	for _, s := range c.path {
		if s.field != "" {
			path.WriteString("." + s.field)
		} else {
			path.WriteString("[" + strconv.Itoa(s.index) + "]")
		}
		if path.Len() > MaxName {
			break
		}
	}
	fault := gqlerror.ErrorPosf(c.definition.Position, "the variable $%s %s", cut(path.String()), fmt.Sprintf(format, args...))
	errcode.Set(fault, errcode.ValidationFailed)
	if c.errs = append(c.errs, fault); len(c.errs) == MaxErrors {
		fault.Message += " (there may be more errors, which were not looked for)"
	}
}

// value coerces a value to a type. It returns nil after an error.
func (c *coercion) value(to *ast.Type, value any) any {
	switch {
	case c.over():
		return nil
	case value == nil:
		if to.NonNull {
			c.failf("is null, which its type %s does not allow", to)
		}
		return nil
	case to.Elem != nil:
		list, isList := value.([]any)
		if !isList {
			return []any{c.value(to.Elem, value)}
		}
		if len(list) > MaxList {
			c.ended = limitf(c.definition.Position, "the variable $%s has a list of %d elements, more than the %d that are allowed; send shorter lists",
				c.definition.Variable, len(list), MaxList)
			return nil
		}
		c.path = append(c.path, step{})
		for i, element := range list {
			c.path[len(c.path)-1].index = i
			list[i] = c.value(to.Elem, element)
			if c.ended != nil || len(c.errs) >= MaxErrors {
				break
			}
		}
		c.path = c.path[:len(c.path)-1]
		return list
	}
	switch of := c.schema.Types[to.NamedType]; of.Kind {
	case ast.InputObject:
		return c.object(of, value)
	case ast.Enum:
		return c.enum(of, value)
	default:
		return c.scalar(to.NamedType, value)
	}
}

// object coerces an input object. Fields that are not given are left out, so that the resolver's defaults apply.
func (c *coercion) object(of *ast.Definition, value any) any {
	object, isObject := value.(map[string]any)
	if !isObject {
		c.failf("is %s; give an object of type %s", shown(value), of.Name)
		return nil
	}
	delete(object, "__typename") // clients send back objects that they were given
	if of.Directives.ForName("oneOf") != nil && !c.isOneOf(of, object) {
		return nil
	}
	known := 0
	for _, field := range of.Fields {
		member, isGiven := object[field.Name]
		c.path = append(c.path, step{field: field.Name})
		switch {
		case isGiven:
			known++
			object[field.Name] = c.value(field.Type, member)
		case field.Type.NonNull && field.DefaultValue == nil:
			c.failf("is missing; give a value of type %s", field.Type)
		}
		c.path = c.path[:len(c.path)-1]
	}
	if known < len(object) {
		c.failf("has the field %q, which %s does not define; leave it out", cut(c.unknown(of, object)), of.Name)
	}
	return object
}

// unknown returns the first name, in the order of the alphabet, that an input object does not define.
func (c *coercion) unknown(of *ast.Definition, object map[string]any) string {
	first, found := "", false
	for name := range object {
		if of.Fields.ForName(name) == nil && (!found || name < first) {
			first, found = name, true
		}
	}
	return first
}

// isOneOf reports whether an object has one field and a value in it, and makes an error if not.
func (c *coercion) isOneOf(of *ast.Definition, object map[string]any) bool {
	if len(object) != 1 {
		c.failf("has %d fields; give exactly one field of %s", len(object), of.Name)
		return false
	}
	for name, value := range object {
		if value == nil {
			c.failf("has null in its field %q; give exactly one field of %s, and not null", cut(name), of.Name)
			return false
		}
	}
	return true
}

func (c *coercion) enum(of *ast.Definition, value any) any {
	if name, isText := value.(string); isText && of.EnumValues.ForName(name) != nil {
		return value
	}
	names := make([]string, len(of.EnumValues))
	for i, known := range of.EnumValues {
		names[i] = known.Name
	}
	c.failf("is %s, which is no value of %s; give one of %s", shown(value), of.Name, strings.Join(names, ", "))
	return nil
}

// scalar coerces a value to a scalar. Those of the schema's own are read where they are used.
func (c *coercion) scalar(name string, value any) any {
	switch name {
	case "Int":
		if n, ok := integer(value); ok && n >= math.MinInt32 && n <= math.MaxInt32 {
			return n
		}
		c.failf("is %s, which is no Int; give a number of digits alone, from %d to %d",
			shown(value), math.MinInt32, math.MaxInt32)
	case "Float":
		if n, ok := float(value); ok {
			return n
		}
		c.failf("is %s, which is no Float; give a number, without quotes", shown(value))
	case "ID":
		if _, isText := value.(string); isText {
			return value
		}
		if digits, isNumber := value.(json.Number); isNumber && isInteger(string(digits)) {
			return string(digits)
		}
		if n, ok := integer(value); ok {
			return strconv.FormatInt(n, 10)
		}
		c.failf("is %s, which is no ID; give an id as this server has given it out", shown(value))
	case "String":
		if _, isText := value.(string); isText {
			return value
		}
		c.failf("is %s, which is no String; give a text in quotes", shown(value))
	case "Boolean":
		if _, isBool := value.(bool); isBool {
			return value
		}
		c.failf("is %s, which is no Boolean; give true or false, without quotes", shown(value))
	default:
		return value
	}
	return nil
}

// isInteger reports whether a number in JSON is written as an integer.
func isInteger(number string) bool { return !strings.ContainsAny(number, ".eE") }

// integer returns an integer that is given as a number without a fraction.
func integer(value any) (int64, bool) {
	switch n := value.(type) {
	case json.Number:
		parsed, err := strconv.ParseInt(string(n), 10, 64)
		return parsed, err == nil
	case int:
		return int64(n), true
	case int64:
		return n, true
	case float64: // of encoding/json, which reads 5 and 5.0 alike
		const exact = 1 << 53 // floats beyond may have been rounded
		return int64(n), n == math.Trunc(n) && math.Abs(n) < exact
	default:
		return 0, false
	}
}

// float returns a number.
func float(value any) (float64, bool) {
	switch n := value.(type) {
	case json.Number:
		parsed, err := strconv.ParseFloat(string(n), 64)
		return parsed, err == nil
	case int:
		return float64(n), true
	case int64:
		return float64(n), true
	case float64:
		return n, !math.IsInf(n, 0) && !math.IsNaN(n)
	default:
		return 0, false
	}
}

// shown returns a value for a message: as JSON, cut after MaxName characters, or what kind of value it is.
func shown(value any) string {
	switch v := value.(type) {
	case jsontext.Repeated:
		return "given more than once"
	case []any:
		return "a list"
	case map[string]any:
		return "an object"
	case string:
		text, _ := json.Marshal(cut(v))
		return cut(string(text))
	default:
		text, err := json.Marshal(v)
		if err != nil {
			return "a value that is not JSON"
		}
		return cut(string(text))
	}
}
