package engine

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"time"
)

var (
	// ErrInvalid means that an argument is wrong. Its message may be shown to the person who gave it.
	ErrInvalid = errors.New("invalid argument")
	// ErrUnavailable means that the database cannot answer now. The same call may succeed later.
	ErrUnavailable = errors.New("database unavailable")
	// ErrRetry means that another transaction got in the way: the transaction may succeed if it is run again.
	ErrRetry = errors.New("conflict with another transaction")
)

// Error is a failure of a known kind with a message that may be shown to the person who sent the request.
type Error struct {
	Kind    error  // ErrInvalid, or a kind of the package that made the error
	Message string // plain text without internals
	Current any    // the row as it is now, where a write conflicts with it
	// Input is the path of an invalid value in the argument that has it: names of fields, and indices of lists. It is
	// empty where the message says enough.
	Input []string
}

// Error returns the message.
func (e *Error) Error() string { return e.Message }

// Unwrap returns the kind, so that errors.Is finds it.
func (e *Error) Unwrap() error { return e.Kind }

// Invalid makes an error of kind ErrInvalid.
func Invalid(format string, args ...any) error {
	return &Error{Kind: ErrInvalid, Message: fmt.Sprintf(format, args...)}
}

// Unavailable wraps a cause in ErrUnavailable.
func Unavailable(cause error) error { return fmt.Errorf("%w: %w", ErrUnavailable, cause) }

// Raced wraps a conflict with rows that another transaction wrote after this one had looked for them.
func Raced(cause error) error { return fmt.Errorf("%w: %w", ErrRetry, cause) }

// failedByConflict wraps a conflict that the database resolved by failing this side. It is ErrUnavailable, too, for
// callers that run out of retries.
func failedByConflict(cause error) error {
	return fmt.Errorf("%w: %w: %w", ErrUnavailable, ErrRetry, cause)
}

// badValue wraps the refusal of a value that the column it is compared with, or written to, cannot hold. A forged
// cursor can contain one.
func badValue(cause error) error {
	return fmt.Errorf("%w: %w", Invalid("a value is none that its column can hold"), cause)
}

// Interrupted reports whether err is that of a context: the caller has left or the deadline has passed.
func Interrupted(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}

// Fault gives an error of a statement its kind. It is the context's error if the context has ended.
func (s Syntax) Fault(ctx context.Context, err error) error {
	over := contextError(ctx)
	switch {
	case err == nil || (over != nil && Interrupted(err)):
		return err
	case over != nil: // drivers report an ended context in many ways
		return fmt.Errorf("%w: %w", over, err)
	case Interrupted(err): // a timeout of the driver, as for connecting, looks like the end of the request
		return Unavailable(errors.New(err.Error()))
	case connectionLost(err):
		return Unavailable(err)
	}
	return s.Classify(err)
}

// contextError returns why a context has ended, or nil. The network knows the deadline, too, and may report it
// before the context does.
func contextError(ctx context.Context) error {
	if deadline, ok := ctx.Deadline(); ok && ctx.Err() == nil && !time.Now().Before(deadline) {
		return context.DeadlineExceeded
	}
	return ctx.Err()
}

// connectionLost reports whether database/sql has no connection to offer.
func connectionLost(err error) bool {
	return errors.Is(err, sql.ErrConnDone) || errors.Is(err, driver.ErrBadConn)
}
