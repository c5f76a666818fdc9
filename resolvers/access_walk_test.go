package resolvers_test

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
)

// sdl is the schema as schema.graphqls has it, from which the tests of access derive what each role may use by themselves.
func sdl(t *testing.T) *ast.Schema {
	t.Helper()
	text, err := os.ReadFile("../schema.graphqls")
	require.NoError(t, err)
	schema, err := gqlparser.LoadSchema(&ast.Source{Input: string(text)})
	require.NoError(t, err)
	delete(schema.Directives, "defer") // which is not served
	return schema
}

// allRoles are the names of the roles that a rule, or several, allow.
var allRoles = []string{"ADMIN", "INGEST", "VIEWER"}

// ruled returns the roles that the directive on an element names, and ADMIN.
func ruled(directives ast.DirectiveList) []string {
	roles := []string{"ADMIN"}
	for _, child := range directives.ForName("access").Arguments.ForName("roles").Value.Children {
		roles = append(roles, child.Value.Raw)
	}
	return roles
}

// usage is a document in the making, and the elements that it uses with the roles that may.
type usage struct {
	open, close string
	elements    map[string][]string
}

// with is the usage with a further element.
func (u usage) with(coordinate string, roles []string) usage {
	elements := map[string][]string{coordinate: roles}
	maps.Copy(elements, u.elements)
	u.elements = elements
	return u
}

// and is the usage with the elements of another one.
func (u usage) and(other usage) usage {
	for coordinate, roles := range other.elements {
		u = u.with(coordinate, roles)
	}
	return u
}

// allowed are the roles that may use all of the elements.
func (u usage) allowed() []string {
	allowed := slices.Clone(allRoles)
	for _, roles := range u.elements {
		allowed = slices.DeleteFunc(allowed, func(role string) bool { return !slices.Contains(roles, role) })
	}
	return allowed
}

// walkUses visits everything that a role can use, by the shortest way there; the empty role can use everything.
type walkUses struct {
	schema *ast.Schema
	role   string
	types  map[string]bool
	// uses are documents by the coordinate of the field, the argument or the input field that they are about.
	uses map[string]usage
	// byVariable are those of input fields with a variable $v in place of the argument, and values its value.
	byVariable map[string]usage
	values     map[string]any
}

func newWalk(schema *ast.Schema, role string) *walkUses {
	w := &walkUses{schema, role, map[string]bool{}, map[string]usage{}, map[string]usage{}, map[string]any{}}
	w.object([]spot{{schema.Query, usage{open: "{", close: "}"}}, {schema.Mutation, usage{open: "mutation {", close: "}"}}})
	return w
}

// spot is where objects of a type can be selected.
type spot struct {
	of *ast.Definition
	at usage
}

func (w *walkUses) may(u usage) bool { return w.role == "" || slices.Contains(u.allowed(), w.role) }

// object visits the fields of the types at some places, and goes on with what they lead to.
func (w *walkUses) object(queue []spot) {
	for ; len(queue) > 0; queue = queue[1:] {
		p := queue[0]
		if w.types[p.of.Name] {
			continue
		}
		first := true
		for _, field := range p.of.Fields {
			if strings.HasPrefix(field.Name, "__") {
				continue
			}
			coordinate := p.of.Name + "." + field.Name
			used, given := w.required(coordinate, field)
			used = p.at.and(used).with(coordinate, ruled(field.Directives))
			if !w.may(used) {
				continue
			}
			if first {
				w.types[p.of.Name], first = true, false
			}
			to := w.schema.Types[field.Type.Name()]
			if to.IsLeafType() {
				w.types[to.Name] = true
			}
			w.uses[coordinate] = selected(used, p.at, field.Name, given, to)
			w.arguments(coordinate, field, used, p.at, given, to)
			if to.IsCompositeType() {
				inside := usage{p.at.open + " " + call(field.Name, given) + " {", "}" + p.at.close, used.elements}
				queue = append(queue, spot{to, inside})
				for _, possible := range w.schema.GetPossibleTypes(to) {
					if possible != to {
						fragment := usage{inside.open + "... on " + possible.Name + " {", "}" + inside.close, inside.elements}
						queue = append(queue, spot{possible, fragment})
					}
				}
				if to.Kind == ast.Union {
					w.types[to.Name] = true
				}
			}
		}
	}
}

func call(name string, given []string) string {
	if len(given) == 0 {
		return name
	}
	return name + "(" + strings.Join(given, ", ") + ")"
}

// selected is the document that selects a field.
func selected(used, at usage, name string, given []string, to *ast.Definition) usage {
	below := ""
	if to.IsCompositeType() {
		below = " { __typename }"
	}
	return usage{at.open + " " + call(name, given) + below, at.close, used.elements}
}

