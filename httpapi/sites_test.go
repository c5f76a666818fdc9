package httpapi_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"decnetgraph/httpapi"
)

// healthy is a database that answers, and counts how often it was asked.
type healthy struct{ pings int }

func (h *healthy) Ping(context.Context) error {
	h.pings++
	return nil
}

func TestRequestsFromOtherSitesAreRefused(t *testing.T) {
	database := &healthy{}
	ran := 0
	api := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { ran++ })
	routes := httpapi.Site{API: api, Database: database, Hosts: []string{"graph.example.org", "behind.example.org:8443"}}.Routes()
	for _, c := range []struct {
		fact    string
		host    string // localhost:8080 if none is named
		headers []string
		allowed bool
	}{
		{"a program", "", nil, true},
		{"a page of this server", "", []string{"Sec-Fetch-Site", "same-origin", "Origin", "http://localhost:8080"}, true},
		{"an address that was typed", "", []string{"Sec-Fetch-Site", "none"}, true},
		{"an older browser", "", []string{"Origin", "http://localhost:8080"}, true},
		{"names in capitals", "LocalHost:8080", []string{"Origin", "http://localhost:8080"}, true},
		{"the usual port is left out", "localhost:80", []string{"Origin", "http://localhost"}, true},
		{"an address of IPv6", "[::1]:8080", []string{"Origin", "http://[::1]:8080"}, true},
		{"a proxy that passes the host name on", "graph.example.org", []string{"Sec-Fetch-Site", "same-origin", "Origin", "https://graph.example.org"}, true},
		{"a proxy that does not", "127.0.0.1:8080", []string{"Sec-Fetch-Site", "same-origin", "Origin", "https://graph.example.org"}, true},
		{"a proxy with a port of its own", "127.0.0.1:8080", []string{"Origin", "https://behind.example.org:8443"}, true},

		{"another site", "", []string{"Sec-Fetch-Site", "cross-site"}, false},
		{"another subdomain or port", "", []string{"Sec-Fetch-Site", "same-site"}, false},
		{"a site that browsers will invent", "", []string{"Sec-Fetch-Site", "elsewhere"}, false},
		{"two sites", "", []string{"Sec-Fetch-Site", "same-origin", "Sec-Fetch-Site", "cross-site"}, false},
		{"another origin", "", []string{"Origin", "https://evil.example"}, false},
		{"another origin that claims to be the same", "", []string{"Sec-Fetch-Site", "same-origin", "Origin", "https://evil.example"}, false},
		{"a hidden origin", "", []string{"Origin", "null"}, false},
		{"a hidden origin of this server", "", []string{"Sec-Fetch-Site", "same-origin", "Origin", "null"}, false},
		{"another port", "", []string{"Origin", "http://localhost:3000"}, false},
		{"the usual port instead of ours", "", []string{"Origin", "http://localhost"}, false},
		{"another name of this machine", "", []string{"Origin", "http://127.0.0.1:8080"}, false},
		{"our name as a prefix", "", []string{"Origin", "http://localhost:8080.evil.example"}, false},
		{"our name as a suffix", "", []string{"Origin", "http://evil.localhost:8080"}, false},
		{"our name as a user", "", []string{"Origin", "http://localhost:8080@evil.example"}, false},
		{"another scheme", "", []string{"Origin", "moz-extension://localhost:8080"}, false},
		{"another port of an allowed name", "127.0.0.1:8080", []string{"Origin", "https://graph.example.org:9999"}, false},
		{"the usual port of a name with another", "127.0.0.1:8080", []string{"Origin", "https://behind.example.org"}, false},
		{"two origins", "", []string{"Origin", "http://localhost:8080", "Origin", "https://evil.example"}, false},
		{"no origin at all", "", []string{"Origin", ""}, false},
	} {
		t.Run(c.fact, func(t *testing.T) {
			for _, at := range []string{"GET /graphql", "HEAD /graphql", "POST /graphql", "OPTIONS /graphql", "PUT /graphql/", "GET /graphql/", "GET /readyz", "HEAD /readyz"} {
				method, path, _ := strings.Cut(at, " ")
				request := httptest.NewRequestWithContext(t.Context(), method, path, nil)
				if request.Host = c.host; c.host == "" {
					request.Host = "localhost:8080"
				}
				for i := 0; i+1 < len(c.headers); i += 2 {
					request.Header.Add(c.headers[i], c.headers[i+1])
				}
				ran, database.pings = 0, 0
				recorder := httptest.NewRecorder()
				routes.ServeHTTP(recorder, request)
				if c.allowed {
					assert.Equal(t, http.StatusOK, recorder.Code, at)
					if !strings.HasSuffix(path, "readyz") { // one ping serves all readiness checks of a second
						assert.Equal(t, 1, ran, at)
					}
					continue
				}
				assert.Equal(t, http.StatusForbidden, recorder.Code, at)
				assert.Zero(t, ran+database.pings, at)
				assert.Contains(t, recorder.Body.String(), `"code":"FORBIDDEN"`, at)
				assert.Contains(t, recorder.Body.String(), "send it from", at)
			}
		})
	}
}

func TestPagesAndLivenessAreOpenToLinks(t *testing.T) {
	routes := httpapi.Site{API: http.NotFoundHandler(), Database: &healthy{}}.Routes()
	for path, status := range map[string]int{"/": 302, "/graphiql": 302, "/graphiql/": 200, "/healthz": 200} {
		for _, method := range []string{http.MethodGet, http.MethodHead} {
			request := httptest.NewRequestWithContext(t.Context(), method, path, nil)
			request.Host = "localhost"
			request.Header.Set("Sec-Fetch-Site", "cross-site")
			recorder := httptest.NewRecorder()
			routes.ServeHTTP(recorder, request)
			assert.Equal(t, status, recorder.Code, path)
		}
	}
}

func TestLongURLsAndHeadersAreRefused(t *testing.T) {
	api := http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})
	routes := httpapi.Site{API: api, Database: &healthy{}}.Routes()
	ask := func(target, name, value string) *httptest.ResponseRecorder {
		request := httptest.NewRequestWithContext(t.Context(), http.MethodGet, target, nil)
		request.Host = "localhost"
		request.Header.Set(name, value)
		recorder := httptest.NewRecorder()
		routes.ServeHTTP(recorder, request)
		return recorder
	}
	longest := "/graphql?query=" + strings.Repeat("x", 16<<10-15)
	assert.Equal(t, http.StatusOK, ask(longest, "X", "").Code)
	answer := ask(longest+"x", "X", "")
	assert.Equal(t, http.StatusRequestURITooLong, answer.Code)
	assert.Contains(t, answer.Body.String(), `the URL has 16385 bytes, and at most 16384 are allowed; send the query by POST","extensions":{"code":"LIMIT_EXCEEDED"}`)
	assert.Equal(t, http.StatusOK, ask("/graphql", "X", strings.Repeat("x", 64<<10-5)).Code)
	answer = ask("/graphql", "X", strings.Repeat("x", 64<<10-4))
	assert.Equal(t, http.StatusRequestHeaderFieldsTooLarge, answer.Code)
	assert.Contains(t, answer.Body.String(), `the headers have 65537 bytes`)
}
