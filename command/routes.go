package command

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"decnetgraph/storage"
	"decnetgraph/web"
)

// routes puts the API, its page and the health checks under their paths.
func routes(api http.Handler, store *storage.Store, hosts []string) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/graphql", api)
	mux.Handle("/graphiql/", http.StripPrefix("/graphiql", web.Handler()))
	mux.HandleFunc("GET /graphiql", redirect("/graphiql/"))
	mux.HandleFunc("GET /{$}", redirect("/graphiql/"))
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { health(w, http.StatusOK, "ok") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, req *http.Request) {
		ctx, cancel := context.WithTimeout(req.Context(), 2*time.Second)
		defer cancel()
		if store.Ping(ctx) != nil {
			health(w, http.StatusServiceUnavailable, "database unavailable")
			return
		}
		health(w, http.StatusOK, "ok")
	})
	return knownHost(hosts, mux)
}

func redirect(to string) http.HandlerFunc {
	return func(w http.ResponseWriter, req *http.Request) { http.Redirect(w, req, to, http.StatusFound) }
}

func health(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]string{"status": text})
}

// hostName is the name in a Host header, without port, brackets and trailing dot.
func hostName(header string) string {
	host, _, err := net.SplitHostPort(header)
	if err != nil {
		host = strings.Trim(header, "[]")
	}
	return strings.TrimSuffix(host, ".")
}

// knownHost refuses requests that name another host: a page of a stranger, opened in a browser on
// this machine, could otherwise have its own name resolve to this server and read the answers.
func knownHost(names []string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		host := hostName(req.Host)
		if !loopback(host) && !slices.ContainsFunc(names, func(name string) bool { return strings.EqualFold(hostName(name), host) }) {
			health(w, http.StatusMisdirectedRequest, "unknown host name; allow it with --host")
			return
		}
		next.ServeHTTP(w, req)
	})
}
