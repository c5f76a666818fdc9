package engine

import (
	"context"
	"database/sql"
	"errors"
	"net/url"
	"os"
	"strconv"
	"syscall"

	"github.com/mattn/go-sqlite3"

	"decnetgraph/storage/engine/dsn"
)

// sqliteURI is the driver's name of a file with settings of its connections.
func sqliteURI(file dsn.File, settings map[string]string) string {
	query := url.Values{}
	if file.Immutable {
		query.Set("immutable", "1")
	}
	for name, value := range settings {
		query.Set(name, value)
	}
	return (&url.URL{Scheme: "file", Opaque: (&url.URL{Path: file.Path}).EscapedPath(), RawQuery: query.Encode()}).String()
}

func createFile(path string) error {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	return file.Close()
}

// sqliteIdentity is Dialect.Identity: the number of the file in its file system, which all names of the file lead to. It is
// empty while there is no file.
func sqliteIdentity(path string) string {
	info, err := os.Stat(path)
	if err != nil {
		return ""
	}
	if known, ok := info.Sys().(*syscall.Stat_t); ok {
		return strconv.FormatUint(known.Ino, 10)
	}
	return info.Name()
}

// SameFile reports whether two sources are one SQLite file.
func SameFile(a, b dsn.Source) bool {
	first, isFile := a.Target.(dsn.File)
	second, isToo := b.Target.(dsn.File)
	if !isFile || !isToo {
		return false
	}
	one, err := os.Stat(first.Path)
	if err != nil {
		return false
	}
	other, err := os.Stat(second.Path)
	return err == nil && os.SameFile(one, other)
}

// LockFile takes a lock for this process: a file beside the database of a source, which SQLite's own file locks lock,
// so that the end of the process releases it. The database itself stays open to all others. It fails with ErrLocked
// if another process has the lock.
func LockFile(ctx context.Context, source dsn.Source, suffix string) (release func(), err error) {
	path := source.Target.(dsn.File).Path + suffix
	db, err := sql.Open("sqlite3", sqliteURI(dsn.File{Path: path}, map[string]string{"mode": "rwc", "_busy_timeout": "0"}))
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	before, _ := os.Stat(path)
	if err = db.PingContext(ctx); err == nil {
		_, err = db.ExecContext(ctx, "BEGIN EXCLUSIVE")
	}
	after, gone := os.Stat(path)
	if err == nil && (gone != nil || before != nil && !os.SameFile(before, after)) { // its last holder has just removed it
		err = ErrLocked
	}
	if err != nil {
		_ = db.Close()
		if sqliteLocked(err) {
			return nil, ErrLocked
		}
		if failure, ok := errors.AsType[sqlite3.Error](err); ok {
			return nil, Invalid("cannot write beside the database, to %s: %v", path, failure)
		}
		return nil, err
	}
	return func() {
		_ = os.Remove(path)
		_ = db.Close()
	}, nil
}
