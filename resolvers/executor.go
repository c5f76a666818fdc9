package resolvers

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"runtime/debug"
	"slices"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/executor"
	"github.com/99designs/gqlgen/graphql/handler/extension"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"decnetgraph/graph"
	"decnetgraph/graph/buffer"
	"decnetgraph/graph/exec"
	"decnetgraph/resolvers/loaders"
	"decnetgraph/storage"
)

// costHeader is the header of requests whose answers show their cost.
const costHeader = "Graphql-Cost" // in the form in which net/http stores it

// Executor parses, validates and runs operations. Unlike gqlgen's own, it takes extensions only when it is made.
type Executor struct{ gqlgen *executor.Executor }

// NewExecutor makes an Executor of the schema. Operations are held to the limits, which the caller has verified, and
// have their errors presented by the error table; causes go to log.
func NewExecutor(r *Resolver, limits Limits, log *slog.Logger) *Executor {
	return &Executor{configure(executor.New(newSchema(r, limits, false)), r.Memory, limits, log)}
}

// NewExecutorWith is NewExecutor with extensions around operations, responses and fields of the root. It fails if one
// of them intercepts other fields.
func NewExecutorWith(r *Resolver, limits Limits, log *slog.Logger, extensions ...graphql.HandlerExtension) (*Executor, error) {
	for _, e := range extensions {
		if err := exec.CheckExtension(e); err != nil {
			return nil, err
		}
	}
	server := configure(executor.New(newSchema(r, limits, slices.ContainsFunc(extensions, exec.KeepsAnswers))), r.Memory, limits, log)
	for _, e := range extensions {
		server.Use(e)
	}
	return &Executor{server}, nil
}

// CreateOperationContext parses and validates an operation, and coerces its variables.
func (e *Executor) CreateOperationContext(ctx context.Context, params *graphql.RawParams) (*graphql.OperationContext, gqlerror.List) {
	return e.gqlgen.CreateOperationContext(ctx, params)
}

// DispatchOperation returns the handler that answers an operation, and the context to call it with.
func (e *Executor) DispatchOperation(ctx context.Context, operation *graphql.OperationContext) (graphql.ResponseHandler, context.Context) {
	return e.gqlgen.DispatchOperation(ctx, operation)
}

// DispatchError makes the response of an operation that does not run.
func (e *Executor) DispatchError(ctx context.Context, errs gqlerror.List) *graphql.Response {
	return e.gqlgen.DispatchError(ctx, errs)
}

// PresentRecoveredError logs a panic and returns the error that a client may see of it.
func (e *Executor) PresentRecoveredError(ctx context.Context, fault any) error {
	return e.gqlgen.PresentRecoveredError(ctx, fault)
}

// newSchema is the schema as package exec runs it.
func newSchema(r *Resolver, limits Limits, keepAnswers bool) graphql.ExecutableSchema {
	return graph.NewSchema(graph.Config{Resolvers: r}, exec.Options{
		PlanBytes: limits.PlanBytes, Fields: fieldsPerToken * limits.Tokens, AnswerBytes: limits.AnswerBytes,
		Check: r.Check, Admit: r.Admit, Level: r.Level, KeepAnswers: keepAnswers,
		Paging:   exec.Paging{Sizes: []string{"first", "last"}, Keys: []string{"ids"}, Default: DefaultPage, Max: limits.Page},
		ShowCost: func(operation *graphql.OperationContext) bool { return operation.Headers.Get(costHeader) != "" },
	})
}

// configure holds the operations of an executor to the limits and gives each response its loaders.
func configure(server *executor.Executor, memory *buffer.Budget, limits Limits, log *slog.Logger) *executor.Executor {
	server.SetQueryCache(newDocumentCache(limits.DocumentBytes))
	server.SetParserTokenLimit(limits.Tokens)
	present := presenter(log, limits.Tokens)
	server.SetErrorPresenter(present)
	server.SetRecoverFunc(func(ctx context.Context, fault any) error {
		log.ErrorContext(ctx, "panic in a resolver", "fault", fmt.Sprint(fault), "stack", string(debug.Stack()))
		return errors.New("panic")
	})
	server.Use(extension.Introspection{})
	server.AroundOperations(func(ctx context.Context, next graphql.OperationHandler) graphql.ResponseHandler {
		if err := checkOneOf(graphql.GetOperationContext(ctx)); err != nil {
			return graphql.OneShot(&graphql.Response{Errors: gqlerror.List{present(ctx, err)}})
		}
		return next(ctx)
	})
	server.AroundResponses(func(ctx context.Context, next graphql.ResponseHandler) *graphql.Response {
		operation := graphql.GetOperationContext(ctx).Operation
		if operation == nil { // the request was refused before it had one
			return next(ctx)
		}
		if operation.Operation == ast.Mutation {
			ctx = storage.Primary(ctx) // a payload must show what was written, which a replica may not have yet
		}
		if limits.Page != MaxPage {
			ctx = context.WithValue(ctx, pageKey{}, limits.Page)
		}
		return next(loaders.Attach(ctx, loaders.Options{
			MaxObjects: limits.Objects, MaxEdges: limits.Edges, MaxRowBytes: 2 * int64(min(limits.AnswerBytes, math.MaxInt64/2)),
			Memory: memory, Parallel: limits.Parallel,
		}))
	})
	return server
}

// checkOneOf refuses variables that break @oneOf, which the validator checks for literals only.
func checkOneOf(operation *graphql.OperationContext) error {
	for _, variable := range operation.Operation.VariableDefinitions {
		given, ok := operation.Variables[variable.Variable].(map[string]any)
		if !ok || variable.Definition == nil || variable.Definition.Directives.ForName("oneOf") == nil {
			continue
		}
		notNull := 0
		for _, value := range given {
			if value != nil {
				notNull++
			}
		}
		if len(given) != 1 || notNull != 1 {
			return storage.Invalid("variable $%s: give exactly one member of %s", variable.Variable, variable.Definition.Name)
		}
	}
	return nil
}
