package httpapi_test

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"decnetgraph/auth"
	"decnetgraph/httpapi"
	"decnetgraph/storage"
)

// recording is an API that records what it sees of requests.
type recording struct {
	address netip.Addr
	host    string
	ran     int
}

func (r *recording) ServeHTTP(_ http.ResponseWriter, req *http.Request) {
	r.address, r.host = httpapi.ClientAddress(req), req.Host
	r.ran++
}

func parseProxies(t *testing.T, texts ...string) httpapi.Proxies {
	t.Helper()
	proxies, err := httpapi.ParseProxies(texts)
	require.NoError(t, err)
	return proxies
}

func TestHeadersOfProxiesAreBelievedFromTheirNetworksOnly(t *testing.T) {
	api := &recording{}
	routes := httpapi.Site{
		API: api, Database: &healthy{}, Hosts: []string{"graph.example.org"}, Proxies: parseProxies(t, "10.0.0.0/8", "2001:db8::/32", "127.0.0.1"),
	}.Routes()
	const proxy = "10.1.2.3:4711"
	for _, c := range []struct {
		fact    string
		peer    string
		headers []string
		want    string // the address; or the status
	}{
		{"no header", proxy, nil, "10.1.2.3"},
		{"a client", proxy, []string{"X-Forwarded-For", "192.0.2.7"}, "192.0.2.7"},
		{"a client that forges the address before it", proxy, []string{"X-Forwarded-For", "127.0.0.1, 192.0.2.7"}, "192.0.2.7"},
		{"a client that forges a line", proxy, []string{"X-Forwarded-For", "127.0.0.1", "X-Forwarded-For", "192.0.2.7"}, "192.0.2.7"},
		{"two proxies", proxy, []string{"X-Forwarded-For", "192.0.2.7, 10.9.9.9"}, "192.0.2.7"},
		{"proxies alone", proxy, []string{"X-Forwarded-For", "10.8.8.8, 10.9.9.9"}, "10.8.8.8"},
		{"a port", proxy, []string{"X-Forwarded-For", "192.0.2.7:1234"}, "192.0.2.7"},
		{"IPv6", proxy, []string{"X-Forwarded-For", "[2001:db9::1]:1234"}, "2001:db9::1"},
		{"IPv4 inside of IPv6", proxy, []string{"X-Forwarded-For", "::ffff:192.0.2.7"}, "192.0.2.7"},
		{"IPv6 without brackets", proxy, []string{"X-Forwarded-For", "2001:db9::1"}, "2001:db9::1"},
		{"a proxy of IPv6", "[2001:db8::5]:1", []string{"X-Forwarded-For", "192.0.2.7"}, "192.0.2.7"},
		{"a proxy of IPv4 inside of IPv6", "[::ffff:10.1.2.3]:1", []string{"X-Forwarded-For", "192.0.2.7"}, "192.0.2.7"},
		{"no address", proxy, []string{"X-Forwarded-For", "unknown"}, "10.1.2.3"},
		{"an address behind none", proxy, []string{"X-Forwarded-For", "192.0.2.7, x"}, "10.1.2.3"},
		{"empty", proxy, []string{"X-Forwarded-For", ""}, "10.1.2.3"},
		{"the standard's header", proxy, []string{"Forwarded", `for=192.0.2.7;proto=https`}, "192.0.2.7"},
		{"quoted, with a port", proxy, []string{"Forwarded", `for="[2001:db9::1]:80"`}, "2001:db9::1"},
		{"capitals and spaces", proxy, []string{"Forwarded", `for=1.1.1.1 , By=x; FOR=192.0.2.7`}, "192.0.2.7"},
		{"a hidden client", proxy, []string{"Forwarded", `for=_hidden`}, "10.1.2.3"},
		{"a quote that does not end, from the client", proxy, []string{"Forwarded", `for="1.1.1.1, for=192.0.2.7`}, "192.0.2.7"},
		{"both headers that agree", proxy, []string{"Forwarded", `for=192.0.2.7`, "X-Forwarded-For", "192.0.2.7"}, "192.0.2.7"},
		{"both headers that do not", proxy, []string{"Forwarded", `for=192.0.2.7`, "X-Forwarded-For", "192.0.2.8"}, "400"},
		{"a long header", proxy, []string{"X-Forwarded-For", strings.Repeat("1.1.1.1,", 1000) + "192.0.2.7"}, "400"},
		{"many proxies", proxy, []string{"X-Forwarded-For", "192.0.2.7" + strings.Repeat(",10.0.0.1", 100)}, "10.0.0.1"},

		{"a stranger", "192.0.2.1:1", []string{"X-Forwarded-For", "127.0.0.1"}, "192.0.2.1"},
		{"a stranger with the standard's header", "192.0.2.1:1", []string{"Forwarded", "for=127.0.0.1"}, "192.0.2.1"},
		{"a stranger with a long header", "192.0.2.1:1", []string{"X-Forwarded-For", strings.Repeat("1,", 4000)}, "192.0.2.1"},
		{"a stranger of IPv6 with a zone", "[fe80::1%eth0]:1", []string{"X-Forwarded-For", "127.0.0.1"}, "fe80::1"},
	} {
		t.Run(c.fact, func(t *testing.T) {
			request := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/graphql", nil)
			request.Host, request.RemoteAddr = "graph.example.org", c.peer
			for i := 0; i+1 < len(c.headers); i += 2 {
				request.Header.Add(c.headers[i], c.headers[i+1])
			}
			*api = recording{}
			recorder := httptest.NewRecorder()
			routes.ServeHTTP(recorder, request)
			if c.want == "400" {
				assert.Equal(t, http.StatusBadRequest, recorder.Code)
				assert.Zero(t, api.ran)
				return
			}
			assert.Equal(t, 1, api.ran, recorder.Body)
			assert.Equal(t, c.want, api.address.String())
		})
	}
}

