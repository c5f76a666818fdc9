package exec

import "context"

// MaxErrors is how many errors an operation reports. An edge that fails for thousands of parents fails for one reason,
// and the errors of all of them would take more memory than the answer.
const MaxErrors = 50

// LastError is the last error that an operation reports, if there would have been more.
type LastError struct {
	error

	More int // errors that were not made
}

// Unwrap returns the error itself.
func (l LastError) Unwrap() error { return l.error }

// countError counts an error and returns its place among all of them, from 1. No error is made whose place is after
// MaxErrors.
func (x *execution[E]) countError() int { return int(x.errors.Add(1)) }

// report reports the error of a place. The last one waits until it is known how many follow.
func (x *execution[E]) report(ctx context.Context, place int, err error) {
	if place < MaxErrors {
		x.operation.Error(ctx, err)
		return
	}
	x.last = func(more int) {
		if more > 0 {
			err = LastError{err, more}
		}
		x.operation.Error(ctx, err)
	}
}

// reportLast reports the error that has waited.
func (x *execution[E]) reportLast() {
	if x.last != nil {
		x.last(int(x.errors.Load()) - MaxErrors)
	}
}
