// Package schema finds the changes of a GraphQL schema that break clients.
package schema

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"time"

	"github.com/vektah/gqlparser/v2/ast"
)

// Break is a change for which a document that was valid may fail, or a client may read an answer wrong.
type Break struct {
	Element string // the coordinate of the element, such as Campaign.tags(first:)
	Change  string // what happened to the element
}

// String returns the break as a line of the file of breaks that are allowed.
func (b Break) String() string { return b.Element + " " + b.Change }

// Breaks returns the changes from a schema to a later one that break clients, in the order of the elements' coordinates.
// An element that was deprecated may change in any way from the day on that the reason of its deprecation names, as in
// "Use tags; to be removed on 2027-06-01." So may a type that only such elements lead to.
func Breaks(before, after *ast.Schema, today time.Time) []Break {
	c := comparison{before: before, after: after, today: today, reached: map[string]bool{}}
	c.roots()
	c.directives()
	c.knownRoles()
	for _, name := range slices.Sorted(maps.Keys(c.reached)) {
		if definition := before.Types[name]; !definition.BuiltIn {
			c.definition(definition)
		}
	}
	return c.breaks
}

// comparison compares two schemas.
type comparison struct {
	before, after *ast.Schema
	today         time.Time
	reached       map[string]bool // the types of before that a document may use, without elements that may be removed
	breaks        []Break
}

func (c *comparison) add(element, format string, args ...any) {
	c.breaks = append(c.breaks, Break{element, fmt.Sprintf(format, args...)})
}

// roots compares the types that operations begin at, and finds the types that they lead to.
func (c *comparison) roots() {
	for _, root := range []struct {
		operation     string
		before, after *ast.Definition
	}{
		{"query", c.before.Query, c.after.Query},
		{"mutation", c.before.Mutation, c.after.Mutation},
		{"subscription", c.before.Subscription, c.after.Subscription},
	} {
		if root.before == nil {
			continue
		}
		c.reach(root.before.Name)
		switch {
		case root.after == nil:
			c.add("schema", "has no %s type any more", root.operation)
		case root.after.Name != root.before.Name:
			c.add("schema", "has the %s type %s instead of %s", root.operation, root.after.Name, root.before.Name)
		}
	}
}

// reach adds a type, and the types that it leads to.
func (c *comparison) reach(name string) {
	definition := c.before.Types[name]
	if c.reached[name] || definition == nil {
		return
	}
	c.reached[name] = true
	for _, field := range definition.Fields {
		if c.due(field.Directives) {
			continue
		}
		c.reach(field.Type.Name())
		for _, argument := range field.Arguments {
			if !c.due(argument.Directives) {
				c.reach(argument.Type.Name())
			}
		}
	}
	for _, member := range definition.Interfaces {
		c.reach(member)
	}
	if definition.IsAbstractType() {
		for _, possible := range c.before.GetPossibleTypes(definition) {
			c.reach(possible.Name)
		}
	}
}

// removal matches the day in the reason of a deprecation.
var removal = regexp.MustCompile(`\bto be removed on (\d{4}-\d{2}-\d{2})\b`)

// RemovalDay returns the day that the reason of a deprecation names, and false if it names none.
func RemovalDay(deprecation *ast.Directive) (day time.Time, ok bool) {
	reason := deprecation.Arguments.ForName("reason")
	if reason == nil {
		return day, false
	}
	found := removal.FindStringSubmatch(reason.Value.Raw)
	if found == nil {
		return day, false
	}
	day, err := time.Parse(time.DateOnly, found[1])
	return day, err == nil
}

// due reports whether an element may be removed.
func (c *comparison) due(directives ast.DirectiveList) bool {
	deprecation := directives.ForName("deprecated")
	if deprecation == nil {
		return false
	}
	day, ok := RemovalDay(deprecation)
	return ok && !c.today.Before(day)
}

// directives compares the directives that documents may have. The others are for the server and for tools.
func (c *comparison) directives() {
	for _, name := range slices.Sorted(maps.Keys(c.before.Directives)) {
		before, after := c.before.Directives[name], c.after.Directives[name]
		if !slices.ContainsFunc(before.Locations, isExecutable) {
			continue
		}
		coordinate := "@" + name
		if after == nil {
			c.add(coordinate, "was removed")
			continue
		}
		for _, location := range before.Locations {
			if isExecutable(location) && !slices.Contains(after.Locations, location) {
				c.add(coordinate, "may no longer stand on %s", location)
			}
		}
		if before.IsRepeatable && !after.IsRepeatable {
			c.add(coordinate, "may no longer be repeated")
		}
		c.arguments(coordinate, before.Arguments, after.Arguments)
	}
}

func isExecutable(location ast.DirectiveLocation) bool {
	return slices.Contains([]ast.DirectiveLocation{
		ast.LocationQuery, ast.LocationMutation, ast.LocationSubscription, ast.LocationField, ast.LocationFragmentDefinition,
		ast.LocationFragmentSpread, ast.LocationInlineFragment, ast.LocationVariableDefinition,
	}, location)
}

// definition compares a type.
func (c *comparison) definition(before *ast.Definition) {
	after := c.after.Types[before.Name]
	switch {
	case after == nil:
		c.add(before.Name, "was removed")
		return
	case after.Kind != before.Kind:
		c.add(before.Name, "is %s instead of %s", after.Kind, before.Kind)
		return
	}
	for _, name := range before.Interfaces {
		if c.reached[name] && !slices.Contains(after.Interfaces, name) {
			c.add(before.Name, "no longer implements %s", name)
		}
	}
	for _, name := range before.Types {
		if !slices.Contains(after.Types, name) {
			c.add(before.Name, "no longer has the member %s", name)
		}
	}
	for _, value := range before.EnumValues {
		if !c.due(value.Directives) && after.EnumValues.ForName(value.Name) == nil {
			c.add(before.Name+"."+value.Name, "was removed")
		}
	}
	if is, was := argumentOf(after.Directives, "specifiedBy", "url"), argumentOf(before.Directives, "specifiedBy", "url"); is != was {
		c.add(before.Name, "is specified by %q instead of %q", is, was)
	}
	if before.Kind == ast.InputObject {
		c.inputFields(before, after)
	} else {
		c.fields(before, after)
	}
}

