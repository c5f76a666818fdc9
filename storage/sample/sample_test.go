package sample

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"

	_ "github.com/mattn/go-sqlite3"
)

// open opens an empty database in a new file; its settings trade durability for speed.
func open(t *testing.T, settings string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite3", filepath.Join(t.TempDir(), "decnet.db")+"?_journal_mode=OFF&_synchronous=OFF"+settings)
	noError(t, err)
	t.Cleanup(func() { noError(t, db.Close()) })
	return db
}

// world returns a database of two blocks that all tests share which only read.
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

// rows returns the result of a statement as texts, one slice per row.
func rows(t *testing.T, db *sql.DB, query string, args ...any) [][]string {
	t.Helper()
	result, err := db.QueryContext(t.Context(), query, args...)
	noError(t, err)
	defer result.Close()
	columns, err := result.Columns()
	noError(t, err)
	var out [][]string
	for result.Next() {
		values, targets := make([]sql.NullString, len(columns)), make([]any, len(columns))
		for i := range values {
			targets[i] = &values[i]
		}
		noError(t, result.Scan(targets...))
		row := make([]string, len(columns))
		for i, v := range values {
			row[i] = "NULL"
			if v.Valid {
				row[i] = v.String
			}
		}
		out = append(out, row)
	}
	noError(t, result.Err())
	return out
}

// number returns the single value of a statement.
func number(t *testing.T, db *sql.DB, query string, args ...any) int {
	t.Helper()
	var n int
	noError(t, db.QueryRowContext(t.Context(), query, args...).Scan(&n))
	return n
}

// column returns the first column of a statement.
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

// digest returns a hash over every value of every row, in the order of the rowid.
func digest(t *testing.T, db *sql.DB) string {
	t.Helper()
	sum := sha256.New()
	for _, table := range tableNames(t, db) {
		for _, row := range rows(t, db, "SELECT * FROM "+table+" ORDER BY rowid") {
			_, _ = fmt.Fprintf(sum, "%s %q\n", table, row)
		}
	}
	return fmt.Sprintf("%x", sum.Sum(nil))
}

func TestWriteRepeatsItself(t *testing.T) {
	t.Parallel()
	made := func(seed uint64) string {
		db := open(t, "")
		_, err := Write(t.Context(), db, Options{Seed: seed})
		noError(t, err)
		return digest(t, db)
	}
	one := made(7)
	equal(t, one, made(7), "the same seed twice")
	holds(t, one != made(8), "another seed gave the same rows")
}