// required returns the arguments that a field must be given, and what they use.
func (w *walkUses) required(coordinate string, field *ast.FieldDefinition) (used usage, given []string) {
	for _, argument := range field.Arguments {
		if argument.Type.NonNull && argument.DefaultValue == nil {
			value, inside := w.value(argument.Type)
			used = used.and(inside).with(fmt.Sprintf("%s(%s:)", coordinate, argument.Name), ruled(argument.Directives))
			given = append(given, argument.Name+": "+value)
		}
	}
	return used, given
}

// value returns a value of a type, and what it uses.
func (w *walkUses) value(of *ast.Type) (text string, used usage) {
	if of.Elem != nil {
		text, used = w.value(of.Elem)
		return "[" + text + "]", used
	}
	definition := w.schema.Types[of.NamedType]
	switch {
	case definition.Kind == ast.InputObject:
		return w.inputObject(definition, "", "")
	case definition.Kind == ast.Enum:
		return definition.EnumValues[0].Name, used
	case definition.Name == "Int" || definition.Name == "Float" || definition.Name == "SafeInt" || definition.Name == "Number":
		return "1", used
	case definition.Name == "Boolean":
		return "true", used
	default:
		return `"x"`, used
	}
}

// inputObject returns an object of an input object type with the fields that it must have, and a field that it is given.
func (w *walkUses) inputObject(definition *ast.Definition, name, given string) (text string, used usage) {
	var members []string
	oneOf := definition.Directives.ForName("oneOf") != nil
	for i, field := range definition.Fields {
		coordinate := definition.Name + "." + field.Name
		switch required := field.Type.NonNull && field.DefaultValue == nil || oneOf && name == "" && i == 0; {
		case field.Name == name:
			used = used.with(coordinate, ruled(field.Directives))
			members = append(members, name+": "+given)
		case required:
			value, inside := w.value(field.Type)
			used = used.and(inside).with(coordinate, ruled(field.Directives))
			members = append(members, field.Name+": "+value)
		}
	}
	return "{" + strings.Join(members, ", ") + "}", used
}

// arguments visits the arguments of a field, and the fields of the inputs that they take.
func (w *walkUses) arguments(coordinate string, field *ast.FieldDefinition, used, at usage, given []string, to *ast.Definition) {
	for _, argument := range field.Arguments {
		name := fmt.Sprintf("%s(%s:)", coordinate, argument.Name)
		value, inside := w.value(argument.Type)
		whole := used.and(inside).with(name, ruled(argument.Directives))
		if !w.may(whole) {
			continue
		}
		others := slices.DeleteFunc(slices.Clone(given), func(g string) bool { return strings.HasPrefix(g, argument.Name+":") })
		with := func(value string) []string { return append(slices.Clone(others), argument.Name+": "+value) }
		w.uses[name] = selected(whole, at, field.Name, with(value), to)
		w.input(argument.Type, used.with(name, ruled(argument.Directives)), input{argument.Type, func(value string, used usage) usage {
			return selected(used, at, field.Name, with(value), to)
		}}, func(value string) string { return value })
	}
}

// input is an argument, with the document that gives it a value.
type input struct {
	of    *ast.Type
	given func(value string, used usage) usage
}

// input visits the type of an input, and its fields. wrap makes a value of the argument of one of this type.
func (w *walkUses) input(of *ast.Type, used usage, argument input, wrap func(string) string) {
	definition := w.schema.Types[of.Name()]
	if w.types[definition.Name] {
		return
	}
	w.types[definition.Name] = true
	if definition.Kind != ast.InputObject {
		return
	}
	for _, field := range definition.Fields {
		coordinate := definition.Name + "." + field.Name
		value, inside := w.value(field.Type)
		text, beside := w.inputObject(definition, field.Name, value)
		whole := used.and(inside).and(beside)
		if !w.may(whole) {
			continue
		}
		w.uses[coordinate] = argument.given(wrap(text), whole)
		byVariable := argument.given("$v", whole)
		kind, rest := "query", strings.TrimPrefix(byVariable.open, "mutation ")
		if rest != byVariable.open {
			kind = "mutation"
		}
		byVariable.open = fmt.Sprintf("%s($v: %s) %s", kind, argument.of, rest)
		w.byVariable[coordinate], w.values[coordinate] = byVariable, literalOf(wrap(text))
		w.input(field.Type, used.and(beside), argument, func(inner string) string {
			outer, _ := w.inputObject(definition, field.Name, inner)
			return wrap(outer)
		})
	}
}

// literalOf is the value of a literal as variables bring it.
func literalOf(text string) any {
	document, err := parser.ParseQuery(&ast.Source{Input: "{ f(a: " + text + ") }"})
	if err != nil {
		panic(err)
	}
	value, err := document.Operations[0].SelectionSet[0].(*ast.Field).Arguments[0].Value.Value(nil)
	if err != nil {
		panic(err)
	}
	return value
}
