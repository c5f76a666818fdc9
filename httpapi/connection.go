package httpapi

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"sync"
)

// wrapConnections returns a listener whose connections send each answer that is not compressed in one write to the
// network, and cut off clients that do not keep the pace. By itself, net/http writes the 4 KB that its buffer holds and
// then the rest, which is one more system call and wakes the client twice. The server of the listener needs
// withConnection as its ConnContext. config is nil for clear text.
func wrapConnections(listener net.Listener, config *tls.Config, p pace) net.Listener {
	plain := clientListener{listener, p}
	if config != nil {
		return encryptedListener{plain, config}
	}
	return plain
}

// withConnection is the ConnContext of a server: it lets connectionOf find the connection of a request.
func withConnection(ctx context.Context, conn net.Conn) context.Context {
	return context.WithValue(ctx, connectionKey{}, conn)
}

type connectionKey struct{}

// connectionOf returns the connection of a request, or nil if it is not one of wrapConnections. Under TLS it is the one
// below the encryption, which sees the bytes that the network takes.
func connectionOf(req *http.Request) *clientConn {
	conn, _ := req.Context().Value(connectionKey{}).(net.Conn)
	return plainOf(conn)
}

// plainOf returns the connection below the encryption, or nil if it is not one of wrapConnections.
func plainOf(conn net.Conn) *clientConn {
	if encrypted, ok := conn.(*tls.Conn); ok {
		conn = encrypted.NetConn()
	}
	plain, _ := conn.(*clientConn)
	return plain
}

// holdWrites holds back what is written for a request. The caller calls release when the answer is complete,
// which sends everything. Where the connection is not one of wrapConnections, writes are sent as they come.
func holdWrites(w http.ResponseWriter, req *http.Request) (release func()) {
	conn := connectionOf(req)
	if conn == nil {
		return func() {}
	}
	conn.hold()
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
	return &clientConn{Conn: conn, pace: l.pace, most: maxHeld}, nil
}

// encryptedListener is a clientListener whose connections are encrypted. net/http must get TLS connections as they are:
// it makes the handshake and lets handlers see the certificate of the client.
type encryptedListener struct {
	clientListener

	config *tls.Config
}

// Accept implements net.Listener.
func (l encryptedListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return tls.Server(&clientConn{Conn: conn, pace: l.pace, most: maxHeldRecords}, l.config), nil
}

// clientConn is a connection that can hold back writes, and fails those that its client does not take at the pace.
type clientConn struct {
	net.Conn

	pace pace
	most int  // bytes that are held back
	busy bool // counted by busyConnections

	// mu is locked while something is written. Without TLS only the goroutine that answers the request writes, but under
	// TLS the one that reads may, too, when the client asks for new keys.
	mu      sync.Mutex
	holding bool
	held    []byte
}

// The most bytes that are held back. A longer write is sent together with what is held, without copying it. maxHeld is
// more than the server's buffer. TLS writes a large answer in records of 16 KiB; maxHeldRecords makes several of them one
// write, so that the pace applies as it does without TLS.
const (
	maxHeld        = 8 << 10
	maxHeldRecords = 64 << 10
)

// hold begins to hold back writes.
func (c *clientConn) hold() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.holding = true
}

// Write implements io.Writer.
func (c *clientConn) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.holding && len(c.held)+len(p) <= c.most {
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
	c.mu.Lock()
	defer c.mu.Unlock()
	c.holding = false
	if len(c.held) == 0 {
		return
	}
	if _, err := c.pace.writeAtPace(c.Conn, net.Buffers{c.held}); err != nil {
		_ = c.Close()
	}
	c.held = c.held[:0]
	if cap(c.held) > 2*maxHeld { // an idle connection keeps little memory
		c.held = nil
	}
}

// CloseWrite closes the connection's writing half. net/http calls it to end the connection of a client whose
// request it does not read to the end.
func (c *clientConn) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return nil
}
