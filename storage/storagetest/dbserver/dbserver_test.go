package dbserver

import (
	"context"
	"database/sql"
	"net/url"
	"path"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestMain(m *testing.M) {
	Main(m)
}

// kinds are the engines; every test of a server runs on both.
var kinds = []struct {
	engine engine
	shared func(testing.TB) *Server
	start  func(testing.TB) *Server
}{
	{postgres, Postgres, StartPostgres},
	{mariaDB, MariaDB, StartMariaDB},
}

// open opens the database of a URL.
func open(t *testing.T, address string) *sql.DB {
	t.Helper()
	db, err := sql.Open("pgx", address)
	if u, isURL := url.Parse(address); isURL == nil && u.Scheme == "mysql" {
		db, err = openMariaDB(u.User.String() + "@tcp(" + u.Host + ")" + u.Path)
	}
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, db.Close()) })
	return db
}

func run(t *testing.T, db *sql.DB, statements ...string) {
	t.Helper()
	for _, statement := range statements {
		_, err := db.ExecContext(t.Context(), statement)
		require.NoError(t, err, statement)
	}
}

func ask[T any](t *testing.T, db *sql.DB, query string) (answer T) {
	t.Helper()
	require.NoError(t, db.QueryRowContext(t.Context(), query).Scan(&answer), query)
	return answer
}

func TestDatabases(t *testing.T) {
	for _, kind := range kinds {
		t.Run(kind.engine.name, func(t *testing.T) {
			s := kind.shared(t)
			require.Same(t, s, kind.shared(t), "all tests get the same server")
			one, other := open(t, s.Database(t)), open(t, s.Database(t))
			run(t, one, "CREATE TABLE t (n INT)", "INSERT INTO t VALUES (1)")
			run(t, other, "CREATE TABLE t (n INT)")
			assert.Equal(t, 1, ask[int](t, one, "SELECT COUNT(*) FROM t"))
			assert.Zero(t, ask[int](t, other, "SELECT COUNT(*) FROM t"))
		})
	}
}

func TestDatabasesAreDropped(t *testing.T) {
	for _, kind := range kinds {
		t.Run(kind.engine.name, func(t *testing.T) {
			s, name := kind.shared(t), ""
			t.Run("in use", func(inner *testing.T) {
				address := s.Database(inner)
				name = strings.TrimSuffix(path.Base(address), "?sslmode=disable")
				run(t, open(t, address), "CREATE TABLE t (n INT)") // the connection outlives the inner test
			})
			query := "SELECT COUNT(*) FROM information_schema.schemata WHERE schema_name = '" + name + "'"
			if kind.engine.name == postgres.name {
				query = "SELECT COUNT(*) FROM pg_database WHERE datname = '" + name + "'"
			}
			assert.Zero(t, ask[int](t, s.Admin(), query))
		})
	}
}

func TestMariaDBCollatesAsByDefault(t *testing.T) {
	db := open(t, MariaDB(t).Database(t))
	assert.Equal(t, "utf8mb4_general_ci", ask[string](t, db, "SELECT @@collation_database"))
	assert.True(t, ask[bool](t, db, "SELECT 'T1110' = 't1110'"))
}

func TestKilledServerKeepsItsData(t *testing.T) {
	for _, kind := range kinds {
		t.Run(kind.engine.name, func(t *testing.T) {
			s := kind.start(t)
			db := open(t, s.Database(t))
			run(t, db, "CREATE TABLE t (n INT)")
			for n := 1; n <= 3; n++ {
				run(t, db, "INSERT INTO t VALUES (1)")
				s.Kill(t)
				require.Len(t, processesIn(t, s.directory), 1, "the guard")
				require.Error(t, db.PingContext(t.Context()))
				s.Kill(t) // a second time
				s.Restart(t)
				require.Equal(t, n, ask[int](t, db, "SELECT COUNT(*) FROM t"), "a commit just before the kill survives")
			}
			s.Restart(t) // while it runs
			require.Equal(t, 3, ask[int](t, db, "SELECT COUNT(*) FROM t"))
		})
	}
}

func TestPausedServerAnswersLater(t *testing.T) {
	for _, kind := range kinds {
		t.Run(kind.engine.name, func(t *testing.T) {
			s := kind.start(t)
			db := open(t, s.Database(t))
			require.NoError(t, db.PingContext(t.Context()))
			s.Pause(t)
			// Both waits are short because nothing may happen in them; a loaded machine only makes them longer.
			ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
			defer cancel()
			require.ErrorIs(t, db.PingContext(ctx), context.DeadlineExceeded)
			answer := make(chan error)
			go func() { answer <- db.PingContext(t.Context()) }()
			select {
			case err := <-answer:
				require.Fail(t, "a paused server answers", err)
			case <-time.After(200 * time.Millisecond):
			}
			s.Resume(t)
			require.NoError(t, <-answer)
			s.Pause(t)
			s.Kill(t) // while it is paused
			s.Restart(t)
			require.NoError(t, db.PingContext(t.Context()))
			s.Pause(t) // the test ends with a paused server
		})
	}
}

