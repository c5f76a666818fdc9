package httpapi_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"decnetgraph/auth"
	"decnetgraph/httpapi"
	"decnetgraph/observe"
	"decnetgraph/observe/metrics"
	"decnetgraph/observe/tracing"
	"decnetgraph/resolvers"
	"decnetgraph/resolvers/resolverstest"
	"decnetgraph/storage"
)

// walk asks for three levels and their counts.
const walk = `query Walk { campaigns(first: 8) { totalCount nodes { uuid identities(first: 5) { nodes { uuid confidence
	attackers(first: 10) { nodes { uuid ip lastSeen tags(first: 5) { nodes { uuid techniqueId confidence createdAt } } } } } } } } }`

func post(tb testing.TB, handler http.Handler, query string) *httptest.ResponseRecorder {
	tb.Helper()
	body, err := json.Marshal(map[string]any{"query": query})
	require.NoError(tb, err)
	req := httptest.NewRequestWithContext(tb.Context(), http.MethodPost, "/graphql", bytes.NewReader(body))
	req.Header.Set("Content-Type", "application/json")
	req.Host = "localhost"
	answer := httptest.NewRecorder()
	handler.ServeHTTP(answer, req)
	return answer
}

func TestTheRecordOfARequestHasWhatItsOperationTook(t *testing.T) {
	path, err := resolverstest.SamplePath()
	require.NoError(t, err)
	resolver := resolverstest.Open(t, path, storage.Options{Observe: observe.CountStatement})
	resolver.Admit = observe.Admit(func(context.Context, int) (func(), error) { return func() {}, nil })
	var ended *observe.Request
	observer := &observe.Observer{Log: slog.New(slog.DiscardHandler), Ended: func(r *observe.Request) { ended = r }}
	executor := resolvers.NewExecutor(resolver, resolvers.DefaultLimits, slog.New(slog.DiscardHandler))
	site := httpapi.Site{API: httpapi.NewHandler(executor, resolvers.DefaultLimits), Database: resolver.Store, Observer: observer, Authenticator: auth.Everybody{}}.Routes()

	answer := post(t, site, walk)
	require.NotContains(t, answer.Body.String(), "errors")
	assert.Equal(t, "/graphql", ended.Route)
	assert.Equal(t, http.StatusOK, ended.Status)
	assert.EqualValues(t, answer.Body.Len(), ended.Bytes)
	assert.EqualValues(t, 5, ended.Statements(), "one for each list, and one for the count")
	assert.Greater(t, ended.Rows(), int64(100))
	assert.Greater(t, ended.Cost(), int64(1_000))
	assert.Equal(t, "ok", ended.Outcome())

	post(t, site, `{ nothing }`)
	assert.Equal(t, &observe.Operation{Document: `{ nothing }`, Codes: []string{"BAD_USER_INPUT"}}, ended.Operation)
	assert.Zero(t, ended.Statements())
	assert.Equal(t, int64(2), executor.Caches()["documents"].Misses)
	assert.Equal(t, 1, executor.Caches()["plans"].Entries)
}

// named lets in who says so.
type named struct{}

func (named) Authenticate(req *http.Request) (*auth.Principal, error) {
	if name := req.Header.Get("Authorization"); name != "" {
		return &auth.Principal{Name: name, Way: auth.ByToken, Role: auth.Viewer}, nil
	}
	return nil, auth.ErrUnauthenticated
}

func TestALineSaysWhoSentARequest(t *testing.T) {
	var log bytes.Buffer
	observer := &observe.Observer{Log: slog.New(slog.NewTextHandler(&log, nil)), LogRequests: true}
	path, err := resolverstest.SamplePath()
	require.NoError(t, err)
	executor := resolvers.NewExecutor(resolverstest.Open(t, path, storage.Options{}), resolvers.DefaultLimits, slog.New(slog.DiscardHandler))
	site := httpapi.Site{API: httpapi.NewHandler(executor, resolvers.DefaultLimits), Observer: observer, Authenticator: named{}}.Routes()
	req := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/graphql", bytes.NewReader([]byte(`{"query": "{ status { writable } }"}`)))
	req.Host = "localhost"
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", `siem" level=ERROR`)
	site.ServeHTTP(httptest.NewRecorder(), req)
	assert.Contains(t, log.String(), `level=INFO msg=request `)
	assert.Contains(t, log.String(), `principal="TOKEN:siem\" level=ERROR" operation="" type=query outcome=ok`)

	log.Reset()
	assert.Equal(t, http.StatusUnauthorized, post(t, site, walk).Code)
	assert.Contains(t, log.String(), `level=WARN msg="request refused"`)
	assert.Contains(t, log.String(), "status=401")
	assert.NotContains(t, log.String(), "principal=")
}

// BenchmarkWatching is what an operation costs that nobody watches, and what it costs with metrics, and with traces of one
// request in a hundred.
func BenchmarkWatching(b *testing.B) {
	path, err := resolverstest.SamplePath()
	require.NoError(b, err)
	quiet := slog.New(slog.DiscardHandler)
	collector := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, req *http.Request) { _, _ = io.Copy(io.Discard, req.Body) }))
	defer collector.Close()
	share := 0.01
	tracer, err := tracing.New(b.Context(), tracing.Options{Endpoint: collector.URL, Sample: &share})
	require.NoError(b, err)
	m := metrics.New(metrics.Build{}, metrics.Sources{})
	for _, c := range []struct {
		name                    string
		watched, counted, trace bool
	}{{name: "nothing"}, {name: "log", watched: true}, {name: "metrics", watched: true, counted: true}, {name: "traces", watched: true, counted: true, trace: true}} {
		b.Run(c.name, func(b *testing.B) {
			var options storage.Options
			var observer *observe.Observer
			if c.watched {
				observer, options.Observe = &observe.Observer{Log: quiet}, observe.CountStatement
			}
			if c.trace {
				options.Observe = func(ctx context.Context, s storage.Statement) {
					observe.CountStatement(ctx, s)
					tracer.Statement(ctx, s)
				}
			}
			resolver := resolverstest.Open(b, path, options)
			if c.counted {
				observer.Ended = m.Ended
			}
			if c.trace {
				observer.Trace, resolver.Level, resolver.WantsLevels = tracer.Begin, tracer.Level, tracer.WantsLevels
			}
			executor := resolvers.NewExecutor(resolver, resolvers.DefaultLimits, quiet)
			site := httpapi.Site{API: httpapi.NewHandler(executor, resolvers.DefaultLimits), Database: resolver.Store, Observer: observer, Authenticator: auth.Everybody{}}.Routes()
			b.ReportAllocs()
			for b.Loop() {
				post(b, site, walk)
			}
		})
	}
}
