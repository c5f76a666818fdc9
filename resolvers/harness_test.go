package resolvers_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"decnetgraph/auth"
	"decnetgraph/graph/exec"
	"decnetgraph/graph/model"
	"decnetgraph/httpapi"
	"decnetgraph/resolvers"
	"decnetgraph/resolvers/resolverstest"
	"decnetgraph/storage"
)

// samplePath is the sample database of this test run.
var samplePath = resolverstest.SamplePath

func TestMain(m *testing.M) { resolverstest.Main(m) }

// api is a server on a database, and what it asked the database so far.
type api struct {
	t          *testing.T
	handler    http.Handler
	mu         sync.Mutex
	statements []string
	levels     map[string]int // how often each level was resolved
	outcomes   map[string]exec.Outcome
	onLevel    func() // called for each level, if it is set
}

// onSample serves the sample database.
func onSample(t *testing.T) *api {
	t.Helper()
	path, err := samplePath()
	require.NoError(t, err)
	return serve(t, path, resolvers.Limits{Timeout: time.Minute})
}

func serve(t *testing.T, path string, limits resolvers.Limits) *api {
	t.Helper()
	return serveWith(t, path, limits, storage.Options{})
}

// onCopy serves a copy of the sample database for reading and writing.
func onCopy(t *testing.T) *api {
	t.Helper()
	return onCopyWith(t, resolvers.Limits{})
}

func onCopyWith(t *testing.T, limits resolvers.Limits) *api {
	t.Helper()
	limits.Timeout = time.Minute
	return serveWith(t, resolverstest.CopySample(t), limits, storage.Options{Write: true})
}

func serveWith(t *testing.T, source string, limits resolvers.Limits, options storage.Options) *api {
	t.Helper()
	return serveAs(t, auth.Local, source, limits, options)
}

// serveAs serves a database to a principal.
func serveAs(t *testing.T, principal *auth.Principal, source string, limits resolvers.Limits, options storage.Options) *api {
	t.Helper()
	limits, err := limits.Verify()
	require.NoError(t, err)
	a := &api{t: t, levels: map[string]int{}, outcomes: map[string]exec.Outcome{}}
	options.Observe = a.observe
	resolver := resolverstest.Open(t, source, options)
	resolver.Level, resolver.RateLimit = a.level, someRate
	a.handler = resolverstest.As(principal, httpapi.NewHandler(resolvers.NewExecutor(resolver, limits, slog.New(slog.DiscardHandler)), limits))
	return a
}

// someRate is a rate limit, so that every type of the schema has an object.
func someRate(context.Context) *model.RateLimit {
	return &model.RateLimit{Capacity: 5_000_000_000, Remaining: 1, Period: 60, ResetAt: time.Date(2026, 5, 1, 0, 1, 0, 0, time.UTC)}
}

func (a *api) observe(ctx context.Context, s storage.Statement) {
	exec.CountStatement(ctx, s.Rows)
	a.mu.Lock()
	defer a.mu.Unlock()
	a.statements = append(a.statements, s.SQL)
}

// level counts how often a level is resolved.
func (a *api) level(ctx context.Context, level exec.Level) (context.Context, func(exec.Outcome)) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.levels[level.Path+" "+level.Coordinate]++
	if a.onLevel != nil {
		a.onLevel()
	}
	return ctx, func(outcome exec.Outcome) {
		a.mu.Lock()
		defer a.mu.Unlock()
		a.outcomes[level.Path] = outcome
	}
}

// requireLevels shows that each level of what was asked last was resolved once, for all of its parents.
func (a *api) requireLevels(t require.TestingT) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for level, times := range a.levels {
		require.Equal(t, 1, times, "%s was resolved more than once", level)
	}
}

// forget resets the counts of statements and levels.
func (a *api) forget() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.statements, a.levels, a.outcomes = nil, map[string]int{}, map[string]exec.Outcome{}
}

// response is a GraphQL response.
type response struct {
	status int
	Data   map[string]any
	Errors []struct {
		Message    string
		Path       []any
		Extensions map[string]any
	}
	Extensions map[string]any
}

// post sends a body as it is.
func (a *api) post(body string) response { return a.postWith(a.t.Context(), body) }

func (a *api) postWith(ctx context.Context, body string) response {
	a.t.Helper()
	request := httptest.NewRequestWithContext(ctx, http.MethodPost, "/graphql", strings.NewReader(body))
	request.Header.Set("Content-Type", "application/json")
	return a.do(request)
}

func (a *api) do(request *http.Request) response {
	a.t.Helper()
	request.Header.Set("Graphql-Require-Preflight", "1") // which every GET needs
	recorder := httptest.NewRecorder()
	a.handler.ServeHTTP(recorder, request)
	answer := response{status: recorder.Code}
	require.NoError(a.t, json.Unmarshal(recorder.Body.Bytes(), &answer), "not JSON: %s", recorder.Body)
	return answer
}

// send asks a query with variables.
func (a *api) send(query string, variables map[string]any) response {
	a.t.Helper()
	body, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	require.NoError(a.t, err)
	return a.post(string(body))
}

// ask asks a query that must succeed.
func (a *api) ask(query string) map[string]any {
	a.t.Helper()
	answer := a.send(query, nil)
	require.Empty(a.t, answer.Errors, "query: %s", query)
	return answer.Data
}

// at walks into decoded JSON by keys and indices.
func at(value any, path ...any) any {
	for _, step := range path {
		switch s := step.(type) {
		case string:
			value = value.(map[string]any)[s]
		case int:
			value = value.([]any)[s]
		}
	}
	return value
}

// each collects what lies at the path in every element of a list.
func each(list any, path ...any) []any {
	var found []any
	for _, element := range list.([]any) {
		found = append(found, at(element, path...))
	}
	return found
}

// onceWithoutDetector skips a long test under the race detector that sends one request after the other. scripts/test-go.sh
// runs the tests of this package without the detector as well.
func onceWithoutDetector(t *testing.T) {
	t.Helper()
	if raceDetector {
		t.Skip("runs without the race detector")
	}
}
