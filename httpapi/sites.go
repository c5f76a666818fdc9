package httpapi

import (
	"mime"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"decnetgraph/resolvers"
)

// sites are the pages whose requests are answered besides those of programs.
type sites struct {
	names   []string // host names of this server besides the one that the request names in Host
	origins []string // of pages of other sites that may use this server, as ParseOrigins returns them
}

// refuseOthers refuses what a page of another site makes a browser send, whether or not that page could read the
// answer. Browsers say so in Sec-Fetch-Site, and older ones in Origin.
func (s sites) refuseOthers(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if refused := s.check(req); refused != nil {
			refused.write(w, typeJSON)
			return
		}
		next.ServeHTTP(w, req)
	})
}

func (s sites) check(req *http.Request) *refusal {
	origins := req.Header.Values("Origin")
	if len(origins) == 1 && slices.Contains(s.origins, origins[0]) {
		return nil // whatever the site is: browsers alone write this header, so the page is the one that is allowed
	}
	for _, site := range req.Header.Values("Sec-Fetch-Site") {
		switch site {
		case "same-origin", "none": // a page of this server, or a user who typed the address
		default:
			return forbidden("a page of another site sent this request (Sec-Fetch-Site: " + quote(site) +
				"); send it from a page of this server, or from a program without this header")
		}
	}
	for _, origin := range origins {
		if !s.isOwnOrigin(origin, req) {
			return forbidden("a page of another origin sent this request (Origin: " + quote(origin) +
				"); send it from a page of this server, whose further host names --host allows, from a page that --cors-origin allows, " +
				"or from a program without this header")
		}
	}
	return nil
}

func forbidden(message string) *refusal {
	return refuse(http.StatusForbidden, resolvers.CodeForbidden, message)
}

// isOwnOrigin reports whether an Origin header names this server: the host and port of the Host header, or one of the
// names that the operator has allowed, which may have a port. A reverse proxy need not pass the Host header on. Where
// clients encrypt their requests, a page that was not encrypted is none of this server's.
func (s sites) isOwnOrigin(origin string, req *http.Request) bool {
	from, err := url.Parse(origin)
	if err != nil || from.Host == "" { // such as "null", which sandboxed pages send
		return false
	}
	port := defaultPorts[from.Scheme]
	if port == "" || from.Scheme == "http" && isEncrypted(req) {
		return false
	}
	own := func(name string) bool { return hostAndPort(name, port) == hostAndPort(from.Host, port) }
	return own(req.Host) || slices.ContainsFunc(s.names, own)
}

var defaultPorts = map[string]string{"http": "80", "https": "443"}

// hostAndPort normalises a host with an optional port.
func hostAndPort(host, defaultPort string) string {
	_, port, err := net.SplitHostPort(host)
	if err != nil || port == "" {
		port = defaultPort
	}
	return strings.ToLower(net.JoinHostPort(hostName(host), port))
}

// customHeaders are headers that pages of other sites cannot set without asking this server first, which it never
// allows. Clients of Apollo send theirs.
var customHeaders = []string{"GraphQL-Require-Preflight", "Apollo-Require-Preflight", "X-Apollo-Operation-Name", "X-Requested-With"}

// requireCustomHeader refuses a GET that a page of another site could have made an old browser send.
func requireCustomHeader(header http.Header) *refusal {
	if header.Get("Sec-Fetch-Site") != "" { // checkSite has allowed it
		return nil
	}
	for _, name := range customHeaders {
		if header.Get(name) != "" {
			return nil
		}
	}
	const bearer = "bearer " // no browser adds such a token by itself, as it does passwords
	if login := header.Get("Authorization"); len(login) > len(bearer) && strings.EqualFold(login[:len(bearer)], bearer) {
		return nil
	}
	if kind, _, err := mime.ParseMediaType(header.Get("Content-Type")); err == nil && kind == typeJSON {
		return nil
	}
	return forbidden(`a GET must show that no page of another site sent it; add the header "GraphQL-Require-Preflight: 1", ` +
		`or send the query by POST as application/json`)
}
