package resolvers

import (
	"context"

	"github.com/vektah/gqlparser/v2/ast"

	"decnetgraph/graph/lru"
)

// parsedDocuments keeps parsed and validated documents by their text, for gqlgen.
type parsedDocuments struct {
	*lru.Cache[string, *ast.QueryDocument]
}

func keepParsed(maxBytes int) parsedDocuments {
	return parsedDocuments{lru.New(maxBytes, documentBytes)}
}

// Get implements graphql.Cache.
func (d parsedDocuments) Get(_ context.Context, text string) (*ast.QueryDocument, bool) {
	return d.Cache.Get(text)
}

// Add implements graphql.Cache.
func (d parsedDocuments) Add(_ context.Context, text string, document *ast.QueryDocument) {
	d.Cache.Add(text, document)
}

// What parts of a document keep in memory, in bytes, as measured: 12 to 17 times the text of the page's
// examples, up to 120 times that of `[1 1 1]`. Hence parts are counted, not the text.
const (
	bytesOfDocument  = 1_500 // with its entry in the cache
	bytesOfSelection = 420
	bytesOfValue     = 240 // or of an argument, a directive, a variable
)

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

// partCount counts the parts of a document. Fragments are counted where they are defined.
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
