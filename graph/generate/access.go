package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/99designs/gqlgen/codegen"
	"github.com/vektah/gqlparser/v2/ast"
)

const (
	accessDirective = "access"
	roleEnum        = "Role"
	adminRole       = "ADMIN" // which may use every element
)

// roleSet is a set of roles: a bit for each, in the order of the enum Role.
type roleSet uint8

// access knows which roles may use the elements of a schema.
type access struct {
	schema *ast.Schema
	names  []string // of the roles, in the order of their bits
	// reach are the roles that may use all of the fields that a value of an input object type can have, at any depth.
	reach map[string]roleSet
	// restricting are the roles that may be given an input object type, but may not use all of the fields that a value can have.
	restricting map[string]roleSet
}

// newAccess reads the rules of a schema. It fails if an element has none, or if the part of the schema that a role may use
// would not be a schema of its own.
func newAccess(schema *ast.Schema) (access, error) {
	a := access{schema: schema, reach: map[string]roleSet{}, restricting: map[string]roleSet{}}
	for _, value := range schema.Types[roleEnum].EnumValues {
		a.names = append(a.names, value.Name)
	}
	err := a.check()
	if err == nil {
		a.findRestricting()
	}
	return a, err
}

// all are all roles.
func (a access) all() roleSet { return 1<<len(a.names) - 1 }

// of are the roles that an element names, and ADMIN. An element of introspection may be used by all.
func (a access) of(coordinate string, directives ast.DirectiveList) roleSet {
	roles, err := a.rule(coordinate, directives)
	if err != nil { // elements with a rule have been checked
		return a.all()
	}
	return roles
}

// rule reads the rule of an element.
func (a access) rule(coordinate string, directives ast.DirectiveList) (roleSet, error) {
	given := directives.ForNames(accessDirective)
	if len(given) != 1 {
		return 0, fmt.Errorf("%s: no rule says who may use it; write @%s(roles: [VIEWER]), or name other roles of the enum %s, "+
			"such as [ADMIN] for what only administrators may see", coordinate, accessDirective, roleEnum)
	}
	var roles roleSet
	for _, role := range listed(given[0].Arguments.ForName("roles")) {
		bit := slices.Index(a.names, role)
		if bit < 0 {
			return 0, fmt.Errorf("%s: @%s names %s, which is no role; the roles are %s", coordinate, accessDirective, role, strings.Join(a.names, ", "))
		}
		roles |= 1 << bit
	}
	if roles == 0 {
		return 0, fmt.Errorf("%s: @%s names no role; write [ADMIN] for what only administrators may use", coordinate, accessDirective)
	}
	return roles | 1<<slices.Index(a.names, adminRole), nil
}

// listed are the elements of a list, for which a single value may stand.
func listed(argument *ast.Argument) (elements []string) {
	switch {
	case argument == nil:
		return nil
	case argument.Value.Kind != ast.ListValue:
		return []string{argument.Value.Raw}
	}
	for _, child := range argument.Value.Children {
		elements = append(elements, child.Value.Raw)
	}
	return elements
}

// isIntrospection reports whether a type or a field belongs to introspection, which everybody may use.
func isIntrospection(name string) bool { return strings.HasPrefix(name, "__") }

// field are the roles that may use a field of a type.
func (a access) field(of *ast.Definition, field *ast.FieldDefinition) roleSet {
	return a.of(of.Name+"."+field.Name, field.Directives)
}

// argument are the roles that may give an argument.
func (a access) argument(of *ast.Definition, field *ast.FieldDefinition, argument *ast.ArgumentDefinition) roleSet {
	return a.of(fmt.Sprintf("%s.%s(%s:)", of.Name, field.Name, argument.Name), argument.Directives)
}

// check returns what is wrong with the rules of the schema, at most as many errors as a person reads at once.
func (a access) check() error {
	const mostShown = 20
	var errs []error
	for _, name := range sortedNames(a.schema.Types) {
		if definition := a.schema.Types[name]; !isIntrospection(name) {
			errs = append(errs, a.checkType(definition)...)
		}
	}
	if more := len(errs) - mostShown; more > 0 {
		errs = append(errs[:mostShown], fmt.Errorf("and %d more", more))
	}
	return errors.Join(errs...)
}