func TestHostsAndSchemesOfProxies(t *testing.T) {
	api := &recording{}
	routes := httpapi.Site{API: api, Database: &healthy{}, Hosts: []string{"graph.example.org"}, Proxies: parseProxies(t, "10.0.0.1")}.Routes()
	for _, c := range []struct {
		fact, peer, host string
		headers          map[string]string
		status           int
		seen             string
	}{
		{"the proxy's own name for this server", "10.0.0.1:1", "localhost:8080", map[string]string{"X-Forwarded-Host": "graph.example.org"}, 200, "graph.example.org"},
		{"the standard's header", "10.0.0.1:1", "localhost:8080", map[string]string{"Forwarded": "host=graph.example.org"}, 200, "graph.example.org"},
		{"an unknown host", "10.0.0.1:1", "localhost:8080", map[string]string{"X-Forwarded-Host": "evil.example"}, 421, ""},
		{"a known host that a page reports", "10.0.0.1:1", "evil.example", map[string]string{"X-Forwarded-Host": "graph.example.org"}, 421, ""},
		{"a known host that a stranger reports", "10.0.0.2:1", "evil.example", map[string]string{"X-Forwarded-Host": "graph.example.org"}, 421, ""},
		{"an unknown host that a stranger reports", "10.0.0.2:1", "localhost", map[string]string{"X-Forwarded-Host": "evil.example"}, 200, "localhost"},
		{"a page by https", "10.0.0.1:1", "graph.example.org", map[string]string{"X-Forwarded-Proto": "https", "Origin": "https://graph.example.org"}, 200, "graph.example.org"},
		{"a page that was not encrypted", "10.0.0.1:1", "graph.example.org", map[string]string{"X-Forwarded-Proto": "https", "Origin": "http://graph.example.org"}, 403, ""},
		{"the standard's scheme", "10.0.0.1:1", "graph.example.org", map[string]string{"Forwarded": "proto=https", "Origin": "http://graph.example.org"}, 403, ""},
		{"a scheme that a stranger reports", "10.0.0.2:1", "graph.example.org", map[string]string{"X-Forwarded-Proto": "https", "Origin": "http://graph.example.org"}, 200, "graph.example.org"},
	} {
		t.Run(c.fact, func(t *testing.T) {
			request := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/graphql", nil)
			request.Host, request.RemoteAddr = c.host, c.peer
			for name, value := range c.headers {
				request.Header.Set(name, value)
			}
			*api = recording{}
			recorder := httptest.NewRecorder()
			routes.ServeHTTP(recorder, request)
			assert.Equal(t, c.status, recorder.Code, recorder.Body)
			assert.Equal(t, c.seen, api.host)
		})
	}
}

func TestClearTextIsForProxiesAndThisMachine(t *testing.T) {
	api := &recording{}
	routes := httpapi.Site{API: api, Database: &healthy{}, Proxies: parseProxies(t, "10.0.0.0/24"), ClearText: true, Authenticator: auth.Everybody{}}.Routes()
	for peer, status := range map[string]int{"10.0.0.1:1": 200, "127.0.0.1:1": 200, "[::1]:1": 200, "10.0.1.1:1": 403, "[2001:db8::1]:1": 403} {
		for _, path := range []string{"/graphql", "/schema.graphql", "/graphiql/", "/nothing"} {
			request := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil)
			request.Host, request.RemoteAddr = "localhost", peer
			recorder := httptest.NewRecorder()
			routes.ServeHTTP(recorder, request)
			if status == http.StatusOK && path == "/nothing" {
				assert.Equal(t, http.StatusNotFound, recorder.Code)
				continue
			}
			assert.Equal(t, status, recorder.Code, "%s %s", peer, path)
		}
		request := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/healthz", nil)
		request.Host, request.RemoteAddr = "10.0.0.9:8080", peer
		recorder := httptest.NewRecorder()
		routes.ServeHTTP(recorder, request)
		assert.Equal(t, http.StatusOK, recorder.Code, "a probe from %s", peer)
	}
}

func TestNetworksOfProxiesAreChecked(t *testing.T) {
	for _, text := range []string{"", "x", "10.0.0.0/33", "10.0.0.0/-1", "0.0.0.0/0", "::/0", "10.0.0.1:80", "proxy.example.org", "10.0.0.0/8,10.1.0.0/16"} {
		_, err := httpapi.ParseProxies([]string{text})
		require.ErrorIs(t, err, storage.ErrInvalid, text)
		assert.ErrorContains(t, err, text)
	}
}

func FuzzForwardedHeaders(f *testing.F) {
	f.Add("192.0.2.7, 10.0.0.1", `for="[::1]:80";proto=https;host=x`)
	f.Add(",,", `;;=,="`)
	routes := httpapi.Site{API: &recording{}, Database: &healthy{}, Proxies: httpapi.Proxies{netip.MustParsePrefix("10.0.0.0/8")}}.Routes()
	f.Fuzz(func(t *testing.T, list, standard string) {
		request := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/graphql", nil)
		request.Host, request.RemoteAddr = "localhost", "10.0.0.1:1"
		request.Header["X-Forwarded-For"], request.Header["Forwarded"] = []string{list}, []string{standard}
		recorder := httptest.NewRecorder()
		routes.ServeHTTP(recorder, request)
		assert.Contains(t, []int{200, 400, 421}, recorder.Code)
	})
}
