package sample

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"fmt"
	"hash"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"

	_ "github.com/mattn/go-sqlite3"
	"github.com/stretchr/testify/require"
)

// open is an empty database in a file of its own; the settings trade safety for speed.
func open(t *testing.T, settings string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite3", filepath.Join(t.TempDir(), "decnet.db")+"?_journal_mode=OFF&_synchronous=OFF"+settings)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	return db
}

// world is a database of two blocks that all reading tests share.
var world = sync.OnceValues(func() (*sql.DB, Report) {
	db, err := sql.Open("sqlite3", "file:sample-world?mode=memory&cache=shared")
	if err != nil {
		panic(err)
	}
	r, err := Write(context.Background(), db, Options{Scale: 2, Seed: 1})
	if err != nil {
		panic(err)
	}
	return db, r
})

func TestMain(m *testing.M) {
	db, _ := world()
	db.SetMaxIdleConns(1) // the database lives as long as a connection to it
	code := m.Run()
	_ = db.Close()
	os.Exit(code)
}

// rows reads a statement into texts, one slice per row.
func rows(t *testing.T, db *sql.DB, query string, args ...any) [][]string {
	t.Helper()
	result, err := db.QueryContext(t.Context(), query, args...)
	require.NoError(t, err)
	defer result.Close()
	columns, err := result.Columns()
	require.NoError(t, err)
	var out [][]string
	for result.Next() {
		values, targets := make([]sql.NullString, len(columns)), make([]any, len(columns))
		for i := range values {
			targets[i] = &values[i]
		}
		require.NoError(t, result.Scan(targets...))
		row := make([]string, len(columns))
		for i, v := range values {
			row[i] = "NULL"
			if v.Valid {
				row[i] = v.String
			}
		}
		out = append(out, row)
	}
	require.NoError(t, result.Err())
	return out
}

// number is the single value of a statement.
func number(t *testing.T, db *sql.DB, query string, args ...any) int {
	t.Helper()
	var n int
	require.NoError(t, db.QueryRowContext(t.Context(), query, args...).Scan(&n))
	return n
}

// column is the first column of a statement.
func column(t *testing.T, db *sql.DB, query string, args ...any) []string {
	t.Helper()
	var out []string
	for _, r := range rows(t, db, query, args...) {
		out = append(out, r[0])
	}
	return out
}

func tableNames(t *testing.T, db *sql.DB) []string {
	t.Helper()
	return column(t, db, "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
}

// digest is a hash over every value of every row, in the order in which the rows lie.
func digest(t *testing.T, db *sql.DB) string {
	t.Helper()
	var sum hash.Hash = sha256.New()
	for _, table := range tableNames(t, db) {
		for _, row := range rows(t, db, "SELECT * FROM "+table+" ORDER BY rowid") {
			fmt.Fprintf(sum, "%s %q\n", table, row)
		}
	}
	return fmt.Sprintf("%x", sum.Sum(nil))
}

func TestWriteRepeatsItself(t *testing.T) {
	t.Parallel()
	made := func(seed uint64) string {
		db := open(t, "")
		_, err := Write(t.Context(), db, Options{Seed: seed})
		require.NoError(t, err)
		return digest(t, db)
	}
	one := made(7)
	require.Equal(t, one, made(7))
	require.NotEqual(t, one, made(8))
}

func TestScale(t *testing.T) {
	t.Parallel()
	for _, scale := range []int{0, 1, 3} {
		t.Run(fmt.Sprint(scale), func(t *testing.T) {
			t.Parallel()
			db := open(t, "")
			r, err := Write(t.Context(), db, Options{Scale: scale, Seed: 5})
			require.NoError(t, err)
			n := max(1, scale)
			require.Equal(t, 12*n, r.Campaigns)
			require.Equal(t, 70*n, r.Identities)
			require.Equal(t, 240*n, r.Attackers)
			require.Equal(t, 4*n, r.CanaryBlobs)
			require.Equal(t, 14*n, r.CanaryTokens)
			require.InDelta(t, 10_000*n, r.Tags, 1_500*float64(n))
			require.InDelta(t, 150*n, r.Intel, 40*float64(n))
			require.InDelta(t, 4_500*n, r.Observations, 1_500*float64(n))
			require.Equal(t, 59, r.Rules)
		})
	}
}

func TestReportIsWhatTheTablesHold(t *testing.T) {
	t.Parallel()
	db, r := world()
	tables := map[string]string{
		"Campaigns": "campaigns", "Identities": "attacker_identities", "Attackers": "attackers", "Tags": "ttp_tag",
		"Behaviours": "attacker_behavior", "Intel": "attacker_intel", "FingerprintStates": "attacker_fingerprint_state", "SMTPTargets": "smtp_targets",
		"Observations": "observations", "Attributions": "attribution_state",
		"CanaryBlobs": "canary_blobs", "CanaryTokens": "canary_tokens", "CanaryTriggers": "canary_triggers",
		"Rules": "ttp_rule", "RuleStates": "ttp_rule_state", "Users": "users", "RevokedTokens": "revoked_tokens", "SchemaVersions": "alembic_version",
	}
	v, total := reflect.ValueOf(r), 0
	require.Equal(t, len(tables), v.NumField())
	require.Len(t, tableNames(t, db), len(tables))
	for i := range v.NumField() {
		field := v.Type().Field(i).Name
		require.Equal(t, number(t, db, "SELECT COUNT(*) FROM "+tables[field]), int(v.Field(i).Int()), field)
		require.Positive(t, v.Field(i).Int(), field)
		total += int(v.Field(i).Int())
	}
	require.Equal(t, total, r.Rows())
}

func TestWriteRefusesAUsedDatabase(t *testing.T) {
	t.Parallel()
	db := open(t, "")
	_, err := db.ExecContext(t.Context(), "CREATE TABLE mine (x)")
	require.NoError(t, err)
	_, err = Write(t.Context(), db, Options{})
	require.ErrorIs(t, err, ErrNotEmpty)
	require.Equal(t, []string{"mine"}, tableNames(t, db))
}

func TestWriteStopsWhenCancelled(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	db, calls := open(t, ""), 0
	r, err := Write(ctx, db, Options{Scale: 50, Progress: func(int, int) {
		calls++
		cancel()
	}})
	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, 1, calls)
	require.LessOrEqual(t, r.Campaigns, 24)

	_, err = Write(ctx, open(t, ""), Options{})
	require.ErrorIs(t, err, context.Canceled)
}

