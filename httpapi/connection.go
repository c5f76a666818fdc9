package httpapi

import (
	"context"
	"net"
	"net/http"
)

// wrapConnections makes a server send each answer that is not compressed in one write to the network, and cut off
// clients that do not keep the pace. By itself, net/http writes the 4 KB that its buffer holds and then the rest,
// which is one more system call and wakes the client twice. It sets the server's ConnContext; the server must serve
// the listener that is returned.
func wrapConnections(server *http.Server, listener net.Listener, p pace) net.Listener {
	server.ConnContext = func(ctx context.Context, conn net.Conn) context.Context {
		return context.WithValue(ctx, connectionKey{}, conn)
	}
	return clientListener{listener, p}
}

type connectionKey struct{}

// connectionOf returns the connection of a request, or nil if it is not one of wrapConnections.
func connectionOf(req *http.Request) *clientConn {
	conn, _ := req.Context().Value(connectionKey{}).(*clientConn)
	return conn
}

// holdWrites holds back what is written for a request. The caller calls release when the answer is complete,
// which sends everything. Where the connection is not one of wrapConnections, writes are sent as they come.
func holdWrites(w http.ResponseWriter, req *http.Request) (release func()) {
	conn := connectionOf(req)
	if conn == nil {
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

// clientListener accepts connections whose clients must keep the pace.
type clientListener struct {
	net.Listener

	pace pace
}

// Accept implements net.Listener.
func (l clientListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &clientConn{Conn: conn, pace: l.pace}, nil
}

// clientConn is a connection that can hold back writes, and fails those that its client does not take at the pace.
// It needs no lock: only the goroutine that answers the request writes.
type clientConn struct {
	net.Conn

	pace    pace
	holding bool
	held    []byte
}

// maxHeld is the most bytes that are held back, which is more than the server's buffer. A longer write is sent
// together with what is held, without copying it.
const maxHeld = 8 << 10

// Write implements io.Writer.
func (c *clientConn) Write(p []byte) (int, error) {
	if c.holding && len(c.held)+len(p) <= maxHeld {
		c.held = append(c.held, p...)
		return len(p), nil
	}
	buffers := net.Buffers{p}
	if len(c.held) > 0 {
		buffers = net.Buffers{c.held, p}
	}
	sent, err := c.pace.writeAtPace(c.Conn, buffers)
	sent = max(sent-int64(len(c.held)), 0)
	c.held = c.held[:0]
	return int(sent), err
}

// release sends what is held and stops holding. If that fails it closes the connection: net/http believes that
// the held bytes were sent, and would go on with the next request.
func (c *clientConn) release() {
	c.holding = false
	if len(c.held) == 0 {
		return
	}
	if _, err := c.pace.writeAtPace(c.Conn, net.Buffers{c.held}); err != nil {
		_ = c.Close()
	}
	c.held = c.held[:0]
}

// CloseWrite closes the connection's writing half. net/http calls it to end the connection of a client whose
// request it does not read to the end.
func (c *clientConn) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return nil
}
