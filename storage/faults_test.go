package storage

import (
	"context"
	"database/sql"
	"io"
	"net"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/mattn/go-sqlite3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"decnetgraph/storage/dsn"
	"decnetgraph/storage/migrations"
	"decnetgraph/storage/storagetest/dbserver"
)

// serverStore opens a store for writing on an empty database, and the database beside it.
func serverStore(t *testing.T, driver, source string) (*Store, *sql.DB) {
	t.Helper()
	parsed, err := dsn.Parse(source)
	require.NoError(t, err)
	name := source
	if parsed.Engine == dsn.MySQL {
		name = parsed.MySQL.FormatDSN()
	}
	db, err := sql.Open(driver, name)
	require.NoError(t, err)
	t.Cleanup(func() { _ = db.Close() })
	_, err = migrations.Up(t.Context(), db, migrations.Engine(parsed.Engine), nil)
	require.NoError(t, err)
	s, err := Open(t.Context(), source, Options{Write: true})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s, db
}

// TestDeadlocksAreRunAgain has two writers take the same locks in opposite order, so that the database
// must fail one of them.
func TestDeadlocksAreRunAgain(t *testing.T) {
	t.Parallel()
	for driver, start := range map[string]func(testing.TB) *dbserver.Server{"pgx": dbserver.Postgres, "mysql": dbserver.MariaDB} {
		t.Run(driver, func(t *testing.T) {
			t.Parallel()
			s, db := serverStore(t, driver, start(t).Database(t))
			for _, statement := range []string{"CREATE TABLE counters (name VARCHAR(10) PRIMARY KEY, n INTEGER NOT NULL)", "INSERT INTO counters VALUES ('a', 0), ('b', 0)"} {
				_, err := db.ExecContext(t.Context(), statement)
				require.NoError(t, err)
			}
			var both, writers sync.WaitGroup
			both.Add(2)
			var mu sync.Mutex
			conflicts := 0
			for _, order := range [][2]string{{"a", "b"}, {"b", "a"}} {
				writers.Go(func() {
					meet := sync.OnceFunc(func() { both.Done(); both.Wait() })
					assert.NoError(t, s.write(t.Context(), func(c *change) error {
						for _, name := range order {
							q := &statement{dialect: s.dialect}
							q.add("UPDATE counters SET n = n + 1 WHERE name = ?", name)
							if _, err := c.exec(t.Context(), q); err != nil {
								mu.Lock()
								conflicts++
								mu.Unlock()
								return err
							}
							meet() // each holds its first lock
						}
						return nil
					}))
				})
			}
			writers.Wait()
			assert.Positive(t, conflicts)
			var least, most int
			require.NoError(t, db.QueryRowContext(t.Context(), "SELECT MIN(n), MAX(n) FROM counters").Scan(&least, &most))
			assert.Equal(t, []int{2, 2}, []int{least, most}, "each change was made once")
		})
	}
}

