package migrations

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"
	"time"

	"github.com/pressly/goose/v3"

	"decnetgraph/storage/engine"
)

// patience is how long a process waits for others that migrate the same database.
const patience = 10 * time.Minute

//go:embed */*.sql
var files embed.FS

// provider returns goose for this database. It migrates on the connection that has the lock and needs no other.
func (s schema) provider() (*goose.Provider, error) {
	folder, err := fs.Sub(files, s.engine.Name())
	if err != nil {
		return nil, err
	}
	options := []goose.ProviderOption{goose.WithTableName(versionTable), goose.WithDisableGlobalRegistry(true)}
	if s.engine.MigrationLock != nil {
		options = append(options, goose.WithSessionLocker(sessionLock{s.engine.MigrationLock}))
	}
	if s.engine.AlreadyDone != nil {
		migrations, err := rerunnable(folder, s.engine)
		if err != nil {
			return nil, err
		}
		folder, options = nil, append(options, goose.WithGoMigrations(migrations...))
	}
	return goose.NewProvider(goose.Dialect(s.engine.Goose), s.db, folder, options...)
}

// retryWhileLocked tries again while another connection writes to a file, which may take longer than the busy timeout
// of this connection, or fail in a way that the timeout does not cover. Servers have a lock that waits.
func (s schema) retryWhileLocked(ctx context.Context, try func() error) error {
	for deadline := time.Now().Add(patience); ; {
		err := try()
		if s.engine.MigrationLock != nil || !s.engine.Conflict(err) || time.Now().After(deadline) {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%w: %w", ctx.Err(), err)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// sessionLock is the lock of a server for goose. It keeps processes that migrate the same database apart.
type sessionLock struct{ lock *engine.Lock }

// SessionLock implements lock.SessionLocker.
func (l sessionLock) SessionLock(ctx context.Context, conn *sql.Conn) error {
	if err := l.lock.Acquire(ctx, conn, versionTable, patience); err != nil {
		return fmt.Errorf("lock the database: %w", err)
	}
	return nil
}

// SessionUnlock implements lock.SessionLocker.
func (l sessionLock) SessionUnlock(ctx context.Context, conn *sql.Conn) error {
	if err := l.lock.Release(ctx, conn, versionTable); err != nil {
		return fmt.Errorf("unlock the database: %w", err)
	}
	return nil
}
