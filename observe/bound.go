package observe

import (
	"context"
	"log/slog"
	"time"

	"golang.org/x/time/rate"
)

// linesPerSecond is how many lines of one kind are logged in the long run, and burst how many at once. Clients can cause
// any number of refusals and errors, and must not be able to fill the disk with them.
const (
	linesPerSecond = 10
	burst          = 50
)

// bound bounds the lines of one kind.
type bound struct {
	limiter *rate.Limiter
	left    int64 // lines that were left out since the last one
}

// allow reports whether a line of a kind may be logged now, and how many were left out before it. Kinds are the codes of
// errors and the statuses of refusals, so there are few.
func (o *Observer) allow(kind string) (allowed bool, left int64) {
	o.mu.Lock()
	defer o.mu.Unlock()
	b := o.bounds[kind]
	if b == nil {
		if o.bounds == nil {
			o.bounds = map[string]*bound{}
		}
		b = &bound{limiter: rate.NewLimiter(linesPerSecond, burst)}
		o.bounds[kind] = b
	}
	if !b.limiter.AllowN(time.Now(), 1) {
		b.left++
		return false, 0
	}
	left, b.left = b.left, 0
	return true, left
}

// suppressed adds to a line how many were left out before it, if any were.
func suppressed(attributes []any, left int64) []any {
	if left > 0 {
		attributes = append(attributes, "suppressed", left)
	}
	return attributes
}

// Bounded returns a handler that bounds the lines of another one, as those that net/http writes about connections.
func (o *Observer) Bounded(next slog.Handler) slog.Handler {
	if o == nil {
		return next
	}
	return boundedHandler{next, o}
}

type boundedHandler struct {
	slog.Handler

	observer *Observer
}

// Handle implements slog.Handler.
func (h boundedHandler) Handle(ctx context.Context, record slog.Record) error {
	allowed, left := h.observer.allow("connections")
	if !allowed {
		return nil
	}
	record.Add(suppressed(nil, left)...)
	return h.Handler.Handle(ctx, record)
}
