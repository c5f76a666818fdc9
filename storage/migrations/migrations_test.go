package migrations

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"hash/crc32"
	"io/fs"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib"
	"github.com/mattn/go-sqlite3"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
	"github.com/stretchr/testify/require"

	"decnetgraph/storage/engine"
	"decnetgraph/storage/storagetest/dbserver"
)

// processFile names, for a test that starts this program again, the file that it migrates.
const processFile = "DECNET_GRAPH_TEST_MIGRATE"

// ofDECNET is the version with the tables and indexes of DECNET.
const ofDECNET = 2

func TestMain(m *testing.M) {
	path, process := os.LookupEnv(processFile)
	if !process {
		dbserver.Main(m)
	}
	db, err := sql.Open("sqlite3", "file:"+path+"?_journal_mode=WAL&_busy_timeout=1")
	if err == nil {
		var report Report
		report, err = Up(context.Background(), db, engine.SQLite, nil)
		fmt.Print(len(report.Applied))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// known are the versions that there are, and newest the last one.
var known, newest = func() (all []int64, last int64) {
	names, _ := fs.Glob(files, "sqlite/*.sql") // the pattern is well made
	for _, name := range names {
		last, _ = goose.NumericComponent(name)
		all = append(all, last)
	}
	return all, last
}()

// subject is a test on one engine.
type subject struct {
	*testing.T
	engine *engine.Engine
	open   func() *sql.DB // the same database each time, which was empty at first
}

func onEach(t *testing.T, test func(t subject)) {
	t.Helper()
	for _, e := range engine.All {
		t.Run(e.Name(), func(t *testing.T) { test(subject{t, e, empty(t, e)}) })
	}
}

func empty(t *testing.T, e *engine.Engine) func() *sql.DB {
	t.Helper()
	name := "file:" + filepath.Join(t.TempDir(), "empty.db") + "?_foreign_keys=on&_busy_timeout=1"
	open := func() (*sql.DB, error) { return sql.Open("sqlite3", name) }
	if e != engine.SQLite {
		name = dbserver.Postgres(t).Database(t)
		if e == engine.MySQL {
			name = dbserver.MariaDB(t).Database(t)
		}
		source, err := engine.Parse(name)
		require.NoError(t, err)
		open = func() (*sql.DB, error) { return e.OpenSQL(source) }
	}
	return func() *sql.DB {
		db, err := open()
		require.NoError(t, err)
		db.SetMaxOpenConns(1) // is enough
		t.Cleanup(func() { _ = db.Close() })
		return db
	}
}

func must(t *testing.T, db *sql.DB, statements ...string) {
	t.Helper()
	for _, statement := range statements {
		_, err := db.ExecContext(t.Context(), statement)
		require.NoError(t, err, statement)
	}
}

// adder returns what inserts a row: what is given, and something for the other columns that must not be NULL.
func (t subject) adder(db *sql.DB) func(name string, given map[string]any) error {
	t.Helper()
	tables := describe(t.T, db, t.engine)
	return func(name string, given map[string]any) error {
		var columns, marks []string
		var values []any
		for _, c := range tables[name].Columns {
			value, has := given[c.Name]
			if !has && c.Null {
				continue
			}
			if !has {
				value = map[string]any{"text": "x", "integer": 1, "float": 0.5, "boolean": false, "instant": "2026-05-01 07:21:37.654321"}[c.Kind]
			}
			columns, marks, values = append(columns, c.Name), append(marks, "?"), append(values, value)
			if t.engine == engine.Postgres {
				marks[len(marks)-1] = fmt.Sprintf("$%d", len(marks))
			}
		}
		_, err := db.ExecContext(t.Context(), "INSERT INTO "+name+" ("+strings.Join(columns, ", ")+") VALUES ("+strings.Join(marks, ", ")+")", values...)
		return err
	}
}

func count(t *testing.T, db *sql.DB, from string) (n int) {
	t.Helper()
	require.NoError(t, db.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM "+from).Scan(&n))
	return n
}

func TestUpMakesTheSchemaOnce(t *testing.T) {
	onEach(t, func(t subject) {
		db := t.open()
		current, latest, err := Versions(t.Context(), db, t.engine)
		require.NoError(t, err)
		require.Equal(t, []int64{0, newest}, []int64{current, latest})
		tables, err := schema{db: db, engine: t.engine}.tables(t.Context())
		require.NoError(t, err)
		require.Empty(t, tables, "Versions only reads")

		var log bytes.Buffer
		report, err := Up(t.Context(), db, t.engine, slog.New(slog.NewTextHandler(&log, nil)))
		require.NoError(t, err)
		require.Equal(t, []int64{0, newest}, []int64{report.From, report.To})
		require.Len(t, report.Applied, len(known))
		require.Equal(t, len(known), strings.Count(log.String(), "database migrated"))
		require.Equal(t, 1, count(t.T, db, "alembic_version WHERE version_num = '4a914b1d62a0'"))
		before := describe(t.T, db, t.engine)

		report, err = Up(t.Context(), db, t.engine, nil)
		require.NoError(t, err)
		require.Equal(t, Report{From: newest, To: newest}, report)
		report, err = UpTo(t.Context(), db, t.engine, 1, nil)
		require.NoError(t, err)
		require.Equal(t, Report{From: newest, To: newest}, report, "there is no way back")
		require.Equal(t, before, describe(t.T, db, t.engine))
		current, _, err = Versions(t.Context(), db, t.engine)
		require.NoError(t, err)
		require.Equal(t, newest, current)
	})
}

func TestSchemaIsTheSameOnAllEngines(t *testing.T) {
	reference := empty(t, engine.SQLite)()
	_, err := Up(t.Context(), reference, engine.SQLite, nil)
	require.NoError(t, err)
	want := describe(t, reference, engine.SQLite)
	require.Len(t, want, 59)
	for _, e := range []*engine.Engine{engine.MySQL, engine.Postgres} {
		t.Run(e.Name(), func(t *testing.T) {
			db := empty(t, e)()
			_, err := Up(t.Context(), db, e, nil)
			require.NoError(t, err)
			require.Equal(t, want, describe(t, db, e))
		})
	}
}

func TestSchemaIsThatOfDECNET(t *testing.T) {
	db := empty(t, engine.SQLite)()
	_, err := UpTo(t.Context(), db, engine.SQLite, ofDECNET, nil)
	require.NoError(t, err)
	require.Equal(t, enforced(describe(t, decnet(t), engine.SQLite)), describe(t, db, engine.SQLite))
}

// decnet opens a copy of the database that DECNET itself has made.
func decnet(t *testing.T) *sql.DB {
	t.Helper()
	original, err := os.ReadFile("../../../shared/oracle/decnet.db")
	if os.IsNotExist(err) {
		t.Skip("NOT COMPARED WITH DECNET: ../shared/oracle/decnet.db is missing")
	}
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "decnet.db")
	require.NoError(t, os.WriteFile(path, original, 0o600))
	db, err := sql.Open("sqlite3", "file:"+path)
	require.NoError(t, err)
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func TestSeveralStartAtOnce(t *testing.T) {
	onEach(t, func(t subject) {
		const processes = 4
		var group sync.WaitGroup
		var reports [processes]Report
		var errs [processes]error
		for i := range processes {
			db := t.open()
			group.Go(func() { reports[i], errs[i] = Up(t.Context(), db, t.engine, nil) })
		}
		group.Wait()
		var steps []int64
		for i := range processes {
			require.NoError(t, errs[i])
			require.Equal(t, newest, reports[i].To)
			for _, s := range reports[i].Applied {
				steps = append(steps, s.Version)
			}
		}
		slices.Sort(steps)
		require.Equal(t, known, steps, "each migration runs once")
		require.Len(t, describe(t.T, t.open(), t.engine), 59)
	})
}

func TestSeveralProcessesStartAtOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new.db")
	var processes []*exec.Cmd
	outs, errs := make([]bytes.Buffer, 6), make([]bytes.Buffer, 6)
	for i := range outs {
		process := exec.CommandContext(t.Context(), os.Args[0])
		process.Env = append(os.Environ(), processFile+"="+path)
		process.Stdout, process.Stderr = &outs[i], &errs[i]
		require.NoError(t, process.Start())
		processes = append(processes, process)
	}
	applied := 0
	for i, process := range processes {
		require.NoError(t, process.Wait(), errs[i].String())
		var n int
		_, err := fmt.Sscan(outs[i].String(), &n)
		require.NoError(t, err)
		applied += n
	}
	require.Equal(t, len(known), applied)
}

func TestSQLiteWaitsForAWriter(t *testing.T) {
	open := empty(t, engine.SQLite) // with a busy timeout of 1 ms
	writer, err := open().Conn(t.Context())
	require.NoError(t, err)
	write := func(statement string) {
		_, err := writer.ExecContext(t.Context(), statement)
		require.NoError(t, err)
	}
	for _, begin := range []string{"BEGIN IMMEDIATE", "BEGIN EXCLUSIVE"} {
		write(begin)
		migrated := make(chan error, 1)
		db := open()
		go func() {
			_, err := UpTo(t.Context(), db, engine.SQLite, 1, nil)
			migrated <- err
		}()
		select {
		case err := <-migrated:
			require.Fail(t, "nothing can be migrated while another connection writes", err)
		case <-time.After(500 * time.Millisecond): // much longer than the busy timeout
		}
		write("ROLLBACK")
		require.NoError(t, <-migrated)
	}

	write("BEGIN EXCLUSIVE") // until the end of the test
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	_, err = Up(ctx, open(), engine.SQLite, nil)
	require.ErrorIs(t, err, context.DeadlineExceeded, "the wait ends with the context")
	write("ROLLBACK")
}

// begins counts the transactions that connections of the driver "sqlite3-counting" have tried to begin.
var begins atomic.Int64

var registerCounting = sync.OnceFunc(func() {
	sql.Register("sqlite3-counting", &sqlite3.SQLiteDriver{ConnectHook: func(c *sqlite3.SQLiteConn) error {
		c.RegisterAuthorizer(func(action int, what, _, _ string) int {
			if action == sqlite3.SQLITE_TRANSACTION && what == "BEGIN" {
				begins.Add(1)
			}
			return sqlite3.SQLITE_OK
		})
		return nil
	}})
})

// TestSQLiteProcessesThatWaitMigrateOnce has all processes find an empty database before the first can write: each
// reads the version before it begins a transaction.
func TestSQLiteProcessesThatWaitMigrateOnce(t *testing.T) {
	registerCounting()
	for _, mode := range []string{"DELETE", "WAL"} {
		t.Run(mode, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "empty.db")
			open := func() *sql.DB {
				db, err := sql.Open("sqlite3-counting", "file:"+path+"?_foreign_keys=on&_busy_timeout=1")
				require.NoError(t, err)
				db.SetMaxOpenConns(1)
				t.Cleanup(func() { _ = db.Close() })
				return db
			}
			writer, err := open().Conn(t.Context())
			require.NoError(t, err)
			_, err = writer.ExecContext(t.Context(), "PRAGMA journal_mode = "+mode)
			require.NoError(t, err)
			_, err = writer.ExecContext(t.Context(), "BEGIN IMMEDIATE")
			require.NoError(t, err)
			var group sync.WaitGroup
			reports, errs := make([]Report, 3), make([]error, 3)
			for i := range reports {
				db := open()
				begins.Store(0)
				group.Go(func() { reports[i], errs[i] = Up(t.Context(), db, engine.SQLite, nil) })
				require.Eventually(t, func() bool { return begins.Load() > 0 }, time.Minute, time.Millisecond)
			}
			_, err = writer.ExecContext(t.Context(), "ROLLBACK")
			require.NoError(t, err)
			group.Wait()
			applied := 0
			for i, report := range reports {
				require.NoError(t, errs[i])
				require.Equal(t, []int64{0, newest}, []int64{report.From, report.To})
				applied += len(report.Applied)
			}
			require.Equal(t, len(known), applied)
		})
	}
}

