package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/99designs/gqlgen/codegen"
	"github.com/vektah/gqlparser/v2/ast"
)

// facts finds the directives of a schema that carry facts: all that the schema itself declares, and @deprecated.
type facts struct {
	schema *ast.Schema
	access access
	inputs map[string]bool // input object types that have facts or lead to some
}

// notFacts are the directives that only gqlgen's generator reads, those that only readers of the schema's text read, the one
// that type access reads, and those of the specification that are no facts about the use of an element.
var notFacts = []string{
	"skip", "include", "defer", "specifiedBy", "oneOf", "semanticNonNull", accessDirective,
	"goModel", "goField", "goTag", "goEnum", "goExtraField", "goEmbedInterface", "inlineArguments",
}

func isFact(d *ast.Directive) bool { return isFactName(d.Name) }

func isFactName(name string) bool { return !slices.Contains(notFacts, name) }

// checkDirectives refuses directives that gqlgen would run, because each parent would then be resolved by itself, and
// facts about elements that the executor does not check.
func checkDirectives(data *codegen.Data) error {
	for name := range data.Schema.Directives {
		if (isFactName(name) || name == accessDirective) && !data.Config.Directives[name].SkipRuntime {
			return fmt.Errorf("directive @%s: set skip_runtime for it in gqlgen.yml; package exec keeps its arguments as facts, "+
				"which exec.Options.Check decides on", name)
		}
	}
	for name, definition := range data.Schema.Types {
		if definition.Kind != ast.Object && definition.Kind != ast.Interface {
			if err := checkNoFacts(name, definition.Directives); err != nil {
				return err
			}
		}
		for _, value := range definition.EnumValues {
			if err := checkNoFacts(name+"."+value.Name, value.Directives); err != nil {
				return err
			}
		}
	}
	return checkNoFacts("schema", data.Schema.SchemaDirectives)
}

// checkNoFacts refuses facts of an element. That it is deprecated may be said of any.
func checkNoFacts(element string, directives ast.DirectiveList) error {
	for _, d := range directives {
		if isFact(d) && d.Name != "deprecated" {
			return fmt.Errorf("directive @%s on %s: the executor checks facts of object types, interfaces, fields, arguments and input fields only",
				d.Name, element)
		}
	}
	return nil
}

// factsOf finds the input object types that lead to facts.
func factsOf(schema *ast.Schema, rules access) facts {
	f := facts{schema, rules, map[string]bool{}}
	leads := func(field *ast.FieldDefinition) bool {
		return f.inputs[field.Type.Name()] || slices.ContainsFunc(field.Directives, isFact)
	}
	for found := true; found; { // until a round adds none: input types may refer to each other in a ring
		found = false
		for name, definition := range schema.Types {
			if definition.Kind == ast.InputObject && !f.inputs[name] && slices.ContainsFunc(definition.Fields, leads) {
				f.inputs[name], found = true, true
			}
		}
	}
	return f
}

// inputWithFacts is an input object type with the Go code of its fields that have facts, lead to some, or restrict roles.
type inputWithFacts struct{ Name, Fields string }

func (f facts) inputTypes() []inputWithFacts {
	var all []inputWithFacts
	for _, name := range sortedNames(f.schema.Types) {
		if definition := f.schema.Types[name]; f.inputs[name] || f.access.restricting[name] != 0 {
			all = append(all, inputWithFacts{name, f.inputType(definition)})
		}
	}
	return all
}

// inputType is the Go code of an input object type's fields; empty if none leads to facts or restricts roles.
func (f facts) inputType(definition *ast.Definition) string {
	var entries []string
	for _, field := range definition.Fields {
		coordinate := definition.Name + "." + field.Name
		in := given{f.access.restricting[definition.Name], f.access.field(definition, field)}
		if input := f.input(coordinate, field.Type, field.Directives, in); input != "" {
			entries = append(entries, fmt.Sprintf("%q: %s", field.Name, input))
		}
	}
	return inputsCode(entries)
}

