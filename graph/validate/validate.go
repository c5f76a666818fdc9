// Package validate parses and validates documents, and coerces the variables of their operations. It knows no schema
// but the one that it is given.
//
// The rules are those of gqlparser, apart from two that it can be made to spend hours or gigabytes on, which this
// package replaces: overlapping fields (overlap.go) and values of the right type (values.go). Both are linear here.
// All other work is bounded: by a survey of the tokens before the document is parsed, by bounds on what was parsed, and
// by a count of the steps that validation takes. No more than MaxErrors errors are ever made, none of them quotes more
// than MaxName characters at a time, and the work ends with the context of the request.
package validate

import (
	"context"
	"fmt"

	"github.com/99designs/gqlgen/graphql/errcode"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/parser"

	"decnetgraph/graph/exec"
)

// The bounds that every document is held to. People and tools write far smaller ones.
const (
	MaxNesting    = 100   // levels of braces, brackets and parentheses; of selections also with fragments spread
	MaxName       = 200   // characters of a name or a number
	MaxOperations = 100   // operations of a document
	MaxFragments  = 1_000 // named fragments of a document
	MaxErrors     = 50    // errors that are looked for

	MaxList = 10_000 // elements of a list in a variable, unless it belongs to a scalar of the schema's own
)

// Document returns the document of a text, parsed and valid. The text may have as many tokens as maxTokens says;
// comments count as tokens. Otherwise it returns errors, which are of one kind:
//   - errors of syntax and of validity have errcode.ParseFailed and errcode.ValidationFailed as their code;
//   - the error of a text that passes a bound is alone, wraps exec.LimitError, and has errcode.ValidationFailed, too;
//   - the error of a context that has ended is alone, wraps the error of the context, and has no code.
func Document(ctx context.Context, schema *ast.Schema, text string, maxTokens int) (*ast.QueryDocument, gqlerror.List) {
	if err := survey(ctx, text, maxTokens); err != nil {
		return nil, refusal(err)
	}
	document, err := parser.ParseQuery(&ast.Source{Input: text})
	if err != nil {
		fault := gqlerror.WrapIfUnwrapped(err)
		errcode.Set(fault, errcode.ParseFailed)
		return nil, gqlerror.List{fault}
	}
	if err := checkStructure(document); err != nil {
		return nil, refusal(err)
	}
	v := &validation{ctx: ctx, schema: schema, document: document}
	v.maxSteps = stepsPerDocument + stepsPerToken*maxTokens
	if errs := v.run(); len(errs) > 0 {
		return nil, errs
	}
	return document, nil
}

// refusal is the list of the one error that a document is refused for.
func refusal(err error) gqlerror.List {
	fault := gqlerror.WrapIfUnwrapped(err)
	if ended := fault.Unwrap(); ended == nil || !isContextError(ended) {
		errcode.Set(fault, errcode.ValidationFailed)
	}
	return gqlerror.List{fault}
}

// limitf returns the error of a document that passes a bound.
func limitf(at *ast.Position, format string, args ...any) error {
	limit := exec.LimitError(fmt.Sprintf(format, args...))
	fault := &gqlerror.Error{Err: limit, Message: limit.Error()}
	if at != nil {
		fault.Locations = []gqlerror.Location{{Line: at.Line, Column: at.Column}}
	}
	return fault
}
