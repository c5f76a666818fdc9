package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/99designs/gqlgen/codegen"
	"github.com/vektah/gqlparser/v2/ast"
)

// facts finds the directives of a schema that carry facts: all that the schema itself declares, and @deprecated.
type facts struct {
	schema *ast.Schema
	inputs map[string]bool // input object types that have facts or lead to some
}

// forGenerator are the directives that only gqlgen's generator reads, and those of the specification that are no
// facts about the use of an element.
var forGenerator = []string{
	"skip", "include", "defer", "specifiedBy", "oneOf",
	"goModel", "goField", "goTag", "goEnum", "goExtraField", "goEmbedInterface", "inlineArguments",
}

func isFact(d *ast.Directive) bool { return !slices.Contains(forGenerator, d.Name) }

// checkDirectives refuses directives that gqlgen would run: then each parent would be resolved by itself.
func checkDirectives(data *codegen.Data) error {
	for name := range data.Schema.Directives {
		if !slices.Contains(forGenerator, name) && !data.Config.Directives[name].SkipRuntime {
			return fmt.Errorf("directive @%s: set skip_runtime for it in gqlgen.yml; package exec keeps its arguments as facts, "+
				"which exec.Options.Check decides on", name)
		}
	}
	return nil
}

// factsOf finds the input object types that lead to facts.
func factsOf(schema *ast.Schema) facts {
	f := facts{schema, map[string]bool{}}
	for found := true; found; { // until a round adds none: input types may refer to each other in a ring
		found = false
		for name, definition := range schema.Types {
			if definition.Kind == ast.InputObject && !f.inputs[name] && f.inputType(definition) != "" {
				f.inputs[name], found = true, true
			}
		}
	}
	return f
}

// inputWithFacts is an input object type with the Go code of its fields.
type inputWithFacts struct{ Name, Fields string }

func (f facts) inputTypes() []inputWithFacts {
	var all []inputWithFacts
	for name := range f.inputs {
		all = append(all, inputWithFacts{name, f.inputType(f.schema.Types[name])})
	}
	slices.SortFunc(all, func(a, b inputWithFacts) int { return strings.Compare(a.Name, b.Name) })
	return all
}

// inputType is the Go code of an input object type's fields; empty if none leads to facts.
func (f facts) inputType(definition *ast.Definition) string {
	var entries []string
	for _, field := range definition.Fields {
		if input := f.input(definition.Name+"."+field.Name, field.Type, field.Directives); input != "" {
			entries = append(entries, fmt.Sprintf("%q: %s", field.Name, input))
		}
	}
	return inputsCode(entries)
}

// inputsOf is the Go code of a field's arguments; empty if none leads to facts.
func (f facts) inputsOf(field *codegen.Field) string {
	var entries []string
	for _, argument := range field.Arguments {
		coordinate := fmt.Sprintf("%s.%s(%s:)", field.Object.Name, field.Name, argument.Name)
		if input := f.input(coordinate, argument.Type, argument.Directives); input != "" {
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

// input is the Go code of an argument or a field of an input object type; empty if it leads to no facts.
func (f facts) input(coordinate string, of *ast.Type, directives ast.DirectiveList) string {
	var members []string
	if own := factsCode(coordinate, directives); own != "" {
		members = append(members, "Facts: "+own)
	}
	if f.inputs[of.Name()] {
		members = append(members, fmt.Sprintf("Type: %q", of.Name()))
	}
	if len(members) == 0 {
		return ""
	}
	return "{" + strings.Join(members, ", ") + "}"
}

// typeFacts is the Go code of an object type's facts; empty if there are none.
func typeFacts(definition *ast.Definition) string {
	return factsCode(definition.Name, definition.Directives)
}

// fieldFacts is the Go code of a field's facts; empty if there are none.
func fieldFacts(field *codegen.Field) string {
	return factsCode(field.Object.Name+"."+field.Name, field.FieldDefinition.Directives)
}

// factsCode is the Go code of the facts that an element has by its directives; empty if there are none.
func factsCode(coordinate string, directives ast.DirectiveList) string {
	var all []string
	for _, d := range directives {
		if isFact(d) {
			all = append(all, fmt.Sprintf("{Coordinate: %q, Directive: %q, Args: %#v}", coordinate, d.Name, d.ArgumentMap(nil)))
		}
	}
	if len(all) == 0 {
		return ""
	}
	return "[]exec.Fact{" + strings.Join(all, ", ") + "}"
}
