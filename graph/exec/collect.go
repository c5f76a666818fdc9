package exec

import (
	"slices"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/errcode"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// collection collects the fields that a selection set selects of an object, each with the selections of all fields of its
// name. Fields of one name are the same field: the document is valid. gqlgen's function for this compares each field
// with all others.
type collection[E any] struct {
	*planner[E]

	satisfies []string // the type conditions that the object satisfies
	fields    []graphql.CollectedField
	places    map[string]int // in fields, by name in the answer
	visited   map[*ast.FragmentDefinition]bool
}

// collect returns the fields of an object in the order in which they are answered.
func (p *planner[E]) collect(of *Type[E], set ast.SelectionSet) []graphql.CollectedField {
	c := collection[E]{planner: p, satisfies: of.Satisfies, places: make(map[string]int, len(set))}
	c.add(set)
	return c.fields
}

func (c *collection[E]) add(set ast.SelectionSet) {
	for _, selected := range set {
		if c.takeSteps(1) {
			return
		}
		switch s := selected.(type) {
		case *ast.Field:
			if c.includes(s.Directives) {
				c.field(s)
			}
		case *ast.InlineFragment:
			if c.includes(s.Directives) && c.satisfied(s.TypeCondition) {
				c.add(s.SelectionSet)
			}
		case *ast.FragmentSpread:
			if !c.visited[s.Definition] && c.includes(s.Directives) {
				c.fragment(s.Definition)
			}
		}
	}
}

// field adds a field, or its selections to those of its name.
func (c *collection[E]) field(f *ast.Field) {
	place, again := c.places[f.Alias]
	if !again {
		place = len(c.fields)
		c.places[f.Alias] = place
		c.fields = append(c.fields, graphql.CollectedField{Field: f})
	}
	c.fields[place].Selections = append(c.fields[place].Selections, f.SelectionSet...)
}

// fragment adds the fields of a named fragment, once.
func (c *collection[E]) fragment(f *ast.FragmentDefinition) {
	if c.visited == nil {
		c.visited = map[*ast.FragmentDefinition]bool{}
	}
	c.visited[f] = true
	if c.satisfied(f.TypeCondition) {
		c.add(f.SelectionSet)
	}
}

func (c *collection[E]) satisfied(condition string) bool {
	return condition == "" || slices.Contains(c.satisfies, condition)
}

// includes reports whether @skip and @include, if they are there, let a selection stand.
func (c *collection[E]) includes(directives ast.DirectiveList) bool {
	for _, d := range directives {
		if d.Name != "skip" && d.Name != "include" {
			continue
		}
		condition, known := c.condition(d)
		if !known || condition == (d.Name == "skip") {
			return false
		}
	}
	return true
}

// condition returns the argument of @skip or @include. It stops planning if that is null, which a variable with a
// default may be.
func (c *collection[E]) condition(d *ast.Directive) (value, known bool) {
	argument := d.Arguments.ForName("if").Value
	given, _ := argument.Value(c.operation.Variables)
	if value, known = given.(bool); !known && c.err == nil {
		fault := gqlerror.ErrorPosf(argument.Position, "@%s needs true or false, but the variable $%s is null", d.Name, argument.Raw)
		errcode.Set(fault, errcode.ValidationFailed)
		c.err = fault
	}
	return value, known
}
