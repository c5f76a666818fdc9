package httpapi

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"decnetgraph/graph/memory"
	"decnetgraph/resolvers"
)

// bound is how long these tests wait for an event that must come.
const bound = time.Minute

// hurried is a pace that a client fails to keep soon. The period leaves a busy machine seconds to read what was sent at once; the
// tests that wait for its end run beside each other.
var hurried = pace{bytes: 64 << 10, period: 3 * time.Second, upload: bound}

// dial connects to a server and sends a part of a request.
func dial(t *testing.T, address, text string) net.Conn {
	t.Helper()
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", address)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	require.NoError(t, conn.SetDeadline(time.Now().Add(bound)))
	_, err = io.WriteString(conn, text)
	require.NoError(t, err)
	return conn
}

// posting is the head of a POST with a body of a length.
func posting(length int) string {
	return fmt.Sprintf("POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n", length)
}

func TestHalfSentBodiesAreCutOff(t *testing.T) {
	t.Parallel()
	for fact, sent := range map[string]string{
		"nothing of the body": posting(100),
		"half of a small one": posting(100) + `{"query":`,
		"half of a large one": posting(1<<20) + `{"query":"` + strings.Repeat("x", 512<<10),
		"half of a chunk":     "POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n40\r\n{",
		"chunks without end":  "POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n",
	} {
		t.Run(fact, func(t *testing.T) {
			t.Parallel()
			h := newHandler(&canned{data: []byte(`1`)}, resolvers.DefaultLimits)
			address, _ := wired(t, h, hurried)
			conn := dial(t, address, sent)
			answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
			require.NoError(t, err)
			defer answer.Body.Close()
			assert.Equal(t, http.StatusRequestTimeout, answer.StatusCode)
			text, err := io.ReadAll(answer.Body)
			require.NoError(t, err)
			assert.Contains(t, string(text), `"code":"TIMEOUT"`)
			_, err = io.Copy(io.Discard, conn)
			assert.True(t, err == nil || !isTimeout(err), "the connection is closed")
			assert.Zero(t, h.bodies.Reserved())
		})
	}
}

func TestHalfSentBodiesOfRefusedRequestsAreCutOff(t *testing.T) {
	t.Parallel()
	address, _ := wired(t, newHandler(&canned{data: []byte(`1`)}, resolvers.DefaultLimits), hurried)
	for fact, sent := range map[string]string{
		"a form":              strings.Replace(posting(100), "application/json", "text/plain", 1) + "{",
		"too long":            posting(64<<20) + "{",
		"another method":      strings.Replace(posting(100), "POST", "PUT", 1) + "{",
		"waits for an answer": strings.Replace(posting(64<<20), "\r\n", "\r\nExpect: 100-continue\r\n", 1),
	} {
		t.Run(fact, func(t *testing.T) {
			t.Parallel()
			conn := dial(t, address, sent)
			answers := bufio.NewReader(conn)
			answer, err := http.ReadResponse(answers, nil)
			require.NoError(t, err)
			defer answer.Body.Close()
			assert.Contains(t, []int{http.StatusUnsupportedMediaType, http.StatusRequestEntityTooLarge, http.StatusMethodNotAllowed}, answer.StatusCode)
			_, err = io.Copy(io.Discard, answers)
			assert.True(t, err == nil || !isTimeout(err), "the connection is closed")
		})
	}
}

// TestAnswersOfRefusedRequestsReachClientsThatWriteFirst sends a large body before it reads.
func TestAnswersOfRefusedRequestsReachClientsThatWriteFirst(t *testing.T) {
	address, _ := wired(t, newHandler(&canned{data: []byte(`1`)}, resolvers.DefaultLimits), patient)
	for range 2 {
		conn := dial(t, address, strings.Replace(posting(8<<20), "application/json", "text/plain", 1)+strings.Repeat("x", 8<<20)+posting(15)+`{"query":"{a}"}`)
		answers := bufio.NewReader(conn)
		for _, status := range []int{http.StatusUnsupportedMediaType, http.StatusOK} { // the next request on the connection
			answer, err := http.ReadResponse(answers, nil)
			require.NoError(t, err)
			require.Equal(t, status, answer.StatusCode)
			_, err = io.Copy(io.Discard, answer.Body)
			require.NoError(t, err)
			require.NoError(t, answer.Body.Close())
		}
	}
}