func TestScale(t *testing.T) {
	t.Parallel()
	for _, scale := range []int{0, 1, 3} {
		t.Run(fmt.Sprint(scale), func(t *testing.T) {
			t.Parallel()
			db := open(t, "")
			r, err := Write(t.Context(), db, Options{Scale: scale, Seed: 5})
			noError(t, err)
			n := max(1, scale)
			equal(t, 12*n, r.Campaigns, "campaigns")
			equal(t, 70*n, r.Identities, "identities")
			equal(t, 240*n, r.Attackers, "attackers")
			equal(t, 4*n, r.CanaryBlobs, "blobs")
			equal(t, 14*n, r.CanaryTokens, "tokens")
			within(t, 10_000*n, r.Tags, 1_300*n, "tags")
			within(t, 150*n, r.Intel, 40*n, "intel")
			within(t, 4_500*n, r.Observations, 1_500*n, "observations")
			equal(t, 59, r.Rules, "rules")
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
		"Events": "logs", "Bounties": "bounty", "Credentials": "credentials", "SharedCredentials": "credential_reuse", "Attachments": "observed_attachments",
		"CanaryBlobs": "canary_blobs", "CanaryTokens": "canary_tokens", "CanaryTriggers": "canary_triggers",
		"Rules": "ttp_rule", "RuleStates": "ttp_rule_state", "Users": "users", "RevokedTokens": "revoked_tokens", "SchemaVersions": "alembic_version",
	}
	v, total := reflect.ValueOf(r), 0
	equal(t, len(tables), v.NumField(), "fields of the report")
	equal(t, len(tables), len(tableNames(t, db)), "tables")
	for i := range v.NumField() {
		field := v.Type().Field(i).Name
		equal(t, number(t, db, "SELECT COUNT(*) FROM "+tables[field]), int(v.Field(i).Int()), field)
		holds(t, v.Field(i).Int() > 0, "no %s", field)
		total += int(v.Field(i).Int())
	}
	equal(t, total, r.Rows(), "all rows")
}

func TestWriteRefusesAUsedDatabase(t *testing.T) {
	t.Parallel()
	db := open(t, "")
	_, err := db.ExecContext(t.Context(), "CREATE TABLE mine (x)")
	noError(t, err)
	_, err = Write(t.Context(), db, Options{})
	isError(t, err, ErrNotEmpty)
	equal(t, []string{"mine"}, tableNames(t, db), "tables afterwards")
}

func TestWriteStopsWhenCancelled(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	db, calls := open(t, ""), 0
	r, err := Write(ctx, db, Options{Scale: 50, Progress: func(int, int) {
		calls++
		cancel()
	}})
	isError(t, err, context.Canceled)
	equal(t, 1, calls, "calls of Progress")
	holds(t, r.Campaigns <= 24, "went on for %d campaigns", r.Campaigns)

	_, err = Write(ctx, open(t, ""), Options{})
	isError(t, err, context.Canceled)
}

func TestWriteStopsInsideABlock(t *testing.T) {
	t.Parallel()
	db := open(t, "")
	tables, _ := statements(schema)
	conn, err := db.Conn(t.Context())
	noError(t, err)
	defer conn.Close()
	noError(t, run(t.Context(), conn, tables))
	ctx, cancel := context.WithCancel(t.Context())
	g := newGenerator(ctx, conn, Options{})
	isError(t, g.w.inTransaction(func() {
		cancel()
		g.writeBlock(0)
	}), context.Canceled)
}

func TestProgressGrowsToTheTotal(t *testing.T) {
	t.Parallel()
	var seen [][2]int
	r, err := Write(t.Context(), open(t, ""), Options{Scale: 3, Progress: func(done, total int) { seen = append(seen, [2]int{done, total}) }})
	noError(t, err)
	equal(t, 4, len(seen), "calls of Progress")
	for i, s := range seen {
		holds(t, s[0] <= s[1], "%d of %d done", s[0], s[1])
		if i > 0 {
			holds(t, s[0] >= seen[i-1][0], "%d done after %d", s[0], seen[i-1][0])
		}
	}
	equal(t, [2]int{r.Rows(), r.Rows()}, seen[len(seen)-1], "last call")
}

func TestForeignKeysStayOn(t *testing.T) {
	t.Parallel()
	db := open(t, "&_foreign_keys=on")
	db.SetMaxOpenConns(1)
	_, err := Write(t.Context(), db, Options{})
	noError(t, err)
	equal(t, 1, number(t, db, "PRAGMA foreign_keys"), "foreign_keys")
}

func TestAWrongRowIsAnError(t *testing.T) {
	t.Parallel()
	conn, err := open(t, "").Conn(t.Context())
	noError(t, err)
	defer conn.Close()
	w := &writer{ctx: t.Context(), conn: conn}
	narrow := w.into("nowhere", "a", "b")
	for _, c := range []struct {
		row  []any
		says string
	}{
		{[]any{1}, "takes 2 values, got 1"},
		{[]any{1, 2}, "no such table"},
	} {
		err := w.inTransaction(func() { narrow.add(c.row...) })
		holds(t, err != nil && strings.Contains(err.Error(), c.says), "want an error that says %q, got %v", c.says, err)
	}
}

// BenchmarkWrite measures one block, including tables and indexes.
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
	equal(t, strings.Count(schema, "CREATE TABLE "), len(tables), "tables")
	equal(t, strings.Count(schema, "INDEX ix_"), len(others), "indexes")
}
