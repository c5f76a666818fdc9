package httpapi

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"decnetgraph/storage"
)

// ClientAddress returns the address that a request came from: that of the connection, or the one that a trusted proxy
// reports. The peer of a unix socket is on this machine and has a loopback address. The address is never of IPv6 if it is
// one of IPv4, and has no zone; it is invalid only if the request has no address at all.
func ClientAddress(req *http.Request) netip.Addr {
	if seen, ok := req.Context().Value(clientKey{}).(*client); ok {
		return seen.address
	}
	return peerAddress(req)
}

// client is who sent a request, as a trusted proxy reports it.
type client struct {
	address   netip.Addr
	encrypted bool // whether the client encrypts what it sends to the proxy
}

// isEncrypted reports whether a client is known to encrypt its requests.
func isEncrypted(req *http.Request) bool {
	seen, ok := req.Context().Value(clientKey{}).(*client)
	return req.TLS != nil || ok && seen.encrypted
}

type clientKey struct{}

// peerAddress is the address of the connection.
func peerAddress(req *http.Request) netip.Addr {
	if at, err := netip.ParseAddrPort(req.RemoteAddr); err == nil {
		return at.Addr().Unmap().WithZone("")
	}
	if local, ok := req.Context().Value(http.LocalAddrContextKey).(net.Addr); ok && local.Network() == "unix" {
		return netip.AddrFrom4([4]byte{127, 0, 0, 1})
	}
	return netip.Addr{}
}

// Proxies are the networks of reverse proxies whose headers are believed.
type Proxies []netip.Prefix

// ParseProxies reads networks such as 10.0.0.0/8, or single addresses. Its error is storage.ErrInvalid.
func ParseProxies(texts []string) (Proxies, error) {
	var proxies Proxies
	for _, text := range texts {
		network, err := netip.ParsePrefix(text)
		if address, asAddress := netip.ParseAddr(text); asAddress == nil {
			network, err = address.Prefix(address.BitLen())
		}
		switch {
		case err != nil:
			return nil, storage.Invalid("the network of trusted proxies %q is neither an address nor a network such as 10.0.0.0/8", text)
		case network.Bits() == 0:
			return nil, storage.Invalid("the network of trusted proxies %s is every address, so that anybody could forge addresses; "+
				"name the network of the proxies", text)
		}
		proxies = append(proxies, network.Masked())
	}
	return proxies, nil
}

// trusts reports whether an address is one of the proxies.
func (p Proxies) trusts(address netip.Addr) bool {
	return slices.ContainsFunc(p, func(network netip.Prefix) bool { return network.Contains(address) })
}

// Bounds of what proxies report, so that a request with long headers costs little.
const (
	maxForwarded = 4 << 10 // bytes of all lines of a header
	maxHops      = 32
)

// believe is a handler for requests whose headers of proxies have been read: it sets the address for ClientAddress, and
// the host that the client asked for. Headers of all other senders are without effect. Where clearText is true, machines
// that are no proxies are refused, because what they send, such as tokens, is not encrypted.
func (p Proxies) believe(clearText bool, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		peer := peerAddress(req)
		trusted := p.trusts(peer)
		switch {
		case clearText && req.TLS == nil && !trusted && !peer.IsLoopback():
			forbidden("only the proxies that --trusted-proxy names may connect without encryption; connect to the proxy, by https").write(w, typeJSON)
		case !trusted:
			next.ServeHTTP(w, req)
		default:
			reported, host, refused := p.read(req.Header, peer)
			if refused != nil {
				refused.write(w, typeJSON)
				return
			}
			req = req.WithContext(context.WithValue(req.Context(), clientKey{}, reported))
			if host != "" {
				req.Host = host
			}
			next.ServeHTTP(w, req)
		}
	})
}

// read reads what a trusted proxy reports: who sent the request, and to which host, which is empty if it does not say.
// Where X-Forwarded-For and Forwarded are both there they must agree: a proxy that sets one of them may pass the other on
// as clients have sent it.
func (p Proxies) read(header http.Header, peer netip.Addr) (reported *client, host string, refused *refusal) {
	lists, standard := header.Values("X-Forwarded-For"), header.Values("Forwarded")
	reported = &client{address: peer, encrypted: strings.EqualFold(lastOf(header.Values("X-Forwarded-Proto")), "https")}
	host = lastOf(header.Values("X-Forwarded-Host"))
	if lengthOf(lists)+lengthOf(standard) > maxForwarded {
		return nil, "", badInput("the headers of the proxies are too long")
	}
	if len(lists) > 0 {
		reported.address = p.sender(splitList(lists), peer)
	}
	if len(standard) > 0 {
		last, hops := forwarded(standard)
		address := p.sender(hops, peer)
		if len(lists) > 0 && address != reported.address {
			return nil, "", badInput("X-Forwarded-For and Forwarded name different clients; configure the proxy to send one of them and to remove the other")
		}
		reported.address = address
		if last["proto"] != "" {
			reported.encrypted = strings.EqualFold(last["proto"], "https")
		}
		if last["host"] != "" {
			host = last["host"]
		}
	}
	return reported, host, nil
}

// sender returns the last address of a list that is not one of the proxies. Each proxy has appended the address that it
// saw, and what is before an address that cannot be read may be forged.
func (p Proxies) sender(hops []string, peer netip.Addr) netip.Addr {
	sender := peer
	for n, hop := range slices.Backward(hops) {
		address, ok := hopAddress(hop)
		if !ok || len(hops)-n > maxHops {
			break
		}
		if sender = address; !p.trusts(sender) {
			break
		}
	}
	return sender
}

// hopAddress reads an address with or without port and brackets.
func hopAddress(text string) (netip.Addr, bool) {
	text = strings.Trim(text, `"`)
	if at, err := netip.ParseAddrPort(text); err == nil {
		return at.Addr().Unmap().WithZone(""), true
	}
	address, err := netip.ParseAddr(strings.Trim(text, "[]"))
	return address.Unmap().WithZone(""), err == nil
}

// splitList returns the members of a header that is a list.
func splitList(lines []string) (members []string) {
	for member := range strings.SplitSeq(strings.Join(lines, ","), ",") {
		members = append(members, strings.TrimSpace(member))
	}
	return members
}

func lastOf(lines []string) string {
	line := strings.Join(lines, ",")
	return strings.TrimSpace(line[strings.LastIndexByte(line, ',')+1:])
}

// forwarded reads the header of RFC 7239: the addresses of its members, and the parameters of the last one.
func forwarded(lines []string) (last map[string]string, hops []string) {
	for _, member := range splitList(lines) {
		last = map[string]string{}
		for pair := range strings.SplitSeq(member, ";") {
			name, value, _ := strings.Cut(pair, "=")
			last[strings.ToLower(strings.TrimSpace(name))] = strings.Trim(strings.TrimSpace(value), `"`)
		}
		hops = append(hops, last["for"])
	}
	return last, hops
}

func lengthOf(lines []string) (size int) {
	for _, line := range lines {
		size += len(line)
	}
	return size
}
