package httpapi

import (
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"time"
)

// pace is how fast a client must send its request and take the answer. A client that is slower is cut off, however
// long operations may take, because it holds the memory of its request or answer meanwhile.
type pace struct {
	bytes  int           // of a body or an answer, that each period must bring
	period time.Duration // also the longest time for the headers
	upload time.Duration // longest time for a whole body

	cutOff func(client string) // is called for a client that was cut off while it took an answer; may be nil
}

var defaultPace = pace{bytes: 64 << 10, period: 8 * time.Second, upload: time.Minute}

// pacedBody moves the read deadline of a connection while its body arrives at the pace. net/http has set the first
// deadline.
type pacedBody struct {
	body io.Reader
	conn *clientConn // nil for requests that did not come over one
	end  time.Time   // of the whole body
	read int         // since the deadline was moved
}

// newPacedBody returns the body of a request. The time for the whole body begins now.
func newPacedBody(req *http.Request) *pacedBody {
	b := &pacedBody{body: req.Body, conn: connectionOf(req)}
	if b.conn != nil {
		b.end = time.Now().Add(b.conn.pace.upload)
	}
	return b
}

// Read implements io.Reader. Its error is os.ErrDeadlineExceeded for a client that is too slow.
func (b *pacedBody) Read(p []byte) (int, error) {
	n, err := b.body.Read(p)
	if b.conn == nil {
		return n, err
	}
	if b.read += n; b.read >= b.conn.pace.bytes && err == nil {
		b.read = 0
		next := time.Now().Add(b.conn.pace.period)
		if next.After(b.end) {
			next = b.end
		}
		err = b.conn.SetReadDeadline(next)
	}
	return n, err
}

// endReadDeadline removes the read deadline, so that an operation may run longer than its request may take to arrive.
// While an operation runs, net/http keeps reading to notice that the client disconnects, and it would take the deadline
// for that.
func endReadDeadline(req *http.Request) {
	if conn := connectionOf(req); conn != nil {
		_ = conn.SetReadDeadline(time.Time{}) // on a closed connection; writing the answer fails next
	}
}

// writeAtPace writes buffers to a connection as long as its client takes them at the pace.
func (p pace) writeAtPace(conn net.Conn, buffers net.Buffers) (sent int64, err error) {
	for {
		if err = conn.SetWriteDeadline(time.Now().Add(p.period)); err != nil {
			return sent, err
		}
		n, err := writeOnce(conn, &buffers)
		sent += n
		if err != nil && n < int64(p.bytes) && isTimeout(err) && p.cutOff != nil {
			p.cutOff(conn.RemoteAddr().String())
		}
		if err == nil || n < int64(p.bytes) || !isTimeout(err) {
			return sent, err
		}
	}
}

// writeOnce writes buffers and takes away what it has written.
func writeOnce(conn net.Conn, buffers *net.Buffers) (int64, error) {
	if len(*buffers) > 1 {
		return buffers.WriteTo(conn)
	}
	n, err := conn.Write((*buffers)[0])
	(*buffers)[0] = (*buffers)[0][n:]
	return int64(n), err
}

func isTimeout(err error) bool {
	return errors.Is(err, os.ErrDeadlineExceeded)
}
