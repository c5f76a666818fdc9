package storage_test

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"math"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"decnetgraph/storage/storagetest"
)

// longList is JSON of 64 KiB.
var longList = `["` + strings.Repeat("é", 32<<10) + `"]`

// awkward are values that SQLite stores in any column, whatever its type.
var awkward = []any{
	nil, "", " ", "null", "{", "[1, 2", `{"a": 1}}`, `"text"`, "5", "true", `[1, 2.5, "x", null, {"a": []}]`, `{"a": {"b": [1]}}`, `{}`, `[]`, "\ufeff{}", "[\"\x01\"]",
	`{"a": NaN, "b": [Infinity, -Infinity]}`, "NaN", "-Infinity", strings.Repeat("[", 10_001), longList,
	int64(0), int64(7), int64(-1), int64(math.MaxInt64), int64(math.MinInt64), int64(1 << 31), int64(1_777_620_157_000), 1.5, -0.25, 1e300, math.Inf(1), math.Inf(-1), true,
	[]byte{0x00, 0xff, 0xfe, 0x80, 0x41, 0x0a, 0xc3, 0x28},
	[]byte("2026-05-01 07:21:37"),
	[]byte{},
	"caf\xe9", "\xff\xfe\xfd", "a\x00b", "2001:db8::ffff:192.0.2.1%eth0", "ключ 鍵 🔑",
	"2026-05-01 07:21:37", "2026-05-01 07:21:37.000000", "2026-05-01T07:21:37+02:00", "2026-05-01", "2026-13-45 99:99:99", "9999-12-31 23:59:59.999999", "10000-01-01", "not a time",
	"12abc", "0x10", "1e400", "' OR 1=1 --", "\u2028\u202e",
}

// oddities is a table with one row for each awkward value in each column.
type oddities struct {
	table  string
	unique []string // columns that get a value of their own in each row, unless they are the odd one
	base   storagetest.Row
}

// awkwardTables starts each table from a row of the fixture.
func awkwardTables() []oddities {
	tables := []oddities{
		{table: "campaigns", unique: []string{"uuid"}},
		{table: "attacker_identities", unique: []string{"uuid"}},
		{table: "attackers", unique: []string{"uuid"}},
		{table: "ttp_tag", unique: []string{"uuid"}},
		{table: "attribution_state", unique: []string{"primitive"}},
		{table: "observations", unique: []string{"id", "evidence_ref"}},
		{table: "attacker_behavior", unique: []string{"attacker_uuid"}},
		{table: "attacker_intel", unique: []string{"uuid", "attacker_uuid"}},
		{table: "attacker_fingerprint_state", unique: []string{"uuid", "probe_type"}},
		{table: "smtp_targets", unique: []string{"domain"}},
		{table: "canary_blobs", unique: []string{"uuid", "sha256"}},
		{table: "canary_tokens", unique: []string{"uuid", "callback_token"}},
		{table: "canary_triggers", unique: []string{"uuid"}},
	}
	for n := range tables {
		for _, row := range storagetest.Fixture().Rows() {
			if row.Table == tables[n].table {
				tables[n].base = row
				break
			}
		}
	}
	return tables
}

