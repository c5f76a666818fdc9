package engine

import (
	"context"
	"database/sql"
	"errors"
	"time"
)

// ErrLocked means that another session holds a lock.
var ErrLocked = errors.New("the lock is held by another session")

// lockPause is the time between two attempts to take a lock. Attempts do not wait in the server, so that no read
// timeout of the connection ends the wait.
const lockPause = 100 * time.Millisecond

// Lock is a lock of a server with a name of its own in each database. A session holds it until it releases it or ends.
type Lock struct {
	// key returns the SQL expression of a lock's name. It may be NULL where the session has no current schema.
	key func(name string) string
	// take, release and isFree return queries for the lock with a key. Each selects one value that is true if the
	// lock was taken or released, or if no session holds it.
	take, release, isFree func(key string) string
	// takeUntilEnd returns a query like take whose lock the end of the transaction releases: a connection pooler may give a
	// session away then. It is nil where the server has no such locks.
	takeUntilEnd func(key string) string
}

// Acquire takes the lock for a session. It tries again until it has the lock, patience is over (ErrLocked) or the
// context ends.
func (l *Lock) Acquire(ctx context.Context, session *sql.Conn, name string, patience time.Duration) error {
	text := l.take(l.key(name))
	for deadline := time.Now().Add(patience); ; {
		taken, err := truth(ctx, session, text)
		if err != nil || taken {
			return err
		}
		if time.Now().After(deadline) {
			return ErrLocked
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(lockPause):
		}
	}
}

// Release releases the lock. The end of a session releases it, too, but the server may need a moment to notice that.
func (l *Lock) Release(ctx context.Context, session *sql.Conn, name string) error {
	_, err := truth(ctx, session, l.release(l.key(name)))
	return err
}

// Free reports whether no session holds the lock.
func (l *Lock) Free(ctx context.Context, session *sql.Conn, name string) (bool, error) {
	return truth(ctx, session, l.isFree(l.key(name)))
}

// truth returns the one value that a query selects. NULL is ErrInvalid: it is no answer, and waiting brings none.
// PostgreSQL returns it where the session has no current schema, and MySQL where the lock could not be taken at all.
func truth(ctx context.Context, session *sql.Conn, query string) (bool, error) {
	var yes sql.NullBool
	err := session.QueryRowContext(ctx, query).Scan(&yes)
	if err == nil && !yes.Valid {
		err = Invalid("the server cannot lock the database: check that the schema exists which the DSN names (search_path)")
	}
	return yes.Bool, err
}

// TakeTurn takes a named lock of the database, so that one of several programs at a time does some work. It does not wait: it
// fails with ErrLocked if another program, or another caller in this one, has the lock. release gives it back. The server takes
// it back when the session ends, and the system when the process that has locked a file does. The pools must be for writing.
//
// Where Dialect.NodeLocks, that holds for programs on the same node; on others, the commits of one make those of the other fail.
func (p *Pools) TakeTurn(ctx context.Context, name string) (release func(), err error) {
	lock := Of(p.source).Lock
	if lock == nil {
		return LockFile(ctx, p.source, "-"+name)
	}
	// The transaction only pins the connection. Its own end must not leave a lock on a connection of the pool.
	tx, err := p.Writes.Begin(context.WithoutCancel(ctx))
	if err != nil {
		return nil, err
	}
	key, take := lock.key("decnet_graph_"+name), lock.take
	if lock.takeUntilEnd != nil {
		take = lock.takeUntilEnd
	}
	release = func() {
		if lock.takeUntilEnd == nil {
			ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), rollbackTime)
			defer cancel()
			_, _ = isTrue(ending, tx, lock.release(key)) // a connection that cannot is lost, and with it the lock
		}
		tx.Rollback()
	}
	taken, err := isTrue(ctx, tx, take(key))
	if err == nil && !taken {
		err = ErrLocked
	}
	if err != nil && p.Dialect.NodeLocks && !errors.Is(err, ErrLocked) && ctx.Err() == nil {
		err = nil // a node of a cluster may refuse to lock at all
	}
	if err != nil {
		release()
		return nil, err
	}
	return release, nil
}

// isTrue reports whether a query selects one value that is true. It is not wrapped into another one: MySQL counts how often a
// session takes a lock.
func isTrue(ctx context.Context, from Querier, query string) (bool, error) {
	found, err := textColumn(ctx, from, query)
	return len(found) == 1 && (found[0] == "1" || found[0] == "true"), err
}
