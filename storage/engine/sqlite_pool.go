package engine

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync/atomic"
	"time"

	"decnetgraph/storage/engine/dsn"
)

// namedFile is a SQLite database by its name. Its pools run statements on the file that had the name when it was
// opened. If watch was called, they run them on the file that has the name now; see sqlite_watch.go.
type namedFile struct {
	file    dsn.File
	write   bool // open connections for writing, too
	current atomic.Pointer[openedFile]
	watcher *fileWatcher // nil unless watch was called
}

// openedFile is the connections to one file, or the reason why there are none.
type openedFile struct {
	reads, writes *sqlPool // writes is nil where only reading is allowed
	ready         *sqlPool // a single connection, for readiness checks
	commits       *commitCounter
	stamp         atomic.Pointer[fileStamp] // of the file, when it was last looked at

	// problem says why no file can be used. It is nil if reads is not.
	problem error
	// settled is closed when another openedFile has taken the place of this one. It is nil unless that is a matter of
	// moments, so that statements wait for it.
	settled chan struct{}

	users   atomic.Int64  // statements and transactions that use the connections
	retired atomic.Bool   // no statement begins
	closing atomic.Bool   // so that connections are closed once
	closed  chan struct{} // closed when the connections are
}

// fileStamp is what the system says of a file and of those beside it.
type fileStamp struct {
	os.FileInfo

	beside besideFiles
}

// stampOf looks at the file that has a name. It fails with ErrInvalid if there is none.
func stampOf(file dsn.File) (*fileStamp, error) {
	if err := checkFile(file); err != nil {
		return nil, err
	}
	info, err := os.Stat(file.Path)
	if err != nil {
		return nil, Invalid("cannot read the database file: %v", err)
	}
	return &fileStamp{info, besideOf(file.Path)}, nil
}

// errReplaced means that a file no longer has its name, so that what is written to it would be lost.
var errReplaced = errors.New("the database file was replaced or removed")

// pool opens the file, unless it is open, and returns the pool for an access.
func (f *namedFile) pool(ctx context.Context, access Access) (Pool, error) {
	if access.Write {
		if err := checkMutable(f.file); err != nil {
			return nil, err
		}
	}
	opened := f.current.Load()
	if opened == nil {
		fresh, err := f.open(ctx)
		if err != nil {
			return nil, err
		}
		f.current.Store(fresh)
		opened = fresh
	}
	if access.Write && !f.write {
		writes, err := openSQLite(ctx, f.file, sqliteWriting, sqliteWriters)
		if err != nil {
			return nil, err
		}
		f.write, opened.writes = true, writes // nothing else uses the file before its first pools are returned
	}
	return filePool{f, access}, nil
}

// open opens connections to the file that has the name now.
func (f *namedFile) open(ctx context.Context) (*openedFile, error) {
	stamp, err := stampOf(f.file) // before the file is opened, so that a file that takes its place meanwhile is noticed
	if err != nil {
		return nil, err
	}
	opened := &openedFile{closed: make(chan struct{})}
	opened.stamp.Store(stamp)
	if opened.reads, err = openSQLite(ctx, f.file, sqliteReading, sqliteReaders); err != nil {
		return nil, err
	}
	stamp.beside = besideOf(f.file.Path) // SQLite has made the log of a file in WAL mode
	if opened.ready, err = openSQLite(ctx, f.file, sqliteReading, 1); err != nil {
		return nil, errors.Join(err, opened.close())
	}
	if f.write {
		if opened.writes, err = openSQLite(ctx, f.file, sqliteWriting, sqliteWriters); err != nil {
			return nil, errors.Join(err, opened.close())
		}
	}
	return opened, nil
}

// acquire returns the connections to use for a statement. The caller releases them.
func (f *namedFile) acquire(ctx context.Context) (*openedFile, error) {
	for {
		opened := f.current.Load()
		switch {
		case opened.settled != nil:
			select {
			case <-opened.settled:
				continue
			case <-ctx.Done():
				return nil, ctx.Err()
			case <-time.After(lockPatience):
				return nil, Unavailable(opened.problem)
			}
		case opened.problem != nil:
			return nil, Unavailable(opened.problem)
		}
		opened.users.Add(1)
		if f.current.Load() == opened {
			return opened, nil
		}
		opened.release()
	}
}

// release ends the use of connections. The last user of retired ones closes them.
func (o *openedFile) release() {
	if o.users.Add(-1) == 0 && o.retired.Load() {
		_ = o.close()
	}
}

// retire closes the connections as soon as nothing uses them.
func (o *openedFile) retire() {
	o.retired.Store(true)
	if o.users.Load() == 0 {
		_ = o.close()
	}
}

// close closes the connections, even if they are used. Further calls do nothing.
func (o *openedFile) close() error {
	if o.closing.Swap(true) || o.problem != nil {
		return nil
	}
	defer close(o.closed)
	err := o.commits.close()
	for _, pool := range []*sqlPool{o.reads, o.ready, o.writes} {
		if pool != nil {
			err = errors.Join(err, pool.Close())
		}
	}
	return err
}