func TestWriteStopsInsideABlock(t *testing.T) {
	t.Parallel()
	db := open(t, "")
	tables, _ := statements(schema)
	conn, err := db.Conn(t.Context())
	require.NoError(t, err)
	defer conn.Close()
	require.NoError(t, run(t.Context(), conn, tables))
	ctx, cancel := context.WithCancel(t.Context())
	g := newGenerator(ctx, conn, Options{})
	require.ErrorIs(t, g.w.inTransaction(func() {
		cancel()
		g.writeBlock(0)
	}), context.Canceled)
}

func TestProgressGrowsToTheTotal(t *testing.T) {
	t.Parallel()
	var seen [][2]int
	r, err := Write(t.Context(), open(t, ""), Options{Scale: 3, Progress: func(done, total int) { seen = append(seen, [2]int{done, total}) }})
	require.NoError(t, err)
	require.Len(t, seen, 4)
	for i, s := range seen {
		require.LessOrEqual(t, s[0], s[1])
		if i > 0 {
			require.GreaterOrEqual(t, s[0], seen[i-1][0])
		}
	}
	require.Equal(t, [2]int{r.Rows(), r.Rows()}, seen[len(seen)-1])
}

func TestConnectionSettingsAreTheCallersAgain(t *testing.T) {
	t.Parallel()
	db := open(t, "&_foreign_keys=on")
	db.SetMaxOpenConns(1)
	_, err := db.ExecContext(t.Context(), "PRAGMA cache_size = 77")
	require.NoError(t, err)
	_, err = Write(t.Context(), db, Options{})
	require.NoError(t, err)
	require.Equal(t, 1, number(t, db, "PRAGMA foreign_keys"))
	require.Equal(t, 77, number(t, db, "PRAGMA cache_size"))
}

func TestAWrongRowIsAnError(t *testing.T) {
	t.Parallel()
	conn, err := open(t, "").Conn(t.Context())
	require.NoError(t, err)
	defer conn.Close()
	w := &writer{ctx: t.Context(), conn: conn}
	narrow := w.into("nowhere", "a", "b")
	require.ErrorContains(t, w.inTransaction(func() { narrow.add(1) }), "takes 2 values, got 1")
	require.ErrorContains(t, w.inTransaction(func() { narrow.add(1, 2) }), "no such table")
}

// BenchmarkWrite measures one block, tables and indexes included.
func BenchmarkWrite(b *testing.B) {
	for b.Loop() {
		db, err := sql.Open("sqlite3", filepath.Join(b.TempDir(), "decnet.db")+"?_journal_mode=OFF&_synchronous=OFF")
		if err != nil {
			b.Fatal(err)
		}
		if _, err := Write(b.Context(), db, Options{Seed: 1}); err != nil {
			b.Fatal(err)
		}
		if err := db.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

func TestStatementsLeavesNothingOut(t *testing.T) {
	t.Parallel()
	tables, others := statements(schema)
	require.Len(t, tables, strings.Count(schema, "CREATE TABLE "))
	require.Len(t, others, strings.Count(schema, "INDEX ix_"))
}
