package transfer

import (
	"context"
	"errors"
	"time"

	"decnetgraph/storage/engine"
)

// ErrBusy means that another import into the same database is running.
var ErrBusy = errors.New("another import into this database is running")

const (
	// lockName is the name of the lock of an import into a database.
	lockName = "decnet_graph_import"
	// lockSuffix ends the name of the file that serves as the lock of a SQLite file.
	lockSuffix = "-import"
)

// lock locks the target against other imports as long as this process and its session live. A server may be busy with
// the last statement of a process that was killed, so lock waits up to patience and then fails with ErrBusy.
func (d *database) lock(ctx context.Context, patience time.Duration) (release func(), err error) {
	if d.engine.Lock == nil {
		release, err = d.lockFile(ctx, patience)
	} else {
		err = d.engine.Lock.Acquire(ctx, d.conn, lockName, patience)
		release = func() {
			ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), rollbackTime)
			defer cancel()
			_ = d.engine.Lock.Release(ending, d.conn, lockName) // the end of the session releases it, too
		}
	}
	if errors.Is(err, engine.ErrLocked) {
		err = ErrBusy
	}
	return release, err
}

func (d *database) lockFile(ctx context.Context, patience time.Duration) (release func(), err error) {
	for deadline := time.Now().Add(patience); ; {
		release, err = engine.LockFile(ctx, d.source, lockSuffix)
		if !errors.Is(err, engine.ErrLocked) || time.Now().After(deadline) {
			return release, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// locked reports whether an import into this database is running. A SQLite file is never locked: its import can be
// seen by its records only.
func (d *database) locked(ctx context.Context) (bool, error) {
	if d.engine.Lock == nil {
		return false, nil
	}
	free, err := d.engine.Lock.Free(ctx, d.conn, lockName)
	return !free, err
}
