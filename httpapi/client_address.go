package httpapi

import (
	"context"
	"net/http"
	"net/netip"
)

type clientAddressKey struct{}

// withClientAddress returns a context for the requests of a client whose address is not that of the connection, because
// a trusted proxy sends the request.
func withClientAddress(ctx context.Context, address netip.Addr) context.Context {
	return context.WithValue(ctx, clientAddressKey{}, address)
}

// ClientAddress is the address of the client that sent a request, without zone and never an IPv4 address inside IPv6. It is
// the zero Addr if it is not known, as on a Unix socket.
func ClientAddress(req *http.Request) netip.Addr {
	address, isSet := req.Context().Value(clientAddressKey{}).(netip.Addr)
	if !isSet {
		connection, err := netip.ParseAddrPort(req.RemoteAddr)
		if err != nil {
			return netip.Addr{}
		}
		address = connection.Addr()
	}
	return address.Unmap().WithZone("")
}
