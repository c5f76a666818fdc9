package resolvers

import (
	"log/slog"
	"net/http"

	"github.com/99designs/gqlgen/graphql"

	"decnetgraph/graph"
)

// HandlerOfGqlgen is Handler with gqlgen's own executor.
func HandlerOfGqlgen(r *Resolver, limits Limits, log *slog.Logger, extensions ...graphql.HandlerExtension) http.Handler {
	return handlerOf(graph.NewExecutableSchema(graph.Config{Resolvers: r}), limits, log, extensions...)
}

// HandlerWith is Handler with extensions.
func HandlerWith(r *Resolver, limits Limits, log *slog.Logger, extensions ...graphql.HandlerExtension) http.Handler {
	return handlerOf(schemaOf(r, limits, extensions...), limits, log, extensions...)
}
