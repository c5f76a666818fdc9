package exec

import (
	"context"
	"fmt"
	"slices"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"decnetgraph/graph/jsontext"
)

// selection is what a document selects of objects of one type at one place.
type selection[E any] struct {
	of     *Type[E]
	fields []*planned[E]
	// edges are the indices of the fields that need a resolver, themselves or below; derived are the indices of the
	// other fields that return objects.
	edges, derived []int
	// reads are the struct fields and methods that the objects are read by, and those of the objects derived from
	// them, sorted.
	reads []string
	// costed are the fields that cost something.
	costed []costedField
}

// planned is a field in a document.
type planned[E any] struct {
	*Field[E]

	collected graphql.CollectedField
	key       []byte                   // the name in the answer, quoted, and a colon
	below     map[string]*selection[E] // by type
	edges     bool                     // a resolver answers this field or one below it
	use       FieldUse
}

// planner makes a plan of an operation.
type planner[E any] struct {
	ctx       context.Context //nolint:containedctx // of the request that the plan is made for, which may end meanwhile
	schema    Schema[E]
	operation *graphql.OperationContext
	root      string // name of the type that the operation starts at
	fields    int    // so far
	maxFields int
	paging    Paging
	covers    []Cover
	steps     int   // selections and values of arguments met so far
	err       error // why planning stopped early
	elements  elementCollector
	sharing   sharing
	arguments argumentCounter
}

// typename is the meta field of every object.
const typename = "__typename"

// plan plans the operation.
func (p *planner[E]) plan() (*plan[E], error) {
	s := p.selectionOf(p.schema.Types[p.root], p.operation.Operation.SelectionSet, "")
	if p.err != nil {
		return nil, p.err
	}
	p.sharing.markShared()
	return &plan[E]{
		selection: s, bytes: p.fields * fieldBytes, elements: p.elements.elements, arguments: p.arguments.argumentUse,
	}, nil
}

// count counts a field. It stops planning if there are too many fields or if the request has ended.
func (p *planner[E]) count() (over bool) {
	p.fields++
	if p.err == nil && p.fields > p.maxFields {
		p.err = LimitError(fmt.Sprintf("the document selects more than %d fields, with its fragments spread; select fewer", p.maxFields))
	}
	return p.takeSteps(1)
}

// takeSteps counts steps. It stops planning if there are too many, because fields are selected again and again that
// make one field, or if the request has ended.
func (p *planner[E]) takeSteps(steps int) (over bool) {
	const checkInterval, stepsPerField = 1 << 10, 25
	before := p.steps / checkInterval
	p.steps += steps
	switch most := stepsPerField * p.maxFields; {
	case p.err != nil:
	case p.steps > most:
		p.err = LimitError(fmt.Sprintf("the document selects fields and gives arguments more than %d times, with its fragments spread; select fewer", most))
	case p.steps/checkInterval > before:
		p.err = p.ctx.Err()
	}
	return p.err != nil
}

// selectionOf plans the fields that are selected of a type. origin names what the objects came from.
func (p *planner[E]) selectionOf(of *Type[E], set ast.SelectionSet, origin string) *selection[E] {
	s := &selection[E]{of: of, reads: []string{}}
	for i, collected := range p.collect(of, set) {
		if p.count() {
			break
		}
		if i == 0 {
			p.elements.add(of.Facts)
		}
		if of.Name == p.root {
			p.sharing.startRoot(p.operation.Operation.Operation, i)
		}
		f := p.field(of, collected, origin)
		switch {
		case f.edges:
			s.edges = append(s.edges, len(s.fields))
		case f.Derive != nil:
			s.derived = append(s.derived, len(s.fields))
		}
		s.fields = append(s.fields, f)
		s.reads = append(s.reads, f.Reads)
		if f.Derive != nil {
			s.reads = append(s.reads, f.use.Reads...)
		}
	}
	slices.Sort(s.reads)
	s.reads = slices.Compact(s.reads)
	p.cover(s)
	if p.err == nil {
		s.costed = p.costedFields(s.fields)
	}
	return s
}

func (p *planner[E]) field(of *Type[E], collected graphql.CollectedField, origin string) *planned[E] {
	f := &planned[E]{
		Field: of.Fields[collected.Name], collected: collected, key: append(jsontext.Append(nil, collected.Alias), ':'),
	}
	if collected.Name == typename {
		name := jsontext.Append(nil, of.Name)
		f.Field = &Field[E]{NonNull: true, Append: func(to []byte, _ any) ([]byte, bool) { return append(to, name...), true }}
		return f
	}
	p.elements.add(f.Facts)
	p.elements.field(of.Name, collected.Name, f.Inputs, f.Roles, collected.Arguments)
	if f.Args != nil {
		p.takeSteps(p.arguments.add(collected.Arguments))
	}
	f.edges = f.resolver() != nil
	if len(f.Of) > 0 || f.edges {
		if of.Keyed {
			origin = ""
		}
		f.use.Edge = p.sharing.edge(origin, of.Name, collected)
	}
	if len(f.Of) > 0 {
		f.below = make(map[string]*selection[E], len(f.Of))
	}
	f.use.Reads = []string{}
	for _, name := range f.Of {
		s := p.selectionOf(p.schema.Types[name], collected.Selections, f.use.Edge)
		f.below[name] = s
		f.use.Reads = append(f.use.Reads, s.reads...)
		for _, child := range s.fields {
			f.edges = f.edges || child.edges
		}
	}
	slices.Sort(f.use.Reads)
	f.use.Reads = slices.Compact(f.use.Reads)
	if f.resolver() != nil {
		result := ""
		if len(f.Of) == 1 && !f.List && f.Args == nil {
			result = f.Of[0]
		}
		p.sharing.add(&f.use, result)
	}
	return f
}