// insert writes all rows that the table's constraints let through, and gives the odd columns of each
// key, the first unique column.
func (o oddities) insert(t *testing.T, db *sql.DB) {
	t.Helper()
	tx, err := db.BeginTx(t.Context(), nil)
	require.NoError(t, err)
	statement, err := tx.PrepareContext(t.Context(), "INSERT INTO "+o.table+" ("+strings.Join(o.base.Columns, ", ")+") VALUES (?"+strings.Repeat(", ?", len(o.base.Columns)-1)+")")
	require.NoError(t, err)
	defer statement.Close()
	refused := 0
	for c := range o.base.Columns {
		for v, odd := range awkward {
			values := make([]any, len(o.base.Values))
			for n, column := range o.base.Columns {
				values[n] = sqliteValue(o.base.Values[n])
				for _, unique := range o.unique {
					if unique == column {
						values[n] = fmt.Sprintf("%s %s %d", o.table, o.base.Columns[c], v)
					}
				}
				if column == "id" && o.table == "smtp_targets" {
					values[n] = 1000 + 100*c + v
				}
			}
			values[c] = odd
			if _, err := statement.ExecContext(t.Context(), values...); err != nil {
				require.Regexp(t, "constraint failed|datatype mismatch", err.Error()) // NOT NULL, UNIQUE, CHECK, and an integer key
				refused++
			}
		}
	}
	require.Less(t, refused, len(o.base.Columns)*len(awkward)/6)
	require.NoError(t, tx.Commit())
}

// awkwardFile makes a database of nothing but awkward rows.
func awkwardFile(t *testing.T) string {
	t.Helper()
	path := sqliteFile(t, storagetest.Graph{})
	db, err := sql.Open("sqlite3", path+"?_journal_mode=OFF&_synchronous=OFF")
	require.NoError(t, err)
	for _, table := range awkwardTables() {
		table.insert(t, db)
	}
	require.NoError(t, db.Close())
	return path
}

// count asks the database itself.
func count(t *testing.T, path, query string) int {
	t.Helper()
	db, err := sql.Open("sqlite3", path)
	require.NoError(t, err)
	defer db.Close()
	var n int
	require.NoError(t, db.QueryRowContext(t.Context(), query).Scan(&n))
	return n
}

// places is a log handler that notes which places were warned about.
type places struct {
	mu   sync.Mutex
	seen map[string]int
}

func (p *places) Enabled(context.Context, slog.Level) bool { return true }
func (p *places) WithAttrs([]slog.Attr) slog.Handler       { return p }
func (p *places) WithGroup(string) slog.Handler            { return p }

func (p *places) Handle(_ context.Context, record slog.Record) error {
	var place []string
	record.Attrs(func(a slog.Attr) bool {
		place = append(place, a.Key+"="+a.Value.String())
		return true
	})
	p.mu.Lock()
	defer p.mu.Unlock()
	p.seen[strings.Join(place, " ")]++
	return nil
}

func TestAwkwardRowsAreServed(t *testing.T) {
	t.Parallel()
	onceWithoutDetector(t)
	path := awkwardFile(t)
	options := storagetest.Options()
	options.MaxBytes = 0
	s := openFile(t, path, options)
	for n, w := range awkwardWalks() {
		backward := n%2 == 1
		t.Run(fmt.Sprintf("%s, backward %t", w.name, backward), func(t *testing.T) {
			want := count(t, path, w.query)
			require.Greater(t, want, len(awkward))
			require.Equal(t, want, w.walk(t, s, backward, want), "every row is on exactly one page")
		})
	}
}

func TestMalformedContentIsLoggedOncePerPlaceAndCountedEachTime(t *testing.T) {
	onceWithoutDetector(t)
	t.Parallel()
	path := awkwardFile(t)
	log := &places{seen: map[string]int{}}
	options := storagetest.Options()
	options.Log, options.MaxRows, options.MaxBytes = slog.New(log), 100_000, 0
	s := openFile(t, path, options)
	require.Zero(t, s.Malformed())
	for _, a := range awkwardAnswers() {
		t.Run(a.name, func(t *testing.T) {
			keys := keysIn(t, path, a.keys)
			require.Greater(t, len(keys), 30)
			before := s.Malformed()
			require.Equal(t, len(keys), a.ask(t, s, keys), "every row is answered")
			first := s.Malformed()
			require.Equal(t, len(keys), a.ask(t, s, keys))
			require.Equal(t, first-before, s.Malformed()-first)
		})
	}
	require.Greater(t, len(log.seen), 1_000)
	for place, times := range log.seen {
		require.Equal(t, 1, times, place)
	}
}
