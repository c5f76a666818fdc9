package resolvers

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
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

// Handler serves the schema over HTTP: by POST with a JSON body, and queries by GET, too.
func Handler(r *Resolver, limits Limits, log *slog.Logger) http.Handler {
	return handlerOf(schemaOf(r, limits), limits, log)
}

func handlerOf(schema graphql.ExecutableSchema, limits Limits, log *slog.Logger, extensions ...graphql.HandlerExtension) http.Handler {
	engine := executor.New(schema)
	configure(engine, limits, log)
	for _, e := range extensions {
		engine.Use(e)
	}
	return &transport{engine, limits}
}

// schemaOf is the schema that operations run on, with extensions around them. It panics if the executor cannot honour
// one of these.
func schemaOf(r *Resolver, limits Limits, extensions ...graphql.HandlerExtension) graphql.ExecutableSchema {
	options := exec.Options{
		PlanBytes: limits.PlanBytes, Fields: fieldsPerToken * limits.Tokens, AnswerBytes: limits.AnswerBytes,
		Check: r.Check, Level: r.Level,
	}
	for _, extension := range extensions {
		if err := exec.CheckExtension(extension); err != nil {
			panic(err)
		}
		options.KeepAnswers = options.KeepAnswers || exec.KeepsAnswers(extension)
	}
	return graph.NewSchema(graph.Config{Resolvers: r}, options)
}

// configure holds operations to the limits and gives each response its loaders, whichever way operations come.
func configure(server *executor.Executor, limits Limits, log *slog.Logger) {
	server.SetQueryCache(keepParsed(limits.DocumentBytes))
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
			ctx = storage.Primary(ctx) // what a payload shows must be what was written
		}
		if limits.Page != MaxPage {
			ctx = context.WithValue(ctx, pageKey{}, limits.Page)
		}
		return next(loaders.Attach(ctx, loaders.Options{MaxObjects: limits.Objects, MaxEdges: limits.Edges, Parallel: limits.Parallel}))
	})
}

// checkOneOf holds variables to @oneOf: the validator looks at literals only.
func checkOneOf(operation *graphql.OperationContext) error {
	for _, variable := range operation.Operation.VariableDefinitions {
		given, ok := operation.Variables[variable.Variable].(map[string]any)
		if !ok || variable.Definition == nil || variable.Definition.Directives.ForName("oneOf") == nil {
			continue
		}
		named := 0
		for _, value := range given {
			if value != nil {
				named++
			}
		}
		if len(given) != 1 || named != 1 {
			return storage.Invalid("variable $%s: give exactly one member of %s", variable.Variable, variable.Definition.Name)
		}
	}
	return nil
}
