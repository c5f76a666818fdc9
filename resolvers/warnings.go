package resolvers

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

// Warning says that an answer is correct, but may not mean what the person who asked expects, such as an empty list for a
// rule that occurs nowhere. It is sent in extensions.warnings of the response.
type Warning struct {
	// Message is for the person who sent the operation. It is cut after maxMessage characters.
	Message string `json:"message"`
	// Path leads to the field in the answer. It has no indices of lists, because a level is resolved for all parents at once.
	Path ast.Path `json:"path"`
	// Input leads to the value in the field's arguments that the warning is about, such as filter.and.0.ruleId.equals. It is
	// empty if the warning is about no value.
	Input ast.Path `json:"input,omitempty"`
}

// maxResponseWarnings is how many warnings a response carries.
const maxResponseWarnings = 50

// warn adds a warning to the response of a context. A warning without a path gets that of the field that is being resolved.
// A warning that the response has already is not repeated. Outside of a response, nothing happens.
func warn(ctx context.Context, w Warning) {
	list, ok := ctx.Value(warningsKey{}).(*responseWarnings)
	if !ok {
		return
	}
	if w.Path == nil {
		w.Path = graphql.GetPath(ctx)
	}
	w.Message = cut(w.Message, maxMessage)
	list.mu.Lock()
	defer list.mu.Unlock()
	if !slices.ContainsFunc(list.warnings, func(other Warning) bool { return compareWarnings(w, other) == 0 }) {
		list.warnings = append(list.warnings, w)
	}
}

type warningsKey struct{}

// responseWarnings are the warnings of a response so far.
type responseWarnings struct {
	mu       sync.Mutex
	warnings []Warning
}

// withWarnings returns the context of a response that warn can add to.
func withWarnings(ctx context.Context) (context.Context, *responseWarnings) {
	list := &responseWarnings{}
	return context.WithValue(ctx, warningsKey{}, list), list
}

// addTo writes the warnings into the extensions of a response, in the order of their paths, inputs and messages: fields are
// resolved in parallel, and the same answer must have the same bytes. A response without warnings is unchanged.
func (list *responseWarnings) addTo(response *graphql.Response) {
	list.mu.Lock()
	defer list.mu.Unlock()
	if response == nil || len(list.warnings) == 0 {
		return
	}
	slices.SortFunc(list.warnings, compareWarnings)
	shown := list.warnings
	if more := len(shown) - maxResponseWarnings; more > 0 {
		shown = slices.Clone(shown[:maxResponseWarnings])
		shown[maxResponseWarnings-1].Message += fmt.Sprintf(" (and %d more warnings)", more)
	}
	if response.Extensions == nil {
		response.Extensions = map[string]any{}
	}
	response.Extensions["warnings"] = shown
}

func compareWarnings(a, b Warning) int {
	return cmp.Or(cmp.Compare(a.Path.String(), b.Path.String()), cmp.Compare(a.Input.String(), b.Input.String()), cmp.Compare(a.Message, b.Message))
}
