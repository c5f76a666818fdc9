// Package load sends requests to a server as fast as it answers them.
package load

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Address is how a server is reached.
type Address struct {
	Host  string      // and port
	TLS   *tls.Config // nil for clear text
	Token string      // bearer token; empty to send none
}

// Request is an HTTP POST request with a JSON body, serialized in advance.
type Request struct {
	wire   []byte
	length atomic.Int64 // length of the answer's body; 0 before the first answer
}

// NewRequest returns a request for a path of a server.
func NewRequest(to Address, path string, body []byte) *Request {
	var b bytes.Buffer
	fmt.Fprintf(&b, "POST %s HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\nAccept: application/json\r\n", path, to.Host)
	if to.Token != "" {
		fmt.Fprintf(&b, "Authorization: Bearer %s\r\n", to.Token)
	}
	fmt.Fprintf(&b, "Content-Length: %d\r\n\r\n", len(body))
	b.Write(body)
	return &Request{wire: b.Bytes()}
}

// Body sends the request once, on a new connection, and returns the body of the answer.
func (r *Request) Body(ctx context.Context, to Address) ([]byte, error) {
	c, err := dial(ctx, to)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	var body bytes.Buffer
	_, err = c.send(r, &body)
	return body.Bytes(), err
}

// Result summarizes a run. P50 and P99 are quantiles of the response time.
type Result struct {
	Requests int
	Took     time.Duration
	P50, P99 time.Duration
}

// Rate is the number of requests per second.
func (r Result) Rate() float64 { return float64(r.Requests) / r.Took.Seconds() }

// Options configure a run.
type Options struct {
	Clients  int
	Duration time.Duration // time after which no request starts
	Least    int           // minimum number of requests, sent even after Duration
}

// InTurn returns a function that returns the n-th request, cycling through requests.
func InTurn(requests []*Request) func(n int) *Request {
	return func(n int) *Request { return requests[n%len(requests)] }
}

// Run runs a number of clients, each of which sends one request after the other on its own persistent connection.
// It returns an error if an answer's status is not 200 or if its length differs from the request's first answer.
func Run(ctx context.Context, to Address, request func(n int) *Request, o Options) (Result, error) {
	var (
		clients sync.WaitGroup
		turn    atomic.Int64
		guard   sync.Mutex
		times   []time.Duration
		failed  error
	)
	began := time.Now()
	end := began.Add(o.Duration)
	for range o.Clients {
		clients.Go(func() {
			own, err := client(ctx, to, end, func() (*Request, bool) {
				n := int(turn.Add(1)) - 1
				return request(n), n < o.Least
			})
			guard.Lock()
			defer guard.Unlock()
			times = append(times, own...)
			failed = errors.Join(failed, err)
		})
	}
	clients.Wait()
	took := time.Since(began)
	if failed != nil {
		return Result{}, failed
	}
	slices.Sort(times)
	return Result{len(times), took, at(times, 0.5), at(times, 0.99)}, nil
}

// at returns a quantile of sorted times, 0 if there are none.
func at(times []time.Duration, share float64) time.Duration {
	if len(times) == 0 {
		return 0
	}
	return times[min(int(share*float64(len(times))), len(times)-1)]
}

// client sends requests until end and returns their response times. next returns the next request, and whether
// it must be sent even after end.
func client(ctx context.Context, to Address, end time.Time, next func() (r *Request, must bool)) ([]time.Duration, error) {
	c, err := dial(ctx, to)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	var times []time.Duration
	for ctx.Err() == nil {
		r, must := next()
		start := time.Now()
		if !must && start.After(end) {
			break
		}
		length, err := c.send(r, io.Discard)
		if err != nil {
			return nil, err
		}
		times = append(times, time.Since(start))
		if before := r.length.Swap(length); before != 0 && before != length {
			return nil, fmt.Errorf("an answer of %s has %d bytes, an earlier one %d", to.Host, length, before)
		}
	}
	return times, ctx.Err()
}

// connection is a keep-alive connection. It does less work than net/http's client, which would slow down the
// server, because both share the machine.
type connection struct {
	net.Conn

	answers *bufio.Reader
}

func dial(ctx context.Context, to Address) (*connection, error) {
	c, err := new(net.Dialer).DialContext(ctx, "tcp", to.Host)
	if err != nil {
		return nil, err
	}
	if to.TLS != nil {
		c = tls.Client(c, to.TLS) // the first write shakes hands
	}
	return &connection{c, bufio.NewReaderSize(c, 64<<10)}, nil
}

// send sends a request, copies the body of the answer to a writer, and returns its length in bytes. A status other
// than 200 is an error.
func (c *connection) send(r *Request, to io.Writer) (int64, error) {
	var refusal bytes.Buffer
	status, length, err := c.exchange(r, to, &refusal)
	if err == nil && status != http.StatusOK {
		err = fmt.Errorf("status %d: %.500s", status, refusal.Bytes())
	}
	return length, err
}

// exchange sends a request and returns the status of the answer and the length of its body in bytes. The body is
// copied to one writer if the status is 200, and to the other one otherwise.
func (c *connection) exchange(r *Request, good, bad io.Writer) (status int, length int64, err error) {
	if _, err := c.Write(r.wire); err != nil {
		return 0, 0, err
	}
	answer, err := http.ReadResponse(c.answers, nil)
	if err != nil {
		return 0, 0, err
	}
	to := good
	if answer.StatusCode != http.StatusOK {
		to = bad
	}
	length, err = io.Copy(to, answer.Body)
	return answer.StatusCode, length, errors.Join(err, answer.Body.Close())
}
