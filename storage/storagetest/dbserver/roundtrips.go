package dbserver

import (
	"io"
	"net"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
)

// RoundTrips is a proxy before a server of PostgreSQL. It counts how often a client sends something after an answer, on all
// connections together.
type RoundTrips struct {
	// URL is that of the database, by way of the proxy.
	URL string

	server string
	count  atomic.Int64
}

// CountRoundTrips starts a proxy before the server of a database, which stops when the test ends.
func CountRoundTrips(tb testing.TB, database string) *RoundTrips {
	tb.Helper()
	to, err := url.Parse(database)
	require.NoError(tb, err)
	listener, err := new(net.ListenConfig).Listen(tb.Context(), "tcp", "127.0.0.1:0")
	require.NoError(tb, err)
	r := &RoundTrips{server: to.Host}
	to.Host = listener.Addr().String()
	r.URL = to.String()
	var serving sync.WaitGroup
	serving.Go(func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			serving.Go(func() { r.serve(client) })
		}
	})
	tb.Cleanup(func() { // after the clients have closed their connections
		_ = listener.Close()
		serving.Wait()
	})
	return r
}

// Take returns the number of round trips since the last call.
func (r *RoundTrips) Take() int { return int(r.count.Swap(0)) }

// serve passes on what one client and the server send to each other.
func (r *RoundTrips) serve(client net.Conn) {
	defer client.Close()
	server, err := net.Dial("tcp", r.server) //nolint:noctx // the proxy ends with its clients
	if err != nil {
		return
	}
	defer server.Close()
	var answered atomic.Bool
	answered.Store(true)
	var passing sync.WaitGroup
	passing.Go(func() {
		pass(client, server, func() {
			if answered.Swap(false) {
				r.count.Add(1)
			}
		})
		_ = server.Close()
	})
	passing.Go(func() {
		pass(server, client, func() { answered.Store(true) })
		_ = client.Close()
	})
	passing.Wait()
}

// pass copies what one side sends to the other, and calls note before each piece.
func pass(from io.Reader, to io.Writer, note func()) {
	const most = 1 << 20 // more than a client sends at once
	piece := make([]byte, most)
	for {
		n, err := from.Read(piece)
		if n > 0 {
			note()
			if _, err := to.Write(piece[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}
