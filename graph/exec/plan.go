package exec

import (
	"slices"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"decnetgraph/graph/jsontext"
)

// selection is what a document selects of objects of one type at one place.
type selection[E any] struct {
	of     *Type[E]
	fields []*planned[E]
	// edges are the fields where a resolver stands or below which one does, and derived the others that
	// bring objects.
	edges, derived []int
	// reads are the struct fields and methods that the objects are read by, and those of the objects
	// derived from them; nil if that is not known.
	reads []string
}

// planned is a field in a document.
type planned[E any] struct {
	*Field[E]

	collected graphql.CollectedField
	key       []byte                   // the name in the answer, quoted, and a colon
	below     map[string]*selection[E] // by type
	edges     bool                     // a resolver stands here or below
	reads     []string                 // of the objects that the field brings, as in selection
}

// planner makes a plan of an operation.
type planner[E any] struct {
	types     map[string]*Type[E]
	operation *graphql.OperationContext
	fields    int // so far
	most      int // fields
}

// typename is the meta field of every object.
const typename = "__typename"

// selectionOf plans the fields that are selected of a type. gqlgen collects them, so that fragments
// and conditions mean here what they mean there.
func (p *planner[E]) selectionOf(of *Type[E], set ast.SelectionSet) *selection[E] {
	s := &selection[E]{of: of, reads: []string{}}
	known := true
	for _, collected := range merged(graphql.CollectFields(p.operation, set, of.Satisfies)) {
		if p.fields++; p.fields > p.most {
			break // the plan is refused
		}
		f := p.field(of, collected)
		switch {
		case f.edges:
			s.edges = append(s.edges, len(s.fields))
		case f.Derive != nil:
			s.derived = append(s.derived, len(s.fields))
		}
		s.fields = append(s.fields, f)
		switch {
		case f.Marshal != nil, f.Derive != nil && f.reads == nil:
			known = false
		case f.Derive != nil:
			s.reads = append(append(s.reads, f.Reads), f.reads...)
		default:
			s.reads = append(s.reads, f.Reads)
		}
	}
	if slices.Sort(s.reads); !known {
		s.reads = nil
	} else {
		s.reads = slices.Compact(s.reads)
	}
	return s
}

// merged joins fields of one name in the answer, which gqlgen keeps apart where an object has them from
// interfaces that have nothing to do with each other.
func merged(collected []graphql.CollectedField) []graphql.CollectedField {
	places := make(map[string]int, len(collected))
	fields := make([]graphql.CollectedField, 0, len(collected))
	for _, c := range collected {
		place, again := places[c.Alias]
		if again {
			fields[place].Selections = slices.Concat(fields[place].Selections, c.Selections)
			continue
		}
		places[c.Alias] = len(fields)
		fields = append(fields, c)
	}
	return fields
}

func (p *planner[E]) field(of *Type[E], collected graphql.CollectedField) *planned[E] {
	f := &planned[E]{
		Field: of.Fields[collected.Name], collected: collected, key: append(jsontext.Append(nil, collected.Alias), ':'),
		below: map[string]*selection[E]{},
	}
	if collected.Name == typename {
		name := jsontext.Append(nil, of.Name)
		f.Field = &Field[E]{NonNull: true, Append: func(to []byte, _ any) ([]byte, bool) { return append(to, name...), true }}
		return f
	}
	f.edges = f.Resolve != nil || f.Leaves != nil
	known := true
	for _, name := range f.Of {
		s := p.selectionOf(p.types[name], collected.Selections)
		f.below[name] = s
		f.reads = append(f.reads, s.reads...)
		known = known && s.reads != nil
		for _, child := range s.fields {
			f.edges = f.edges || child.edges
		}
	}
	if slices.Sort(f.reads); !known {
		f.reads = nil
	} else if f.reads = slices.Compact(f.reads); f.reads == nil {
		f.reads = []string{}
	}
	return f
}
