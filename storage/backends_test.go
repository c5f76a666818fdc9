package storage_test

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	_ "github.com/go-sql-driver/mysql"
	_ "github.com/jackc/pgx/v5/stdlib"
	"github.com/stretchr/testify/require"

	"decnetgraph/storage"
	"decnetgraph/storage/engine"
	"decnetgraph/storage/engine/dsn"
	"decnetgraph/storage/migrations"
	"decnetgraph/storage/storagetest"
	"decnetgraph/storage/storagetest/dbserver"
)

func TestMain(m *testing.M) { dbserver.Main(m) }

// backend is a kind of database that must keep the contract: one of the three engines, with tables
// as DECNET makes them or with our own.
type backend struct {
	name string
	// create makes an empty database, with DECNET's tables or ours, and returns its DSN.
	create func(t *testing.T) string
	// insert is the text of an INSERT into a table with columns.
	value func(any) any
	// unchecked are statements that let links lead nowhere, as nothing in DECNET on SQLite keeps them whole.
	unchecked string
	// direct returns the DSN that rows are written by, for a backend whose connections other clients share. It may be nil.
	direct func(t *testing.T, source string) string
}

var (
	allBackends = []backend{
		{name: "SQLite, DECNET's tables", create: createSQLite, value: sqliteValue},
		{name: "SQLite, our tables", create: ownFile, value: sqliteValue},
		{name: "MariaDB, DECNET's tables", create: createMariaDB, value: serverValue, unchecked: "SET SESSION foreign_key_checks = 0"},
		{name: "MariaDB, our tables", create: migrated(mariaDB), value: serverValue, unchecked: "SET SESSION foreign_key_checks = 0"},
		{name: "PostgreSQL, our tables", create: migrated(postgres), value: serverValue, unchecked: "SET session_replication_role = replica"},
		{
			name: "PostgreSQL behind pgbouncer, our tables", create: pooled(migrated(postgres)), value: serverValue,
			unchecked: "SET session_replication_role = replica",
			direct: func(t *testing.T, source string) string {
				t.Helper()
				return dbserver.TransactionPooler(t).Direct(source)
			},
		},
	}
	// backends are those to run tests on.
	backends = underDetector(allBackends)
)

// underDetector leaves out the backends that share their engine with another one, under the race detector: the tables make no
// difference to goroutines. scripts/test-go.sh runs these tests without the detector as well.
func underDetector(all []backend) []backend {
	if !raceDetector {
		return all
	}
	return slices.DeleteFunc(slices.Clone(all), func(b backend) bool { return b.direct != nil || strings.HasSuffix(b.name, "DECNET's tables") })
}

// withoutPooler are the backends without the one that only reaches another's server by a pooler.
func withoutPooler() []backend {
	return slices.DeleteFunc(slices.Clone(backends), func(b backend) bool { return b.direct != nil })
}

// onceWithoutDetector skips a long test under the race detector that reads or writes in one goroutine. scripts/test-go.sh runs
// the tests of this package without the detector as well.
func onceWithoutDetector(t *testing.T) {
	t.Helper()
	if raceDetector {
		t.Skip("runs without the race detector")
	}
}

// pooled makes a database and returns its DSN by way of pgbouncer, which gives connections to other clients after each
// transaction.
func pooled(create func(*testing.T) string) func(*testing.T) string {
	return func(t *testing.T) string {
		t.Helper()
		return dbserver.TransactionPooler(t).URL(create(t))
	}
}

func mariaDB(t *testing.T) string  { t.Helper(); return dbserver.MariaDB(t).Database(t) }
func postgres(t *testing.T) string { t.Helper(); return dbserver.Postgres(t).Database(t) }

func TestTheContractIsKept(t *testing.T) {
	t.Parallel()
	for _, b := range backends {
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			if raceDetector && !strings.HasPrefix(b.name, "PostgreSQL") {
				t.Skip("only PostgreSQL takes statements together; the tests of package engine have the pools of the others under the race detector")
			}
			open, again := b.open()
			var without []string
			if raceDetector { // these ask for one answer after the other, for long
				without = []string{"fields asked for", "any graph", "any page", "filters", "limits", "revisions of one instant"}
			}
			if b.direct != nil { // what a pooler changes does not depend on the rows
				without = []string{"fields asked for", "any graph", "any page", "filters"}
			}
			storagetest.Run(t, open, without...)
			storagetest.RunWrites(t, open, again)
		})
	}
}

