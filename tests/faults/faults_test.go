// Package faults_test runs the whole program on databases that fail under it: killed, frozen, full, locked
// and read-only.
package faults_test

import (
	"bufio"
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"io"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"decnetgraph/command"
	"decnetgraph/storage"
	"decnetgraph/storage/engine"
	"decnetgraph/storage/engine/dsn"
	"decnetgraph/storage/migrations"
	"decnetgraph/storage/storagetest"
	"decnetgraph/storage/storagetest/dbserver"
)

// faulty is a kind of database server that the tests kill, freeze, fill and lock while our server uses it.
type faulty struct {
	name  string
	start func(testing.TB) *dbserver.Server
	// unchecked is a statement that turns foreign keys off, for rows whose links lead nowhere.
	unchecked string
	// lock, on one connection, blocks all statements that read campaigns; unlock releases them.
	lock, unlock string
	// sessions counts the connections of our server, and waiting those whose statement waits for the lock.
	sessions, waiting string
	// running counts the connections that run a statement.
	running string
	// free counts the connections that the server would still accept from a superuser.
	free string
}

var faultyServers = []faulty{
	{
		name: "PostgreSQL", start: dbserver.StartPostgres, unchecked: "SET session_replication_role = replica",
		lock: "BEGIN; LOCK TABLE campaigns IN ACCESS EXCLUSIVE MODE", unlock: "ROLLBACK",
		sessions: "SELECT COUNT(*) FROM pg_stat_activity WHERE application_name = 'decnet-graph'",
		waiting:  "SELECT COUNT(*) FROM pg_stat_activity WHERE application_name = 'decnet-graph' AND wait_event_type = 'Lock'",
		running:  "SELECT COUNT(*) FROM pg_stat_activity WHERE application_name = 'decnet-graph' AND state <> 'idle'",
		free:     "SELECT current_setting('max_connections')::INT - COUNT(*) FROM pg_stat_activity WHERE backend_type = 'client backend'",
	},
	{
		name: "MariaDB", start: dbserver.StartMariaDB, unchecked: "SET SESSION foreign_key_checks = 0",
		lock: "LOCK TABLES campaigns WRITE", unlock: "UNLOCK TABLES",
		sessions: "SELECT COUNT(*) FROM information_schema.processlist WHERE user = 'decnet'",
		waiting:  "SELECT COUNT(*) FROM information_schema.processlist WHERE user = 'decnet' AND state LIKE 'Waiting for table%'",
		running:  "SELECT COUNT(*) FROM information_schema.processlist WHERE user = 'decnet' AND command <> 'Sleep'",
		free:     "SELECT @@max_connections + 1 - COUNT(*) FROM information_schema.processlist WHERE user <> 'system user'",
	},
}

// TestDatabaseServerFaults starts a private server of each kind and runs the faults on it one after the other.
func TestDatabaseServerFaults(t *testing.T) {
	t.Parallel()
	for _, kind := range faultyServers {
		t.Run(kind.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, kind)
			for _, fault := range []struct {
				fact string
				test func(*testing.T, *rig)
			}{
				{"a killed server is unavailable and serves as soon as it is ready", testKilledServer},
				{"connections that were dropped while idle cost no request", testStaleConnections},
				{"a frozen server costs requests no more than their timeout", testFrozenServer},
				{"a client that leaves ends its statement", testClientLeaves},
				{"clients that leave do not disturb others", testOthersLeave},
				{"more requests than connections wait for each other", testFullPool},
				{"requests beyond the pool time out", testFullPoolTimesOut},
				{"a server without a free connection is unavailable", testFullServer},
				{"a server that becomes read-only is read", testReadOnlyServer},
				{"writes survive the loss of connections", testLostWrites},
				{"a commit whose answer is lost is not made twice", testLostCommits},
			} {
				t.Run(fault.fact, func(t *testing.T) { fault.test(t, r) })
			}
		})
	}
}

// rig is a database server with the fixture, and the right answer.
type rig struct {
	faulty

	server *dbserver.Server
	source string
	want   string // the answer to wideQuery
}

func newRig(t *testing.T, kind faulty) *rig {
	t.Helper()
	r := &rig{faulty: kind, server: kind.start(t), want: knownAnswer(t)}
	r.source = r.server.Database(t)
	db := openDatabase(t, r.source)
	fill(t, db, r.source, kind.unchecked)
	return r
}

// count runs a query for a single number as the superuser.
func (r *rig) count(t *testing.T, query string) (n int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	require.NoError(t, r.server.Admin().QueryRowContext(ctx, query).Scan(&n))
	return n
}

// eventually waits until count returns n, and returns how long that took.
func (r *rig) eventually(t *testing.T, query string, n int) time.Duration {
	t.Helper()
	start := time.Now()
	require.Eventually(t, func() bool { return r.count(t, query) == n }, patience, 2*time.Millisecond, "%d for %s", n, query)
	return time.Since(start)
}

