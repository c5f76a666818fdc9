package resolvers

import (
	"context"
	"encoding/json"
	"log/slog"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/executor"
)

// Local answers documents for the program itself, without HTTP: the same schema and the same resolvers.
type Local struct {
	executor *executor.Executor
	limits   Limits
}

// NewLocal makes a Local that holds documents to limits, which were verified.
func NewLocal(r *Resolver, limits Limits, log *slog.Logger) *Local {
	l := &Local{executor.New(schemaOf(r, limits)), limits}
	configure(l.executor, limits, log)
	return l
}

// Ask runs a document and decodes its data. The first error of the answer is the error, and its cause
// can be told with errors.Is.
func (l *Local) Ask(ctx context.Context, document string, variables map[string]any, into any) error {
	ctx, cancel := context.WithTimeout(ctx, l.limits.Timeout)
	defer cancel()
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
