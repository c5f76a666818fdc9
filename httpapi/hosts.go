package httpapi

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// requireKnownHost refuses requests whose Host header names another host than this server. A foreign page that is open in
// a browser on this network could otherwise have its own name resolve to this server and read the answers. Under TLS the
// names of the certificate are known, too, because browsers connect only to a name that it has.
func (s Site) requireKnownHost(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		host := hostName(req.Host)
		isHost := func(name string) bool { return strings.EqualFold(hostName(name), host) }
		switch {
		case IsLoopback(host), slices.ContainsFunc(s.Hosts, isHost), req.TLS != nil && s.CertificateNames != nil && s.CertificateNames(host):
			next.ServeHTTP(w, req)
		default:
			writeStatus(w, http.StatusMisdirectedRequest, "unknown host name; allow it with --host")
		}
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

// IsLoopback reports whether a host is localhost or a loopback address.
func IsLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}