func TestFaultsOfDatabasesAreUnavailable(t *testing.T) {
	t.Parallel()
	dial := &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}
	reset := &net.OpError{Op: "read", Err: syscall.ECONNRESET}
	for _, c := range []struct {
		fact     string
		classify func(error) error
		err      error
	}{
		{"PostgreSQL: nobody listens", classifyPostgres, dial},
		{"PostgreSQL: too many connections", classifyPostgres, &pgconn.PgError{Code: "53300"}},
		{"PostgreSQL: an operator ends the connection", classifyPostgres, &pgconn.PgError{Code: "57P01"}},
		{"PostgreSQL: a read-only server", classifyPostgres, &pgconn.PgError{Code: "25006"}},
		{"PostgreSQL: deadlock", classifyPostgres, &pgconn.PgError{Code: "40P01"}},
		{"PostgreSQL: the connection ends", classifyPostgres, io.ErrUnexpectedEOF},
		{"MySQL: nobody listens", classifyMySQL, dial},
		{"MySQL: the connection ends", classifyMySQL, mysql.ErrInvalidConn},
		{"MySQL: the connection is reset", classifyMySQL, reset},
		{"MySQL: too many connections", classifyMySQL, &mysql.MySQLError{Number: 1040}},
		{"MySQL: too many prepared statements", classifyMySQL, &mysql.MySQLError{Number: 1461}},
		{"MySQL: a password that has changed", classifyMySQL, &mysql.MySQLError{Number: 1045}},
		{"MySQL: a read-only server", classifyMySQL, &mysql.MySQLError{Number: 1290}},
		{"MySQL: deadlock", classifyMySQL, &mysql.MySQLError{Number: 1213}},
		{"SQLite: locked", classifySQLite, sqlite3.Error{Code: sqlite3.ErrBusy}},
	} {
		t.Run(c.fact, func(t *testing.T) {
			require.ErrorIs(t, c.classify(c.err), ErrUnavailable)
		})
	}
	for _, stale := range []error{reset, io.EOF, io.ErrUnexpectedEOF} {
		assert.True(t, staleConnection(stale), stale)
		assert.True(t, droppedMySQL(stale), stale)
	}
	assert.False(t, droppedMySQL(dial), "nothing was there to be dropped")
	for _, refused := range []error{&pgconn.PgError{Code: "42703"}, &pgconn.PgError{Code: "57014"}} {
		assert.False(t, staleConnection(refused), refused)
	}
	s := &Store{shared: &shared{dialect: postgresDialect("")}}
	err := s.fault(t.Context(), context.DeadlineExceeded)
	require.ErrorIs(t, err, ErrUnavailable)
	require.NotErrorIs(t, err, context.DeadlineExceeded, "it was the driver's limit, and not the request's")
	past := lateContext{t.Context()}
	require.ErrorIs(t, s.fault(past, dial), context.DeadlineExceeded, "the network was faster than the context")
}

// TestOnlyTheVictimIsKilled gives the killer numbers that mean another connection by now, or none.
func TestOnlyTheVictimIsKilled(t *testing.T) {
	t.Parallel()
	parsed, err := dsn.Parse(dbserver.MariaDB(t).Database(t))
	require.NoError(t, err)
	connector, err := mysql.NewConnector(parsed.MySQL)
	require.NoError(t, err)
	db := sql.OpenDB(connector)
	defer db.Close()
	conn, err := db.Conn(t.Context())
	require.NoError(t, err)
	defer conn.Close()
	var v victim
	require.NoError(t, conn.QueryRowContext(t.Context(), "SELECT id, host FROM information_schema.processlist WHERE id = CONNECTION_ID()").Scan(&v.number, &v.host))
	k := newKiller(connector)
	k.add(victim{number: v.number, host: "192.0.2.1:1"}) // it had this number before the server started again
	k.add(victim{number: 1 << 40, host: v.host})
	k.work.Wait()
	require.NoError(t, conn.PingContext(t.Context()), "another connection")
	k.add(v)
	k.work.Wait()
	require.Error(t, conn.PingContext(t.Context()), "the victim itself")

	// A server that is away does not keep the goroutine.
	away, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { _ = away.Close() }() // it accepts, and says nothing
	config := parsed.MySQL.Clone()
	config.Addr = away.Addr().String()
	connector, err = mysql.NewConnector(config)
	require.NoError(t, err)
	k = newKiller(connector)
	for range 2 * maxVictims {
		k.add(v)
	}
	k.mu.Lock()
	assert.LessOrEqual(t, len(k.victims), maxVictims)
	k.mu.Unlock()
	stopped := make(chan struct{})
	go func() {
		k.stop()
		close(stopped)
	}()
	select {
	case <-stopped:
	case <-time.After(killTime / 2): // after killTime it would end by itself
		t.Fatal("stop waits for a server that does not answer")
	}
	k.add(v) // too late, and without effect
	assert.False(t, k.working)
}

// lateContext has a deadline that has passed, and does not know it yet.
type lateContext struct{ context.Context } //nolint:containedctx // it is one

// Deadline implements context.Context.
func (lateContext) Deadline() (time.Time, bool) { return time.Now().Add(-time.Millisecond), true }
