// Package graph is the schema in Go: what gqlgen and the plugin in graph/generate make of
// schema.graphqls and gqlgen.yml.
package graph

import (
	"context"
	"sync"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"decnetgraph/auth"
	"decnetgraph/graph/exec"
	"decnetgraph/graph/lru"
)

// NewSchema makes a schema of the resolvers in config. Its operations are run level by level by package exec.
func NewSchema(config Config, options exec.Options) graphql.ExecutableSchema {
	return newSchema(config, options, objectTypes())
}

func newSchema(config Config, options exec.Options, types map[string]*objectType) graphql.ExecutableSchema {
	dropDefer()
	generated := NewExecutableSchema(config).(*executableSchema)
	return &schema{generated, byRole(generated), exec.New(exec.Schema[*executionContext]{Types: types, Inputs: inputTypes()}, options)}
}

// byRole are the schemas by which introspection answers the callers of each role, and of none.
func byRole(generated *executableSchema) map[auth.Role]*executableSchema {
	all := map[auth.Role]*executableSchema{}
	for _, role := range append([]auth.Role{nobody}, auth.Roles...) {
		part := *generated
		part.SchemaData = SchemaOf(role)
		all[role] = &part
	}
	return all
}

// dropDefer takes @defer out of the schema, which all of a process share: over plain JSON the deferred part would
// never come.
var dropDefer = sync.OnceFunc(func() { delete(parsedSchema.Directives, "defer") })

type schema struct {
	graphql.ExecutableSchema

	byRole   map[auth.Role]*executableSchema
	executor *exec.Executor[*executionContext]
}

// PlanCache is the state of the cache of plans.
func (s *schema) PlanCache() lru.Stats { return s.executor.PlanCache() }

// Exec implements graphql.ExecutableSchema. Introspection answers what the role of the caller may use.
func (s *schema) Exec(ctx context.Context) graphql.ResponseHandler {
	operation := graphql.GetOperationContext(ctx)
	var root *ast.Definition
	switch operation.Operation.Operation {
	case ast.Query:
		root = s.Schema().Query
	case ast.Mutation:
		root = s.Schema().Mutation
	case ast.Subscription: // the schema has none, so that validation refuses it
		return graphql.OneShot(graphql.ErrorResponse(ctx, "subscriptions are not served"))
	}
	ec := newExecutionContext(operation, s.seenBy(auth.From(ctx)), nil)
	answered := false
	return func(ctx context.Context) *graphql.Response {
		if answered {
			return nil
		}
		answered = true
		return s.executor.Run(ctx, root, ec)
	}
}

// nobody stands for the role of callers who have none.
const nobody auth.Role = ""

// seenBy returns the schema that a principal sees.
func (s *schema) seenBy(p *auth.Principal) *executableSchema {
	role := nobody
	if p != nil && s.byRole[p.Role] != nil {
		role = p.Role
	}
	return s.byRole[role]
}
