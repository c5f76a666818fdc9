package httpapi

import (
	"net/http"
	"strconv"
	"time"
)

// Headers of every answer. An answer is data for programs: a browser that is led to it shows it as it is, without scripts,
// and in no frame. The GraphiQL page has a policy of its own, see web.Handler. Pages of other origins that --cors-origin
// allows can read answers nevertheless, because Cross-Origin-Resource-Policy is about requests without CORS.
var (
	answerPolicy = []string{"default-src 'none'; frame-ancestors 'none'"}
	noReferrer   = []string{"no-referrer"}
	sameOrigin   = []string{"same-origin"}
)

// secure sets the headers of every answer. strict is how long browsers shall use nothing but TLS for this host; it is sent
// only if this server itself encrypts.
func secure(strict time.Duration, next http.Handler) http.Handler {
	strictHeader := []string{"max-age=" + strconv.Itoa(int(strict.Seconds()))}
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		header := w.Header()
		header["Content-Security-Policy"] = answerPolicy
		header["Cross-Origin-Resource-Policy"] = sameOrigin
		header["Referrer-Policy"] = noReferrer
		header["X-Content-Type-Options"] = noSniff
		if req.TLS != nil && strict > 0 && !IsLoopback(hostName(req.Host)) {
			header["Strict-Transport-Security"] = strictHeader
		}
		next.ServeHTTP(w, req)
	})
}