func TestServerThatDoesNotStart(t *testing.T) {
	for _, kind := range kinds {
		t.Run(kind.engine.name, func(t *testing.T) {
			_, _, err := kind.engine.find()
			check(t, err)
			e := kind.engine
			e.serve = func(string, int, int) []string { return []string{"--no-such-option=yes"} }
			t.Setenv("TMPDIR", serverFolder(t))
			_, err = start(e, startLimit)
			require.ErrorContains(t, err, "exit status")
			require.ErrorContains(t, err, "option", "the error has the log")
			assert.Empty(t, leftovers(t))
		})
	}
}

func TestServerThatHangs(t *testing.T) {
	t.Setenv("TMPDIR", serverFolder(t))
	run := func(install, serve string, limit time.Duration) error {
		e := mariaDB
		e.account = "nobody" // the account of the database may not exist: the programs here are no database
		e.programs = func() (string, string) { return program(install), program(serve) }
		e.install = func(string) []string { return []string{"1000"} }
		e.serve = func(string, int, int) []string { return []string{"1000"} }
		_, _, err := e.find()
		check(t, err)
		_, err = start(e, limit)
		assert.Empty(t, leftovers(t))
		return err
	}
	require.ErrorContains(t, run("sleep", "sleep", time.Second), "sleep is not done after 1s")
	const limit = 10 * time.Second // in which a loaded machine certainly runs true
	require.ErrorContains(t, run("true", "sleep", limit), "sleep does not answer after 10s")
}

// reporter is a test that only records how it ended.
type reporter struct {
	testing.TB

	skipped, failed bool
}

func (r *reporter) Helper() {}

func (r *reporter) Skip(...any) {
	r.skipped = true
	runtime.Goexit()
}

func (r *reporter) Fatal(...any) {
	r.failed = true
	runtime.Goexit()
}

func (r *reporter) Fatalf(string, ...any) {
	r.Fatal()
}

// report runs a test and returns how it ended.
func report(test func(testing.TB)) *reporter {
	r, done := &reporter{}, make(chan struct{})
	go func() {
		defer close(done)
		test(r)
	}()
	<-done
	return r
}

func TestMissingServer(t *testing.T) {
	e := mariaDB
	e.programs = func() (string, string) { return "", "" }
	_, err := start(e, startLimit)
	require.EqualError(t, err, "MariaDB is missing (Debian: apt-get install mariadb-server)")
	for ci, skipped := range map[string]bool{"": true, "true": false} {
		t.Setenv("CI", ci)
		r := report(func(t testing.TB) { check(t, err) })
		assert.Equal(t, skipped, r.skipped)
		assert.Equal(t, !skipped, r.failed)
	}
}

func TestOtherProcessesJoinTheServer(t *testing.T) {
	for _, kind := range kinds {
		t.Run(kind.engine.name, func(t *testing.T) {
			s := kind.shared(t)
			joined, err := join(kind.engine, strconv.Itoa(s.port))
			require.NoError(t, err)
			ours, theirs := s.Database(t), joined.Database(t)
			assert.NotEqual(t, ours, theirs)
			run(t, open(t, theirs), "CREATE TABLE t (n INT)")
			require.NoError(t, joined.stop())
			run(t, open(t, theirs), "INSERT INTO t VALUES (1)")
			require.NoError(t, s.Admin().PingContext(t.Context()), "the server runs on")

			s = kind.start(t)
			s.Kill(t)
			_, err = join(kind.engine, strconv.Itoa(s.port))
			require.ErrorContains(t, err, "no server answers there")
			_, err = join(kind.engine, "everywhere")
			require.ErrorContains(t, err, kind.engine.variable+" must be a port")
		})
	}
}

func TestSharedServerIsNotDisturbed(t *testing.T) {
	s := MariaDB(t)
	for _, disturb := range []func(testing.TB){s.Kill, s.Restart, s.Pause, s.Resume} {
		assert.True(t, report(disturb).failed)
	}
	require.NoError(t, s.Admin().PingContext(t.Context()))
}

func TestNewestVersionOfDebian(t *testing.T) {
	assert.Equal(t, 15, debianVersion("/usr/lib/postgresql/15/bin/initdb"))
	assert.Equal(t, 0, debianVersion("/usr/lib/postgresql/9.6/bin/initdb"))
	t.Setenv("PATH", serverFolder(t))
	installed, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	require.NoError(t, err)
	install, serve := postgresPrograms()
	assert.Equal(t, len(installed) > 0, install != "")
	assert.Equal(t, filepath.Dir(install), filepath.Dir(serve))
}
