package httpapi

import (
	"net/http"

	"decnetgraph/auth"
	"decnetgraph/observe"
	"decnetgraph/web"
)

// Site is what a server serves, and to whom.
type Site struct {
	API      http.Handler // what NewHandler returns
	Database Database
	Hosts    []string          // names of the server besides those of loopback addresses
	Observer *observe.Observer // watches all requests; nil if nobody does
	// Authenticator says who sends a request of the API and for its schema. Without one nobody may use them.
	Authenticator auth.Authenticator
}

// Routes is the whole server: the API at /graphql, the text of its schema at /schema.graphql, the GraphiQL page at
// /graphiql/ and the health checks at /healthz and /readyz. It refuses requests for host names that are neither loopback names nor among Hosts, requests
// with a long URL or long headers, and requests from pages of other sites where an answer costs anything.
func (s Site) Routes() http.Handler {
	hosts := s.Hosts
	api := refuseOtherSites(hosts, authenticate(s.Authenticator, s.API))
	mux := http.NewServeMux()
	mux.Handle("/graphql", api)
	mux.Handle("/graphql/{$}", api)
	mux.Handle("GET /schema.graphql", refuseOtherSites(hosts, authenticate(s.Authenticator, http.HandlerFunc(schemaText))))
	mux.Handle("/graphiql/", http.StripPrefix("/graphiql", web.Handler()))
	mux.HandleFunc("GET /graphiql", redirect("/graphiql/"))
	mux.HandleFunc("GET /{$}", redirect("/graphiql/"))
	mux.HandleFunc("GET /healthz", live)
	mux.Handle("GET /readyz", refuseOtherSites(hosts, ready(s.Database)))
	return observed(s.Observer, requireKnownHost(hosts, requireSizes(noteRoute(mux))))
}

func redirect(to string) http.HandlerFunc {
	return func(w http.ResponseWriter, req *http.Request) { http.Redirect(w, req, to, http.StatusFound) }
}
