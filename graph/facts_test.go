package graph_test

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/executor"
	"github.com/stretchr/testify/require"
	"github.com/vektah/gqlparser/v2/ast"

	"decnetgraph/attack"
	"decnetgraph/graph"
	"decnetgraph/graph/exec"
	"decnetgraph/resolvers"
	"decnetgraph/resolvers/loaders"
	"decnetgraph/storage"
	"decnetgraph/storage/sample"
)

// TestRolesOnEveryEdgeCostNothing puts a role on each edge of the walk from campaigns to tags. The answer is the same
// byte for byte, from as many statements; without the role, no statement runs.
func TestRolesOnEveryEdgeCostNothing(t *testing.T) {
	var statements atomic.Int64
	store := openSample(t, func(context.Context, storage.Statement) { statements.Add(1) })
	config := graph.Config{Resolvers: &resolvers.Resolver{Store: store, Catalogue: attack.Default()}}
	options := exec.Options{PlanBytes: 1 << 20, Fields: 1000, AnswerBytes: 1 << 24}
	ask := func(schema graphql.ExecutableSchema) (*graphql.Response, int) {
		statements.Store(0)
		response := answerOf(t, schema, `{ campaigns(first: 20) { nodes { uuid identities(first: 20) { nodes { uuid
			attackers(first: 20) { nodes { ip tags(first: 20) { nodes { uuid evidence } } } } } } } } }`)
		return response, int(statements.Load())
	}
	plain, count := ask(graph.NewSchema(config, options))
	require.Empty(t, plain.Errors)
	require.Equal(t, 4, count)

	facts := map[string]exec.Fact{}
	for _, edge := range []string{"Query.campaigns", "Campaign.identities", "Identity.attackers", "Attacker.tags", "TTPTag.evidence"} {
		facts[edge] = exec.Fact{Coordinate: edge, Directive: "role", Args: map[string]any{"requires": "VIEWER"}}
	}
	var seen []exec.Fact
	options.Check = func(_ context.Context, use exec.Use) error {
		seen = slices.DeleteFunc(slices.Clone(use.Facts()), func(f exec.Fact) bool { return f.Directive != "role" })
		return nil
	}
	allowed, count := ask(graph.NewSchemaWithFacts(config, options, facts))
	require.Empty(t, allowed.Errors)
	require.Equal(t, 4, count)
	require.Equal(t, string(plain.Data), string(allowed.Data))
	require.Len(t, seen, len(facts))
	for _, fact := range seen {
		require.Equal(t, facts[fact.Coordinate], fact)
	}

	options.Check = func(context.Context, exec.Use) error { return errors.New("the role VIEWER is missing") }
	refused, count := ask(graph.NewSchemaWithFacts(config, options, facts))
	require.Len(t, refused.Errors, 1)
	require.Equal(t, "the role VIEWER is missing", refused.Errors[0].Message)
	require.Nil(t, refused.Data)
	require.Zero(t, count)
}

func openSample(t *testing.T, observe func(context.Context, storage.Statement)) *storage.Store {
	t.Helper()
	path := filepath.Join(t.TempDir(), "sample.db")
	db, err := storage.CreateSQLite(t.Context(), path)
	require.NoError(t, err)
	_, err = sample.Write(t.Context(), db, sample.Options{Scale: 1, Seed: 1})
	require.NoError(t, err)
	require.NoError(t, db.Close())
	store, err := storage.Open(t.Context(), path, storage.Options{Observe: observe, Log: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, store.Close()) })
	return store
}

func answerOf(t *testing.T, schema graphql.ExecutableSchema, query string) *graphql.Response {
	t.Helper()
	engine := executor.New(schema)
	engine.SetQueryCache(graphql.MapCache[*ast.QueryDocument]{})
	ctx := graphql.StartOperationTrace(t.Context())
	operation, errs := engine.CreateOperationContext(ctx, &graphql.RawParams{Query: query})
	require.Empty(t, errs)
	respond, ctx := engine.DispatchOperation(ctx, operation)
	return respond(loaders.Attach(ctx, loaders.Options{MaxEdges: 100, MaxObjects: 100_000, MaxRowBytes: 1 << 30, Parallel: 2}))
}
