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

// staleConnection reports whether a statement failed because its connection, or what it had prepared, was gone.
func staleConnection(err error) bool {
	if _, ok := errors.AsType[*pgconn.ConnectError](err); ok {
		return false // another connection would fail, too
	}
	if refused, ok := errors.AsType[*pgconn.PgError](err); ok {
		switch refused.Code {
		case "57P01", "57P02", "57P05": // ended by an operator, by a crash, or because it was idle
			return true
		case "26000": // its prepared statement is gone, as behind a connection pooler
			return true
		case "0A000": // its prepared statement is older than a migration
			return refused.Routine == "RevalidateCachedQuery"
		}
		return false
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
	case postgresConflict(err):
		return failedByConflict(err)
	case code == uniqueViolation || code == foreignKeyViolation:
		return Raced(err)
	case code == readOnlyTransaction: // a primary that was demoted
		return Unavailable(err)
	}
	return err
}

func postgresRefusal(err error) (Refusal, bool) {
	failure, ok := errors.AsType[*pgconn.PgError](err)
	if !ok {
		return Refusal{}, false
	}
	refusal := Refusal{Unique: failure.Code == uniqueViolation, Constraint: failure.ConstraintName, Message: failure.Message}
	return refusal, slices.Contains([]string{"22", "23", "54"}, failure.Code[:2]) // data, constraint, limit
}
