package storage

import (
	"errors"

	"decnetgraph/storage/engine"
)

// Kinds of failure that a caller can distinguish with errors.Is. Any other error is a fault of the program.
var (
	// ErrInvalid means that an argument is wrong. Its message may be shown to the person who gave it.
	ErrInvalid = engine.ErrInvalid
	// ErrLimit means that the answer would exceed a limit. Its message may be shown to the person who sent the request.
	ErrLimit = errors.New("limit exceeded")
	// ErrNotFound means that the row to change does not exist.
	ErrNotFound = errors.New("not found")
	// ErrConflict means that the row was changed since it was read; Error.Current is the row as it is now.
	ErrConflict = errors.New("conflict")
	// ErrReadOnly means that the store was opened for reading only.
	ErrReadOnly = errors.New("read-only")
	// ErrUnavailable means that the database cannot answer now. The same call may succeed later.
	ErrUnavailable = engine.ErrUnavailable
)

// Error is a failure of a known kind with a message that may be shown to the person who sent the request.
type Error = engine.Error

// Invalid makes an error of kind ErrInvalid.
func Invalid(format string, args ...any) error { return engine.Invalid(format, args...) }

// notFound makes an error of kind ErrNotFound for a missing row of a kind.
func notFound(kind string) error {
	return &Error{Kind: ErrNotFound, Message: "there is no such " + kind}
}
