package resolvers

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/executor"
	"github.com/99designs/gqlgen/graphql/handler/extension"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"decnetgraph/graph"
	"decnetgraph/graph/exec"
	"decnetgraph/resolvers/loaders"
	"decnetgraph/storage"
)

// NewExecutor is gqlgen's executor of the schema. Operations are held to the limits, which the caller has
// verified, get loaders of their own, and have their errors presented by the error table. Causes go to log.
func NewExecutor(r *Resolver, limits Limits, log *slog.Logger) *executor.Executor {
	return configure(executor.New(newSchema(r, limits)), limits, log)
}

// newSchema is the schema as package exec runs it.
func newSchema(r *Resolver, limits Limits) graphql.ExecutableSchema {
	return graph.NewSchema(graph.Config{Resolvers: r}, exec.Bounds{
		PlanBytes: limits.PlanBytes, Fields: fieldsPerToken * limits.Tokens, AnswerBytes: limits.AnswerBytes,
	})
}

// configure holds the operations of an executor to the limits and gives each its loaders.
func configure(server *executor.Executor, limits Limits, log *slog.Logger) *executor.Executor {
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
		if graphql.GetOperationContext(ctx).Operation.Operation == ast.Mutation {
			ctx = storage.Primary(ctx) // a payload must show what was written, which a replica may not have yet
		}
		if limits.Page != MaxPage {
			ctx = context.WithValue(ctx, pageKey{}, limits.Page)
		}
		return next(loaders.Attach(ctx, loaders.Options{
			Wait: limits.Wait, MaxObjects: limits.Objects, MaxEdges: limits.Edges, Parallel: limits.Parallel,
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
