package resolvers_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"decnetgraph/attack"
	"decnetgraph/httpapi"
	"decnetgraph/resolvers"
	"decnetgraph/resolvers/resolverstest"
	"decnetgraph/storage"
)

// BenchmarkExecutors measures what gqlgen's executor and ours cost, without a network, on the sample or
// on the database that BENCH_DB names. gqlgen's also waits: compare its CPU, not its time.
func BenchmarkExecutors(b *testing.B) {
	source := os.Getenv("BENCH_DB")
	if source == "" {
		path, err := samplePath()
		require.NoError(b, err)
		source = path
	}
	store, err := storage.Open(b.Context(), source, storage.Options{Log: slog.New(slog.DiscardHandler)})
	require.NoError(b, err)
	defer store.Close()
	resolver := &resolvers.Resolver{Store: store, Catalogue: attack.Default()}
	limits, err := resolvers.Limits{}.Verify()
	require.NoError(b, err)
	quiet := slog.New(slog.DiscardHandler)
	handlers := map[string]http.Handler{
		"gqlgen": resolverstest.AsLocal(httpapi.NewHandler(resolvers.NewGqlgenExecutor(resolver, limits, quiet), limits)),
		"levels": resolverstest.AsLocal(httpapi.NewHandler(resolvers.NewExecutor(resolver, limits, quiet), limits)),
	}
	queries := benchmarkQueries(b, handlers["levels"])
	for _, executor := range slices.Sorted(maps.Keys(handlers)) {
		for _, query := range slices.Sorted(maps.Keys(queries)) {
			body, err := json.Marshal(map[string]any{"query": queries[query]})
			require.NoError(b, err)
			b.Run("executor="+executor+"/query="+query, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					b.SetBytes(int64(len(serveOnce(b, handlers[executor], body))))
				}
			})
		}
	}
}

// benchmarkQueries are a walk, an identity's page, and a single row.
func benchmarkQueries(b *testing.B, handler http.Handler) map[string]string {
	b.Helper()
	var found struct {
		Data struct {
			Campaigns, Identities struct{ Nodes []struct{ UUID string } }
		}
	}
	body, err := json.Marshal(map[string]any{"query": `{ campaigns(first: 1) { nodes { uuid } } identities(first: 1) { nodes { uuid } } }`})
	require.NoError(b, err)
	require.NoError(b, json.Unmarshal(serveOnce(b, handler, body), &found))
	campaign, identity := found.Data.Campaigns.Nodes[0].UUID, found.Data.Identities.Nodes[0].UUID
	return map[string]string{
		"walk": fmt.Sprintf(`{ campaign(by: {uuid: %q}) { uuid identities(first: 20) { pageInfo { hasNextPage endCursor } nodes { uuid confidence updatedAt
			attackers(first: 10) { nodes { uuid ip countryCode lastSeen eventCount
				tags(first: 5) { nodes { uuid techniqueId subTechniqueId tacticId confidence ruleId sourceKind sessionId createdAt } } } } } } } }`, campaign),
		"identity": fmt.Sprintf(`{ identity(by: {uuid: %q}) { uuid confidence techniques { techniqueId subTechniqueId tacticId count firstSeen lastSeen confidenceMax }
			attributionStates { primitive state confidence } attackers(first: 20) { nodes { uuid ip techniques { techniqueId subTechniqueId count } } } } }`, identity),
		"one": fmt.Sprintf(`{ campaign(by: {uuid: %q}) { uuid createdAt updatedAt confidence notes } }`, campaign),
	}
}

func serveOnce(b *testing.B, handler http.Handler, body []byte) []byte {
	b.Helper()
	request := httptest.NewRequestWithContext(b.Context(), http.MethodPost, "/graphql", bytes.NewReader(body))
	request.Header.Set("Content-Type", "application/json")
	recorder := httptest.NewRecorder()
	handler.ServeHTTP(recorder, request)
	require.Equal(b, http.StatusOK, recorder.Code, recorder.Body.String())
	return recorder.Body.Bytes()
}