func TestBodiesThatDripAreCutOff(t *testing.T) {
	t.Parallel()
	address, _ := wired(t, newHandler(&canned{data: []byte(`1`)}, resolvers.DefaultLimits), hurried)
	conn := dial(t, address, posting(1<<20))
	start := time.Now()
	for {
		time.Sleep(hurried.period / 10)
		if _, err := conn.Write([]byte(" ")); err != nil {
			return
		}
		require.Less(t, time.Since(start), bound)
	}
}

func TestHeadersThatDripAreCutOff(t *testing.T) {
	t.Parallel()
	address, _ := wired(t, newHandler(&canned{}, resolvers.DefaultLimits), hurried)
	conn := dial(t, address, "POST /graphql HTTP/1.1\r\nHost: localhost\r\n")
	start := time.Now()
	for n := 0; ; n++ {
		time.Sleep(hurried.period / 10)
		if _, err := fmt.Fprintf(conn, "X-%d: 1\r\n", n); err != nil {
			return
		}
		require.Less(t, time.Since(start), bound)
	}
}

// TestLargeBodiesMayTakeLongerThanAPeriod sends a body in 15 parts, one in each tenth of a period.
func TestLargeBodiesMayTakeLongerThanAPeriod(t *testing.T) {
	t.Parallel()
	p := pace{bytes: 16 << 10, period: 5 * time.Second, upload: bound}
	address, _ := wired(t, newHandler(&canned{data: []byte(`1`)}, resolvers.DefaultLimits), p)
	text := `{"query":"{ a }","x":"` + strings.Repeat("x", 128<<10) + `"}`
	conn := dial(t, address, posting(len(text)))
	start := time.Now()
	for part := range partsOf(text, 15) {
		_, err := io.WriteString(conn, part)
		require.NoError(t, err)
		time.Sleep(p.period / 10)
	}
	require.Greater(t, time.Since(start), p.period)
	answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
	require.NoError(t, err)
	defer answer.Body.Close()
	assert.Equal(t, http.StatusOK, answer.StatusCode)
}

func partsOf(text string, n int) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for i := range n {
			if !yield(text[len(text)*i/n : len(text)*(i+1)/n]) {
				return
			}
		}
	}
}

// slowly is an executor that takes a time, and says whether its request was cancelled.
type slowly struct {
	canned

	takes     time.Duration
	cancelled chan bool
}

func (s *slowly) DispatchOperation(ctx context.Context, operation *graphql.OperationContext) (graphql.ResponseHandler, context.Context) {
	select {
	case <-ctx.Done():
		s.cancelled <- true
	case <-time.After(s.takes):
		s.cancelled <- false
	}
	return s.canned.DispatchOperation(ctx, operation)
}

func TestOperationsMayTakeLongerThanTheirRequests(t *testing.T) {
	t.Parallel()
	for fact, request := range map[string]string{
		"POST": posting(15) + `{"query":"{a}"}`, "GET": "GET /graphql?query={a} HTTP/1.1\r\nHost: localhost\r\nX-Requested-With: test\r\n\r\n",
	} {
		t.Run(fact, func(t *testing.T) {
			t.Parallel()
			executor := &slowly{canned{data: []byte(`1`)}, hurried.period * 3 / 2, make(chan bool, 1)}
			address, _ := wired(t, newHandler(executor, resolvers.DefaultLimits), hurried)
			conn := dial(t, address, request)
			answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
			require.NoError(t, err)
			defer answer.Body.Close()
			assert.Equal(t, http.StatusOK, answer.StatusCode)
			assert.False(t, <-executor.cancelled)
		})
	}
}

