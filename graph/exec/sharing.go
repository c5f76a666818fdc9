package exec

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

// FieldUse describes a field of a document to the resolver of the field.
type FieldUse struct {
	// Reads are the struct fields and methods by which the objects will be read, sorted. If several fields of the
	// operation select the same objects, it is the union of what all of them read.
	Reads []string
	// Edge is a short text that identifies the edge and its arguments: two fields of the operation with the same Edge
	// have the same answer for a key.
	Edge string
	// EdgeShared reports that another field of the operation has the same Edge.
	EdgeShared bool
	// LinkShared reports that the field is a link (it has no arguments and returns a single object), and that another
	// field of the operation is a link to an object of the same type.
	LinkShared bool
	// Covers reports that the field should read what another field needs, too: see Cover.
	Covers bool
	// CoveredBy is the Edge of the field that reads what this field needs; empty if there is none.
	CoveredBy string
	// Scope is different for each root field of a mutation, because nothing may be cached from one to the next. It is
	// empty in queries.
	Scope string
}

type fieldUseKey struct{}

// FieldUseOf returns the description of the field that is being resolved, or nil outside of this package's executor.
func FieldUseOf(ctx context.Context) *FieldUse {
	use, _ := ctx.Value(fieldUseKey{}).(*FieldUse)
	return use
}

// Reads returns the struct fields and methods by which the objects of the field being resolved will be read, sorted.
// It returns nil if they are not known.
func Reads(ctx context.Context) []string {
	if use := FieldUseOf(ctx); use != nil {
		return use.Reads
	}
	return nil
}

// sharing finds the fields of an operation that select the same objects: fields of one edge with the same arguments,
// and links, which are fields without arguments that return a single object, to objects of one type.
type sharing struct {
	scope string                 // of the root field: fields of a mutation share nothing
	edges map[string][]*FieldUse // by FieldUse.Edge
	links map[string][]*FieldUse // by type of the object

	covered []coveredUse

	// While the plan is made, each text is stored once and represented by a number: arguments may be long, and the name
	// of an edge may contain that of the edge above it.
	numbers  map[string]int
	literals map[*ast.Value]int
}

// startRoot begins a root field: the fields added next are below it.
func (s *sharing) startRoot(operation ast.Operation, index int) {
	if operation == ast.Mutation {
		s.scope = strconv.Itoa(index) + ":"
	}
}

// number returns the same number for the same text.
func (s *sharing) number(text string) int {
	known, ok := s.numbers[text]
	if !ok {
		if s.numbers == nil {
			s.numbers = map[string]int{}
		}
		known = len(s.numbers)
		s.numbers[text] = known
	}
	return known
}

// literal returns the same number for values that are written alike.
func (s *sharing) literal(value *ast.Value) int {
	known, ok := s.literals[value]
	if !ok {
		if s.literals == nil {
			s.literals = map[*ast.Value]int{}
		}
		known = s.number(value.String())
		s.literals[value] = known
	}
	return known
}

// edge returns FieldUse.Edge for a field of a type. Its parents are identified by their keys, or else by origin, the
// name of the edge that returned them.
func (s *sharing) edge(origin, of string, field graphql.CollectedField) string {
	var name strings.Builder
	name.WriteString(origin + "/" + of + "." + field.Name)
	for _, argument := range field.Arguments {
		name.WriteString("," + argument.Name + ":" + strconv.Itoa(s.literal(argument.Value)))
	}
	return s.scope + strconv.Itoa(s.number(name.String()))
}

// add adds a field that has a resolver; link is the type of its object if the field is a link, and empty otherwise.
func (s *sharing) add(use *FieldUse, link string) {
	if s.edges == nil {
		s.edges, s.links = map[string][]*FieldUse{}, map[string][]*FieldUse{}
	}
	use.Scope = s.scope
	s.edges[use.Edge] = append(s.edges[use.Edge], use)
	if link != "" {
		s.links[s.scope+link] = append(s.links[s.scope+link], use)
	}
}

// markShared marks the fields that share an edge or a link, after all fields were added. Fields of one edge follow the same
// link, so links, which come last, unite what all of them read.
func (s *sharing) markShared() {
	for _, group := range s.edges {
		uniteReads(group, func(use *FieldUse) { use.EdgeShared = true })
	}
	for _, group := range s.links {
		uniteReads(group, func(use *FieldUse) { use.LinkShared = true })
	}
	s.markCovered()
}

// uniteReads marks the fields of a group, if there are several, and gives each the union of what all of them read.
func uniteReads(group []*FieldUse, mark func(*FieldUse)) {
	if len(group) < 2 {
		return
	}
	reads := []string{}
	for _, use := range group {
		reads = append(reads, use.Reads...)
	}
	slices.Sort(reads)
	reads = slices.Compact(reads)
	for _, use := range group {
		use.Reads = reads
		mark(use)
	}
}
