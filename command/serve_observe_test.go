package command

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// secrets are the values that clients send below. None may be seen outside of answers.
var secrets = []string{"hush0literal", "hush1block", "hush2variable", "hush3default", "hush4comment", "hush5header", "hush6enum", "hush7body", "73190461"}

// seen is a log of lines in JSON.
type seen struct{ sharedLog }

// lines are the lines of a JSON log that have a member of a value.
func (s *seen) lines(t *testing.T, name string, value any) (found []map[string]any) {
	t.Helper()
	for line := range strings.Lines(s.String()) {
		var decoded map[string]any
		require.NoError(t, json.Unmarshal([]byte(line), &decoded), line)
		if decoded[name] == value {
			found = append(found, decoded)
		}
	}
	return found
}

// watched is a server that is watched by all means.
type watched struct {
	t      *testing.T
	base   string
	admin  string
	log    seen
	traces seen
	stop   func() int
}

func startWatched(t *testing.T, args ...string) *watched {
	t.Helper()
	w := &watched{t: t}
	collector := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, req *http.Request) { _, _ = io.Copy(&w.traces, req.Body) }))
	t.Cleanup(collector.Close)
	w.base, w.stop = startLogged(t, &w.log, append([]string{
		"--log-format", "json", "--admin-listen", "127.0.0.1:0", "--trace-endpoint", collector.URL, "--trace-sample", "1",
	}, args...)...)
	found := regexp.MustCompile(`http://[^/]+/metrics`).FindString(w.log.String())
	require.NotEmpty(t, found)
	w.admin = strings.TrimSuffix(found, "/metrics")
	return w
}

// post sends a body to the API and returns the answer.
func (w *watched) post(body string, headers ...string) *http.Response {
	w.t.Helper()
	request, err := http.NewRequestWithContext(w.t.Context(), http.MethodPost, w.base+"/graphql", strings.NewReader(body))
	require.NoError(w.t, err)
	request.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	response, err := http.DefaultClient.Do(request)
	require.NoError(w.t, err)
	_, _ = io.Copy(io.Discard, response.Body)
	require.NoError(w.t, response.Body.Close())
	return response
}

// line waits for the log line of a request.
func (w *watched) line(id string) (line map[string]any) {
	w.t.Helper()
	require.Eventually(w.t, func() bool { return len(w.log.lines(w.t, "request", id)) > 0 }, time.Minute, time.Millisecond)
	lines := w.log.lines(w.t, "request", id)
	require.Len(w.t, lines, 1, "one line for each request")
	return lines[0]
}

func TestNoValueOfARequestIsInLogsTracesOrMetrics(t *testing.T) {
	w := startWatched(t, "--slow", "1ns", "--log-level", "debug", "--log-requests")
	query := `query Hush($ip: IPAddress! = "hush3default", $n: Int, $x: Boolean = true) { # hush4comment
		attackers(first: $n, filter: {or: [{ip: {equals: $ip}}, {commands: {contains: "hush0literal"}}]}) { nodes { uuid identity @include(if: $x) { uuid } } }
		search(text: """hush1block""", first: 1) { totalCount } }`
	for _, params := range []map[string]any{
		{"query": query, "variables": map[string]any{"ip": "hush2variable", "n": 73190461}},
		{"query": query, "variables": map[string]any{"ip": "10.0.0.1", "n": 2}},
		{"query": query},
		{"query": `{ attackers(first: "hush0literal") { totalCount } }`},
		{"query": `{ attackers(orderBy: hush6enum, first: 73190461) { totalCount } }`},
		{"query": `{ attackers(first: 3, filter: {commands: {contains: "hush0literal"}}) { totalCount nodes { uuid } } }`},
		{"query": `{ attackers(note: """hush1block`},
	} {
		body, err := json.Marshal(params)
		require.NoError(t, err)
		w.post(string(body), "Authorization", "Bearer hush5header", "Cookie", "s=hush5header")
	}
	w.post(`{"query": hush7body`)
	w.post(`{"query": "{ a }"}`, "Content-Type", "text/plain")
	_, _ = get(t, w.base+"/graphql?query="+url.QueryEscape(`{search(text:"hush0literal"){totalCount}}`)+"&variables="+url.QueryEscape(`{"a":"hush2variable"}`),
		func(r *http.Request) { r.Header.Set("X-Requested-With", "hush5header") })
	_, metrics := get(t, w.admin+"/metrics", nil)
	require.Equal(t, exitOK, w.stop())

	require.Contains(t, w.log.String(), `"msg":"statement"`)
	require.Contains(t, w.log.String(), "query Hush(")
	require.Contains(t, metrics, `operation_rows_total{operation="Hush"}`, "the operation is valid")
	for _, part := range []string{"query Hush(", "Query.attackers", "SELECT"} {
		require.Contains(t, w.traces.String(), part)
	}
	for _, secret := range secrets {
		assert.NotContains(t, w.log.String(), secret)
		assert.NotContains(t, w.traces.String(), secret)
		assert.NotContains(t, metrics, secret)
	}
}

