package httpapi

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"decnetgraph/resolvers"
)

// countingConn counts its writes. Those of several buffers at once go past it.
type countingConn struct {
	*net.TCPConn

	writes *atomic.Int64
}

func (c countingConn) Write(p []byte) (int, error) {
	c.writes.Add(1)
	return c.TCPConn.Write(p)
}

type countingListener struct {
	net.Listener

	writes *atomic.Int64
}

func (l countingListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return countingConn{conn.(*net.TCPConn), l.writes}, nil
}

// patient is a pace that no client of these tests fails to keep.
var patient = pace{bytes: 1, period: time.Minute, upload: time.Minute}

// wired serves a handler and gives the listener's end of the wire.
func wired(t *testing.T, handler http.Handler, p pace) (address string, writes *atomic.Int64) {
	t.Helper()
	writes = new(atomic.Int64)
	server := httptest.NewUnstartedServer(handler)
	server.Config.ReadTimeout = p.period
	server.Config.ConnContext = withConnection
	server.Listener = wrapConnections(countingListener{server.Listener, writes}, nil, p)
	server.Start()
	t.Cleanup(server.Close)
	return server.Listener.Addr().String(), writes
}

// changing is an executor that answers with a copy of its current data, because the handler recycles what it sends.
type changing struct {
	canned

	now atomic.Pointer[[]byte]
}

func (c *changing) DispatchOperation(ctx context.Context, _ *graphql.OperationContext) (graphql.ResponseHandler, context.Context) {
	return graphql.OneShot(&graphql.Response{Data: slices.Clone(*c.now.Load())}), ctx
}

func TestAnswersLeaveInOneWrite(t *testing.T) {
	const post = "POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 15\r\n\r\n" + `{"query":"{a}"}`
	const get = "GET /graphql?query={a} HTTP/1.1\r\nHost: localhost\r\nX-Requested-With: test\r\n"
	for fact, c := range map[string]struct {
		request     string
		least, most int   // bytes of data
		plain       int64 // writes of one buffer; any number up to 1 if negative
		empty       bool
	}{
		"a small answer":                  {request: post, least: 100, most: 100, plain: 1},
		"about as much as a buffer holds": {request: post, least: 3_800, most: 4_200, plain: 1},
		"more":                            {request: post, least: 7_000, most: 7_000, plain: 1},
		"about as much as is held":        {request: post, least: 7_900, most: 8_300, plain: -1},
		"a large one, as two buffers":     {request: post, least: 300_000, most: 300_000, plain: 0},
		"by GET":                          {request: get + "\r\n", least: 6_000, most: 6_000, plain: 1},
		"what the client has":             {request: get + "If-None-Match: *\r\n\r\n", least: 6_000, most: 6_000, plain: 1, empty: true},
	} {
		t.Run(fact, func(t *testing.T) {
			source := &changing{}
			address, writes := wired(t, newHandler(source, resolvers.DefaultLimits), patient)
			conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", address)
			require.NoError(t, err)
			defer conn.Close()
			require.NoError(t, conn.SetDeadline(time.Now().Add(time.Minute)))
			answers := bufio.NewReader(conn)
			for size := c.least; size <= c.most; size++ { // what is left on the connection would be the next one's
				data := []byte(`"` + strings.Repeat("a", size-2) + `"`)
				source.now.Store(&data)
				writes.Store(0)
				_, err = io.WriteString(conn, c.request)
				require.NoError(t, err)
				answer, err := http.ReadResponse(answers, nil)
				require.NoError(t, err)
				body, err := io.ReadAll(answer.Body)
				require.NoError(t, err)
				require.NoError(t, answer.Body.Close())
				if c.empty {
					require.Empty(t, body)
				} else {
					require.Equal(t, `{"data":`+string(data)+`}`, string(body))
				}
				if c.plain >= 0 {
					require.Equal(t, c.plain, writes.Load(), "%d bytes", size)
				} else {
					require.LessOrEqual(t, writes.Load(), int64(1), "%d bytes", size)
				}
			}
		})
	}
}

// TestCompressedAnswersArriveWhole: their length is not known before, so that their end comes after what is held.
func TestCompressedAnswersArriveWhole(t *testing.T) {
	data := nested(300_000)
	source := &changing{}
	source.now.Store(&data)
	address, _ := wired(t, newHandler(source, resolvers.DefaultLimits), patient)
	for range 2 {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+address+"/graphql", strings.NewReader(`{"query":"{a}"}`))
		require.NoError(t, err)
		request.Header.Set("Content-Type", "application/json")
		answer, err := http.DefaultClient.Do(request) // asks for gzip, and unpacks it
		require.NoError(t, err)
		assert.True(t, answer.Uncompressed)
		body, err := io.ReadAll(answer.Body)
		require.NoError(t, err)
		require.NoError(t, answer.Body.Close())
		assert.Equal(t, `{"data":`+string(data)+`}`, string(body))
	}
}

// broken takes half of what is written, and no more.
type broken struct {
	net.Conn

	taken          []byte
	closed, halved bool
}

func (b *broken) SetWriteDeadline(time.Time) error { return nil }

func (b *broken) Write(p []byte) (int, error) {
	b.taken = append(b.taken, p[:len(p)/2]...)
	return len(p) / 2, os.ErrDeadlineExceeded
}

func (b *broken) Close() error {
	b.closed = true
	return nil
}

func (b *broken) CloseWrite() error {
	b.halved = true
	return nil
}

func TestAnAnswerCutOffEndsTheConnection(t *testing.T) {
	wire := &broken{}
	conn := &clientConn{Conn: wire, pace: pace{bytes: 4, period: time.Minute}, most: maxHeld, holding: true}
	n, err := conn.Write([]byte("answer"))
	require.NoError(t, err)
	require.Equal(t, 6, n)
	conn.release()
	assert.Equal(t, "ans", string(wire.taken))
	assert.True(t, wire.closed)
	require.NoError(t, conn.CloseWrite())
	assert.True(t, wire.halved)
}
