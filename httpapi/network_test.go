package httpapi_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"decnetgraph/auth"
	"decnetgraph/httpapi"
	"decnetgraph/storage"
)

// asked sends a request to localhost and returns the answer.
func asked(t *testing.T, routes http.Handler, method, path string, headers ...string) *httptest.ResponseRecorder {
	t.Helper()
	request := httptest.NewRequestWithContext(t.Context(), method, path, nil)
	request.Host = "localhost:8080"
	for i := 0; i+1 < len(headers); i += 2 {
		if headers[i] == "Host" {
			request.Host = headers[i+1]
			continue
		}
		request.Header.Add(headers[i], headers[i+1])
	}
	recorder := httptest.NewRecorder()
	routes.ServeHTTP(recorder, request)
	return recorder
}

func TestPagesOfAllowedOriginsMayUseTheAPI(t *testing.T) {
	ran := 0
	api := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { ran++ })
	const ui, dev = "https://ui.example.org", "http://localhost:5173"
	origins, err := httpapi.ParseOrigins([]string{"https://UI.example.org:443/", dev})
	require.NoError(t, err)
	routes := httpapi.Site{API: api, Database: &healthy{}, Origins: origins, Authenticator: auth.Everybody{}}.Routes()
	preflight := []string{"Access-Control-Request-Method", "POST"}
	withHeaders := func(names string) []string {
		return append([]string{"Access-Control-Request-Headers", names, "Sec-Fetch-Site", "cross-site"}, preflight...)
	}
	for _, c := range []struct {
		fact, method, origin string
		headers              []string
		status, runs         int
		allowed              bool // whether the browser lets the page read the answer, or send the request
	}{
		{"a query of an allowed page", "POST", ui, []string{"Sec-Fetch-Site", "cross-site"}, 200, 1, true},
		{"of a dev server on another port", "POST", dev, []string{"Sec-Fetch-Site", "same-site"}, 200, 1, true},
		{"of an older browser", "POST", ui, nil, 200, 1, true},
		{"a GET", "GET", ui, []string{"Sec-Fetch-Site", "cross-site"}, 200, 1, true},
		{"another site", "POST", "https://evil.example", []string{"Sec-Fetch-Site", "cross-site"}, 403, 0, false},
		{"another site that claims to be the same", "POST", "https://evil.example", []string{"Sec-Fetch-Site", "same-origin"}, 403, 0, false},
		{"an allowed name without encryption", "POST", "http://ui.example.org", []string{"Sec-Fetch-Site", "cross-site"}, 403, 0, false},
		{"an allowed name on another port", "POST", "https://ui.example.org:8443", []string{"Sec-Fetch-Site", "cross-site"}, 403, 0, false},
		{"an allowed name as a suffix", "POST", "https://evil-ui.example.org", []string{"Sec-Fetch-Site", "cross-site"}, 403, 0, false},
		{"an allowed name as a prefix", "POST", "https://ui.example.org.evil.example", []string{"Sec-Fetch-Site", "cross-site"}, 403, 0, false},
		{"another port of localhost", "POST", "http://localhost:5174", []string{"Sec-Fetch-Site", "same-site"}, 403, 0, false},
		{"a hidden origin", "POST", "null", []string{"Sec-Fetch-Site", "cross-site"}, 403, 0, false},
		{"two origins", "POST", ui, []string{"Origin", "https://evil.example", "Sec-Fetch-Site", "cross-site"}, 403, 0, false},
		{"no origin, as an image", "GET", "", []string{"Sec-Fetch-Site", "cross-site"}, 403, 0, false},
		{"a program", "POST", "", nil, 200, 1, false},
		{"a preflight", "OPTIONS", ui, preflight, 204, 0, true},
		{"a preflight with a login", "OPTIONS", ui, withHeaders("authorization,content-type"), 204, 0, true},
		{"a preflight of Apollo", "OPTIONS", ui, withHeaders("apollo-require-preflight,apollographql-client-name,x-apollo-operation-name"), 204, 0, true},
		{"a preflight of a traced client", "OPTIONS", dev, withHeaders("graphql-require-preflight,if-none-match,traceparent,tracestate"), 204, 0, true},
		{"a preflight with a header that nobody knows", "OPTIONS", ui, withHeaders("x-evil"), 204, 0, false},
		{"a preflight of DELETE", "OPTIONS", ui, []string{"Access-Control-Request-Method", "DELETE"}, 204, 0, false},
		{"a preflight of another site", "OPTIONS", "https://evil.example", preflight, 403, 0, false},
	} {
		t.Run(c.fact, func(t *testing.T) {
			ran = 0
			headers := c.headers
			if c.origin != "" {
				headers = append([]string{"Origin", c.origin}, headers...)
			}
			answer := asked(t, routes, c.method, "/graphql", headers...)
			assert.Equal(t, c.status, answer.Code)
			assert.Equal(t, c.runs, ran)
			want := ""
			if c.allowed {
				want = c.origin
			}
			assert.Equal(t, want, answer.Header().Get("Access-Control-Allow-Origin"))
			assert.Empty(t, answer.Header().Get("Access-Control-Allow-Credentials"))
			if answer.Code != http.StatusForbidden {
				assert.Contains(t, strings.Join(answer.Header().Values("Vary"), ", "), "Origin")
			}
		})
	}
	answer := asked(t, routes, "OPTIONS", "/graphql", append([]string{"Origin", dev, "Access-Control-Request-Private-Network", "true"}, preflight...)...)
	assert.Equal(t, "true", answer.Header().Get("Access-Control-Allow-Private-Network"))
	assert.NotEmpty(t, answer.Header().Get("Access-Control-Max-Age"))
	answer = asked(t, routes, "GET", "/schema.graphql", "Origin", dev, "Sec-Fetch-Site", "same-site")
	assert.Equal(t, http.StatusOK, answer.Code)
	assert.Equal(t, dev, answer.Header().Get("Access-Control-Allow-Origin"))
	assert.Contains(t, answer.Header().Get("Access-Control-Expose-Headers"), "Retry-After")
	assert.Equal(t, "Origin, Accept-Encoding, Authorization", strings.Join(answer.Header().Values("Vary"), ", "))
}

