package observe

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"time"
)

// Observer watches the requests of a server. Its fields must not change once requests have begun.
type Observer struct {
	Log *slog.Logger
	// Slow is the time from which on an operation is slow; 0 means that none is.
	Slow time.Duration
	// LogRequests logs every request, instead of those that failed, were slow or were refused.
	LogRequests bool
	// Trace, if set, begins the trace of a request to the API. It continues the trace that headers name, and writes into the
	// headers of the answer how to find the new one.
	Trace func(ctx context.Context, r *Request, headers, answer http.Header) context.Context
	// Ended, if set, is called with each request when its answer has been sent.
	Ended func(r *Request)
	// SlowClient, if set, is called for each client that was cut off because it took its answer too slowly.
	SlowClient func()

	mu     sync.Mutex
	bounds map[string]*bound
}

// Begin begins to watch a request. id is what the client has sent as such.
func (o *Observer) Begin(r *Request, id string) {
	r.ID, r.Start, r.observer = requestID(id), time.Now(), o
}

// End ends the watch of a request whose answer has been sent: it writes the log line, if the request gets one.
func (o *Observer) End(ctx context.Context, r *Request) {
	r.Took = time.Since(r.Start)
	if r.finish != nil {
		r.finish(r)
	}
	if o.Ended != nil {
		o.Ended(r)
	}
	o.log(ctx, r)
}

// CutOff notes a client that was cut off because it took its answer too slowly. The client's address goes to the log.
func (o *Observer) CutOff(client string) {
	if o == nil {
		return
	}
	if o.SlowClient != nil {
		o.SlowClient()
	}
	if allowed, left := o.allow("slow client"); allowed {
		o.Log.Warn("a client was cut off because it took its answer too slowly", suppressed([]any{"client", client}, left)...)
	}
}

// Close logs how many lines were left out since the last line of their kind.
func (o *Observer) Close(ctx context.Context) {
	o.mu.Lock()
	defer o.mu.Unlock()
	var left int64
	for _, b := range o.bounds {
		left += b.left
		b.left = 0
	}
	if left > 0 {
		o.Log.InfoContext(ctx, "lines about requests were left out of the log, because there were too many of their kind", "lines", left)
	}
}