// hold locks the campaigns until the returned function is called.
func (r *rig) hold(t *testing.T) (release func()) {
	t.Helper()
	db := openDatabase(t, r.source)
	conn, err := db.Conn(t.Context())
	require.NoError(t, err)
	_, err = conn.ExecContext(t.Context(), r.lock)
	require.NoError(t, err)
	release = sync.OnceFunc(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		_, err := conn.ExecContext(ctx, r.unlock)
		require.NoError(t, err)
		require.NoError(t, conn.Close())
	})
	t.Cleanup(release)
	return release
}

// openDatabase opens a database such that count does not take the connections for those of our server.
func openDatabase(t *testing.T, source string) *sql.DB {
	t.Helper()
	parsed, err := engine.Parse(source)
	require.NoError(t, err)
	var db *sql.DB
	switch e := engine.Of(parsed); e {
	case engine.MySQL:
		config := parsed.Target.(dsn.MySQLServer).Clone()
		config.User, config.Passwd = "root", ""
		db, err = sql.Open("mysql", config.FormatDSN())
	case engine.Postgres:
		db, err = sql.Open("pgx", source+"&default_query_exec_mode=simple_protocol")
	default:
		db, err = e.OpenSQL(parsed)
	}
	require.NoError(t, err)
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// fill creates our tables and inserts the rows of the fixture.
func fill(t *testing.T, db *sql.DB, source, unchecked string) {
	t.Helper()
	parsed, err := engine.Parse(source)
	require.NoError(t, err)
	_, err = migrations.Up(t.Context(), db, engine.Of(parsed), nil)
	require.NoError(t, err)
	conn, err := db.Conn(t.Context())
	require.NoError(t, err)
	defer conn.Close()
	if unchecked != "" {
		_, err = conn.ExecContext(t.Context(), unchecked)
		require.NoError(t, err)
	}
	for _, row := range storagetest.Fixture().Rows() {
		if row.Table == "alembic_version" { // the migration has written it
			continue
		}
		marks, values := make([]string, len(row.Values)), make([]any, len(row.Values))
		for n, value := range row.Values {
			marks[n], values[n] = "?", value
			if engine.Of(parsed) == engine.Postgres {
				marks[n] = fmt.Sprintf("$%d", n+1)
			}
			switch v := value.(type) {
			case storage.JSON:
				values[n] = string(v)
			case time.Time:
				if engine.Of(parsed) == engine.SQLite {
					values[n] = v.UTC().Format("2006-01-02 15:04:05.000000")
				}
			}
		}
		_, err := conn.ExecContext(t.Context(), "INSERT INTO "+row.Table+" ("+strings.Join(row.Columns, ", ")+") VALUES ("+strings.Join(marks, ", ")+")", values...)
		require.NoError(t, err, row.Table)
	}
}

func fixtureFile(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "decnet.db")
	db, err := storage.CreateSQLite(t.Context(), path)
	require.NoError(t, err)
	fill(t, db, path, "")
	require.NoError(t, db.Close())
	return path
}

// knownAnswer returns the answer to wideQuery of a database without faults.
func knownAnswer(t *testing.T) string {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	answer := serveOn(t, fixtureFile(t)).ask(ctx, wideQuery)
	require.Empty(t, answer.problem)
	require.Empty(t, answer.codes)
	require.Contains(t, answer.data, "i1")
	return answer.data
}

// served is our server, running on a database.
type served struct {
	base string
	log  *lockedBuffer
	stop func()
}

// noAdmission lets operations run that would be refused because the server has too much to do.
var noAdmission = []string{"--max-running", "1000000000", "--max-waiting", "1000"}

// serveOn runs our server on a database until the test ends. These tests are about databases, so it admits everything.
func serveOn(t *testing.T, db string, args ...string) *served {
	t.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	reader, writer := io.Pipe()
	s := &served{log: &lockedBuffer{}}
	exit := make(chan int, 1)
	go func() {
		exit <- command.Main(ctx, slices.Concat([]string{"serve", "--db", db, "--listen", "127.0.0.1:0"}, noAdmission, args), command.Streams{Out: writer, Err: s.log})
		_ = writer.Close()
	}()
	s.stop = sync.OnceFunc(func() {
		cancel()
		select {
		case code := <-exit:
			require.Zero(t, code, s.log.String())
		case <-time.After(time.Minute):
			t.Error("the server does not stop")
		}
	})
	t.Cleanup(s.stop)
	lines := bufio.NewScanner(reader)
	address := regexp.MustCompile(`GraphiQL +(http://[^/]+)/graphiql/`)
	for s.base == "" {
		require.True(t, lines.Scan(), "the server stopped before it said where it serves: %s", s.log)
		if found := address.FindStringSubmatch(lines.Text()); found != nil {
			s.base = found[1]
		}
	}
	go func() { _, _ = io.Copy(io.Discard, reader) }()
	return s
}

// lockedBuffer holds a log that is read while it is written.
type lockedBuffer struct {
	mu     sync.Mutex
	buffer bytes.Buffer
}

// Write implements io.Writer.
func (b *lockedBuffer) Write(line []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.Write(line)
}

// String implements fmt.Stringer.
func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.String()
}