func TestAnswersVaryByTheOriginAsWell(t *testing.T) {
	origins, err := httpapi.ParseOrigins([]string{"http://localhost:5173"})
	require.NoError(t, err)
	routes := httpapi.Site{API: onSample(t), Database: &healthy{}, Origins: origins}.Routes()
	for range 2 { // the lists of names are shared by all answers
		answer := asked(t, routes, "GET", "/graphql?query={__typename}", "Origin", "http://localhost:5173", "X-Requested-With", "x")
		assert.Equal(t, []string{"Origin", "Accept", "Accept-Encoding", "Graphql-Consistency"}, answer.Header().Values("Vary"))
	}
}

func TestOriginsAreChecked(t *testing.T) {
	for _, text := range []string{
		"", "*", "null", "https://*.example.org", "ui.example.org", "https://", "https://ui.example.org/path", "https://ui.example.org?x",
		"https://user@ui.example.org", "ftp://ui.example.org", "https://ui.example.org#x", "file:///x", "https:ui.example.org",
	} {
		_, err := httpapi.ParseOrigins([]string{text})
		require.ErrorIs(t, err, storage.ErrInvalid, text)
	}
	origins, err := httpapi.ParseOrigins([]string{"HTTPS://Ui.Example.org:443", "https://ui.example.org/", "http://[::1]:5173", "http://a:80", "http://b:443"})
	require.NoError(t, err)
	assert.Equal(t, []string{"https://ui.example.org", "http://[::1]:5173", "http://a", "http://b:443"}, origins)
}

