package resolvers

import (
	"log/slog"

	"github.com/99designs/gqlgen/graphql"

	"decnetgraph/graph"
)

// NewGqlgenExecutor is NewExecutorWith with gqlgen's own execution of fields, the judge of ours.
func NewGqlgenExecutor(r *Resolver, limits Limits, log *slog.Logger, extensions ...graphql.HandlerExtension) *Executor {
	return newExecutor(graph.NewExecutableSchema(graph.Config{Resolvers: r.serving(limits)}), &Resolver{}, limits, log, extensions...)
}
