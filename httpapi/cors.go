package httpapi

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/rs/cors"

	"decnetgraph/resolvers"
	"decnetgraph/storage"
)

// corsAge is how many seconds a browser may remember what a preflight allowed. Chromium remembers two hours at most.
const corsAge = 7200

// ParseOrigins reads the origins of pages of other sites, such as https://ui.example.org or http://localhost:5173, and
// returns them as browsers send them. Its error is storage.ErrInvalid.
func ParseOrigins(texts []string) ([]string, error) {
	var origins []string
	for _, text := range texts {
		from, err := url.Parse(text)
		switch {
		case strings.Contains(text, "*") || text == "null":
			return nil, storage.Invalid("the origin %q is none of a single site; name each site by itself, such as https://ui.example.org", text)
		case err != nil || defaultPorts[from.Scheme] == "" || from.Hostname() == "" || from.User != nil || strings.Trim(text[len(from.Scheme):], ":/") != from.Host:
			return nil, storage.Invalid("%q is not an origin such as https://ui.example.org or http://localhost:5173, without a path", text)
		}
		host := strings.ToLower(from.Host)
		if port := from.Port(); port == "" || port == defaultPorts[from.Scheme] {
			host = strings.TrimSuffix(host, ":"+port)
		}
		if origin := from.Scheme + "://" + host; !slices.Contains(origins, origin) {
			origins = append(origins, origin)
		}
	}
	return origins, nil
}

// allowOrigins lets pages of the origins that refuseOthers allows read answers. It answers their preflights itself, before
// anything that needs a login, because browsers send none with them. Logins are tokens in a header, never cookies, so no
// credentials are allowed: a browser sends only what the page gives it.
func (s sites) allowOrigins(next http.Handler) http.Handler {
	if len(s.origins) == 0 {
		return next
	}
	return cors.New(cors.Options{
		AllowedOrigins: s.origins,
		AllowedMethods: []string{http.MethodGet, http.MethodHead, http.MethodPost},
		AllowedHeaders: append([]string{
			"Accept", "Authorization", "Cache-Control", "Content-Type", "If-None-Match", resolvers.ConsistencyHeader, resolvers.CostHeader,
			"Apollographql-Client-Name", "Apollographql-Client-Version", "X-Apollo-Operation-Id", "X-Apollo-Operation-Type",
			"Baggage", "Traceparent", "Tracestate", "X-Request-Id",
		}, customHeaders...),
		ExposedHeaders:      []string{"ETag", "Retry-After", "WWW-Authenticate", resolvers.ConsistencyHeader, "Traceresponse", "X-Request-Id"},
		MaxAge:              corsAge,
		AllowPrivateNetwork: true,
	}).Handler(next)
}