func TestEveryAnswerHasSecurityHeaders(t *testing.T) {
	routes := httpapi.Site{API: onSample(t), Database: &healthy{}, Hosts: []string{"graph.example.org"}, StrictTransport: time.Hour}.Routes()
	for _, at := range []string{
		"GET /graphql?query={__typename}", "POST /graphql", "PUT /graphql", "OPTIONS /graphql", "GET /schema.graphql", "GET /graphiql/", "GET /graphiql/none",
		"GET /graphiql/examples.json", "GET /graphiql", "GET /", "GET /healthz", "GET /readyz", "GET /version", "GET /none", "DELETE /healthz",
	} {
		method, path, _ := strings.Cut(at, " ")
		for _, host := range []string{"localhost", "evil.example"} {
			header := asked(t, routes, method, path, "Host", host).Header()
			assert.Contains(t, header.Get("Content-Security-Policy"), "default-src 'none'", at)
			assert.Contains(t, header.Get("Content-Security-Policy"), "frame-ancestors 'none'", at)
			assert.NotContains(t, header.Get("Content-Security-Policy"), "script-src 'unsafe", at)
			assert.Equal(t, []string{"nosniff"}, header.Values("X-Content-Type-Options"), at)
			assert.Equal(t, []string{"no-referrer"}, header.Values("Referrer-Policy"), at)
			assert.Equal(t, []string{"same-origin"}, header.Values("Cross-Origin-Resource-Policy"), at)
			assert.Empty(t, header.Get("Strict-Transport-Security"), "the connection is not encrypted")
		}
	}
	assert.Equal(t, "same-origin", asked(t, routes, "GET", "/graphiql/").Header().Get("Cross-Origin-Opener-Policy"))
}

func TestEverythingIsServedBelowTheBasePath(t *testing.T) {
	base, err := httpapi.ParseBasePath("/decnet/graph/")
	require.NoError(t, err)
	ran := 0
	api := http.HandlerFunc(func(_ http.ResponseWriter, req *http.Request) {
		assert.Equal(t, "/graphql", req.URL.Path)
		ran++
	})
	routes := httpapi.Site{API: api, Database: &healthy{}, BasePath: base, Authenticator: auth.Everybody{}}.Routes()
	for path, want := range map[string]struct {
		status   int
		location string
	}{
		"/decnet/graph":                           {302, "/decnet/graph/graphiql/"},
		"/decnet/graph/":                          {302, "/decnet/graph/graphiql/"},
		"/decnet/graph/graphiql":                  {302, "/decnet/graph/graphiql/"},
		"/decnet/graph/graphiql/":                 {200, ""},
		"/decnet/graph/graphiql/examples.json":    {200, ""},
		"/decnet/graph/graphql":                   {200, ""},
		"/decnet/graph/schema.graphql":            {200, ""},
		"/decnet/graph/healthz":                   {200, ""},
		"/decnet/graph/version":                   {200, ""},
		"/graphql":                                {200, ""}, // a proxy has taken the path off
		"/":                                       {302, "/decnet/graph/graphiql/"},
		"/graphiql/":                              {200, ""},
		"/healthz":                                {200, ""},
		"/decnet/graphql":                         {404, ""},
		"/decnet":                                 {404, ""},
		"/decnet/graphX/graphql":                  {404, ""},
		"/decnet/graph/decnet/graph/schema":       {404, ""},
		"/decnet/graph/none":                      {404, ""},
		"/decnet/graph/graphiql/assets/none.js":   {404, ""},
		"/decnet/graph/graphiql/../graphiql/x.js": {404, ""},
	} {
		answer := asked(t, routes, "GET", path)
		if strings.Contains(path, "..") {
			continue // ServeMux redirects to the clean path
		}
		assert.Equal(t, want.status, answer.Code, path)
		assert.Equal(t, want.location, answer.Header().Get("Location"), path)
	}
	assert.Equal(t, 2, ran)
	for _, text := range []string{"decnet", "/a//b", "/a/../b", "/.", "/a b", "/a?x", "/%2e", "/graphql", "/healthz/x", "//", "https://x/y"} {
		path, err := httpapi.ParseBasePath(text)
		if text == "//" {
			require.NoError(t, err)
			assert.Empty(t, path)
			continue
		}
		assert.ErrorIs(t, err, storage.ErrInvalid, text)
	}
}

