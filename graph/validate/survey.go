package validate

import (
	"context"
	"errors"
	"unicode/utf8"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/lexer"
)

// survey reads the tokens of a text once, before anything is made of them, and refuses a text that passes a bound. An
// error of syntax ends it without an error: the parser finds the same one, or an earlier one.
func survey(ctx context.Context, text string, maxTokens int) error {
	const checkInterval = 1 << 10 // tokens between two checks of the context
	tokens := lexer.New(&ast.Source{Input: text})
	depth := 0
	for count := 1; ; count++ {
		token, err := tokens.ReadToken()
		switch {
		case err != nil || token.Kind == lexer.EOF:
			return nil //nolint:nilerr // the parser reports the error
		case count > maxTokens:
			return limitf(nil, "the document has more than %d tokens; select less, or send values as variables", maxTokens)
		case count%checkInterval == 0 && ctx.Err() != nil:
			return ctx.Err()
		}
		switch token.Kind {
		case lexer.BraceL, lexer.BracketL, lexer.ParenL:
			if depth++; depth > MaxNesting {
				return limitf(&token.Pos, "the document nests more than %d levels of braces, brackets and parentheses; nest less", MaxNesting)
			}
		case lexer.BraceR, lexer.BracketR, lexer.ParenR:
			depth--
		case lexer.Name, lexer.Int, lexer.Float:
			if len(token.Value) > MaxName { // all of them are ASCII
				return limitf(&token.Pos, "the document has a name or a number of %d characters, more than the %d that are allowed; shorten it",
					len(token.Value), MaxName)
			}
		default:
		}
	}
}

// checkStructure holds a parsed document to the bounds on its operations, its fragments, and on the nesting of its
// selections with the fragments spread.
func checkStructure(document *ast.QueryDocument) error {
	switch {
	case len(document.Operations) == 0:
		return gqlerror.Errorf("no operation provided")
	case len(document.Operations) > MaxOperations:
		return limitf(document.Operations[MaxOperations].Position, "the document has more than %d operations; send fewer at once", MaxOperations)
	case len(document.Fragments) > MaxFragments:
		return limitf(document.Fragments[MaxFragments].Position, "the document has more than %d fragments; send fewer at once", MaxFragments)
	}
	n := nesting{fragments: make(map[string]*ast.FragmentDefinition, len(document.Fragments)), levels: map[string]int{}}
	for _, fragment := range document.Fragments {
		if fragment.VariableDefinition != nil {
			return gqlerror.ErrorPosf(fragment.Position, "Fragment %q defines variables; only operations may.", fragment.Name)
		}
		if _, known := n.fragments[fragment.Name]; !known { // a second one of the name is an error, which validation reports
			n.fragments[fragment.Name] = fragment
		}
	}
	deepest := 0
	for _, fragment := range document.Fragments {
		deepest = max(deepest, n.fragment(fragment.Name, 0))
	}
	for _, operation := range document.Operations {
		deepest = max(deepest, n.selections(operation.SelectionSet, 1))
	}
	if deepest > MaxNesting {
		return limitf(nil, "the document nests more than %d levels of selections, with its fragments spread; nest less", MaxNesting)
	}
	return nil
}

// nesting measures how many levels of selections a document has with its fragments spread.
type nesting struct {
	fragments map[string]*ast.FragmentDefinition
	levels    map[string]int // of each fragment measured; 0 while it is being measured
}

// selections returns the level of the deepest selection of a set, which is at a level itself. It stops below the
// deepest level that is allowed.
func (n *nesting) selections(set ast.SelectionSet, level int) int {
	if level > MaxNesting {
		return level
	}
	deepest := level
	for _, selection := range set {
		switch s := selection.(type) {
		case *ast.Field:
			if len(s.SelectionSet) > 0 {
				deepest = max(deepest, n.selections(s.SelectionSet, level+1))
			}
		case *ast.InlineFragment:
			deepest = max(deepest, n.selections(s.SelectionSet, level+1))
		case *ast.FragmentSpread:
			deepest = max(deepest, n.fragment(s.Name, level))
		}
	}
	return deepest
}

// fragment returns the level of the deepest selection of a fragment that is spread at a level. A fragment that spreads
// itself is an error, which validation reports, so that its spread counts as nothing here.
func (n *nesting) fragment(name string, level int) int {
	fragment, known := n.fragments[name]
	if !known {
		return level
	}
	levels, measured := n.levels[name]
	if !measured {
		n.levels[name] = 0
		levels = n.selections(fragment.SelectionSet, 1)
		n.levels[name] = levels
	}
	return level + levels
}

// isContextError reports whether an error is that of a context that has ended.
func isContextError(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}

// cut shortens a text to MaxName characters.
func cut(text string) string {
	if len(text) <= MaxName {
		return text
	}
	end := MaxName
	for end > 0 && !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end] + "…"
}
