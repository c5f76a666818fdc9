package resolvers

import (
	"log/slog"

	"github.com/99designs/gqlgen/graphql/executor"

	"decnetgraph/graph"
)

// NewGqlgenExecutor is NewExecutor with gqlgen's own execution of fields, the judge of ours.
func NewGqlgenExecutor(r *Resolver, limits Limits, log *slog.Logger) *executor.Executor {
	return configure(executor.New(graph.NewExecutableSchema(graph.Config{Resolvers: r})), nil, limits, log)
}