// open makes a database that holds the graph and opens it for the length of the test. A test that
// has closed the store it had gets its database again, emptied: servers take long to make another.
func (b backend) open() (storagetest.Open, storagetest.Again) {
	var mu sync.Mutex
	type made struct {
		store  *storage.Store
		source string
	}
	last := map[*testing.T]made{}
	sources := map[*storage.Store]string{}
	recordsFor := map[string]func(context.Context) (*storage.Store, error){}
	again := func(t *testing.T, of *storage.Store, write bool) *storage.Store {
		t.Helper()
		mu.Lock()
		source := sources[of]
		if recordsFor[source] == nil {
			recordsFor[source] = recordsIn(t.TempDir())
		}
		records := recordsFor[source]
		mu.Unlock()
		options := storagetest.Options()
		options.Write = write
		options.Records = records
		s := openStore(t, source, options)
		mu.Lock()
		sources[s] = source
		mu.Unlock()
		return s
	}
	return func(t *testing.T, g storagetest.Graph) *storage.Store {
		t.Helper()
		mu.Lock()
		before := last[t]
		mu.Unlock()
		if before.store == nil || before.store.Ping(t.Context()) == nil {
			before.source = b.create(t)
		}
		b.fill(t, before.source, g)
		store := openStore(t, before.source, storagetest.Options())
		mu.Lock()
		last[t], sources[store] = made{store, before.source}, before.source
		mu.Unlock()
		return store
	}, again
}

// emptyRecords is a database of our own without rows.
var emptyRecords = sync.OnceValues(func() ([]byte, error) {
	folder, err := os.MkdirTemp("", "decnet-graph-records")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	path := filepath.Join(folder, "empty.db")
	db, err := storage.CreateSQLite(context.Background(), path)
	if err != nil {
		return nil, err
	}
	if _, err := migrations.Up(context.Background(), db, engine.SQLite, nil); err != nil {
		return nil, err
	}
	if err := db.Close(); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
})

// recordsIn returns Options.Records for a database of DECNET's: a file that is made when it is first needed.
func recordsIn(folder string) func(context.Context) (*storage.Store, error) {
	path := filepath.Join(folder, "records.db")
	var mu sync.Mutex // two stores may need it at the same time
	return func(ctx context.Context) (*storage.Store, error) {
		mu.Lock()
		defer mu.Unlock()
		empty, err := emptyRecords()
		if err != nil {
			return nil, err
		}
		if file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600); err == nil {
			if _, err := file.Write(empty); err != nil {
				return nil, err
			}
			if err := file.Close(); err != nil {
				return nil, err
			}
		}
		options := storagetest.Options()
		options.Write = true
		return storage.Open(ctx, path, options)
	}
}

func openStore(t *testing.T, source string, options storage.Options) *storage.Store {
	t.Helper()
	s, err := storage.Open(t.Context(), source, options)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}

// fill writes the rows of a graph.
func (b backend) fill(t *testing.T, source string, g storagetest.Graph) {
	t.Helper()
	if b.direct != nil {
		source = b.direct(t, source)
	}
	db, number := openSQL(t, source)
	defer db.Close()
	conn, err := db.Conn(t.Context())
	require.NoError(t, err)
	defer conn.Close()
	if strings.Contains(b.unchecked, "session_replication_role") {
		execute(t, conn, keepFilterValues)
	}
	if b.unchecked != "" {
		execute(t, conn, b.unchecked)
	}
	execute(t, conn, "BEGIN")
	// checked runs statements on a table with its triggers, which PostgreSQL turns off together with the checks of links.
	checked := func(table, statement string, values ...any) {
		off := table == "credential_reuse" && strings.Contains(b.unchecked, "session_replication_role")
		if off {
			execute(t, conn, "SET session_replication_role = origin")
		}
		execute(t, conn, statement, values...)
		if off {
			execute(t, conn, b.unchecked)
		}
	}
	for _, table := range storagetest.Tables {
		checked(table, "DELETE FROM "+table)
	}
	for rows := g.Rows(); len(rows) > 0; {
		same := 1 // rows that one statement can insert
		for same < len(rows) && same < 50 && rows[same].Table == rows[0].Table && slices.Equal(rows[same].Columns, rows[0].Columns) {
			same++
		}
		var marks []string
		var values []any
		for _, row := range rows[:same] {
			var one []string
			for _, value := range row.Values {
				values = append(values, b.value(value))
				one = append(one, number(len(values)))
			}
			marks = append(marks, "("+strings.Join(one, ", ")+")")
		}
		checked(rows[0].Table, "INSERT INTO "+rows[0].Table+" ("+strings.Join(rows[0].Columns, ", ")+") VALUES "+strings.Join(marks, ", "), values...)
		rows = rows[same:]
	}
	execute(t, conn, "COMMIT")
}

