package engine

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"decnetgraph/storage/engine/dsn"
)

const (
	// watchInterval is how often the name of a file is looked at.
	watchInterval = 500 * time.Millisecond
	// watchPatience is how long one look may wait for a file that is locked.
	watchPatience = time.Second
	// drainPatience is how long a look waits for statements on the former file.
	drainPatience = 5 * time.Second
)

// fileWatcher looks at the name of a file, so that connections are opened anew when it leads to another file, or when
// another program has overwritten the file in place. Programs may restore a backup, rotate the file, or delete it.
type fileWatcher struct {
	*namedFile

	// check decides whether a file can be served. It is called before the first statement runs on a file.
	check func(ctx context.Context, reads Querier) error
	log   *slog.Logger

	looks  chan chan struct{} // requests to look at once; each is closed when that is done
	cancel context.CancelFunc
	ended  chan struct{}

	// The fields below belong to the goroutine of run.

	former *openedFile // the last one that was in use
	logged string      // the problem that was logged last
}

// Watch follows a SQLite file: from now on, statements run on the file that has the name at their time, within a second.
// check is called with each file before it is used. While there is none that passes, statements fail with ErrUnavailable.
// Replicas are followed without a check. Watch does nothing for servers.
func (p *Pools) Watch(ctx context.Context, check func(ctx context.Context, reads Querier) error, log *slog.Logger) {
	primary := p.Reads
	if p.Replicas != nil {
		primary = p.Replicas.primary
		for _, one := range p.Replicas.replicas {
			watch(ctx, one.Pool, func(context.Context, Querier) error { return nil }, log)
		}
	}
	watch(ctx, primary, check, log)
}

func watch(ctx context.Context, pool Pool, check func(context.Context, Querier) error, log *slog.Logger) {
	file, isFile := pool.(filePool)
	if !isFile || file.watcher != nil {
		return
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	w := &fileWatcher{
		namedFile: file.namedFile, check: check, log: log,
		looks: make(chan chan struct{}), cancel: cancel, ended: make(chan struct{}),
		former: file.current.Load(),
	}
	file.watcher = w
	go w.run(ctx)
}

// lookAgain has the watcher look at the name at once, and reports whether another file, or none, is in use afterwards.
func (f *namedFile) lookAgain(ctx context.Context, opened *openedFile) bool {
	if f.watcher == nil {
		return false
	}
	done := make(chan struct{})
	select {
	case f.watcher.looks <- done:
	case <-f.watcher.ended:
		return false
	case <-ctx.Done():
		return false
	}
	select {
	case <-done:
	case <-ctx.Done():
	}
	return f.current.Load() != opened
}

// end stops the watcher and waits for it.
func (w *fileWatcher) end() {
	w.cancel()
	<-w.ended
}

func (w *fileWatcher) run(ctx context.Context) {
	defer close(w.ended)
	tick := time.NewTicker(watchInterval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			w.look(ctx)
		case done := <-w.looks:
			waiting := append(w.waiting(), done) // a look that begins now answers all of them
			w.look(ctx)
			for _, one := range waiting {
				close(one)
			}
		}
	}
}

// waiting returns the requests that wait already.
func (w *fileWatcher) waiting() (all []chan struct{}) {
	for {
		select {
		case done := <-w.looks:
			all = append(all, done)
		default:
			return all
		}
	}
}

// look compares the file that has the name with the one that is open.
func (w *fileWatcher) look(ctx context.Context) {
	opened := w.current.Load()
	stamp, err := stampOf(w.file)
	switch {
	case err != nil:
		w.give(ctx, "the database file is missing or cannot be read", err)
	case opened.problem != nil, !sameFile(stamp.FileInfo, opened.stamp.Load().FileInfo):
		w.reopen(ctx, stamp)
	default:
		w.lookInside(ctx, opened, stamp)
	}
}

// lookInside finds out whether a file that is open was overwritten in place. SQLite itself notices commits of other
// programs, and drops the pages that it has cached. It does not notice other changes of the file.
func (w *fileWatcher) lookInside(ctx context.Context, opened *openedFile, stamp *fileStamp) {
	before := opened.stamp.Load()
	changed := stamp.Size() != before.Size() || !stamp.ModTime().Equal(before.ModTime())
	patient, cancel := context.WithTimeout(ctx, watchPatience)
	defer cancel()
	var err error
	switch {
	case opened.commits == nil && !changed && !w.file.Immutable:
		opened.commits, err = countCommits(patient, w.file)
	case opened.commits != nil && changed:
		var version int64
		var wal bool
		version, wal, err = opened.commits.read(patient)
		// In WAL mode a checkpoint changes the file, not a commit, and nothing distinguishes it from other changes.
		if err == nil && !wal && version != opened.commits.version {
			if err = w.check(patient, opened.reads); err == nil {
				opened.commits.version, changed = version, false
			}
		}
	}
	switch {
	case sqliteLocked(err) || Interrupted(err): // look again later
	case changed || err != nil:
		w.reopen(ctx, stamp)
	default:
		opened.stamp.Store(stamp)
	}
}

