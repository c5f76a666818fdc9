package resolvers

import (
	"context"
	"encoding/json"
	"log/slog"

	"github.com/99designs/gqlgen/graphql"

	"decnetgraph/auth"
)

// Local runs documents for the program itself, without HTTP, on the same schema and the same resolvers. They run as
// auth.Local, unless the context has another principal.
type Local struct {
	executor *Executor
	limits   Limits
}

// NewLocal returns a Local that holds documents to the limits, which the caller has verified.
func NewLocal(r *Resolver, limits Limits, log *slog.Logger) *Local {
	return &Local{NewExecutor(r, limits, log), limits}
}

// Ask runs a document and decodes its data. If the answer has errors, it returns the first of them, which wraps
// its cause for errors.Is.
func (l *Local) Ask(ctx context.Context, document string, variables map[string]any, into any) error {
	ctx, cancel := context.WithTimeout(ctx, l.limits.Timeout)
	defer cancel()
	if auth.From(ctx) == nil {
		ctx = auth.With(ctx, auth.Local)
	}
	ctx = graphql.StartOperationTrace(ctx)
	operation, faults := l.executor.CreateOperationContext(ctx, &graphql.RawParams{Query: document, Variables: variables})
	if len(faults) > 0 {
		return faults[0]
	}
	respond, ctx := l.executor.DispatchOperation(ctx, operation)
	answer := respond(ctx)
	switch {
	case answer == nil:
		return ctx.Err()
	case len(answer.Errors) > 0:
		return answer.Errors[0]
	}
	return json.Unmarshal(answer.Data, into)
}