func TestOperationsOfClientsThatLeaveAreCancelled(t *testing.T) {
	executor := &slowly{canned{data: []byte(`1`)}, bound, make(chan bool, 1)}
	address, _ := wired(t, newHandler(executor, resolvers.Limits{BodyBytes: 1 << 20, Timeout: time.Hour}), patient)
	conn := dial(t, address, posting(15)+`{"query":"{a}"}`)
	require.NoError(t, conn.Close())
	assert.True(t, <-executor.cancelled)
}

// TestClientsThatDoNotReadAreCutOff: the handler returns, and with it the memory of the answer.
func TestClientsThatDoNotReadAreCutOff(t *testing.T) {
	t.Parallel()
	for _, coding := range []string{"identity", "gzip"} {
		t.Run(coding, func(t *testing.T) {
			t.Parallel()
			data := incompressible(64 << 20)
			h := newHandler(&canned{data: data}, resolvers.DefaultLimits)
			returned := make(chan struct{})
			address, _ := wired(t, http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
				h.ServeHTTP(w, req)
				close(returned)
			}), hurried)
			request := strings.Replace(posting(15), "\r\n", "\r\nAccept-Encoding: "+coding+"\r\n", 1)
			conn := dial(t, address, request+`{"query":"{a}"}`)
			select {
			case <-returned:
			case <-time.After(bound):
				t.Fatal("the handler still writes")
			}
			n, err := io.Copy(io.Discard, conn)
			assert.True(t, err == nil || !isTimeout(err), "the connection is closed")
			assert.Less(t, n, int64(len(data)/2))
		})
	}
}

// incompressible is JSON of a size that no coding makes much smaller.
func incompressible(size int) []byte {
	data, state := make([]byte, size), uint32(1)
	for i := range data {
		state = state*1_664_525 + 1_013_904_223
		data[i] = '#' + byte(state>>24)%80
	}
	data[0], data[size-1] = '"', '"'
	return data
}

// TestClientsThatReadSlowlyGetTheWholeAnswer reads in many more periods than one, by a clock of its own.
func TestClientsThatReadSlowlyGetTheWholeAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		data := incompressible(16 << 20)
		server, client := net.Pipe()
		conn := &clientConn{Conn: server, pace: defaultPace}
		go func() {
			defer conn.Close()
			for _, part := range [][]byte{data[:1000], data[1000:2000], data[2000:]} {
				conn.holding = true
				n, err := conn.Write(part)
				assert.NoError(t, err)
				assert.Len(t, part, n)
			}
			conn.release()
		}()
		var read bytes.Buffer
		var err error
		for began := time.Now(); err == nil; {
			_, err = io.CopyN(&read, client, int64(2*defaultPace.bytes))
			time.Sleep(defaultPace.period * 3 / 4)
			require.Less(t, time.Since(began), time.Hour)
		}
		require.ErrorIs(t, err, io.EOF)
		require.True(t, bytes.Equal(data, read.Bytes()))
	})
}

// served starts a Server with its own limits.
func served(t *testing.T) string {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan error, 1)
	server := Server{Handler: Site{API: NewHandler(&canned{data: []byte(`1`)}, resolvers.DefaultLimits)}.Routes(), Log: slog.New(slog.DiscardHandler)}
	go func() { ended <- server.Serve(ctx, listener) }()
	t.Cleanup(func() {
		stop()
		require.NoError(t, <-ended)
	})
	return listener.Addr().String()
}

