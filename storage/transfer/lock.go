package transfer

import (
	"context"
	"database/sql"
	"errors"
	"net/url"
	"os"
	"time"

	"github.com/mattn/go-sqlite3"

	"decnetgraph/storage"
	"decnetgraph/storage/dsn"
)

// ErrBusy tells that another import into the same database is running.
var ErrBusy = errors.New("another import into this database is running")

// take locks the target against other imports, for as long as this process and its session live. A server may be
// busy with the last statement of a process that was killed, so it waits a little.
func (d *database) take(ctx context.Context, patience time.Duration) (release func(), err error) {
	for deadline := time.Now().Add(patience); ; {
		release, err = d.tryLock(ctx)
		if !errors.Is(err, ErrBusy) || time.Now().After(deadline) {
			return release, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
}

func (d *database) tryLock(ctx context.Context) (release func(), err error) {
	if d.name == dsn.SQLite {
		return lockFile(ctx, d.source.Path+"-import")
	}
	var taken sql.NullBool
	if err := d.one(ctx, &taken, d.lock); err != nil {
		return nil, err
	}
	if !taken.Bool {
		return nil, ErrBusy
	}
	return func() {
		ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), rollbackTime)
		defer cancel()
		var freed sql.NullBool
		_ = d.one(ending, &freed, d.unlock) // at the latest it ends with the session
	}, nil
}

// lockFile locks a file beside the database as SQLite locks files, which the end of the process undoes. The
// database itself stays open to all others.
func lockFile(ctx context.Context, path string) (release func(), err error) {
	name := url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: "mode=rwc&_busy_timeout=0"}
	db, err := sql.Open("sqlite3", name.String())
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	before, _ := os.Stat(path)
	if err = db.PingContext(ctx); err == nil {
		_, err = db.ExecContext(ctx, "BEGIN EXCLUSIVE")
	}
	after, gone := os.Stat(path)
	if err == nil && (gone != nil || before != nil && !os.SameFile(before, after)) { // the one before has just ended
		err = ErrBusy
	}
	if err != nil {
		_ = db.Close()
		if failure, ok := errors.AsType[sqlite3.Error](err); ok {
			if failure.Code == sqlite3.ErrBusy || failure.Code == sqlite3.ErrLocked {
				return nil, ErrBusy
			}
			return nil, storage.Invalid("cannot write beside the database, to %s: %v", path, failure)
		}
		return nil, err
	}
	return func() {
		_ = os.Remove(path)
		_ = db.Close()
	}, nil
}

// locked reports whether an import into this database is running.
func (d *database) locked(ctx context.Context) (bool, error) {
	if d.free == "" {
		return false, nil
	}
	var free sql.NullBool
	err := d.one(ctx, &free, d.free)
	return !free.Bool, err
}

// sameFile reports whether two names are of one SQLite file.
func sameFile(a, b dsn.Source) bool {
	if a.Engine != dsn.SQLite || b.Engine != dsn.SQLite {
		return false
	}
	first, err := os.Stat(a.Path)
	if err != nil {
		return false
	}
	second, err := os.Stat(b.Path)
	return err == nil && os.SameFile(first, second)
}
