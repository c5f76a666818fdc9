package exec

import (
	"slices"

	"github.com/vektah/gqlparser/v2/ast"
)

// Cover says that a field can be answered from what another field below the same object needs, so that one read serves
// both: what is read for the lower field adds up to the value of the upper one. The fields have the same name and, where
// they are selected, must have the same arguments.
type Cover struct {
	Of    string // type of the upper field
	Edge  string // field of Of that leads to the objects of the lower field, by way of fields without resolvers
	Below string // type of the lower field
	Field string // name of both
}

// coveredUse is a pair of fields that one read serves.
type coveredUse struct{ upper, lower *FieldUse }

// cover notes the pairs of fields below an object that a read can serve together.
func (p *planner[E]) cover(s *selection[E]) {
	for _, c := range p.covers {
		if c.Of != s.of.Name {
			continue
		}
		for _, upper := range s.named(c.Field) {
			for _, edge := range s.named(c.Edge) {
				p.coverBelow(c, upper, edge)
			}
		}
	}
}

// coverBelow notes the lower fields of a pair below an edge.
func (p *planner[E]) coverBelow(c Cover, upper, edge *planned[E]) {
	for _, below := range edge.below {
		if below.of.Name == c.Below {
			for _, lower := range below.named(c.Field) {
				if sameArguments(upper, lower) {
					p.sharing.covered = append(p.sharing.covered, coveredUse{&upper.use, &lower.use})
				}
			}
			continue
		}
		for _, f := range below.fields {
			if f.resolver() == nil {
				p.coverBelow(c, upper, f)
			}
		}
	}
}

// markCovered marks the pairs, and the fields that have the same answer as an upper field.
func (s *sharing) markCovered() {
	for _, pair := range s.covered {
		for _, use := range s.edges[pair.upper.Edge] {
			use.Covers = true
		}
		pair.lower.CoveredBy = pair.upper.Edge
	}
}

// named returns the fields with a name in the schema.
func (s *selection[E]) named(name string) (found []*planned[E]) {
	for _, f := range s.fields {
		if f.collected.Name == name {
			found = append(found, f)
		}
	}
	return found
}

// sameArguments reports whether two fields have arguments that are written alike.
func sameArguments[E any](a, b *planned[E]) bool {
	return slices.EqualFunc(a.collected.Arguments, b.collected.Arguments, func(a, b *ast.Argument) bool {
		return a.Name == b.Name && a.Value.String() == b.Value.String()
	})
}
