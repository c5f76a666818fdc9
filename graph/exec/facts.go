package exec

import (
	"context"
	"slices"

	"github.com/vektah/gqlparser/v2/ast"
)

// Fact is what a directive in the schema says of one of its elements, such as the role that a field requires. Facts
// are read when code is generated, collected once for a plan, and checked before any resolver is called. They never
// change how a field is resolved.
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

// factCollector collects the facts of what an operation uses.
type factCollector struct {
	inputs    map[string]Inputs // by input object type
	facts     []Fact
	variables []factVariable
	seen      map[string]bool // coordinates and directives of facts, and variables
}

// add adds facts that were not met before.
func (c *factCollector) add(facts []Fact) {
	for _, f := range facts {
		if c.once(f.Coordinate + "@" + f.Directive) {
			c.facts = append(c.facts, f)
		}
	}
}

func (c *factCollector) once(what string) bool {
	if c.seen[what] {
		return false
	}
	if c.seen == nil {
		c.seen = map[string]bool{}
	}
	c.seen[what] = true
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
		if c.once("$" + value.Raw + ":" + inputType) {
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

// value adds the facts of the fields that the value of a variable gives.
func (c *factCollector) value(value any, inputType string) {
	if inputType == "" {
		return
	}
	switch v := value.(type) {
	case []any:
		for _, element := range v {
			c.value(element, inputType)
		}
	case map[string]any:
		for name, child := range v {
			if input, known := c.inputs[inputType][name]; known {
				c.add(input.Facts)
				c.value(child, input.Type)
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
			c.once(f.Coordinate + "@" + f.Directive)
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
