package engine

import (
	"errors"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// The error codes of PostgreSQL that this program distinguishes.
const (
	queryCanceled       = "57014" // by a request, a timeout or an operator
	protocolViolation   = "08P01"
	noSuchStatement     = "26000" // a prepared statement is gone
	statementExists     = "42P05" // a prepared statement has the name of another client's
	readOnlyTransaction = "25006" // the server is, or became, read-only
	uniqueViolation     = "23505"
	foreignKeyViolation = "23503"
)

// postgresConflicts are: serialization failure, deadlock, lock not available.
var postgresConflicts = []string{"40001", "40P01", "55P03"}

// postgresCode returns the code of an error that the server reported, or nothing.
func postgresCode(err error) string {
	if refused, ok := errors.AsType[*pgconn.PgError](err); ok {
		return refused.Code
	}
	return ""
}

func postgresConflict(err error) bool { return slices.Contains(postgresConflicts, postgresCode(err)) }

// preparedTextLost reports whether a prepared statement was not the one that this program had prepared, or is older
// than a migration. The same text works if it is not prepared.
func preparedTextLost(err error) bool {
	refused, ok := errors.AsType[*pgconn.PgError](err)
	return ok && (sharedStatement(err) || refused.Code == "0A000" && refused.Routine == "RevalidateCachedQuery")
}

// sharedStatement reports whether other clients of a connection pooler prepare statements on the same connection.
func sharedStatement(err error) bool {
	code := postgresCode(err)
	return code == noSuchStatement || code == statementExists
}

// staleConnection reports whether a statement failed because its connection, or what it had prepared, was gone.
func staleConnection(err error) bool {
	if errors.Is(err, errShared) || refusedByPooler(err) {
		return true // the next connection is set up for it
	}
	if _, ok := errors.AsType[*pgconn.ConnectError](err); ok {
		return false // another connection would fail, too
	}
	if refused, ok := errors.AsType[*pgconn.PgError](err); ok {
		switch refused.Code {
		case "57P01", "57P02", "57P05": // ended by an operator, by a crash, or because it was idle
			return true
		}
		return preparedTextLost(err)
	}
	return networkFailed(err) || pgconn.SafeToRetry(err)
}

func classifyPostgres(err error) error {
	if _, ok := errors.AsType[*pgconn.ConnectError](err); ok { // for any reason, such as a password that has changed
		return Unavailable(err)
	}
	code := postgresCode(err)
	if code == "" {
		switch {
		case strings.Contains(err.Error(), "failed to encode"): // pgx has no type for this error
			return badValue(err)
		case networkFailed(err) || pgconn.SafeToRetry(err):
			return Unavailable(err)
		}
		return err
	}
	switch code[:2] {
	case "08", "53", "57", "58", "XX": // connection, resources, operator's intervention, system, corruption
		return Unavailable(err)
	case "22": // data
		return badValue(err)
	}
	switch {
	case postgresConflict(err) || preparedTextLost(err):
		return failedByConflict(err)
	case code == uniqueViolation || code == foreignKeyViolation:
		return Raced(err)
	case code == readOnlyTransaction: // a primary that was demoted
		return Unavailable(err)
	}
	return err
}

// explainPostgres implements Engine.Explain. If there are several hosts, it is the cause of each.
func explainPostgres(err error) *Error {
	if errors.Is(err, errShared) || refusedByPooler(err) {
		message := "this command needs the server itself, not a connection pooler before it"
		if strings.Contains(err.Error(), "options") {
			message = "the connection pooler does not take the parameter options of the DSN; write each setting as a parameter of its own"
		}
		return &Error{Kind: ErrInvalid, Message: message}
	}
	failures := []error{err}
	if connecting, ok := errors.AsType[*pgconn.ConnectError](err); ok {
		if several, ok := connecting.Unwrap().(interface{ Unwrap() []error }); ok {
			failures = several.Unwrap()
		}
	}
	var all Error
	var causes []string
	for _, failure := range failures {
		cause := postgresCause(failure)
		if !slices.Contains(causes, cause.Message) {
			causes = append(causes, cause.Message)
		}
		if !errors.Is(all.Kind, ErrInvalid) { // waiting cannot help with that one
			all.Kind = cause.Kind
		}
	}
	all.Message = strings.Join(causes, "; ")
	return &all
}

// postgresCause returns why one host could not be used.
func postgresCause(err error) *Error {
	if refused, ok := errors.AsType[*pgconn.PgError](err); ok {
		kind := ErrInvalid
		if errors.Is(classifyPostgres(refused), ErrUnavailable) && !strings.Contains(refused.Message, "no such") { // as pgbouncer says of databases and users
			kind = ErrUnavailable
		}
		return &Error{Kind: kind, Message: refused.Message}
	}
	if cause := connectingCause(err); cause != nil {
		return cause
	}
	for part := err; part != nil; part = errors.Unwrap(part) {
		switch message := part.Error(); {
		case strings.HasPrefix(message, "server refused TLS connection"):
			return &Error{Kind: ErrInvalid, Message: "TLS failed: the server has none; set sslmode=disable or prefer, or turn it on in the server"}
		case strings.HasPrefix(message, "ValidateConnect failed"):
			return &Error{Kind: ErrUnavailable, Message: message}
		}
	}
	return &Error{Kind: ErrInvalid, Message: err.Error()}
}

func postgresRefusal(err error) (Refusal, bool) {
	failure, ok := errors.AsType[*pgconn.PgError](err)
	if !ok {
		return Refusal{}, false
	}
	refusal := Refusal{Unique: failure.Code == uniqueViolation, Constraint: failure.ConstraintName, Message: failure.Message}
	return refusal, slices.Contains([]string{"22", "23", "54"}, failure.Code[:2]) // data, constraint, limit
}
