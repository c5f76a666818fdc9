package resolvers_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"decnetgraph/attack"
	"decnetgraph/graph/model"
	"decnetgraph/resolvers"
	"decnetgraph/storage"
)

// BenchmarkExecutors measures the walk over HTTP's handler, without a network, on the sample.
func BenchmarkExecutors(b *testing.B) {
	path, err := samplePath()
	require.NoError(b, err)
	store, err := storage.Open(b.Context(), path, storage.Options{Log: slog.New(slog.DiscardHandler)})
	require.NoError(b, err)
	defer store.Close()
	resolver := &resolvers.Resolver{Store: store, Catalogue: model.Catalogue{Catalogue: attack.Default()}}
	limits, err := resolvers.Limits{}.Verify()
	require.NoError(b, err)
	quiet := slog.New(slog.DiscardHandler)
	for name, handler := range map[string]http.Handler{
		"gqlgen": resolvers.HandlerOfGqlgen(resolver, limits, quiet), "levels": resolvers.Handler(resolver, limits, quiet),
	} {
		for query, text := range map[string]string{"walk": fmt.Sprintf(walk, 10), "one": `{ campaigns(first: 1) { nodes { uuid } } }`} {
			body, err := json.Marshal(map[string]any{"query": text})
			require.NoError(b, err)
			b.Run("executor="+name+"/query="+query, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					request := httptest.NewRequestWithContext(b.Context(), http.MethodPost, "/graphql", bytes.NewReader(body))
					request.Header.Set("Content-Type", "application/json")
					recorder := httptest.NewRecorder()
					handler.ServeHTTP(recorder, request)
					b.SetBytes(int64(recorder.Body.Len()))
				}
			})
		}
	}
}
