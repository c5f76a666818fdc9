package httpapi

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"decnetgraph/storage"
)

// RequireLoopback refuses an address to listen on that other machines could reach, because the server does not
// authenticate anybody yet. Its error is storage.ErrInvalid.
func RequireLoopback(address string) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return storage.Invalid("%q is not an address such as 127.0.0.1:8080", address)
	}
	if !isLoopback(host) {
		return storage.Invalid("refusing to listen on %s: without authentication only loopback addresses such as 127.0.0.1:8080 are safe", address)
	}
	return nil
}

// requireKnownHost refuses requests whose Host header names another host. A foreign page that is open in a
// browser on this machine could otherwise have its own name resolve to this server and read the answers.
func requireKnownHost(names []string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		host := hostName(req.Host)
		if !isLoopback(host) && !slices.ContainsFunc(names, func(name string) bool { return strings.EqualFold(hostName(name), host) }) {
			writeStatus(w, http.StatusMisdirectedRequest, "unknown host name; allow it with --host")
			return
		}
		next.ServeHTTP(w, req)
	})
}

// hostName is the name in a Host header, without port, brackets and trailing dot.
func hostName(header string) string {
	host, _, err := net.SplitHostPort(header)
	if err != nil {
		host = strings.Trim(header, "[]")
	}
	return strings.TrimSuffix(host, ".")
}

func isLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}
