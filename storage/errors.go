package storage

import (
	"context"
	"errors"
	"fmt"
)

// Kinds of failure a caller can tell apart with errors.Is. Anything else is a fault of the program.
var (
	// ErrInvalid means that the question itself is wrong; its message is fit for the person who asked.
	ErrInvalid = errors.New("invalid argument")
	// ErrLimit means that the answer would pass a limit; its message is fit for the person who asked.
	ErrLimit = errors.New("limit exceeded")
	// ErrNotFound means that the row to change does not exist.
	ErrNotFound = errors.New("not found")
	// ErrConflict means that the row was changed since it was read; Error.Current is the row as it is now.
	ErrConflict = errors.New("conflict")
	// ErrReadOnly means that the store was opened for reading only.
	ErrReadOnly = errors.New("read-only")
	// ErrUnavailable means that the database cannot answer now; asking again later may work.
	ErrUnavailable = errors.New("database unavailable")
)

// Error is a failure of a known kind with a message that may be shown to the person who asked.
type Error struct {
	Kind    error  // one of the sentinels above
	Message string // plain text without internals
	Current any    // with ErrConflict, the row as it is now
}

// Error returns the message.
func (e *Error) Error() string { return e.Message }

// Unwrap returns the kind, so that errors.Is finds it.
func (e *Error) Unwrap() error { return e.Kind }

// Invalid makes an ErrInvalid with a message for the person who asked.
func Invalid(format string, args ...any) error {
	return &Error{Kind: ErrInvalid, Message: fmt.Sprintf(format, args...)}
}

// notFound makes an ErrNotFound for the person who asked for a row of a kind.
func notFound(kind string) error {
	return &Error{Kind: ErrNotFound, Message: "there is no such " + kind}
}

// interrupted reports whether err is the context's: the caller left or its time is over.
func interrupted(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}

// errRetry marks what a transaction that starts again will not meet: a conflict with another one.
var errRetry = errors.New("conflict with another transaction")

func unavailable(cause error) error { return fmt.Errorf("%w: %w", ErrUnavailable, cause) }

// busy is a conflict that the database settles by failing one side; told when tries are used up.
func busy(cause error) error { return fmt.Errorf("%w: %w: %w", ErrUnavailable, errRetry, cause) }

// raced is a conflict with rows that were not there when the transaction looked.
func raced(cause error) error { return fmt.Errorf("%w: %w", errRetry, cause) }
