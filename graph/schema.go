// Package graph is the schema in Go: what gqlgen and the plugin in graph/generate make of
// schema.graphqls and gqlgen.yml.
package graph

import (
	"context"
	"reflect"
	"sync"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/executor"
	"github.com/vektah/gqlparser/v2/ast"

	"decnetgraph/graph/exec"
)

// NewSchema is NewExecutableSchema for queries and mutations that package exec runs level by level. An
// extension that intercepts fields sees each of them, as always: gqlgen's own executor serves it, and
// knows no bounds.
func NewSchema(config Config, bounds exec.Bounds) graphql.ExecutableSchema {
	dropDefer()
	own := NewExecutableSchema(config)
	return &schema{own, own.(*executableSchema), exec.New(objectTypes(), bounds)}
}

// dropDefer takes a directive out of the schema, which all of a process share: over plain JSON the deferred part
// would never come.
var dropDefer = sync.OnceFunc(func() { delete(parsedSchema.Directives, "defer") })

type schema struct {
	graphql.ExecutableSchema

	own      *executableSchema
	executor *exec.Executor[*executionContext]
}

// bare is the middleware of fields that no extension intercepts.
var bare = func() uintptr {
	ctx := graphql.StartOperationTrace(context.Background())
	operation, _ := executor.New(NewExecutableSchema(Config{})).CreateOperationContext(ctx, &graphql.RawParams{Query: "{__typename}"})
	return code(operation.ResolverMiddleware)
}()

// code tells functions apart by where they are written.
func code(middleware graphql.FieldMiddleware) uintptr { return reflect.ValueOf(middleware).Pointer() }

// Exec implements graphql.ExecutableSchema.
func (s *schema) Exec(ctx context.Context) graphql.ResponseHandler {
	operation := graphql.GetOperationContext(ctx)
	var root *ast.Definition
	switch operation.Operation.Operation {
	case ast.Query:
		root = s.Schema().Query
	case ast.Mutation:
		root = s.Schema().Mutation
	case ast.Subscription:
	}
	if root == nil || code(operation.ResolverMiddleware) != bare {
		return s.ExecutableSchema.Exec(ctx)
	}
	ec := newExecutionContext(operation, s.own, nil)
	answered := false
	return func(ctx context.Context) *graphql.Response {
		if answered {
			return nil
		}
		answered = true
		return s.executor.Run(ctx, root, ec)
	}
}
