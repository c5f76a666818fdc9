package engine

import (
	"errors"
	"fmt"
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
		if cause := sqliteCause(failure); cause != "" {
			err = fmt.Errorf("%s: %w", cause, err)
		}
		return Unavailable(err)
	default:
		return err
	}
}

// sqliteCause explains errors that SQLite reports in the same words although their causes differ. It is empty where
// SQLite's words are enough.
func sqliteCause(failure sqlite3.Error) string {
	switch failure.ExtendedCode {
	case sqlite3.ErrReadonlyRollback:
		return "a journal beside the file holds a transaction that was cut off, which only a program that writes can roll back"
	case sqlite3.ErrReadonlyDbMoved:
		return errReplaced.Error()
	case sqlite3.ErrReadonlyRecovery, sqlite3.ErrReadonlyCantLock, errReadonlyCantInit:
		return "the write-ahead log cannot be read without writing the file beside it that ends in -shm"
	case errReadonlyDirectory:
		return "the folder of the file may not be written"
	}
	switch failure.Code {
	case sqlite3.ErrReadonly:
		return "the file, or the medium that it is on, may not be written"
	case sqlite3.ErrCantOpen:
		return "the file, or one that belongs beside it, cannot be opened"
	case sqlite3.ErrCorrupt, sqlite3.ErrNotADB:
		return "the file is damaged"
	}
	return ""
}

// Extended codes that the driver has no names for.
var (
	errReadonlyCantInit  = sqlite3.ErrReadonly.Extend(5)
	errReadonlyDirectory = sqlite3.ErrReadonly.Extend(6)
)

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
