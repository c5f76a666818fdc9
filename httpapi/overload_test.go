package httpapi_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"decnetgraph/graph/exec"
	"decnetgraph/graph/memory"
	"decnetgraph/httpapi"
	"decnetgraph/resolvers"
	"decnetgraph/resolvers/resolverstest"
	"decnetgraph/storage"
)

// answered sends a query to a resolver on the sample.
func answered(t *testing.T, change func(*resolvers.Resolver), query string) *httptest.ResponseRecorder {
	t.Helper()
	path, err := resolverstest.SamplePath()
	require.NoError(t, err)
	resolver := resolverstest.Open(t, path, storage.Options{})
	change(resolver)
	limits, err := resolvers.Limits{}.Verify()
	require.NoError(t, err)
	handler := resolverstest.AsLocal(httpapi.NewHandler(resolvers.NewExecutor(resolver, limits, slog.New(slog.DiscardHandler)), limits))
	request := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/graphql", strings.NewReader(`{"query": "`+query+`"}`))
	request.Header.Set("Content-Type", "application/json")
	answer := httptest.NewRecorder()
	handler.ServeHTTP(answer, request)
	return answer
}

func TestAnOverloadIsAnsweredWithStatus503(t *testing.T) {
	answer := answered(t, func(r *resolvers.Resolver) {
		r.Admit = func(context.Context, int) (func(), error) {
			return nil, exec.OverloadError{RetryAfter: 2 * time.Second}
		}
	}, `{ campaigns { totalCount } }`)
	require.Equal(t, http.StatusServiceUnavailable, answer.Code)
	require.Equal(t, "2", answer.Header().Get("Retry-After"))
	require.Contains(t, answer.Body.String(), `"code":"UNAVAILABLE"`)
	require.Contains(t, answer.Body.String(), `"message":"the server is overloaded; try again in 2s"`)
	require.NotContains(t, answer.Body.String(), "request ", "an overload has no entry of its own in the log")
}

func TestAMutationThatMayHaveWrittenIsNotAnsweredWithStatus503(t *testing.T) {
	answer := answered(t, func(r *resolvers.Resolver) { r.Memory = memory.NewBudget(1) },
		`mutation { insertTags(input: {tags: []}) { results { uuid } } }`)
	require.Equal(t, http.StatusOK, answer.Code)
	require.Empty(t, answer.Header().Get("Retry-After"))
	require.Contains(t, answer.Body.String(), `"code":"UNAVAILABLE"`)
}

func TestWithoutMemoryAnAnswerIsRefusedAndNothingIsKept(t *testing.T) {
	budget := memory.NewBudget(50_000)
	withMemory := func(r *resolvers.Resolver) { r.Memory = budget }
	answer := answered(t, withMemory, `{ tags(first: 200) { nodes { id uuid evidence createdAt } } }`)
	require.Equal(t, http.StatusServiceUnavailable, answer.Code)
	require.Contains(t, answer.Body.String(), `"code":"UNAVAILABLE"`)
	require.Zero(t, budget.Reserved())
	answer = answered(t, withMemory, `{ tags(first: 5) { nodes { id uuid evidence createdAt } } }`)
	require.Equal(t, http.StatusOK, answer.Code)
	require.NotContains(t, answer.Body.String(), "errors")
	require.Zero(t, budget.Reserved())
}
