package resolverstest

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	_ "github.com/go-sql-driver/mysql" // by which rows are written
	"github.com/stretchr/testify/require"

	"decnetgraph/storage/engine"
	"decnetgraph/storage/sample"
	"decnetgraph/storage/storagetest/dbserver"
	"decnetgraph/storage/transfer"
)

// A Database is a kind of database that must answer as every other one does.
type Database struct {
	// Name says the engine, and whether the tables are DECNET's or our own.
	Name string
	// Copy makes such a database with the rows of a SQLite file that has DECNET's tables, and returns its DSN. The test may
	// write to it.
	Copy func(tb testing.TB, file string) string
	// Rounds says that columns hold instants in whole seconds and fractions in 32 bits, so that answers differ by that.
	Rounds bool
}

// Databases are the kinds of databases: each engine, with DECNET's tables where DECNET knows the engine, and with ours.
var Databases = []Database{
	{Name: "SQLite, DECNET's tables", Copy: copyFile},
	{Name: "SQLite, our tables", Copy: imported(func(tb testing.TB) string { tb.Helper(); return filepath.Join(tb.TempDir(), "own.db") })},
	{Name: "MariaDB, DECNET's tables", Copy: copyRows, Rounds: true},
	{Name: "MariaDB, our tables", Copy: imported(func(tb testing.TB) string { tb.Helper(); return dbserver.MariaDB(tb).Database(tb) })},
	{Name: "PostgreSQL, our tables", Copy: imported(func(tb testing.TB) string { tb.Helper(); return dbserver.Postgres(tb).Database(tb) })},
}

func copyFile(tb testing.TB, file string) string {
	tb.Helper()
	content, err := os.ReadFile(file)
	require.NoError(tb, err)
	own := filepath.Join(tb.TempDir(), "decnet.db")
	require.NoError(tb, os.WriteFile(own, content, 0o600))
	return own
}

// imported makes our own tables in an empty database and copies the file into them.
func imported(empty func(testing.TB) string) func(testing.TB, string) string {
	return func(tb testing.TB, file string) string {
		tb.Helper()
		source := empty(tb)
		from, err := engine.Parse(file)
		require.NoError(tb, err)
		to, err := engine.Parse(source)
		require.NoError(tb, err)
		report, err := transfer.Import(tb.Context(), transfer.Options{From: from, To: to})
		require.NoError(tb, err)
		require.Equal(tb, report.Total().Read, report.Total().Written, "every row is copied")
		return source
	}
}

func copyRows(tb testing.TB, file string) string {
	tb.Helper()
	return CopyRows(tb, dbserver.MariaDB(tb), file)
}

// CopyRows makes DECNET's tables on a MariaDB server, with the types that DECNET's models have there, copies the rows of the
// file into them, and returns the DSN.
func CopyRows(tb testing.TB, server *dbserver.Server, file string) string {
	tb.Helper()
	source := server.Database(tb)
	to, from := openPlain(tb, source), openPlain(tb, file)
	ctx := tb.Context()
	conn, err := to.Conn(ctx)
	require.NoError(tb, err)
	defer conn.Close()
	execute := func(text string, args ...any) {
		_, err := conn.ExecContext(ctx, text, args...)
		require.NoError(tb, err, text)
	}
	for statement := range strings.SplitSeq(onMySQL(sample.Schema()), ";") {
		if strings.TrimSpace(statement) != "" {
			execute(statement)
		}
	}
	execute("SET SESSION foreign_key_checks = 0, time_zone = '+00:00'")
	execute("BEGIN")
	for _, table := range tableNames(tb, from) {
		copyTable(ctx, tb, from, table, execute)
	}
	execute("COMMIT")
	return source
}

// onMySQL turns the DDL of SQLite into that of MySQL.
func onMySQL(schema string) string {
	for _, change := range []struct{ from, to string }{
		{`(?m)--.*$`, ""},
		{`VARCHAR([^(])`, "VARCHAR(255)$1"},
		{`((services|deckies|fingerprints|commands|raw_headers|yaml_content) +)TEXT`, "${1}MEDIUMTEXT"},
		{`BLOB`, "BINARY(8)"},
		{`(asn +)INTEGER`, "${1}BIGINT"},
	} {
		schema = regexp.MustCompile(change.from).ReplaceAllString(schema, change.to)
	}
	return schema
}

func tableNames(tb testing.TB, db *sql.DB) []string {
	tb.Helper()
	rows, err := db.QueryContext(tb.Context(), "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
	require.NoError(tb, err)
	defer rows.Close()
	var names []string
	for rows.Next() {
		var name string
		require.NoError(tb, rows.Scan(&name))
		names = append(names, name)
	}
	require.NoError(tb, rows.Err())
	return names
}

func copyTable(ctx context.Context, tb testing.TB, from *sql.DB, table string, execute func(string, ...any)) {
	tb.Helper()
	rows, err := from.QueryContext(ctx, fmt.Sprintf("SELECT * FROM %q", table))
	require.NoError(tb, err)
	defer rows.Close()
	columns, err := rows.Columns()
	require.NoError(tb, err)
	one := "(" + strings.TrimSuffix(strings.Repeat("?, ", len(columns)), ", ") + ")"
	head := "INSERT INTO `" + table + "` (`" + strings.Join(columns, "`, `") + "`) VALUES "
	var values []any
	flush := func() {
		if len(values) > 0 {
			execute(head+strings.TrimSuffix(strings.Repeat(one+", ", len(values)/len(columns)), ", "), values...)
		}
		values = values[:0]
	}
	for rows.Next() {
		row, into := make([]any, len(columns)), make([]any, len(columns))
		for n := range row {
			into[n] = &row[n]
		}
		require.NoError(tb, rows.Scan(into...))
		if values = append(values, row...); len(values) > 5000 {
			flush()
		}
	}
	require.NoError(tb, rows.Err())
	flush()
}

// Writer returns a function that runs statements on a database, as DECNET does, until the test ends.
func Writer(tb testing.TB, source string) func(statement string, args ...any) {
	tb.Helper()
	db := openPlain(tb, source)
	return func(statement string, args ...any) {
		tb.Helper()
		_, err := db.ExecContext(context.WithoutCancel(tb.Context()), statement, args...)
		require.NoError(tb, err, statement)
	}
}

func openPlain(tb testing.TB, source string) *sql.DB {
	tb.Helper()
	parsed, err := engine.Parse(source)
	require.NoError(tb, err)
	db, err := engine.Of(parsed).OpenSQL(parsed)
	require.NoError(tb, err)
	tb.Cleanup(func() { _ = db.Close() })
	return db
}
