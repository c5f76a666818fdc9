package main

import (
	_ "embed"
	"fmt"
	gotypes "go/types"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"text/template"

	"github.com/99designs/gqlgen/codegen"
	"github.com/99designs/gqlgen/codegen/config"
	"github.com/99designs/gqlgen/codegen/templates"
	"github.com/vektah/gqlparser/v2/ast"
)

//go:embed types.gotpl
var typesTemplate string

// types is the gqlgen plugin that writes the tables of the schema's object types.
type types struct{}

// Name implements plugin.Plugin.
func (types) Name() string { return "types" }

// GenerateCode implements plugin.CodeGenerator.
func (types) GenerateCode(data *codegen.Data) error {
	return renderTypes(data, filepath.Join(filepath.Dir(data.Config.Exec.Filename), "types.go"))
}

// renderTypes writes the table to a file.
func renderTypes(data *codegen.Data, file string) error {
	if err := checkDirectives(data); err != nil {
		return err
	}
	rules, err := newAccess(data.Schema)
	if err != nil {
		return err
	}
	table := schema{data, factsOf(data.Schema, rules)}
	return templates.Render(templates.Options{
		PackageName:     data.Config.Exec.Package,
		Filename:        file,
		GeneratedHeader: true,
		Packages:        data.Config.Packages,
		Template:        typesTemplate,
		Data:            table,
		Funcs: template.FuncMap{
			"kind": kindOf, "leaf": leaf, "leafOf": leafOf, "derive": derive, "add": add, "arguments": arguments, "elements": elementsRequired,
			"isObject": isObject, "abstract": isAbstract, "possible": possible(data), "hasPrefix": strings.HasPrefix,
			"keyed": keyed, "introspects": introspects,
			"typeFacts": table.facts.ofType, "fieldFacts": table.facts.ofField, "inputs": table.facts.inputsOf, "roles": rules.fieldCode,
		},
	})
}

// schema is the template's input.
type schema struct {
	*codegen.Data

	facts facts
}

// Roles are the names of the roles, in the order of their bits.
func (s schema) Roles() []string { return s.facts.access.names }

// InputsWithFacts are the input object types that have facts or lead to some.
func (s schema) InputsWithFacts() []inputWithFacts { return s.facts.inputTypes() }

// Abstract returns the interfaces and unions of the schema, by name.
func (s schema) Abstract() []*codegen.Interface {
	var all []*codegen.Interface
	for _, name := range slices.Sorted(maps.Keys(s.Interfaces)) {
		if s.Schema.Types[name].IsAbstractType() {
			all = append(all, s.Interfaces[name])
		}
	}
	return all
}

// keyed reports whether objects of a type have a key of their own.
func keyed(object *codegen.Object) bool { return slices.Contains(object.Definition.Interfaces, "Node") }

// introspects reports whether a field of the root is answered by gqlgen's execution context.
func introspects(f *codegen.Field) bool { return f.GoReceiverName == "ec" }

// kindOf says how a field gets its value, by the name of the member of exec.Field.
func kindOf(f *codegen.Field) (string, error) {
	resolved := introspects(f) || f.IsResolver && (f.IsBatch() || f.Object.Root)
	switch object := isObject(f.TypeReference.Definition); {
	case f.Stream:
	case resolved && object && add(f) != "":
		return "Resolve", nil
	case resolved && leafWriter(f.TypeReference) != "":
		return "Leaves", nil
	case f.IsResolver || f.MethodHasContext || f.VOkFunc || f.HasHaser || f.IsMap() || (f.IsMethod() && !f.NoErr):
	case object && add(f) != "":
		return "Derive", nil
	case !object && len(f.Args) == 0 && leafWriter(f.TypeReference) != "":
		return "Append", nil
	}
	return "", fmt.Errorf("%s.%s: package exec cannot write %s; give its scalar an Append function, or the field a batch resolver", f.Object.Name, f.Name, f.Type)
}

func isObject(definition *ast.Definition) bool { return definition.IsCompositeType() }

func isAbstract(definition *ast.Definition) bool { return definition.IsAbstractType() }

// possible returns a function that lists the names of the object types that a value of a type may have.
func possible(data *codegen.Data) func(*ast.Definition) []string {
	return func(definition *ast.Definition) []string {
		if !definition.IsAbstractType() {
			return []string{definition.Name}
		}
		var names []string
		for _, implementor := range data.Interfaces[definition.Name].Implementors {
			names = append(names, implementor.Name)
		}
		return names
	}
}

