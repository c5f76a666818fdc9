package resolverstest

import (
	"net/http"

	"decnetgraph/auth"
)

// As serves all requests as those of a principal.
func As(principal *auth.Principal, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		next.ServeHTTP(w, req.WithContext(auth.With(req.Context(), principal)))
	})
}

// AsLocal serves all requests as a server does that runs without authentication.
func AsLocal(next http.Handler) http.Handler { return As(auth.Local, next) }
