package auth

import "time"

// refused is why a proof was refused. Clients get the text of ErrUnauthenticated; the reason is for the log, so it holds
// nothing that the client has sent, unless it was signed.
type refused string

// Error implements error.
func (refused) Error() string { return ErrUnauthenticated.Error() }

// Is makes errors.Is find ErrUnauthenticated.
func (refused) Is(target error) bool { return target == ErrUnauthenticated }

// ForbiddenError says that a proof is valid, but gives no role. Its message is for the client.
type ForbiddenError struct{ Message string }

// Error implements error.
func (e ForbiddenError) Error() string { return e.Message }

// TooManyFailuresError refuses a failed attempt of an address, or for a token, that has failed too often.
type TooManyFailuresError struct{ RetryAfter time.Duration }

// Error implements error.
func (TooManyFailuresError) Error() string { return "too many failed attempts to sign in" }
