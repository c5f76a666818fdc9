package engine

import (
	"errors"
	"strings"

	"github.com/mattn/go-sqlite3"
)

// sqliteLocked reports whether another connection has locked the file or a table.
func sqliteLocked(err error) bool {
	failure, ok := errors.AsType[sqlite3.Error](err)
	return ok && (failure.Code == sqlite3.ErrBusy || failure.Code == sqlite3.ErrLocked)
}

func classifySQLite(err error) error {
	if sqliteLocked(err) {
		return Unavailable(err)
	}
	failure, ok := errors.AsType[sqlite3.Error](err)
	if !ok {
		return err
	}
	switch failure.Code {
	case sqlite3.ErrIoErr, sqlite3.ErrCantOpen, sqlite3.ErrFull, sqlite3.ErrCorrupt, sqlite3.ErrNotADB, sqlite3.ErrProtocol, sqlite3.ErrReadonly, sqlite3.ErrPerm:
		return Unavailable(err)
	default:
		return err
	}
}

// explainSQLite says in words why a file cannot be opened.
func explainSQLite(path string, err error) error {
	failure, ok := errors.AsType[sqlite3.Error](err)
	if !ok {
		return err
	}
	switch failure.Code {
	case sqlite3.ErrNotADB, sqlite3.ErrCorrupt:
		return Invalid("%s is not a SQLite database", path)
	case sqlite3.ErrCantOpen:
		return Invalid("cannot open %s: a database in WAL mode needs its -wal and -shm files, or a folder that may be written", path)
	default:
		return Invalid("cannot open %s: %v", path, failure)
	}
}

func sqliteRefusal(err error) (Refusal, bool) {
	failure, ok := errors.AsType[sqlite3.Error](err)
	if !ok {
		return Refusal{}, false
	}
	refusal := Refusal{Message: failure.Error()}
	_, subject, _ := strings.Cut(refusal.Message, "constraint failed: ")
	switch failure.ExtendedCode {
	case sqlite3.ErrConstraintPrimaryKey, sqlite3.ErrConstraintRowID:
		refusal.PrimaryKey = true
		return refusal, true
	case sqlite3.ErrConstraintUnique:
		refusal.Unique, refusal.Columns = true, strings.Split(subject, ", ")
		return refusal, true
	case sqlite3.ErrConstraintCheck:
		refusal.Constraint = subject
		return refusal, true
	}
	return refusal, failure.Code == sqlite3.ErrConstraint || failure.Code == sqlite3.ErrTooBig || failure.Code == sqlite3.ErrMismatch
}
