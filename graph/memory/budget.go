// Package memory bounds the memory that requests take together: the bodies that are read, and the answers that wait
// to be sent.
package memory

import (
	"errors"
	"sync/atomic"
)

// The errors of Reservation.Grow.
var (
	ErrFull     = errors.New("other requests hold the memory now")
	ErrTooLarge = errors.New("no request may hold so much memory")
)

// Budget is a number of bytes that all requests share. It may be used by several goroutines. A nil Budget has any number
// of bytes.
type Budget struct {
	limit    int64
	reserved atomic.Int64
}

// NewBudget makes a Budget of a number of bytes.
func NewBudget(limit int64) *Budget { return &Budget{limit: limit} }

// Reserved returns how many bytes requests hold now.
func (b *Budget) Reserved() int64 { return b.reserved.Load() }

// Limit returns how many bytes requests may hold together.
func (b *Budget) Limit() int64 { return b.limit }

// Take takes bytes from the budget and reports whether they were there.
func (b *Budget) Take(bytes int64) bool {
	if b == nil || b.reserved.Add(bytes) <= b.limit {
		return true
	}
	b.reserved.Add(-bytes)
	return false
}

// Give gives back bytes that were taken.
func (b *Budget) Give(bytes int64) {
	if b != nil {
		b.reserved.Add(-bytes)
	}
}

// Reservation is the part of a budget that one request holds. It is used by one goroutine at a time, and holds nothing
// until it grows.
type Reservation struct {
	Budget *Budget
	bytes  int64
}

// Grow makes the reservation at least so many bytes large. Its error is ErrTooLarge if the whole budget has less,
// and ErrFull if other requests hold too much of it; the reservation then keeps its size.
func (r *Reservation) Grow(bytes int64) error {
	more := bytes - r.bytes
	switch {
	case more <= 0:
		return nil
	case bytes > r.Budget.limit:
		return ErrTooLarge
	case !r.Budget.Take(more):
		return ErrFull
	}
	r.bytes = bytes
	return nil
}

// Release gives everything back. The reservation may be used again.
func (r *Reservation) Release() {
	if r.bytes > 0 {
		r.Budget.Give(r.bytes)
		r.bytes = 0
	}
}