func TestServerAnswersRequestsThatAreTooLong(t *testing.T) {
	address := served(t)
	get := func(path, header string) string {
		return "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n" + header + "\r\n"
	}
	for fact, c := range map[string]struct {
		request string
		status  int
		code    string
	}{
		"a URL":                        {get("/graphql?query="+strings.Repeat("x", 20<<10), ""), http.StatusRequestURITooLong, "LIMIT_EXCEEDED"},
		"a URL of another route":       {get("/graphiql/?"+strings.Repeat("x", 20<<10), ""), http.StatusRequestURITooLong, "LIMIT_EXCEEDED"},
		"a header":                     {get("/healthz", "Cookie: "+strings.Repeat("x", 70<<10)+"\r\n"), http.StatusRequestHeaderFieldsTooLarge, "LIMIT_EXCEEDED"},
		"many headers":                 {get("/healthz", strings.Repeat("A: "+strings.Repeat("x", 61)+"\r\n", 1_000)), http.StatusRequestHeaderFieldsTooLarge, "LIMIT_EXCEEDED"},
		"a header beyond all measure":  {get("/healthz", "Cookie: "+strings.Repeat("x", 1<<20)+"\r\n"), http.StatusRequestHeaderFieldsTooLarge, ""},
		"headers that are long enough": {get("/healthz", "Cookie: "+strings.Repeat("x", 60<<10)+"\r\n"), http.StatusOK, "ok"},
	} {
		t.Run(fact, func(t *testing.T) {
			conn := dial(t, address, "")
			go func() { _, _ = io.WriteString(conn, c.request) }() // the server may answer before it has read everything
			answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
			require.NoError(t, err)
			defer answer.Body.Close()
			text, _ := io.ReadAll(answer.Body)
			assert.Equal(t, c.status, answer.StatusCode)
			assert.Contains(t, string(text), c.code)
		})
	}
}

func TestPipelinedRequestsAreAnsweredInOrder(t *testing.T) {
	address := served(t)
	const head = "HEAD /graphql/?query={a} HTTP/1.1\r\nHost: localhost\r\nX-Requested-With: test\r\n\r\n"
	refused := strings.Replace(posting(15), "application/json", "text/plain", 1) + `{"query":"{a}"}`
	conn := dial(t, address, posting(15)+`{"query":"{a}"}`+head+refused+"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"+posting(15)+`{"query":"{a}"}`)
	answers := bufio.NewReader(conn)
	for n, want := range []string{`200 {"data":1}`, `200 `, `415 {"errors"`, `200 {"status":"ok"}`, `200 {"data":1}`} {
		request := &http.Request{Method: map[bool]string{true: http.MethodHead}[n == 1]}
		answer, err := http.ReadResponse(answers, request)
		require.NoError(t, err, want)
		text, err := io.ReadAll(answer.Body)
		require.NoError(t, err)
		require.NoError(t, answer.Body.Close())
		assert.True(t, strings.HasPrefix(fmt.Sprintf("%d %s", answer.StatusCode, text), want), "%d %s", answer.StatusCode, text)
	}
}

func TestManyLargeBodiesAtOnceStayWithinTheBudget(t *testing.T) {
	h := newHandler(&canned{data: []byte(`1`)}, resolvers.DefaultLimits)
	h.bodies = memory.NewBudget(2 * bodyMultiple << 20)
	address, _ := wired(t, h, patient)
	half := posting(1<<20-1) + `{"query":"{ a }","x":"` + strings.Repeat("x", 512<<10)
	var waiting []net.Conn
	for range 2 {
		waiting = append(waiting, dial(t, address, half))
	}
	require.Eventually(t, func() bool { return h.bodies.Reserved() > bodyMultiple<<20 }, bound, time.Millisecond)
	conn := dial(t, address, posting(1<<20-1))
	answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
	require.NoError(t, err)
	defer answer.Body.Close()
	assert.Equal(t, http.StatusServiceUnavailable, answer.StatusCode)
	assert.Equal(t, "1", answer.Header.Get("Retry-After"))
	for _, conn := range waiting {
		require.NoError(t, conn.Close())
	}
	require.Eventually(t, func() bool { return h.bodies.Reserved() == 0 }, bound, time.Millisecond, "clients that leave give back their memory")
}
