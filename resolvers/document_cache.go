package resolvers

import (
	"github.com/vektah/gqlparser/v2/ast"

	"decnetgraph/graph/lru"
)

// newDocumentCache returns a cache of parsed and validated documents, by their text. It is bounded by the memory that
// the documents take.
func newDocumentCache(maxBytes int) *lru.Cache[string, *ast.QueryDocument] {
	return lru.New(maxBytes, documentBytes)
}

// The memory that the parts of a document take, in bytes, as measured. A document takes 12 to 17 times the size of
// its text for GraphiQL's examples, and up to 120 times for lists such as `[1 1 1]`, so the size of the text would
// be a poor estimate.
const (
	bytesOfDocument  = 1_500 // including its entry in the cache
	bytesOfSelection = 420
	bytesOfValue     = 240 // or of an argument, a directive, a variable
)

// documentBytes estimates the memory that a document takes in the cache.
func documentBytes(text string, document *ast.QueryDocument) int {
	parts := partCount{}
	for _, operation := range document.Operations {
		for _, variable := range operation.VariableDefinitions {
			parts.values++
			parts.value(variable.DefaultValue)
			parts.directives(variable.Directives)
		}
		parts.directives(operation.Directives)
		parts.selections(operation.SelectionSet)
	}
	for _, fragment := range document.Fragments {
		parts.directives(fragment.Directives)
		parts.selections(fragment.SelectionSet)
	}
	defined := len(document.Operations) + len(document.Fragments)
	return len(text) + bytesOfDocument + (defined+parts.selected)*bytesOfSelection + parts.values*bytesOfValue
}

// partCount counts the parts of a document. A fragment counts once, where it is defined.
type partCount struct{ selected, values int }

func (p *partCount) selections(set ast.SelectionSet) {
	p.selected += len(set)
	for _, selection := range set {
		switch s := selection.(type) {
		case *ast.Field:
			p.arguments(s.Arguments)
			p.directives(s.Directives)
			p.selections(s.SelectionSet)
		case *ast.InlineFragment:
			p.directives(s.Directives)
			p.selections(s.SelectionSet)
		case *ast.FragmentSpread:
			p.directives(s.Directives)
		}
	}
}

func (p *partCount) directives(list ast.DirectiveList) {
	p.values += len(list)
	for _, directive := range list {
		p.arguments(directive.Arguments)
	}
}

func (p *partCount) arguments(list ast.ArgumentList) {
	for _, argument := range list {
		p.value(argument.Value)
	}
}

func (p *partCount) value(v *ast.Value) {
	if v == nil {
		return
	}
	p.values++
	for _, child := range v.Children {
		p.value(child.Value)
	}
}
