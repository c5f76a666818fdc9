package exec

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

// Ask is what a resolver may know of the place in the document that it answers for.
type Ask struct {
	// Reads are the struct fields and methods that the objects will be read by, sorted. Where others ask for the
	// same objects, it has what these read as well.
	Reads []string
	// Edge is a short text, the same wherever the operation asks for the same edge with the same arguments: its answer
	// for a key is then the same.
	Edge string
	// EdgeShared says that another field of the operation has the same Edge.
	EdgeShared bool
	// LinkShared says that the field follows a link, without arguments, to a single object, and that another field of
	// the operation does so to an object of the same type.
	LinkShared bool
	// Scope differs for each root field of a mutation, between which nothing may be kept; otherwise it is empty.
	Scope string
}

type askKey struct{}

// Asked returns what the resolver of a field may know of its place, or nil outside of this package's executor.
func Asked(ctx context.Context) *Ask {
	ask, _ := ctx.Value(askKey{}).(*Ask)
	return ask
}

// Reads returns the struct fields and methods that the objects of the field being resolved will be read by, sorted;
// nil if that is not known.
func Reads(ctx context.Context) []string {
	if ask := Asked(ctx); ask != nil {
		return ask.Reads
	}
	return nil
}

// sharing finds the fields of an operation that ask for the same objects: those of one edge with the same arguments,
// and those that follow a link, which has no arguments, to a single object of one type.
type sharing struct {
	scope string            // of the root field: fields of a mutation share nothing
	edges map[string][]*Ask // by Ask.Edge
	links map[string][]*Ask // by type of the object

	// Texts are kept once while the plan is made, and numbers stand for them: arguments may be long, and an edge
	// without a key of its own is named after the one above it.
	numbers  map[string]int
	literals map[*ast.Value]int
}

// startRoot says which root field the following fields are below.
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

// edge names the edge that a field asks for. The objects that it asks about are known by their keys, or else by
// origin, the name of the edge that they were reached by.
func (s *sharing) edge(origin, of string, field graphql.CollectedField) string {
	var name strings.Builder
	name.WriteString(origin + "/" + of + "." + field.Name)
	for _, argument := range field.Arguments {
		name.WriteString("," + argument.Name + ":" + strconv.Itoa(s.literal(argument.Value)))
	}
	return s.scope + strconv.Itoa(s.number(name.String()))
}

// add adds a field that a resolver answers; link is the type of its object if it follows a link.
func (s *sharing) add(ask *Ask, link string) {
	if s.edges == nil {
		s.edges, s.links = map[string][]*Ask{}, map[string][]*Ask{}
	}
	ask.Scope = s.scope
	s.edges[ask.Edge] = append(s.edges[ask.Edge], ask)
	if link != "" {
		s.links[s.scope+link] = append(s.links[s.scope+link], ask)
	}
}

// markShared marks the fields that share, when all of them are known. Fields of one edge follow the same link, so
// that those which share a link read what any of them reads.
func (s *sharing) markShared() {
	for _, group := range s.edges {
		uniteReads(group, func(ask *Ask) { ask.EdgeShared = true })
	}
	for _, group := range s.links {
		uniteReads(group, func(ask *Ask) { ask.LinkShared = true })
	}
}

// uniteReads lets each field of a group read what any of them reads, and marks it, if there are several.
func uniteReads(group []*Ask, mark func(*Ask)) {
	if len(group) < 2 {
		return
	}
	reads := []string{}
	for _, ask := range group {
		reads = append(reads, ask.Reads...)
	}
	slices.Sort(reads)
	reads = slices.Compact(reads)
	for _, ask := range group {
		ask.Reads = reads
		mark(ask)
	}
}