// moved reports whether the name leads to another file than this, or to none.
func (f *namedFile) moved(opened *openedFile) bool {
	stamp := opened.stamp.Load()
	return stamp == nil || !sameFile(stamp.FileInfo, statOf(f.file.Path))
}

// filePool is the pool of a namedFile for one access.
type filePool struct {
	*namedFile

	access Access
}

// Query implements Pool. A statement that fails because the file was replaced runs once more, on the new file.
func (p filePool) Query(ctx context.Context, text string, args []any) (Rows, error) {
	found, opened, err := p.query(ctx, text, args)
	if err != nil && opened != nil && ctx.Err() == nil && !sqliteLocked(err) && p.lookAgain(ctx, opened) {
		found, _, err = p.query(ctx, text, args)
	}
	return found, err
}

// query runs a statement on the current file, which it returns if it was used.
func (p filePool) query(ctx context.Context, text string, args []any) (Rows, *openedFile, error) {
	opened, err := p.acquire(ctx)
	if err != nil {
		return nil, nil, err
	}
	found, err := p.of(opened).Query(ctx, text, args)
	if err != nil {
		opened.release()
		return nil, opened, err
	}
	return &fileRows{Rows: found, opened: opened}, opened, nil
}

func (p filePool) of(opened *openedFile) *sqlPool {
	switch {
	case p.access.Write:
		return opened.writes
	case p.access.Connections == 1:
		return opened.ready
	default:
		return opened.reads
	}
}

// fileRows are rows of a file, which is in use until they are closed.
type fileRows struct {
	Rows

	opened *openedFile
}

// Close implements Rows.
func (r *fileRows) Close() error {
	err := r.Rows.Close()
	if r.opened != nil {
		r.opened.release()
		r.opened = nil
	}
	return err
}

// Begin implements Pool.
func (p filePool) Begin(ctx context.Context) (Transaction, error) {
	if opened := p.current.Load(); opened.problem != nil || p.moved(opened) {
		p.lookAgain(ctx, opened)
	}
	opened, err := p.acquire(ctx)
	if err != nil {
		return nil, err
	}
	if p.moved(opened) {
		opened.release()
		return nil, Unavailable(errReplaced)
	}
	tx, err := p.of(opened).Begin(ctx)
	if err != nil {
		opened.release()
		return nil, err
	}
	return &fileTransaction{Transaction: tx, file: p.namedFile, opened: opened}, nil
}

// CheckWritable implements WriteChecker.
func (p filePool) CheckWritable(ctx context.Context) error {
	opened, err := p.acquire(ctx)
	if err != nil {
		return err
	}
	defer opened.release()
	return checkSQLiteWritable(ctx, p.file, p.of(opened).db)
}

// Locking implements Pool: a file has one writer anyway.
func (p filePool) Locking() Pool { return p }

// Ping implements Pool. It looks at what the name leads to, since connections outlive a file that was replaced.
func (p filePool) Ping(ctx context.Context) error {
	if opened := p.current.Load(); opened.problem != nil || p.moved(opened) {
		p.lookAgain(ctx, opened)
	}
	opened, err := p.acquire(ctx)
	if err != nil {
		return err
	}
	defer opened.release()
	if p.moved(opened) {
		return Unavailable(errReplaced)
	}
	return p.of(opened).Ping(ctx)
}

// Close implements Pool. It closes the pools of both kinds of access.
func (p filePool) Close() error {
	if p.watcher != nil {
		p.watcher.end()
	}
	opened := p.current.Load()
	opened.retired.Store(true)
	return opened.close()
}

// fileTransaction is a transaction that is not committed to a file that has lost its name.
type fileTransaction struct {
	Transaction

	file   *namedFile
	opened *openedFile
	over   bool
}

// Query implements Transaction.
func (t *fileTransaction) Query(ctx context.Context, text string, args []any) (Rows, error) {
	found, err := t.Transaction.Query(ctx, text, args)
	return found, t.explain(err)
}

// Exec implements Transaction.
func (t *fileTransaction) Exec(ctx context.Context, text string, args []any) (int64, error) {
	changed, err := t.Transaction.Exec(ctx, text, args)
	return changed, t.explain(err)
}

// explain returns a conflict instead of an error if the file was replaced: the transaction may succeed on the new file.
func (t *fileTransaction) explain(err error) error {
	if err != nil && t.file.moved(t.opened) {
		return failedByConflict(fmt.Errorf("%w: %w", errReplaced, err))
	}
	return err
}

// Commit implements Transaction.
func (t *fileTransaction) Commit(ctx context.Context) error {
	if t.file.moved(t.opened) {
		return failedByConflict(errReplaced) // the caller rolls back
	}
	err := t.Transaction.Commit(ctx)
	if err == nil {
		t.end()
	}
	return t.explain(err)
}

// Rollback implements Transaction.
func (t *fileTransaction) Rollback() {
	t.Transaction.Rollback()
	t.end()
}

func (t *fileTransaction) end() {
	if !t.over {
		t.over = true
		t.opened.release()
	}
}
