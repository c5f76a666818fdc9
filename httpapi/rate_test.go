package httpapi_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"decnetgraph/auth"
	"decnetgraph/httpapi"
	"decnetgraph/httpapi/ratelimit"
	"decnetgraph/resolvers"
	"decnetgraph/resolvers/resolverstest"
	"decnetgraph/storage"
)

// TestWhoHasSpentAllIsAnsweredWithStatus429 spends the rate of a principal, and lets the period end.
func TestWhoHasSpentAllIsAnsweredWithStatus429(t *testing.T) {
	path, err := resolverstest.SamplePath()
	require.NoError(t, err)
	now := time.Date(2026, 3, 1, 12, 0, 20, 0, time.UTC)
	rates, err := ratelimit.ParseRates([]string{"100/1m"})
	require.NoError(t, err)
	limiter := ratelimit.New(ratelimit.Options{Rates: rates, Now: func() time.Time { return now }})
	resolver := resolverstest.Open(t, path, storage.Options{})
	resolver.Charge = limiter.Charge
	handler := httpapi.NewHandler(resolvers.NewExecutor(resolver, resolvers.DefaultLimits, slog.New(slog.DiscardHandler)), resolvers.DefaultLimits)
	principal := auth.Local
	send := func(e exchange) *httptest.ResponseRecorder {
		return e.run(t, http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
			handler.ServeHTTP(w, req.WithContext(auth.With(req.Context(), principal)))
		}))
	}
	const (
		find     = `{ campaign(by: {uuid: \"c2cf6488-e437-4e89-a74e-224bcbe873fe\"}) { uuid } }`
		answered = `200 application/json {"data":{"campaign":{"uuid":"c2cf6488-e437-4e89-a74e-224bcbe873fe"}}`
		limited  = `429 application/json {"errors":[{"message":"the operation costs 62, and 36 of the rate limit of 100/1m are left; try again in 40s",` +
			`"extensions":{"code":"RATE_LIMITED"}}],"extensions":{"cost":{"requested":62,"actual":0,"remaining":36,"resetAt":"2026-03-01T12:01:00Z"}}}`
	)
	several := exchange{body: `{"query": "query A ` + find + ` query B { campaigns(first: 200) { nodes { uuid } } }", "operationName": "A"}`, header: map[string]string{"Graphql-Cost": "1"}}
	assert.Equal(t, answered+`,"extensions":{"cost":{"requested":12,"actual":12,"remaining":88,"resetAt":"2026-03-01T12:01:00Z"}}}`, seen(send(several)), "only the operation that is chosen counts")
	campaigns := exchange{body: `{"query": "{ campaigns(first: 50) { nodes { uuid } } }"}`}
	assert.Contains(t, seen(send(campaigns)), `200 application/json {"data":{"campaigns":{"nodes":[`, "62 are charged and 42 are given back")
	assert.Contains(t, seen(send(exchange{body: `{"query": "{ campaigns { totalCount } }"}`})), `{"totalCount":8}`)
	assert.Contains(t, seen(send(exchange{body: `{"query": "{ __typename }"}`})), typeName, "what costs nothing is always answered")
	answer := send(campaigns)
	assert.Equal(t, limited, seen(answer))
	assert.Equal(t, "40", answer.Header().Get("Retry-After"))
	assert.Equal(t, http.StatusTooManyRequests, send(exchange{method: http.MethodGet, target: byGET("query", `{ campaigns(first: 50) { nodes { uuid } } }`)}).Code)
	assert.Equal(t, http.StatusTooManyRequests, send(exchange{body: campaigns.body, accept: newerJSON}).Code)
	large := send(exchange{body: `{"query": "{ campaigns(first: 200) { nodes { uuid } } }"}`, accept: newerJSON})
	assert.Equal(t, http.StatusUnprocessableEntity, large.Code)
	assert.Contains(t, large.Body.String(), `the operation costs 212, which is more than the rate limit of 100/1m; ask for less at once","extensions":{"code":"LIMIT_EXCEEDED"}`)
	assert.Empty(t, large.Header().Get("Retry-After"), "to send it again is no use")
	principal = &auth.Principal{Name: "bob", Way: auth.ByToken, Role: auth.Viewer}
	assert.Equal(t, http.StatusOK, send(campaigns).Code)
	principal, now = auth.Local, now.Add(40*time.Second)
	assert.Equal(t, http.StatusOK, send(campaigns).Code)
}
