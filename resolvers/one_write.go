package resolvers

import (
	"context"
	"net"
	"net/http"
)

// InOneWrite has a server hand each answer that is not compressed to the network as a whole. By itself it writes
// what its buffer of 4 KB holds, then the rest: one more system call, and a client that is woken twice. The server
// is to serve the listener that it gives, with the ConnContext that it sets.
func InOneWrite(server *http.Server, listener net.Listener) net.Listener {
	server.ConnContext = func(ctx context.Context, conn net.Conn) context.Context {
		return context.WithValue(ctx, connectionKey{}, conn)
	}
	return holdingListener{listener}
}

type connectionKey struct{}

// hold keeps what is written for a request until the function that it gives is called, which ends the answer.
func hold(w http.ResponseWriter, req *http.Request) (release func()) {
	conn, ok := req.Context().Value(connectionKey{}).(*holdingConn)
	if !ok {
		return func() {}
	}
	conn.holding = true
	return func() {
		if w.Header().Get("Content-Length") != "" { // otherwise net/http has yet to write the last, empty chunk
			_ = http.NewResponseController(w).Flush()
		}
		conn.release()
	}
}

type holdingListener struct{ net.Listener }

// Accept implements net.Listener.
func (l holdingListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &holdingConn{Conn: conn}, nil
}

// holdingConn is a connection that can hold back what is written. Only who answers a request writes to it.
type holdingConn struct {
	net.Conn

	holding bool
	held    []byte
}

// mostHeld is more than the server's buffer. What is longer is not copied.
const mostHeld = 8 << 10

// Write implements io.Writer.
func (c *holdingConn) Write(p []byte) (int, error) {
	if c.holding && len(c.held)+len(p) <= mostHeld {
		c.held = append(c.held, p...)
		return len(p), nil
	}
	if len(c.held) == 0 {
		return c.Conn.Write(p)
	}
	both := net.Buffers{c.held, p}
	sent, err := both.WriteTo(c.Conn)
	sent = max(sent-int64(len(c.held)), 0)
	c.held = c.held[:0]
	return int(sent), err
}

// release writes what is held, and holds no more. It closes a connection that fails: net/http takes what was held
// for sent, and would go on with the next request.
func (c *holdingConn) release() {
	c.holding = false
	if len(c.held) == 0 {
		return
	}
	if _, err := c.Conn.Write(c.held); err != nil {
		_ = c.Close()
	}
	c.held = c.held[:0]
}

// CloseWrite lets net/http tell a client whose request it does not read to the end that no more will come.
func (c *holdingConn) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return nil
}
