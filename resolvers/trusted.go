package resolvers

import (
	"context"
	"fmt"
	"slices"

	"github.com/vektah/gqlparser/v2/ast"

	"decnetgraph/documents"
	"decnetgraph/graph/validate"
	"decnetgraph/storage"
)

// maxTrustedBytes is the memory that the trusted documents may take after they were parsed.
const maxTrustedBytes = 256 << 20

// TrustedDocuments are a set of documents, parsed and valid.
type TrustedDocuments struct {
	*documents.Set

	parsed map[string]*ast.QueryDocument // by text
}

// NewTrustedDocuments parses and validates the documents of a set, within the limits. Its error is storage.ErrInvalid: it
// names the first document that is not valid, with line and column.
func NewTrustedDocuments(ctx context.Context, set *documents.Set, limits Limits) (*TrustedDocuments, error) {
	schema := newSchema(&Resolver{}, limits, false).Schema()
	list := set.Documents()
	t := &TrustedDocuments{set, make(map[string]*ast.QueryDocument, len(list))}
	total := 0
	for _, d := range list {
		document, errs := validate.Document(ctx, schema, d.Text, limits.Tokens)
		if len(errs) > 0 {
			at := ""
			if places := errs[0].Locations; len(places) > 0 {
				at = fmt.Sprintf(", line %d, column %d", places[0].Line, places[0].Column)
			}
			return nil, storage.Invalid("%s%s: %s", d, at, cut(errs[0].Message, maxMessage))
		}
		if total += documentBytes(d.Text, document); total > maxTrustedBytes {
			return nil, storage.Invalid("the trusted documents would take more than %d MiB of memory; trust fewer", maxTrustedBytes>>20)
		}
		t.parsed[d.Text] = document
	}
	return t, nil
}

// document returns the trusted document of a text. A nil TrustedDocuments has none.
func (t *TrustedDocuments) document(text string) (*ast.QueryDocument, bool) {
	if t == nil {
		return nil, false
	}
	document, ok := t.parsed[text]
	return document, ok
}

// Names are those of the operations in the documents.
func (t *TrustedDocuments) Names() []string {
	var names []string
	for _, document := range t.parsed {
		for _, operation := range document.Operations {
			names = append(names, operation.Name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// Trust replaces the trusted documents, which are not parsed and validated again when they are sent; nil trusts none.
func (e *Executor) Trust(t *TrustedDocuments) { e.trusted.Store(t) }

// Trusted returns the trusted documents, or nil.
func (e *Executor) Trusted() *documents.Set {
	t := e.trusted.Load()
	if t == nil {
		return nil
	}
	return t.Set
}