// value is the Go expression of the value of a field that needs no resolver.
func value(f *codegen.Field) string {
	if f.IsMethod() {
		return "o." + f.GoFieldName + "(" + arguments(f) + ")"
	}
	return "o." + f.GoFieldName
}

// add is the function of package exec that adds what a field has for a parent; empty if there is none.
func add(f *codegen.Field) string {
	t := f.TypeReference
	abstract := isAbstract(t.Definition)
	switch {
	case t.IsSlice() && t.Elem().IsSlice():
		return ""
	case t.IsSlice() && abstract:
		return "exec.Anys"
	case t.IsSlice() && t.Elem().IsPtr():
		return "exec.Pointers"
	case t.IsSlice():
		return "exec.Values"
	case abstract:
		return "exec.Any"
	case t.IsPtr(), t.IsStruct() && f.IsVariable():
		return "exec.One"
	default:
		return ""
	}
}

// derive returns the code that adds the objects of a plain field.
func derive(f *codegen.Field) string {
	from := value(f)
	if f.TypeReference.IsStruct() {
		from = "&" + from
	}
	return fmt.Sprintf("%s(into, %s)", add(f), from)
}

func elementsRequired(f *codegen.Field) bool {
	return f.TypeReference.IsSlice() && f.TypeReference.Elem().GQL.NonNull
}

// leaf returns the code that writes a plain field.
func leaf(f *codegen.Field) string { return write(f.TypeReference, value(f)) }

// leafOf returns the code that writes v, the value that a resolver returned.
func leafOf(f *codegen.Field) string { return write(f.TypeReference, "v") }

// write returns the code that appends a value to the slice named to and returns it.
func write(t *config.TypeReference, value string) string {
	writer := leafWriter(t)
	nilable := "if " + value + " == nil {\nreturn to, false\n}\n"
	switch {
	case t.IsSlice():
		code := fmt.Sprintf("return exec.Elements(to, %s, %s), true", value, writer)
		if !t.GQL.NonNull {
			code = nilable + code
		}
		return code
	case t.IsPtr():
		return fmt.Sprintf("return exec.Optional(to, %s, %s)", value, writer)
	case t.IsNilable():
		return nilable + fmt.Sprintf("return %s(to, %s), true", writer, value)
	default:
		return fmt.Sprintf("return %s(to, %s), true", writer, value)
	}
}

// leafWriter returns the function that writes a scalar, or the elements of a list of scalars: the one of the same
// package whose name has Append where gqlgen's marshaler has Marshal. It is empty if there is none.
func leafWriter(t *config.TypeReference) string {
	switch {
	case t.IsSlice() && (t.Elem().IsSlice() || t.Elem().IsPtr() || !t.Elem().GQL.NonNull):
		return ""
	case t.IsSlice():
		return leafWriter(t.Elem())
	case t.IsMarshaler:
		return "exec.Marshaled"
	case t.Marshaler == nil || t.IsContext || t.IsPtrToPtr():
		return ""
	}
	goType := t.GO
	if pointer, ok := goType.(*gotypes.Pointer); ok {
		goType = pointer.Elem()
	}
	if t.Marshaler.FullName() == "github.com/99designs/gqlgen/graphql.MarshalString" { // of the enums of introspection
		return "jsontext.Append"
	}
	name := strings.Replace(t.Marshaler.Name(), "Marshal", "Append", 1)
	if t.Marshaler.Pkg().Scope().Lookup(name) == nil {
		return ""
	}
	writer := templates.CurrentImports.Lookup(t.Marshaler.Pkg().Path()) + "." + name
	switch {
	case t.HasEnumValues():
		return fmt.Sprintf("func(to []byte, v %s) []byte { return %s(to, %s[v]) }", templates.CurrentImports.LookupType(goType), writer, t.EnumMarshalVar(false))
	case t.CastType != nil:
		return fmt.Sprintf("func(to []byte, v %s) []byte { return %s(to, %s(v)) }",
			templates.CurrentImports.LookupType(goType), writer, templates.CurrentImports.LookupType(t.CastType))
	default:
		return writer
	}
}

// arguments are the field's arguments in the call of a resolver or a method.
func arguments(f *codegen.Field) string {
	list := make([]string, len(f.Args))
	for i, argument := range f.Args {
		list[i] = fmt.Sprintf("args[%q].(%s)", argument.Name, templates.CurrentImports.LookupType(argument.TypeReference.GO))
	}
	return strings.Join(list, ", ")
}