func execute(t *testing.T, on interface {
	ExecContext(ctx context.Context, text string, args ...any) (sql.Result, error)
}, text string, args ...any,
) {
	t.Helper()
	_, err := on.ExecContext(t.Context(), text, args...)
	require.NoError(t, err, text)
}

// openSQL opens a database below the store, and returns how it writes its placeholders.
func openSQL(t *testing.T, source string) (db *sql.DB, mark func(n int) string) {
	t.Helper()
	parsed, err := engine.Parse(source)
	require.NoError(t, err)
	mark = func(int) string { return "?" }
	switch e := engine.Of(parsed); e {
	case engine.MySQL:
		config := parsed.Target.(dsn.MySQLServer).Clone()
		config.InterpolateParams = true // one round trip for each row
		db, err = sql.Open("mysql", config.FormatDSN())
	case engine.Postgres:
		db, err = sql.Open("pgx", source+"&default_query_exec_mode=exec")
		mark = func(n int) string { return fmt.Sprintf("$%d", n) }
	default:
		db, err = e.OpenSQL(parsed)
	}
	require.NoError(t, err)
	return db, mark
}

// migrated makes our own tables in an empty database.
func migrated(create func(*testing.T) string) func(*testing.T) string {
	return func(t *testing.T) string {
		t.Helper()
		source := create(t)
		db, _ := openSQL(t, source)
		defer db.Close()
		parsed, err := engine.Parse(source)
		require.NoError(t, err)
		_, err = migrations.Up(t.Context(), db, engine.Of(parsed), nil)
		require.NoError(t, err)
		return source
	}
}

func emptyFile(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "decnet.db")
	db, err := storage.CreateSQLite(t.Context(), path)
	require.NoError(t, err)
	require.NoError(t, db.Close())
	return path
}

// ownFile is a file with our own tables: a copy, because migrations take long.
func ownFile(t *testing.T) string {
	t.Helper()
	empty, err := emptyRecords()
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "decnet.db")
	require.NoError(t, os.WriteFile(path, empty, 0o600))
	return path
}

func createSQLite(t *testing.T) string {
	t.Helper()
	path := emptyFile(t)
	db, _ := openSQL(t, path)
	defer db.Close()
	createTables(t, db)
	return path
}

// createMariaDB makes DECNET's tables as its migration makes them on MySQL: texts in the server's own
// collation, which ignores case, floats of 32 bits, and instants in whole seconds.
func createMariaDB(t *testing.T) string {
	t.Helper()
	source := mariaDB(t)
	create(t, source)
	return source
}

func create(t *testing.T, source string) {
	t.Helper()
	db, _ := openSQL(t, source)
	defer db.Close()
	schema, err := os.ReadFile(filepath.Join("sample", "schema.sql"))
	require.NoError(t, err)
	text := string(schema)
	for _, change := range []struct{ from, to string }{
		{`VARCHAR([^(])`, "VARCHAR(255)$1"},
		{`((services|deckies|fingerprints|commands|raw_headers|yaml_content) +)TEXT`, "${1}MEDIUMTEXT"},
		{`BLOB`, "BINARY(8)"},
		{`(asn +)INTEGER`, "${1}BIGINT"}, // so that the test data fits
	} {
		text = regexp.MustCompile(change.from).ReplaceAllString(text, change.to)
	}
	text = regexp.MustCompile(`(?m)--.*$`).ReplaceAllString(text, "")
	for statement := range strings.SplitSeq(text, ";") {
		if strings.TrimSpace(statement) != "" {
			execute(t, db, statement)
		}
	}
}

// serverValue writes a value for a database that knows instants.
func serverValue(value any) any {
	if v, ok := value.(storage.JSON); ok {
		return string(v)
	}
	return value
}
