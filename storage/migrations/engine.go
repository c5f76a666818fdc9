package migrations

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"time"

	"github.com/mattn/go-sqlite3"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

// Engine is a kind of database.
type Engine string

// The kinds of databases there are migrations for; MySQL stands for MariaDB as well.
const (
	SQLite   Engine = "sqlite"
	MySQL    Engine = "mysql"
	Postgres Engine = "postgres"
)

// patience is how long a process waits for others that migrate the same database.
const patience = 10 * time.Minute

//go:embed sqlite/*.sql mysql/*.sql postgres/*.sql
var files embed.FS

// engine is what the kinds of databases differ in.
type engine struct {
	folder  string // of files
	dialect goose.Dialect
	tables  string                             // lists the tables of the database
	locker  func() (lock.SessionLocker, error) // nil where a transaction holds all of a migration, and is lock enough
	rerun   bool                               // DDL commits at once, so a migration may find its work half done
}

var engines = map[Engine]engine{
	SQLite: {
		folder:  "sqlite",
		dialect: goose.DialectSQLite3,
		tables:  "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT GLOB 'sqlite_*' ORDER BY name",
	},
	MySQL: {
		folder:  "mysql",
		dialect: goose.DialectMySQL,
		tables:  "SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE() ORDER BY table_name",
		locker:  func() (lock.SessionLocker, error) { return mysqlLock{}, nil },
		rerun:   true,
	},
	Postgres: {
		folder:  "postgres",
		dialect: goose.DialectPostgres,
		// Extensions bring tables of their own.
		tables: "SELECT relname FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace" +
			" WHERE nspname = current_schema() AND relkind IN ('r', 'p') AND NOT EXISTS (SELECT 1 FROM pg_depend" +
			" WHERE classid = 'pg_class'::regclass AND objid = c.oid AND deptype = 'e') ORDER BY relname",
		locker: func() (lock.SessionLocker, error) {
			return lock.NewPostgresSessionLocker(
				lock.WithLockID(int64(crc32.ChecksumIEEE([]byte(versionTable)))), // within the database
				lock.WithLockTimeout(1, uint64(patience/time.Second)),
			)
		},
	},
}

// provider is goose for this database. It migrates on the connection that has the lock, and needs no other.
func (s schema) provider() (*goose.Provider, error) {
	folder, err := fs.Sub(files, s.engine.folder)
	if err != nil {
		return nil, err
	}
	options := []goose.ProviderOption{goose.WithTableName(versionTable), goose.WithDisableGlobalRegistry(true)}
	if s.engine.locker != nil {
		locker, err := s.engine.locker()
		if err != nil {
			return nil, err
		}
		options = append(options, goose.WithSessionLocker(locker))
	}
	if s.engine.rerun {
		again, err := rerunnable(folder)
		if err != nil {
			return nil, err
		}
		folder, options = nil, append(options, goose.WithGoMigrations(again...))
	}
	return goose.NewProvider(s.engine.dialect, s.db, folder, options...)
}

// patiently tries again while SQLite says that another connection writes; it may do so for longer than the
// busy timeout of this one, or in a way that a timeout does not wait for. The servers have locks that wait.
func patiently(ctx context.Context, try func() error) error {
	for deadline := time.Now().Add(patience); ; {
		err := try()
		var failure sqlite3.Error
		if !errors.As(err, &failure) || failure.Code != sqlite3.ErrBusy && failure.Code != sqlite3.ErrLocked || time.Now().After(deadline) {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%w: %w", ctx.Err(), err)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// mysqlLock is a lock of the server that belongs to one session, and ends with it. Its name tells the database,
// because the server has one set of names for all of them.
type mysqlLock struct{}

const mysqlLockName = "CONCAT('" + versionTable + ".', LEFT(SHA2(DATABASE(), 256), 40))" // of 64 characters, at most

// SessionLock waits for the lock, a second at a time, so that no read timeout of the connection ends the wait.
func (mysqlLock) SessionLock(ctx context.Context, conn *sql.Conn) error {
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); {
		var taken sql.NullInt64
		if err := conn.QueryRowContext(ctx, "SELECT GET_LOCK("+mysqlLockName+", 1)").Scan(&taken); err != nil {
			return fmt.Errorf("lock the database: %w", err)
		}
		if taken.Int64 == 1 {
			return nil
		}
	}
	return fmt.Errorf("lock the database: another process holds it for %v", patience)
}

// SessionUnlock releases the lock.
func (mysqlLock) SessionUnlock(ctx context.Context, conn *sql.Conn) error {
	var released sql.NullInt64
	if err := conn.QueryRowContext(ctx, "SELECT RELEASE_LOCK("+mysqlLockName+")").Scan(&released); err != nil {
		return fmt.Errorf("unlock the database: %w", err)
	}
	return nil
}