// reopen opens the file that has the name, and uses it from now on if it passes the checks.
func (w *fileWatcher) reopen(ctx context.Context, stamp *fileStamp) {
	isOther := !sameFile(stamp.FileInfo, w.former.stamp.Load().FileInfo)
	if isOther && !w.leaveFormer(ctx, stamp) {
		return
	}
	patient, cancel := context.WithTimeout(ctx, lockPatience)
	defer cancel()
	fresh, err := w.open(patient)
	if err == nil {
		if err = w.check(patient, fresh.reads); err != nil {
			_ = fresh.close()
		}
	}
	switch {
	case ctx.Err() != nil:
		return
	case err != nil:
		w.give(ctx, "the database file cannot be served", err)
		return
	}
	w.use(fresh)
	w.former = fresh
	switch {
	case isOther:
		w.log.InfoContext(ctx, "storage: the database file was replaced, and the new one is used", "file", w.file.Path)
	case w.logged != "":
		w.log.InfoContext(ctx, "storage: the database file can be used again", "file", w.file.Path)
	}
	w.logged = ""
}

// leaveFormer reports whether nothing of the former file is in the way of the new one, which stamp is of.
func (w *fileWatcher) leaveFormer(ctx context.Context, stamp *fileStamp) bool {
	former := *w.former.stamp.Load()
	if err := leftBehind(stamp.beside, former.beside); err != nil {
		w.give(ctx, "the database file was replaced, but a file of the former database is still beside it", err)
		return false
	}
	if sameFile(stamp.beside.shm, former.beside.shm) && !w.drain(ctx) {
		w.give(ctx, "the database file was replaced, and requests still use the former one", errReplaced)
		return false
	}
	former.beside = besideFiles{} // the files that are there now belong to the new one, even if they have the same inodes
	w.former.stamp.Store(&former)
	return true
}

// leftBehind fails if a log or journal of the former file lies beside the new one: SQLite would take it for the new
// file's, and mix the rows of both.
func leftBehind(now, former besideFiles) error {
	const advice = "; stop the programs that use the database, and remove this file and the one that ends in -shm"
	if notEmpty(now.wal) && sameFile(now.wal, former.wal) {
		return Invalid("%s belongs to the file that was replaced%s", now.walPath, advice)
	}
	if sameFile(now.journal, former.journal) && hotJournal(now.journalPath) {
		return Invalid("%s belongs to the file that was replaced%s", now.journalPath, advice)
	}
	return nil
}

// drain waits until no connection to the former file is left, and has new statements wait meanwhile. One process must not
// open the -shm file of a database twice, for two files: SQLite would take it for unused, and clear it.
func (w *fileWatcher) drain(ctx context.Context) bool {
	w.use(&openedFile{problem: errReplaced, settled: make(chan struct{})})
	select {
	case <-w.former.closed:
		return true
	case <-time.After(drainPatience):
	case <-ctx.Done():
	}
	return false
}

// use makes new statements use an openedFile. The connections that were in use are closed with their last statement.
func (w *fileWatcher) use(next *openedFile) {
	before := w.current.Swap(next)
	if before.settled != nil {
		close(before.settled)
	}
	if before.problem == nil {
		before.retire()
	}
}

// give makes statements fail, and logs why when the cause changes. The public message is without names of files.
func (w *fileWatcher) give(ctx context.Context, public string, cause error) {
	// The cause must not be of kind ErrInvalid, since no request is at fault.
	w.use(&openedFile{problem: fmt.Errorf("%w: %s", &Error{Kind: ErrUnavailable, Message: public}, cause.Error())})
	if w.logged != cause.Error() && ctx.Err() == nil {
		w.logged = cause.Error()
		w.log.ErrorContext(ctx, "storage: requests fail until the database file can be served", "file", w.file.Path, "cause", cause)
	}
}

// commitCounter notices commits to a file.
type commitCounter struct {
	db      *sql.DB
	conn    *sql.Conn
	version int64 // what read returned when the file was last looked at
}

// countCommits opens a connection of its own: SQLite counts the commits that a connection did not make itself.
func countCommits(ctx context.Context, file dsn.File) (*commitCounter, error) {
	db, err := openSQLiteFile(ctx, file, sqliteReading, 1)
	if err != nil {
		return nil, err
	}
	c := &commitCounter{db: db}
	if c.conn, err = db.Conn(ctx); err == nil {
		c.version, _, err = c.read(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, c.close())
	}
	return c, nil
}

// read returns a number that changes with every commit, and whether the database is in WAL mode.
func (c *commitCounter) read(ctx context.Context) (version int64, wal bool, err error) {
	var mode string
	if err = c.conn.QueryRowContext(ctx, "PRAGMA data_version").Scan(&version); err == nil {
		err = c.conn.QueryRowContext(ctx, "PRAGMA journal_mode").Scan(&mode)
	}
	return version, mode == "wal", err
}

// close may be called on nil.
func (c *commitCounter) close() error {
	if c == nil {
		return nil
	}
	var err error
	if c.conn != nil {
		err = c.conn.Close()
	}
	return errors.Join(err, c.db.Close())
}
