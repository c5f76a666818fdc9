package httpapi

import (
	"net/http"
	"time"

	"decnetgraph/auth"
	"decnetgraph/observe"
	"decnetgraph/web"
)

// Site is what a server serves, and to whom.
type Site struct {
	API      http.Handler // what NewHandler returns
	Database Database
	Version  string // of the server, which anybody may read

	// Authenticator says who sends a request of the API and for its schema. Without one nobody may use them.
	Authenticator auth.Authenticator

	Hosts            []string               // names of the server besides those of loopback addresses
	CertificateNames func(host string) bool // whether the TLS certificate is for a host; nil without TLS
	Origins          []string               // of pages of other sites that may use the API, see ParseOrigins
	BasePath         string                 // see ParseBasePath
	StrictTransport  time.Duration          // how long browsers shall use TLS alone, where this server encrypts; 0 says nothing

	// Stopping is closed when the server is about to stop. From then on it is not ready, and answers end their connections,
	// so that balancers and clients go elsewhere. It may be nil.
	Stopping <-chan struct{}

	Observer *observe.Observer // watches all requests; nil if nobody does

	Proxies   Proxies // whose headers are believed
	ClearText bool    // whether other machines than proxies are refused unless they encrypt
}

// Routes is the whole server: the API at /graphql, the text of its schema at /schema.graphql, the GraphiQL page at
// /graphiql/, and the health checks at /healthz, /readyz and /version, which anybody may ask for. Other requests are
// refused if they name an unknown host, have a long URL or long headers, or come from pages of other sites where an answer
// costs anything.
func (s Site) Routes() http.Handler {
	own := sites{s.Hosts, s.Origins}
	guarded := func(h http.Handler) http.Handler {
		return own.refuseOthers(own.allowOrigins(authenticate(s.Authenticator, h)))
	}
	mux := http.NewServeMux()
	mux.Handle("/graphql", guarded(s.API))
	mux.Handle("/graphql/{$}", guarded(s.API))
	mux.Handle("GET /schema.graphql", guarded(http.HandlerFunc(schemaText)))
	mux.Handle("OPTIONS /schema.graphql", guarded(http.HandlerFunc(options)))
	mux.Handle("/graphiql/", http.StripPrefix("/graphiql", web.Handler()))
	mux.HandleFunc("GET /graphiql", redirect(s.BasePath+"/graphiql/"))
	mux.HandleFunc("GET /{$}", redirect(s.BasePath+"/graphiql/"))

	checks := http.NewServeMux()
	checks.HandleFunc("GET /healthz", live)
	checks.Handle("GET /readyz", own.refuseOthers(&readiness{database: s.Database, stopping: s.Stopping}))
	checks.HandleFunc("GET /version", versionOf(s.Version))
	checks.Handle("/", s.fromClients(noteRoute(mux)))
	return observed(s.Observer, secure(s.StrictTransport, s.endConnections(requireSizes(below(s.BasePath, noteRoute(checks))))))
}

// fromClients is a handler for requests of clients that are allowed to connect, for hosts of this server. A proxy that is
// trusted reports a further host, which must be one of this server's, too: a page can make some proxies report any.
func (s Site) fromClients(next http.Handler) http.Handler {
	if len(s.Proxies) > 0 || s.ClearText {
		next = s.Proxies.believe(s.ClearText, s.requireKnownHost(next))
	}
	return s.requireKnownHost(next)
}

// endConnections ends the connections of answers while the server is about to stop.
func (s Site) endConnections(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if isClosed(s.Stopping) {
			w.Header()["Connection"] = []string{"close"}
		}
		next.ServeHTTP(w, req)
	})
}

func isClosed(channel <-chan struct{}) bool {
	select {
	case <-channel:
		return true
	default:
		return false
	}
}

func redirect(to string) http.HandlerFunc {
	return func(w http.ResponseWriter, req *http.Request) { http.Redirect(w, req, to, http.StatusFound) }
}

// options answers what may be done with a resource that is only read.
func options(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Allow", "GET, HEAD, OPTIONS") }
