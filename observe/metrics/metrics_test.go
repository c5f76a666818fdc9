package metrics_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"decnetgraph/auth"
	"decnetgraph/graph/lru"
	"decnetgraph/graph/memory"
	"decnetgraph/httpapi/admission"
	"decnetgraph/observe"
	"decnetgraph/observe/metrics"
	"decnetgraph/storage"
)

// all are sources that have everything, so that each metric has a value.
var all = metrics.Sources{
	Pools: func() []storage.PoolStats {
		return []storage.PoolStats{{Name: "read", InUse: 3, Waits: 2, Waited: time.Second}}
	},
	Lanes:  func() []admission.LaneState { return []admission.LaneState{{Name: "light", Running: 7, Refused: 2}} },
	Caches: func() map[string]lru.Stats { return map[string]lru.Stats{"plans": {Hits: 9}} },
	Memory: map[string]*memory.Budget{"answers": memory.NewBudget(100)},
	Authentications: func() []auth.Count {
		return []auth.Count{{Way: auth.ByToken, Outcome: auth.Refused, N: 4}}
	},
	Ping: func(context.Context) error { return nil },
	Backlog: func(context.Context) (storage.Backlog, error) {
		return storage.Backlog{RollupRows: 5, SearchMarks: 6, RefreshedAt: new(time.UnixMilli(1_700_000_000_250))}, nil
	},
	Replicas: func(context.Context) []storage.ReplicaState {
		return []storage.ReplicaState{{Up: true, Lag: 3 * time.Second, LagKnown: true}, {}}
	},
}

// scrape returns what Prometheus would read.
func scrape(t *testing.T, m *metrics.Metrics) string {
	t.Helper()
	answer := httptest.NewRecorder()
	m.Handler().ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	require.Equal(t, http.StatusOK, answer.Code)
	text, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	problems, err := promlint.New(strings.NewReader(string(text))).Lint()
	require.NoError(t, err, "the exposition is valid")
	problems = slices.DeleteFunc(problems, func(p promlint.Problem) bool { return !strings.HasPrefix(p.Metric, "decnet_graph_") })
	assert.Empty(t, problems, "the names are as Prometheus wants them")
	return string(text)
}

// count counts a request of an operation.
func count(m *metrics.Metrics, name, kind string, codes ...string) {
	r := &observe.Request{Status: http.StatusOK, Route: "/graphql", Took: time.Millisecond}
	r.SetOperation(name, kind, "{ a }")
	r.SetCodes(codes)
	m.Ended(r)
}

func TestEachMetricHasItsValue(t *testing.T) {
	m := metrics.New(metrics.Build{Version: "1.2.3"}, all)
	count(m, "Walk", "query")
	count(m, "Walk", "query", "TIMEOUT", "BAD_USER_INPUT")
	count(m, "", "mutation")
	count(m, "any text\n\"}", "", "BAD_USER_INPUT")
	m.Ended(&observe.Request{Status: http.StatusUnauthorized, Route: "/graphql"})
	m.Ended(&observe.Request{})
	m.SlowClient()
	text := scrape(t, m)
	for _, want := range []string{
		`http_requests_total{route="/graphql",status="200"} 4`, `http_requests_total{route="/graphql",status="401"} 1`, `http_requests_total{route="",status="none"} 1`,
		`operation_duration_seconds_count{operation="Walk",type="query"} 2`, `operation_duration_seconds_count{operation="anonymous",type="mutation"} 1`,
		`operation_duration_seconds_count{operation="invalid",type="none"} 1`, `operation_errors_total{code="TIMEOUT",operation="Walk"} 1`, `slow_clients_total 1`,
		`build_info{commit="",go_version="",version="1.2.3"} 1`, `admission_running_units{lane="light"} 7`, `admission_refused_total{lane="light"} 2`,
		`pool_connections{pool="read",state="in_use"} 3`, `pool_waits_total{pool="read"} 2`, `pool_wait_seconds_total{pool="read"} 1`,
		`cache_hits_total{cache="plans"} 9`, `memory_limit_bytes{of="answers"} 100`, `authentications_total{outcome="refused",way="TOKEN"} 4`,
		`database_up 1`, `rollup_unmerged_rows 5`, `rollup_last_refresh_timestamp_seconds 1.70000000025e+09`, `search_unindexed_changes 6`, `replica_up{replica="1"} 1`, `replica_up{replica="2"} 0`, `replica_lag_seconds{replica="1"} 3`,
	} {
		assert.Contains(t, text, "\ndecnet_graph_"+want+"\n")
	}
	assert.Contains(t, text, "\ngo_goroutines ")
	assert.Contains(t, text, "\nprocess_start_time_seconds ")
	assert.NotContains(t, text, `replica_lag_seconds{replica="2"}`, "what is not known is missing, not 0")
	assert.NotContains(t, text, "any text")
}