func sortedNames(types map[string]*ast.Definition) []string {
	names := make([]string, 0, len(types))
	for name := range types {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// checkType checks the rules of a type's fields and of their arguments.
func (a access) checkType(definition *ast.Definition) (errs []error) {
	for _, field := range definition.Fields {
		if isIntrospection(field.Name) {
			continue
		}
		coordinate := definition.Name + "." + field.Name
		roles, err := a.rule(coordinate, field.Directives)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		errs = append(errs, a.checkLeads(coordinate, roles, field.Type)...)
		for _, argument := range field.Arguments {
			at := fmt.Sprintf("%s(%s:)", coordinate, argument.Name)
			given, err := a.rule(at, argument.Directives)
			if err != nil {
				errs = append(errs, err)
				continue
			}
			errs = append(errs, a.checkLeads(at, roles&given, argument.Type)...)
			if missing := roles &^ given; argument.Type.NonNull && argument.DefaultValue == nil && missing != 0 {
				errs = append(errs, fmt.Errorf("%s: the argument is required, but %s may use only the field; let them use both or neither", at, a.text(missing)))
			}
		}
		for _, name := range definition.Interfaces {
			if of := a.schema.Types[name].Fields.ForName(field.Name); of != nil {
				if missing := a.field(a.schema.Types[name], of) &^ roles; missing != 0 {
					errs = append(errs, fmt.Errorf("%s: %s may use %s.%s, but not the field of this type, which implements it", coordinate, a.text(missing), name, field.Name))
				}
			}
		}
	}
	return errs
}

// checkLeads checks that the roles that may use an element may also use something of the objects that it leads to, and all that
// an input object must have.
func (a access) checkLeads(coordinate string, roles roleSet, to *ast.Type) (errs []error) {
	definition := a.schema.Types[to.Name()]
	types := []*ast.Definition{definition}
	if definition.Kind == ast.Union {
		types = a.schema.GetPossibleTypes(definition)
	}
	for _, of := range types {
		if of.IsLeafType() {
			continue
		}
		var some roleSet
		for _, field := range of.Fields {
			if isIntrospection(field.Name) {
				continue
			}
			may := a.field(of, field)
			some |= may
			required := of.Kind == ast.InputObject && field.Type.NonNull && field.DefaultValue == nil
			if missing := roles &^ may; required && missing != 0 {
				errs = append(errs, fmt.Errorf("%s: %s may use it, but not %s.%s, which is required", coordinate, a.text(missing), of.Name, field.Name))
			}
		}
		if missing := roles &^ some; missing != 0 {
			errs = append(errs, fmt.Errorf("%s: %s may use it, but no field of %s, which it leads to", coordinate, a.text(missing), of.Name))
		}
	}
	return errs
}

// text is a set of roles in a message.
func (a access) text(roles roleSet) string {
	var names []string
	for i, name := range a.names {
		if roles&(1<<i) != 0 {
			names = append(names, name)
		}
	}
	return strings.Join(names, " and ")
}

// findRestricting finds the input object types whose fields must be looked at when an operation is checked. Where every role that may
// use a field may also use all that can be given to it, the rule of the field decides.
func (a access) findRestricting() {
	for name := range a.schema.Types {
		a.reach[name] = a.all()
	}
	for changed := true; changed; { // until a round changes none: input types may refer to each other in a ring
		changed = false
		for name, definition := range a.schema.Types {
			if definition.Kind != ast.InputObject {
				continue
			}
			reach := a.reach[name]
			for _, field := range definition.Fields {
				reach &= a.field(definition, field) & a.reach[field.Type.Name()]
			}
			changed = changed || reach != a.reach[name]
			a.reach[name] = reach
		}
	}
	for _, definition := range a.schema.Types {
		if definition.Kind != ast.Object || isIntrospection(definition.Name) {
			continue
		}
		for _, field := range definition.Fields {
			for _, argument := range field.Arguments {
				if !isIntrospection(field.Name) {
					a.addRestricting(argument.Type, a.field(definition, field)&a.argument(definition, field, argument))
				}
			}
		}
	}
}

// addRestricting adds the input object type of a value that roles may give, and those of its fields.
func (a access) addRestricting(of *ast.Type, given roleSet) {
	name := of.Name()
	if !a.restricts(of, given) || a.restricting[name]&given == given {
		return
	}
	a.restricting[name] |= given
	definition := a.schema.Types[name]
	for _, field := range definition.Fields {
		a.addRestricting(field.Type, given&a.field(definition, field))
	}
}

// restricts reports whether some of the roles that may give a value of a type may not use all of its fields.
func (a access) restricts(of *ast.Type, given roleSet) bool { return given&^a.reach[of.Name()] != 0 }

// code is the Go code of a set of roles.
func (a access) code(roles roleSet) string {
	if roles == a.all() {
		return "anyRole"
	}
	var names []string
	for i, name := range a.names {
		if roles&(1<<i) != 0 {
			names = append(names, "role"+name)
		}
	}
	return strings.Join(names, " | ")
}

// fieldCode is the Go code of the roles that may use a field.
func (a access) fieldCode(field *codegen.Field) string {
	if isIntrospection(field.Object.Name) || isIntrospection(field.Name) {
		return a.code(a.all())
	}
	return a.code(a.field(field.Object.Definition, field.FieldDefinition))
}