func TestProbesNeedNoHostName(t *testing.T) {
	routes := httpapi.Site{API: http.NotFoundHandler(), Database: &healthy{}, Version: "1.2.3"}.Routes()
	for path, says := range map[string]string{"/healthz": `{"status":"ok"}`, "/readyz": `{"status":"ok"}`, "/version": `{"version":"1.2.3"}`} {
		for _, host := range []string{"10.42.0.17:8080", "[fd00::17]:8080", "decnet-graph.default.svc", "evil.example", ""} {
			answer := asked(t, routes, "GET", path, "Host", host)
			assert.Equal(t, http.StatusOK, answer.Code, "%s %s", host, path)
			assert.JSONEq(t, says, answer.Body.String())
			assert.Equal(t, "no-store", answer.Header().Get("Cache-Control"))
		}
	}
	for _, path := range []string{"/graphql", "/schema.graphql", "/graphiql/", "/", "/healthzz", "/none"} {
		assert.Equal(t, http.StatusMisdirectedRequest, asked(t, routes, "GET", path, "Host", "10.42.0.17:8080").Code, path)
	}
}

// slowDatabase answers a ping when it is let go, and counts pings.
type slowDatabase struct {
	mu    sync.Mutex
	pings int
	fault error
	wait  chan struct{}
}

func (d *slowDatabase) Ping(ctx context.Context) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.pings++
	if ctx.Err() != nil {
		return ctx.Err()
	}
	<-d.wait
	return d.fault
}

func TestManyReadinessChecksAreOnePing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // in which the second that a ping counts for does not pass
		database := &slowDatabase{wait: make(chan struct{})}
		routes := httpapi.Site{API: http.NotFoundHandler(), Database: database}.Routes()
		var wait sync.WaitGroup
		for n := range 50 {
			wait.Go(func() {
				ctx, cancel := context.WithCancel(t.Context())
				if n%2 == 0 {
					cancel() // the client has left; the others still get the answer of the database
				}
				defer cancel()
				request := httptest.NewRequestWithContext(ctx, http.MethodGet, "/readyz", nil)
				recorder := httptest.NewRecorder()
				routes.ServeHTTP(recorder, request)
				assert.Equal(t, http.StatusOK, recorder.Code)
			})
		}
		close(database.wait)
		wait.Wait()
		assert.Equal(t, 1, database.pings)
	})
}

func TestADatabaseThatIsBackIsNoticedAtOnce(t *testing.T) {
	database := &slowDatabase{wait: make(chan struct{}), fault: errors.New("cause with /a/path")}
	close(database.wait)
	routes := httpapi.Site{API: http.NotFoundHandler(), Database: database}.Routes()
	answer := asked(t, routes, "GET", "/readyz")
	assert.Equal(t, http.StatusServiceUnavailable, answer.Code)
	assert.JSONEq(t, `{"status": "database unavailable"}`, answer.Body.String())
	database.fault = nil
	assert.Equal(t, http.StatusOK, asked(t, routes, "GET", "/readyz").Code)
	assert.Equal(t, 2, database.pings)
}

func TestAServerThatStopsIsNotReadyAndEndsConnections(t *testing.T) {
	stopping := make(chan struct{})
	routes := httpapi.Site{API: http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}), Database: &healthy{}, Stopping: stopping}.Routes()
	assert.Equal(t, http.StatusOK, asked(t, routes, "GET", "/readyz").Code)
	assert.Empty(t, asked(t, routes, "POST", "/graphql").Header().Get("Connection"))
	close(stopping)
	assert.JSONEq(t, `{"status": "stopping"}`, asked(t, routes, "GET", "/readyz").Body.String())
	answer := asked(t, routes, "POST", "/graphql")
	assert.Equal(t, http.StatusOK, answer.Code)
	assert.Equal(t, "close", answer.Header().Get("Connection"))
	assert.Equal(t, http.StatusOK, asked(t, routes, "GET", "/healthz").Code)
}