func TestADatabaseThatDoesNotAnswerIsNotAskedFurther(t *testing.T) {
	down := all
	down.Ping = func(context.Context) error { return errors.New("away") }
	asked := 0
	down.Backlog = func(context.Context) (storage.Backlog, error) { asked++; return storage.Backlog{}, nil }
	m := metrics.New(metrics.Build{}, down)
	for range 3 {
		text := scrape(t, m)
		assert.Contains(t, text, "decnet_graph_database_up 0")
		assert.NotContains(t, text, "rollup_unmerged_rows")
	}
	assert.Zero(t, asked)
}

func TestNamesOfOperationsAreBounded(t *testing.T) {
	m := metrics.New(metrics.Build{}, metrics.Sources{})
	m.TrustNames([]string{"TrustedOne", "TrustedTwo"})
	count(m, "\xff", "query")
	var clients sync.WaitGroup
	for client := range 4 {
		clients.Go(func() {
			for i := range 2_500 {
				count(m, fmt.Sprintf("Hostile_%d_%d_%s", client, i, strings.Repeat("x", i%100)), []string{"query", "mutation"}[i%2], "FORBIDDEN")
			}
		})
	}
	clients.Wait()
	for _, name := range []string{"TrustedTwo", "Late", "", "other", "anonymous", "invalid", `a"} 1`, "a\\b\nc", strings.Repeat("y", 1_000), "\xff"} {
		count(m, name, "query")
	}
	text := scrape(t, m)
	labels := map[string]bool{}
	for _, found := range regexp.MustCompile(`operation_rows_total\{operation="([^"]*)"\}`).FindAllStringSubmatch(text, -1) {
		labels[found[1]] = true
	}
	assert.LessOrEqual(t, len(labels), 64+4, "the first names, those that stand for several, and the trusted one")
	for _, label := range []string{"TrustedTwo", "other", "anonymous", "invalid"} {
		assert.True(t, labels[label], label)
	}
	assert.False(t, labels["Late"])
	total := 0
	for _, found := range regexp.MustCompile(`operation_duration_seconds_count\{.*\} (\d+)`).FindAllStringSubmatch(text, -1) {
		var n int
		_, _ = fmt.Sscan(found[1], &n)
		total += n
	}
	assert.Equal(t, 10_011, total, "no operation is lost")
	assert.Less(t, len(text), 1<<20)
}

func TestTheDocumentationListsAllMetrics(t *testing.T) {
	page, err := os.ReadFile("../../docs/observability.md")
	require.NoError(t, err)
	documented := map[string]string{} // labels by name
	for _, row := range regexp.MustCompile("(?m)^\\| `(decnet_graph_[a-z_]+)` \\|([^|]*)\\|").FindAllStringSubmatch(string(page), -1) {
		documented[row[1]] = strings.NewReplacer("`", "", ",", "").Replace(row[2])
	}
	for name, labels := range metrics.Labels() {
		listed, is := documented[name]
		assert.True(t, is, "%s is not listed", name)
		assert.Equal(t, strings.Join(labels, " "), strings.TrimSpace(listed), name)
		delete(documented, name)
	}
	assert.Empty(t, documented, "metrics that do not exist")
}

// BenchmarkEnded is what metrics cost a request, besides what the record costs in any case.
func BenchmarkEnded(b *testing.B) {
	m := metrics.New(metrics.Build{}, metrics.Sources{})
	r := &observe.Request{Status: http.StatusOK, Route: "/graphql", Took: time.Millisecond}
	r.SetOperation("Walk", "query", "{ a }")
	b.ReportAllocs()
	for b.Loop() {
		m.Ended(r)
	}
}
