package exec

import (
	"encoding/json"
	"math"
	"reflect"
	"slices"
	"strconv"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

// The cost of an operation estimates the work that it may take, before it runs. Its unit is one object that is read
// and written. It depends on page sizes alone, not on how many rows the database has:
//
//   - a field with a resolver costs statementCost once, plus its weight for each of its parents;
//   - each object of a field costs 1;
//   - the fields selected below a field count once for each of its objects. If the objects may have several types, only
//     the selection of the most expensive type counts.
//
// The actual cost of an operation, known when it has ended, is computed alike from the parents and objects that there
// were: see bill.
//
// The weight of a field is that of the directive @cost(weight:) on it, or 1, or 0 for a field without a resolver. The
// weights of the arguments that the document gives are added.
const (
	statementCost = 10
	// listSize is how many objects a list without a page size is assumed to have.
	listSize = 10
	// maxCost keeps products of page sizes finite.
	maxCost = math.MaxInt32
	// costDirective is the name of the directive.
	costDirective = "cost"
)

// Paging names the arguments that say how many objects a field has.
type Paging struct {
	// Sizes are arguments that give the number of items of a page. A field that has one of them is a page, and the lists
	// that are selected right below it have that many objects.
	Sizes []string
	// Keys are arguments that list keys. A list field that has one of them has an object for each key.
	Keys []string
	// Default and Max are the numbers of items of a page whose size is not given, and of the largest page.
	Default, Max int
}

// costedField is what the cost of an operation depends on in a field. Plain fields cost nothing.
type costedField struct {
	weight   float64
	resolved bool
	objects  bool
	list     bool
	page     bool
	items    float64 // of the page or list, unless a variable says how many
	variable string
	below    [][]costedField // by type of the objects
}

// costedFields returns the fields of a selection that cost something.
func (p *planner[E]) costedFields(fields []*planned[E]) []costedField {
	var costed []costedField
	for _, f := range fields {
		c := costedField{weight: weightOf(f.Facts), resolved: f.resolver() != nil, objects: len(f.Of) > 0, list: f.List, items: listSize}
		if c.resolved {
			c.weight = max(c.weight, 1)
		}
		for _, argument := range f.collected.Arguments {
			c.weight += weightOf(f.Inputs[argument.Name].Facts)
		}
		f.weight = int64(c.weight)
		if c.weight == 0 && !c.objects {
			continue
		}
		if c.objects {
			c.count(f.collected, p.paging)
		}
		for _, name := range f.Of {
			c.below = append(c.below, f.below[name].costed)
		}
		costed = append(costed, c)
	}
	return costed
}

// weightOf is the weight that facts give, or 0.
func weightOf(facts []Fact) float64 {
	for _, f := range facts {
		if weight, ok := f.Args["weight"].(int64); ok && f.Directive == costDirective {
			return float64(weight)
		}
	}
	return 0
}

// count finds out how many objects the field has for a parent.
func (c *costedField) count(field graphql.CollectedField, paging Paging) {
	counts := paging.Keys
	if !c.list {
		counts = paging.Sizes
		c.page = slices.ContainsFunc(counts, func(name string) bool { return field.Definition.Arguments.ForName(name) != nil })
		if c.page {
			c.items = float64(paging.Default)
		}
	}
	for _, argument := range field.Arguments {
		if !slices.Contains(counts, argument.Name) {
			continue
		}
		switch argument.Value.Kind {
		case ast.Variable:
			c.variable = argument.Value.Raw
		case ast.IntValue:
			c.items = paging.clamp(json.Number(argument.Value.Raw))
		case ast.ListValue:
			c.items = float64(len(argument.Value.Children))
		default: // null
		}
	}
}

// clamp is the number of items that a value asks for. A value out of range will be refused, so that it may be
// counted as the nearest one that is not.
func (p Paging) clamp(value any) float64 {
	items := float64(p.Default)
	switch v := reflect.ValueOf(value); v.Kind() {
	case reflect.Slice:
		return float64(v.Len())
	case reflect.Int, reflect.Int64:
		items = float64(v.Int())
	case reflect.String: // json.Number
		if number, err := strconv.ParseFloat(v.String(), 64); err == nil {
			items = number
		}
	}
	return min(max(items, 1), float64(p.Max))
}

// cost is the cost of fields that are selected of a number of parents. page is the number of items of the page that the
// parents are, or 0.
func (p Paging) cost(fields []costedField, parents, page float64, variables map[string]any) float64 {
	total := 0.0
	for i := range fields {
		f := &fields[i]
		total += parents * f.weight
		if f.resolved {
			total += statementCost
		}
		if !f.objects {
			continue
		}
		items, objects, inner := f.items, parents, 0.0
		if f.variable != "" {
			items = p.clamp(variables[f.variable])
		}
		switch {
		case f.page:
			inner = items
		case f.list && page > 0:
			objects *= page
		case f.list:
			objects *= items
		}
		total += objects + p.dearest(f.below, objects, inner, variables)
	}
	return min(total, maxCost)
}

// dearest is the cost of a selection of objects, as if all of them had the type whose selection is the most expensive.
func (p Paging) dearest(types [][]costedField, parents, page float64, variables map[string]any) float64 {
	most := 0.0
	for _, fields := range types {
		most = max(most, p.cost(fields, parents, page, variables))
	}
	return most
}
