package httpapi

import (
	"net/http"

	"decnetgraph/web"
)

// Routes is the whole server: the API at /graphql, the text of its schema at /schema.graphql, the GraphiQL page at
// /graphiql/ and the health checks at /healthz and /readyz. It refuses requests for host names that are neither loopback names nor among hosts, requests
// with a long URL or long headers, and requests from pages of other sites where an answer costs anything.
func Routes(api http.Handler, database Database, hosts []string) http.Handler {
	api = refuseOtherSites(hosts, api)
	mux := http.NewServeMux()
	mux.Handle("/graphql", api)
	mux.Handle("/graphql/{$}", api)
	mux.Handle("GET /schema.graphql", refuseOtherSites(hosts, http.HandlerFunc(schemaText)))
	mux.Handle("/graphiql/", http.StripPrefix("/graphiql", web.Handler()))
	mux.HandleFunc("GET /graphiql", redirect("/graphiql/"))
	mux.HandleFunc("GET /{$}", redirect("/graphiql/"))
	mux.HandleFunc("GET /healthz", live)
	mux.Handle("GET /readyz", refuseOtherSites(hosts, ready(database)))
	return requireKnownHost(hosts, requireSizes(mux))
}

func redirect(to string) http.HandlerFunc {
	return func(w http.ResponseWriter, req *http.Request) { http.Redirect(w, req, to, http.StatusFound) }
}
