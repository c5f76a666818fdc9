package exec

import (
	"context"
	"reflect"
	"slices"

	"github.com/vektah/gqlparser/v2/ast"
)

// Fact is a directive on an element of the schema, such as the role that a field requires. Facts are read when code is
// generated, collected once for each plan, and checked before any resolver is called. They never change how a field is
// resolved.
type Fact struct {
	Coordinate string         // of the element: Identity, Identity.attackers, Query.tags(filter:), TTPTagFilter.ruleId
	Directive  string         // its name, without @
	Args       map[string]any // its arguments, with defaults filled in
}

// Input is an argument, or a field of an input object type, that has facts or leads to some.
type Input struct {
	Facts []Fact
	// Type is the input object type of the value, or of the elements of a list; empty if it leads to no facts.
	Type string
}

// Inputs are the fields of an input object type by name: those that have facts or lead to some.
type Inputs map[string]Input

// factVariable is a variable whose value may have fields with facts.
type factVariable struct{ name, inputType string }

// factCollector collects the facts of the schema elements that an operation uses.
type factCollector struct {
	inputs    map[string]Inputs // by input object type
	facts     []Fact
	variables []factVariable
	seen      map[string]bool // coordinates of elements with facts, and variables
}

// add adds the facts of an element, once.
func (c *factCollector) add(facts []Fact) {
	if len(facts) > 0 && c.addOnce(facts[0].Coordinate) {
		c.facts = append(c.facts, facts...)
	}
}

// addOnce reports whether a key is new, and remembers it.
func (c *factCollector) addOnce(key string) bool {
	if c.seen[key] {
		return false
	}
	if c.seen == nil {
		c.seen = map[string]bool{}
	}
	c.seen[key] = true
	return true
}

// arguments adds the facts of arguments that a field is given.
func (c *factCollector) arguments(known Inputs, given ast.ArgumentList) {
	if len(known) == 0 {
		return
	}
	for _, argument := range given {
		input := known[argument.Name]
		c.add(input.Facts)
		c.literal(argument.Value, input.Type)
	}
}

// literal adds the facts of the fields that a value in the document gives.
func (c *factCollector) literal(value *ast.Value, inputType string) {
	if inputType == "" || value == nil {
		return
	}
	switch value.Kind {
	case ast.Variable:
		if c.addOnce("$" + value.Raw + ":" + inputType) {
			c.variables = append(c.variables, factVariable{value.Raw, inputType})
		}
	case ast.ListValue:
		for _, element := range value.Children {
			c.literal(element.Value, inputType)
		}
	case ast.ObjectValue:
		for _, child := range value.Children {
			input := c.inputs[inputType][child.Name]
			c.add(input.Facts)
			c.literal(child.Value, input.Type)
		}
	default:
	}
}

// value adds the facts of the fields that the value of a variable gives. Coercion makes lists and objects of several Go
// types, so that it goes by their kinds.
func (c *factCollector) value(value any, inputType string) {
	if inputType == "" {
		return
	}
	switch v := reflect.ValueOf(value); v.Kind() {
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			c.value(v.Index(i).Interface(), inputType)
		}
	case reflect.Map:
		for _, name := range v.MapKeys() {
			if input, known := c.inputs[inputType][name.String()]; known {
				c.add(input.Facts)
				c.value(v.MapIndex(name).Interface(), input.Type)
			}
		}
	}
}

// check has Options.Check decide about a plan. The facts of input fields depend on the variables as well.
func (e *Executor[E]) check(ctx context.Context, p *plan[E], variables map[string]any) error {
	if e.options.Check == nil {
		return nil
	}
	facts := p.facts
	if len(p.variables) > 0 {
		c := factCollector{inputs: e.schema.Inputs, facts: slices.Clip(p.facts)}
		for _, f := range p.facts {
			c.addOnce(f.Coordinate)
		}
		for _, v := range p.variables {
			c.value(variables[v.name], v.inputType)
		}
		facts = c.facts
	}
	if len(facts) == 0 {
		return nil
	}
	return e.options.Check(ctx, facts)
}
