package load

import (
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"sync"
	"time"
)

// OpenOptions configure an open loop.
type OpenOptions struct {
	Rate     float64 // requests that start per second, however long their answers take
	Duration time.Duration
	// Connections is the most connections at a time. A request that finds none counts as Failed.
	Connections int
}

// OpenResult summarizes an open loop. Response times count from when a request was due.
type OpenResult struct {
	Took time.Duration
	// Good are the requests that were answered with status 200, Refused those with 503.
	Good, Refused Answers
	// Failed is the number of all others: of other statuses, or without an answer.
	Failed int
	// Failure is the error of one of them.
	Failure error
}

// Answers are the response times of requests with one kind of answer.
type Answers struct {
	Requests      int
	P50, P99, Max time.Duration
}

// OpenLoop starts requests at a fixed rate, whether or not the server has answered the ones before: as many independent
// clients do. It uses a connection that is idle, or else a new one.
func OpenLoop(ctx context.Context, to Address, request func(n int) *Request, o OpenOptions) OpenResult {
	l := &openLoop{to: to, slots: make(chan struct{}, o.Connections)}
	began := time.Now()
	interval := time.Duration(float64(time.Second) / o.Rate)
	var running sync.WaitGroup
	for n := 0; ctx.Err() == nil; n++ {
		due := began.Add(time.Duration(n) * interval)
		if due.Sub(began) >= o.Duration {
			break
		}
		time.Sleep(time.Until(due))
		running.Go(func() { l.answer(ctx, request(n), due) })
	}
	running.Wait()
	for _, c := range l.idle {
		_ = c.Close()
	}
	return OpenResult{
		Took: time.Since(began), Good: summarize(l.times[http.StatusOK]), Refused: summarize(l.times[http.StatusServiceUnavailable]),
		Failed: l.failed, Failure: l.failure,
	}
}

func summarize(times []time.Duration) Answers {
	slices.Sort(times)
	return Answers{len(times), at(times, 0.5), at(times, 0.99), at(times, 1)}
}

// openLoop is one run of OpenLoop.
type openLoop struct {
	to    Address
	slots chan struct{}

	mu      sync.Mutex
	idle    []*connection
	times   map[int][]time.Duration // by status
	failed  int
	failure error
}

var errNoConnection = errors.New("all connections wait for answers")

// answer sends a request and records its answer.
func (l *openLoop) answer(ctx context.Context, r *Request, due time.Time) {
	select {
	case l.slots <- struct{}{}:
		defer func() { <-l.slots }()
	default:
		l.fail(errNoConnection)
		return
	}
	c, err := l.connect(ctx)
	if err != nil {
		l.fail(err)
		return
	}
	status, _, err := c.exchange(r, io.Discard, io.Discard)
	took := time.Since(due)
	if err != nil {
		_ = c.Close()
		l.fail(err)
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.idle = append(l.idle, c)
	switch status {
	case http.StatusOK, http.StatusServiceUnavailable:
		if l.times == nil {
			l.times = map[int][]time.Duration{}
		}
		l.times[status] = append(l.times[status], took)
	default:
		l.failed++
		l.failure = errors.New("status " + http.StatusText(status))
	}
}

// connect returns the connection that was used last, or a new one.
func (l *openLoop) connect(ctx context.Context) (*connection, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if last := len(l.idle) - 1; last >= 0 {
		c := l.idle[last]
		l.idle = l.idle[:last]
		return c, nil
	}
	return dial(ctx, l.to) // on loopback, this takes no time worth unlocking for
}

func (l *openLoop) fail(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.failed++
	l.failure = err
}
