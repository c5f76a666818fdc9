package httpapi

import (
	"context"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// busyConnections counts the connections that have a request, or may have one: those of which nothing was read since they were
// accepted, and those with a request that is not answered. note is the ConnState of a server.
type busyConnections struct{ count atomic.Int64 }

func (b *busyConnections) note(conn net.Conn, state http.ConnState) {
	plain := plainOf(conn)
	busy := state == http.StateNew || state == http.StateActive
	if plain == nil || plain.busy == busy {
		return
	}
	plain.busy = busy // net/http reports the states of a connection one after the other
	if busy {
		b.count.Add(1)
	} else {
		b.count.Add(-1)
	}
}

// leaveInterval is the time between two looks at the connections of a server that stops.
const leaveInterval = 5 * time.Millisecond

// leave waits until the connections that a server has accepted are answered, or ctx ends. The server must accept no others
// any more. Each answer ends its connection, those that are idle are closed, and so are new ones that send nothing for 5
// seconds. http.Server.Shutdown alone would do the same, but it drops requests that are read after it was called.
func (b *busyConnections) leave(ctx context.Context, server *http.Server) {
	look := time.NewTicker(leaveInterval)
	defer look.Stop()
	for {
		server.SetKeepAlivesEnabled(false) // also closes those that are idle now
		if b.count.Load() == 0 {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-look.C:
		}
	}
}

// closedOnce is a listener that may be closed again: net/http does so, when another program may have its address already.
type closedOnce struct {
	net.Listener

	end func() error
}

func closeOnce(listener net.Listener) closedOnce {
	return closedOnce{listener, sync.OnceValue(listener.Close)}
}

// Close implements net.Listener.
func (l closedOnce) Close() error { return l.end() }