func TestWaitingForTheLockEndsWithTheContext(t *testing.T) {
	for _, e := range []*engine.Engine{engine.MySQL, engine.Postgres} {
		t.Run(e.Name(), func(t *testing.T) {
			open := empty(t, e)
			locker := sessionLock{e.MigrationLock}
			holder, err := open().Conn(t.Context())
			require.NoError(t, err)
			require.NoError(t, locker.SessionLock(t.Context(), holder))

			ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
			defer cancel()
			_, err = Up(ctx, open(), e, nil)
			require.ErrorIs(t, err, context.DeadlineExceeded)
			current, _, err := Versions(t.Context(), open(), e)
			require.NoError(t, err, "reading needs no lock")
			require.Zero(t, current)

			elsewhere := empty(t, e)()
			_, err = Up(t.Context(), elsewhere, e, nil)
			require.NoError(t, err, "the lock is that of one database")
			require.NoError(t, locker.SessionUnlock(t.Context(), holder))
			_, err = Up(t.Context(), open(), e, nil)
			require.NoError(t, err)
		})
	}
}

// TestEarlierReleasesShareTheLock: they have locked this number on PostgreSQL, by goose's own lock.
func TestEarlierReleasesShareTheLock(t *testing.T) {
	earlier, err := lock.NewPostgresSessionLocker(lock.WithLockID(int64(crc32.ChecksumIEEE([]byte(versionTable)))))
	require.NoError(t, err)
	open := empty(t, engine.Postgres)
	holder, err := open().Conn(t.Context())
	require.NoError(t, err)
	require.NoError(t, earlier.SessionLock(t.Context(), holder))
	waiting, err := open().Conn(t.Context())
	require.NoError(t, err)
	require.ErrorIs(t, engine.Postgres.MigrationLock.Acquire(t.Context(), waiting, versionTable, 0), engine.ErrLocked)
	require.NoError(t, earlier.SessionUnlock(t.Context(), holder))
	require.NoError(t, engine.Postgres.MigrationLock.Acquire(t.Context(), waiting, versionTable, 0))
}

func TestASchemaThatDoesNotExistIsAnError(t *testing.T) {
	source, err := engine.Parse(dbserver.Postgres(t).Database(t) + "&search_path=missing")
	require.NoError(t, err)
	db, err := engine.Postgres.OpenSQL(source)
	require.NoError(t, err)
	t.Cleanup(func() { _ = db.Close() })
	_, err = Up(t.Context(), db, engine.Postgres, nil)
	require.ErrorContains(t, err, "no schema has been selected")
}