func argumentOf(directives ast.DirectiveList, directive, argument string) string {
	if d := directives.ForName(directive); d != nil {
		if given := d.Arguments.ForName(argument); given != nil {
			return given.Value.Raw
		}
	}
	return ""
}

// fields compares the fields of an object type or an interface.
func (c *comparison) fields(before, after *ast.Definition) {
	for _, was := range before.Fields {
		coordinate := before.Name + "." + was.Name
		is := after.Fields.ForName(was.Name)
		switch {
		case c.due(was.Directives):
		case is == nil:
			c.add(coordinate, "was removed")
		default:
			if !servesOutput(was.Type, is.Type) {
				c.add(coordinate, "has the type %s instead of %s", is.Type, was.Type)
			} else if !keepsSemantics(was, is) {
				c.add(coordinate, "may be null without an error")
			}
			c.roles(coordinate, was.Directives, is.Directives)
			c.arguments(coordinate, was.Arguments, is.Arguments)
		}
	}
}

// arguments compares the arguments of a field or a directive.
func (c *comparison) arguments(coordinate string, before, after ast.ArgumentDefinitionList) {
	for _, was := range before {
		if c.due(was.Directives) {
			continue
		}
		argument := coordinate + "(" + was.Name + ":)"
		if is := after.ForName(was.Name); is == nil {
			c.add(argument, "was removed")
		} else {
			c.input(argument, was.Type, is.Type, was.DefaultValue, is.DefaultValue)
			c.roles(argument, was.Directives, is.Directives)
		}
	}
	for _, is := range after {
		if before.ForName(is.Name) == nil && isRequired(is.Type, is.DefaultValue) {
			c.add(coordinate+"("+is.Name+":)", "is new and required")
		}
	}
}

// inputFields compares the fields of an input object type.
func (c *comparison) inputFields(before, after *ast.Definition) {
	if before.Directives.ForName("oneOf") == nil && after.Directives.ForName("oneOf") != nil {
		c.add(before.Name, "takes only one field at a time")
	}
	for _, was := range before.Fields {
		if c.due(was.Directives) {
			continue
		}
		coordinate := before.Name + "." + was.Name
		if is := after.Fields.ForName(was.Name); is == nil {
			c.add(coordinate, "was removed")
		} else {
			c.input(coordinate, was.Type, is.Type, was.DefaultValue, is.DefaultValue)
			c.roles(coordinate, was.Directives, is.Directives)
		}
	}
	for _, is := range after.Fields {
		if before.Fields.ForName(is.Name) == nil && isRequired(is.Type, is.DefaultValue) {
			c.add(before.Name+"."+is.Name, "is new and required")
		}
	}
}

// input compares an argument or an input field. Another default means another answer to the same document.
func (c *comparison) input(coordinate string, was, is *ast.Type, wasDefault, isDefault *ast.Value) {
	switch {
	case !servesInput(was, is):
		c.add(coordinate, "has the type %s instead of %s", is, was)
	case defaultText(wasDefault) != defaultText(isDefault):
		c.add(coordinate, "has %s instead of %s", defaultText(isDefault), defaultText(wasDefault))
	}
}

func isRequired(of *ast.Type, otherwise *ast.Value) bool { return of.NonNull && otherwise == nil }

func defaultText(value *ast.Value) string {
	if value == nil {
		return "no default"
	}
	return "the default " + value.String()
}

// servesOutput reports whether a client that reads values of one type can read those of another: of the same type, perhaps
// without null.
func servesOutput(was, is *ast.Type) bool {
	switch {
	case was.NonNull && !is.NonNull, (was.Elem == nil) != (is.Elem == nil):
		return false
	case was.Elem != nil:
		return servesOutput(was.Elem, is.Elem)
	default:
		return was.NamedType == is.NamedType
	}
}

// servesInput reports whether what was accepted as a value of one type is accepted as one of another: of the same type,
// perhaps with null.
func servesInput(was, is *ast.Type) bool {
	switch {
	case is.NonNull && !was.NonNull, (was.Elem == nil) != (is.Elem == nil):
		return false
	case was.Elem != nil:
		return servesInput(was.Elem, is.Elem)
	default:
		return was.NamedType == is.NamedType
	}
}

// keepsSemantics reports whether null still stands for an error at all levels of a field's type where it did by
// @semanticNonNull.
func keepsSemantics(was, is *ast.FieldDefinition) bool {
	now := semanticLevels(is)
	for _, level := range semanticLevels(was) {
		of := is.Type
		for range level {
			of = of.Elem
		}
		if !of.NonNull && !slices.Contains(now, level) {
			return false
		}
	}
	return true
}

// semanticLevels returns the levels of @semanticNonNull on a field: 0 is the field itself, 1 the elements of its list.
func semanticLevels(field *ast.FieldDefinition) []int {
	directive := field.Directives.ForName("semanticNonNull")
	if directive == nil {
		return nil
	}
	levels := []int{}
	if given, ok := directive.ArgumentMap(nil)["levels"].([]any); ok {
		for _, level := range given {
			if n, ok := level.(int64); ok {
				levels = append(levels, int(n))
			}
		}
	}
	return levels
}
