package engine

import (
	"context"
	"database/sql"
	"io"
	"net"
	"syscall"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/mattn/go-sqlite3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"decnetgraph/storage/storagetest/dbserver"
)

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
		{"SQLite: a damaged file", classifySQLite, sqlite3.Error{Code: sqlite3.ErrCorrupt}},
	} {
		t.Run(c.fact, func(t *testing.T) {
			require.ErrorIs(t, c.classify(c.err), ErrUnavailable)
		})
	}
	for _, stale := range []error{reset, io.EOF, io.ErrUnexpectedEOF} {
		assert.True(t, staleConnection(stale), stale)
		assert.True(t, mysqlConnectionLost(stale), stale)
	}
	assert.False(t, mysqlConnectionLost(dial), "nothing was there to be dropped")
	for _, refused := range []error{&pgconn.PgError{Code: "42703"}, &pgconn.PgError{Code: "57014"}} {
		assert.False(t, staleConnection(refused), refused)
	}
	err := Postgres.Fault(t.Context(), context.DeadlineExceeded)
	require.ErrorIs(t, err, ErrUnavailable)
	require.NotErrorIs(t, err, context.DeadlineExceeded, "it was the driver's limit, and not the request's")
	past := lateContext{t.Context()}
	require.ErrorIs(t, Postgres.Fault(past, dial), context.DeadlineExceeded, "the network was faster than the context")
}

// TestOnlyTheVictimIsKilled gives the killer numbers that belong to another connection by now, or to none.
func TestOnlyTheVictimIsKilled(t *testing.T) {
	t.Parallel()
	source, err := Parse(dbserver.MariaDB(t).Database(t))
	require.NoError(t, err)
	connector, err := mysql.NewConnector(mysqlConfig(source))
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
	config := mysqlConfig(source).Clone()
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

// lateContext has a deadline that has passed, but does not report it yet.
type lateContext struct{ context.Context } //nolint:containedctx // it is one

// Deadline implements context.Context.
func (lateContext) Deadline() (time.Time, bool) { return time.Now().Add(-time.Millisecond), true }

func TestCausesThatSQLiteReportsAlikeAreToldApart(t *testing.T) {
	t.Parallel()
	for says, err := range map[string]sqlite3.Error{
		"only a program that writes can roll back": {Code: sqlite3.ErrReadonly, ExtendedCode: sqlite3.ErrReadonlyRollback},
		"the database file was replaced":           {Code: sqlite3.ErrReadonly, ExtendedCode: sqlite3.ErrReadonlyDbMoved},
		"the folder of the file may not be":        {Code: sqlite3.ErrReadonly, ExtendedCode: errReadonlyDirectory},
		"the write-ahead log cannot be read":       {Code: sqlite3.ErrReadonly, ExtendedCode: errReadonlyCantInit},
		"the medium that it is on":                 {Code: sqlite3.ErrReadonly, ExtendedCode: sqlite3.ErrNoExtended(sqlite3.ErrReadonly)},
		"cannot be opened":                         {Code: sqlite3.ErrCantOpen},
		"the file is damaged":                      {Code: sqlite3.ErrCorrupt},
	} {
		found := classifySQLite(err)
		require.ErrorIs(t, found, ErrUnavailable)
		require.ErrorContains(t, found, says)
	}
}
