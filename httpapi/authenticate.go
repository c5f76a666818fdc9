package httpapi

import (
	"errors"
	"fmt"
	"math"
	"net/http"
	"strconv"

	"decnetgraph/auth"
	"decnetgraph/resolvers"
)

// authenticate serves only requests that prove who sent them, and puts the principal into their context. Others are refused
// before their body is read. Requests with the method OPTIONS ask what may be sent, so they prove nothing and reach next
// without a principal. Without an authenticator no request gets one, so that next refuses those that need it.
func authenticate(authenticator auth.Authenticator, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if authenticator == nil || req.Method == http.MethodOptions {
			next.ServeHTTP(w, req)
			return
		}
		principal, err := authenticator.Authenticate(req)
		if err != nil {
			wanted, _ := chooseForm(req.Header)
			refuseLogin(err).with("Cache-Control", "no-store").writeEarly(w, req, wanted.contentType)
			return
		}
		next.ServeHTTP(w, req.WithContext(auth.With(req.Context(), principal)))
	})
}

// refuseLogin is the answer to a request that the authenticator refuses. All that prove nothing get the same.
func refuseLogin(err error) *refusal {
	forbidden, isForbidden := errors.AsType[auth.ForbiddenError](err)
	tooMany, isTooMany := errors.AsType[auth.TooManyFailuresError](err)
	switch {
	case errors.Is(err, auth.ErrUnauthenticated):
		return refuse(http.StatusUnauthorized, resolvers.CodeUnauthenticated, auth.ErrUnauthenticated.Error()).with("WWW-Authenticate", "Bearer")
	case isForbidden:
		return refuse(http.StatusForbidden, resolvers.CodeForbidden, forbidden.Message)
	case isTooMany:
		seconds := max(1, int(math.Ceil(tooMany.RetryAfter.Seconds())))
		message := fmt.Sprintf("too many failed attempts to sign in; try again in %d seconds", seconds)
		return refuse(http.StatusTooManyRequests, resolvers.CodeLimitExceeded, message).with("Retry-After", strconv.Itoa(seconds))
	default:
		return refuse(http.StatusServiceUnavailable, resolvers.CodeUnavailable, "your credentials cannot be checked now; try again later")
	}
}
