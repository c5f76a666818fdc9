package httpapi

import (
	"net/http"
	"slices"
	"strings"

	"decnetgraph/storage"
)

// ParseBasePath reads the path below which a server is reached, such as /decnet-graph, and returns it without a slash at
// its end; empty stands for none. Its error is storage.ErrInvalid.
func ParseBasePath(text string) (string, error) {
	path := strings.TrimRight(text, "/")
	if path == "" {
		return "", nil
	}
	const allowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/"
	segments := strings.Split(path, "/")
	switch {
	case segments[0] != "" || strings.ContainsFunc(path, func(r rune) bool { return !strings.ContainsRune(allowed, r) }):
		return "", storage.Invalid("the base path %q does not begin with a slash, or has other characters than letters, digits and -._~/; "+
			"write it like /decnet-graph", text)
	case slices.ContainsFunc(segments[1:], func(segment string) bool { return strings.Trim(segment, ".") == "" }):
		return "", storage.Invalid("the base path %q has an empty segment, or one of dots alone; write it like /decnet-graph", text)
	case slices.Contains(ownPaths, segments[1]):
		return "", storage.Invalid("the base path %q is a path of this server itself; choose another, such as /decnet-graph", text)
	}
	return path, nil
}

// ownPaths are the first segments of the paths that Routes serves.
var ownPaths = []string{"graphql", "graphiql", "schema.graphql", "healthz", "readyz", "version"}

// below serves a handler below a base path as well as without it, because some reverse proxies take the path off and some
// do not. Redirects have it in both cases.
func below(base string, next http.Handler) http.Handler {
	if base == "" {
		return next
	}
	stripped := http.StripPrefix(base, next)
	home := redirect(base + "/graphiql/")
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		switch {
		case req.URL.Path == base:
			home(w, req)
		case strings.HasPrefix(req.URL.Path, base+"/"):
			stripped.ServeHTTP(w, req)
		default:
			next.ServeHTTP(w, req)
		}
	})
}