// inputsOf is the Go code of a field's arguments; empty if none leads to facts or restricts the roles of the field.
func (f facts) inputsOf(field *codegen.Field) string {
	if isIntrospection(field.Name) || isIntrospection(field.Object.Name) {
		return ""
	}
	var entries []string
	of, definition := field.Object.Definition, field.FieldDefinition
	for _, argument := range definition.Arguments {
		coordinate := fmt.Sprintf("%s.%s(%s:)", of.Name, field.Name, argument.Name)
		in := given{f.access.field(of, definition), f.access.argument(of, definition, argument)}
		if input := f.input(coordinate, argument.Type, argument.Directives, in); input != "" {
			entries = append(entries, fmt.Sprintf("%q: %s", argument.Name, input))
		}
	}
	return inputsCode(entries)
}

func inputsCode(entries []string) string {
	if len(entries) == 0 {
		return ""
	}
	return "exec.Inputs{" + strings.Join(entries, ", ") + "}"
}

// given are the roles that may use what has an input, and those that may give a value to the input.
type given struct{ around, input roleSet }

// input is the Go code of an argument or a field of an input object type; empty if it leads to no facts and restricts no roles.
func (f facts) input(coordinate string, of *ast.Type, directives ast.DirectiveList, roles given) string {
	var members []string
	own := factsCode(coordinate, directives)
	if own != "" {
		members = append(members, "Facts: "+own)
	}
	name := of.Name()
	leads := f.inputs[name] || f.access.restricts(of, roles.around&roles.input)
	if leads {
		members = append(members, fmt.Sprintf("Type: %q", name))
	}
	if own == "" && !leads && roles.around&^roles.input == 0 {
		return ""
	}
	members = append(members, "Roles: "+f.access.code(roles.input))
	return "{" + strings.Join(members, ", ") + "}"
}

// ofType is the Go code of the facts of an object type and of its interfaces; empty if there are none.
func (f facts) ofType(object *codegen.Object) string {
	directives := slices.Clone(object.Definition.Directives)
	for _, name := range object.Definition.Interfaces {
		directives = append(directives, f.schema.Types[name].Directives...)
	}
	return factsCode(object.Name, directives)
}

// ofField is the Go code of the facts of a field and of the fields of interfaces that it implements; empty if there
// are none.
func (f facts) ofField(field *codegen.Field) string {
	directives := slices.Clone(field.FieldDefinition.Directives)
	for _, name := range field.Object.Definition.Interfaces {
		if of := f.schema.Types[name].Fields.ForName(field.Name); of != nil {
			directives = append(directives, of.Directives...)
		}
	}
	return factsCode(field.Object.Name+"."+field.Name, directives)
}

// factsCode is the Go code of the facts that an element has by its directives; empty if there are none.
func factsCode(coordinate string, directives ast.DirectiveList) string {
	var all []string
	for _, d := range directives {
		if isFact(d) {
			all = append(all, fmt.Sprintf("{Coordinate: %q, Directive: %q, Args: %s}", coordinate, d.Name, valueCode(d.ArgumentMap(nil))))
		}
	}
	if len(all) == 0 {
		return ""
	}
	return "[]exec.Fact{" + strings.Join(all, ", ") + "}"
}

// valueCode is the Go code of a directive's argument. Numbers keep their types: int64 for Int, float64 for Float.
func valueCode(value any) string {
	switch v := value.(type) {
	case map[string]any:
		entries := make([]string, 0, len(v))
		for _, name := range slices.Sorted(maps.Keys(v)) {
			entries = append(entries, fmt.Sprintf("%q: %s", name, valueCode(v[name])))
		}
		return "map[string]any{" + strings.Join(entries, ", ") + "}"
	case []any:
		elements := make([]string, len(v))
		for i, element := range v {
			elements[i] = valueCode(element)
		}
		return "[]any{" + strings.Join(elements, ", ") + "}"
	case int64, float64:
		return fmt.Sprintf("%T(%v)", v, v)
	default:
		return fmt.Sprintf("%#v", v)
	}
}
