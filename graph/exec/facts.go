package exec

import (
	"context"
	"reflect"
	"slices"

	"github.com/vektah/gqlparser/v2/ast"
)

// Fact is a directive on an element of the schema, such as the weight of a field. Facts are read when code is
// generated, collected once for each plan, and checked before any resolver is called. They never change how a field is
// resolved.
type Fact struct {
	Coordinate string         // of the element: Identity, Identity.attackers, Query.tags(filter:), TTPTagFilter.ruleId
	Directive  string         // its name, without @
	Args       map[string]any // its arguments, with defaults filled in
}

// Input is an argument, or a field of an input object type, that has facts, leads to some, or restricts roles.
type Input struct {
	// Roles may give a value.
	Roles Roles
	Facts []Fact
	// Type is the input object type of the value, or of the elements of a list; empty if it is not among Schema.Inputs.
	Type string
}

// Inputs are the fields of an input object type by name: those that have facts or lead to some.
type Inputs map[string]Input

// inputVariable is a variable whose value may have fields with facts, or fields that restrict roles.
type inputVariable struct{ name, inputType string }

// elements are the elements of the schema that an operation uses: their facts, and the roles that may use all of them.
type elements struct {
	facts       []Fact
	restriction restriction
	variables   []inputVariable
}

// elementCollector collects the elements that an operation uses.
type elementCollector struct {
	elements

	inputs *inputSchema
	seen   map[string]bool // coordinates of elements with facts, and variables
}

// add adds the facts of an element, once.
func (c *elementCollector) add(facts []Fact) {
	if len(facts) > 0 && c.addOnce(facts[0].Coordinate) {
		c.facts = append(c.facts, facts...)
	}
}

// addOnce reports whether a key is new, and remembers it.
func (c *elementCollector) addOnce(key string) bool {
	if c.seen[key] {
		return false
	}
	if c.seen == nil {
		c.seen = map[string]bool{}
	}
	c.seen[key] = true
	return true
}

// field adds a field, and the arguments that it is given.
func (c *elementCollector) field(of, name string, known Inputs, roles Roles, given ast.ArgumentList) {
	c.restriction.add(roles, of, name, "")
	if len(known) == 0 {
		return
	}
	for _, argument := range given {
		if input, listed := known[argument.Name]; listed {
			c.add(input.Facts)
			c.restriction.add(input.Roles, of, name, argument.Name)
			c.literal(argument.Value, input.Type)
		}
	}
}

// literal adds the fields that a value in the document gives.
func (c *elementCollector) literal(value *ast.Value, inputType string) {
	if inputType == "" || value == nil {
		return
	}
	switch value.Kind {
	case ast.Variable:
		if c.addOnce("$" + value.Raw + ":" + inputType) {
			c.variables = append(c.variables, inputVariable{value.Raw, inputType})
		}
	case ast.ListValue:
		for _, element := range value.Children {
			c.literal(element.Value, inputType)
		}
	case ast.ObjectValue:
		for _, child := range value.Children {
			if input, listed := c.inputs.types[inputType][child.Name]; listed {
				c.add(input.Facts)
				c.restriction.add(input.Roles, inputType, child.Name, "")
				c.literal(child.Value, input.Type)
			}
		}
	default:
	}
}

// visit calls a function for each field that the value of a variable gives and that is listed. Coercion makes lists and objects
// of several Go types, so that it goes by their kinds.
func (s *inputSchema) visit(value any, inputType string, found func(of, name string, input Input)) {
	if inputType == "" {
		return
	}
	switch v := reflect.ValueOf(value); v.Kind() {
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			s.visit(v.Index(i).Interface(), inputType, found)
		}
	case reflect.Map:
		for _, name := range v.MapKeys() {
			if input, listed := s.types[inputType][name.String()]; listed {
				found(inputType, name.String(), input)
				s.visit(v.MapIndex(name).Interface(), input.Type, found)
			}
		}
	}
}

// Facts returns the facts of the elements, each element's once. Nobody may change them.
func (u Use) Facts() []Fact {
	if len(u.elements.variables) == 0 {
		return u.elements.facts
	}
	c := elementCollector{elements: elements{facts: slices.Clip(u.elements.facts)}}
	for _, f := range c.facts {
		c.addOnce(f.Coordinate)
	}
	for _, v := range u.elements.variables {
		u.schema.visit(u.variables[v.name], v.inputType, func(_, _ string, input Input) { c.add(input.Facts) })
	}
	return c.facts
}

// check has Options.Check decide about an operation.
func (e *Executor[E]) check(ctx context.Context, p *plan[E], variables map[string]any) error {
	if e.options.Check == nil {
		return nil
	}
	return e.options.Check(ctx, Use{&p.elements, e.inputs, variables})
}