func TestALogLineSaysWhatBecameOfARequest(t *testing.T) {
	w := startWatched(t, "--slow", "1h") // longer than a busy machine takes
	const parent = "4bf92f3577b34da6a3ce929d0e0e4736"
	answer := w.post(`{"query": "query Who { campaigns(first: 2) { nodes { identities(first: 1) { totalCount } } } attackers(first: -1) { totalCount } }"}`,
		"X-Request-ID", "proxy/1:2-3", "Traceparent", "00-"+parent+"-00f067aa0ba902b7-01")
	assert.Equal(t, "proxy/1:2-3", answer.Header.Get("X-Request-ID"))
	assert.Regexp(t, "^00-"+parent+"-[0-9a-f]{16}-01$", answer.Header.Get("Traceresponse"))
	line := w.line("proxy/1:2-3")
	for name, want := range map[string]any{
		"level": "INFO", "msg": "operation failed", "operation": "Who", "type": "query", "outcome": "BAD_USER_INPUT", "status": 200.0, "route": "/graphql",
		"method": "POST", "client": "127.0.0.1", "trace": parent,
		"document": `query Who {campaigns(first:0) {nodes {identities(first:0) {totalCount}}} attackers(first:0) {totalCount}}`,
	} {
		assert.Equal(t, want, line[name], name)
	}
	for _, name := range []string{"cost", "statements", "rows", "took_ms", "bytes"} {
		assert.Positive(t, line[name], name)
	}

	for fact, id := range map[string]string{"another line": "a\tlevel=ERROR", "quotes": `a" b="`, "spaces": "a b", "a long text": strings.Repeat("a", 129), "none": ""} {
		given := w.post(`{"query": "{ nothing }", "operationName": "x\nlevel=ERROR msg=\"y\""}`, "X-Request-ID", id).Header.Get("X-Request-ID")
		assert.Regexp(t, "^[A-Z2-7]{26}$", given, fact)
		assert.Equal(t, "x\nlevel=ERROR msg=\"y\"", w.line(given)["operation"], "JSON keeps it one text")
	}
	refused := w.post(`{"query": "{ a }"}`, "Content-Type", "text/plain").Header.Get("X-Request-ID")
	assert.Equal(t, "request refused", w.line(refused)["msg"])
	assert.Contains(t, w.line(refused)["reason"], "Content-Type")
	foreign, _ := get(t, w.base+"/graphql", func(r *http.Request) { r.Host = "evil.example" })
	assert.InDelta(t, http.StatusMisdirectedRequest, w.line(foreign.Header.Get("X-Request-ID"))["status"], 0)

	quiet := w.post(`{"query": "{ campaigns { totalCount } }"}`).Header.Get("X-Request-ID")
	get(t, w.base+"/nowhere", nil)
	require.Equal(t, exitOK, w.stop())
	assert.Empty(t, w.log.lines(t, "request", quiet), "what succeeds and is not slow gets no line")
	assert.Empty(t, w.log.lines(t, "status", 404.0))
}

func TestOperatorsAloneSeeTheAdminAddress(t *testing.T) {
	w := startWatched(t)
	for path, status := range map[string]int{
		"/metrics": http.StatusOK, "/healthz": http.StatusOK, "/debug/pprof/": http.StatusOK, "/debug/pprof/heap": http.StatusOK,
		"/debug/pprof/cmdline": http.StatusNotFound, "/graphql": http.StatusNotFound,
	} {
		response, _ := get(t, w.admin+path, nil)
		assert.Equal(t, status, response.StatusCode, path)
	}
	for _, path := range []string{"/metrics", "/debug/pprof/heap"} {
		foreign, _ := get(t, w.admin+path, func(r *http.Request) { r.Host = "evil.example" })
		assert.Equal(t, http.StatusForbidden, foreign.StatusCode, "a page whose name was made to lead here")
		public, _ := get(t, w.base+path, nil)
		assert.Equal(t, http.StatusNotFound, public.StatusCode, path)
	}
}
