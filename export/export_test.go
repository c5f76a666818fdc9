package export_test

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"log/slog"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"decnetgraph/attack"
	"decnetgraph/export"
	"decnetgraph/resolvers"
	"decnetgraph/storage"
	"decnetgraph/storage/sample"
)

// database makes a sample database, changed by statements, and opens it. Small pages are asked of it,
// since rows are few: its limit of text is small, too.
func database(t *testing.T, changes ...string) (*resolvers.Local, *int) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "sample.db")
	db, err := storage.CreateSQLite(t.Context(), path)
	require.NoError(t, err)
	_, err = sample.Write(t.Context(), db, sample.Options{Scale: 1, Seed: 1})
	require.NoError(t, err)
	change(t, db, changes...)
	require.NoError(t, db.Close())
	statements := new(int)
	store, err := storage.Open(t.Context(), path, storage.Options{
		MaxBytes: 3 << 19, Log: slog.New(slog.DiscardHandler), Observe: func(context.Context, storage.Statement) { *statements++ },
	})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, store.Close()) })
	limits, err := resolvers.Limits{Page: export.MaxPage}.Verify()
	require.NoError(t, err)
	resolver := &resolvers.Resolver{Store: store, Catalogue: attack.Default()}
	return resolvers.NewLocal(resolver, limits, slog.New(slog.DiscardHandler)), statements
}

func change(t *testing.T, db *sql.DB, changes ...string) {
	t.Helper()
	for _, statement := range changes {
		_, err := db.ExecContext(t.Context(), statement)
		require.NoError(t, err)
	}
}

// exported is the whole of an export.
func exported(t *testing.T, ask export.Asker, o export.Options) (string, export.Report) {
	t.Helper()
	var out bytes.Buffer
	o.Format = export.NDJSON
	report, err := export.Run(t.Context(), ask, &out, o)
	require.NoError(t, err)
	return out.String(), report
}

func cursorOf(t *testing.T, line string) string {
	t.Helper()
	var members struct{ Cursor string }
	require.NoError(t, json.Unmarshal([]byte(line), &members), line)
	require.NotEmpty(t, members.Cursor)
	require.True(t, strings.HasSuffix(strings.TrimSpace(line), `,"cursor":"`+members.Cursor+`"}`), line)
	return members.Cursor
}

// awkward are rows that share their instant, content with line breaks, and unreadable commands.
var awkward = []string{
	`UPDATE ttp_tag SET created_at = (SELECT MIN(created_at) FROM ttp_tag) WHERE rowid % 3 = 0`,
	`UPDATE ttp_tag SET evidence = '{' || char(10) || ' "a": 1,' || char(13, 10) || ' "b": "' || char(226, 8232) || '" }' WHERE rowid % 5 = 0`,
	`UPDATE attackers SET last_seen = (SELECT MAX(last_seen) FROM attackers) WHERE rowid % 2 = 0`,
	`UPDATE attackers SET commands = '{}' WHERE rowid % 4 = 0`,
	`UPDATE attackers SET commands = '[' || char(10) || '{"command": "id"}]' WHERE rowid % 4 = 1`,
	`UPDATE canary_triggers SET occurred_at = '2026-03-03 00:00:00.000000'`,
}

func TestAnExportContinuesExactlyAfterAnyLine(t *testing.T) {
	ask, _ := database(t, awkward...)
	for _, list := range export.Lists {
		whole, report := exported(t, ask, export.Options{List: list})
		lines := slices.Collect(strings.Lines(whole))
		require.Len(t, lines, report.Lines, list)
		require.Equal(t, cursorOf(t, lines[len(lines)-1]), report.Cursor)
		for _, n := range append(rand.Perm(len(lines))[:8], 0, min(99, len(lines)-1), len(lines)-1) {
			rest, _ := exported(t, ask, export.Options{List: list, After: cursorOf(t, lines[n])})
			if strings.Join(lines[:n+1], "")+rest != whole {
				t.Fatalf("%s does not go on behind line %d", list, n+1)
			}
		}
	}
}

func TestAnExportHasEveryRowOnceAndCountsTheUnreadable(t *testing.T) {
	ask, statements := database(t, awkward...)
	for list, count := range map[string]string{
		"tags": `{ tags { totalCount } }`, "attackers": `{ attackers { totalCount } }`, "triggers": `{ canaryTriggers { totalCount } }`,
		"identities": `{ identities(includeMerged: true) { totalCount } }`, "campaigns": `{ campaigns(includeMerged: true) { totalCount } }`,
		"commands": `{ attackers { totalCount } }`,
	} {
		var counted map[string]struct{ TotalCount int }
		require.NoError(t, ask.Ask(t.Context(), count, nil, &counted))
		*statements = 0
		pages := 0
		whole, report := exported(t, ask, export.Options{List: list, Progress: func(int) { pages++ }})
		for _, c := range counted {
			require.Equal(t, c.TotalCount, report.Lines+report.Skipped, list)
		}
		require.Equal(t, list == "commands", report.Skipped > 0, list)
		seen := map[string]bool{}
		for line := range strings.Lines(whole) {
			cursor := cursorOf(t, line)
			require.False(t, seen[cursor], cursor)
			seen[cursor] = true
		}
		if list != "commands" { // whose pages are filled by more statements, and made smaller
			require.Equal(t, pages, *statements, "%s: a page is one statement", list)
		}
	}
}

func TestLargeRowsMakeSmallPages(t *testing.T) {
	ask, _ := database(t, `UPDATE attackers SET commands = '[{"command": "' || hex(zeroblob(100000)) || '"}]' WHERE rowid % 2 = 0`)
	_, report := exported(t, ask, export.Options{List: "commands"})
	require.Greater(t, report.Lines, 200)
}

func TestSinceLeavesOutWhatIsOlder(t *testing.T) {
	ask, _ := database(t)
	whole, all := exported(t, ask, export.Options{List: "tags"})
	var at struct{ CreatedAt time.Time }
	lines := strings.SplitAfter(whole, "\n")
	require.NoError(t, json.Unmarshal([]byte(lines[100]), &at))
	rest, report := exported(t, ask, export.Options{List: "tags", Since: at.CreatedAt})
	require.True(t, strings.HasSuffix(whole, rest))
	require.InDelta(t, all.Lines-100, report.Lines, 5)
}

// failing fails after some bytes, as a full disk does.
type failing struct{ left int }

var errFull = errors.New("disk full")

func (f *failing) Write(content []byte) (int, error) {
	n := min(f.left, len(content))
	f.left -= n
	if n < len(content) {
		return n, errFull
	}
	return n, nil
}

func TestReportHasTheLastCompleteLine(t *testing.T) {
	ask, _ := database(t)
	whole, _ := exported(t, ask, export.Options{List: "tags"})
	for _, room := range []int{0, 10, 5_000, 77_777, 1_000_000} {
		report, err := export.Run(t.Context(), ask, &failing{room}, export.Options{List: "tags", Format: export.NDJSON})
		require.ErrorIs(t, err, errFull)
		kept := strings.SplitAfter(whole[:room], "\n")
		require.Len(t, kept, report.Lines+1)
		if report.Lines > 0 {
			require.Equal(t, cursorOf(t, kept[report.Lines-1]), report.Cursor)
		}
	}
}

func TestACursorOfAnotherListIsRefused(t *testing.T) {
	ask, _ := database(t)
	_, tags := exported(t, ask, export.Options{List: "tags"})
	for _, after := range []string{tags.Cursor, "nonsense"} {
		_, err := export.Run(t.Context(), ask, &failing{}, export.Options{List: "attackers", Format: export.NDJSON, After: after})
		require.ErrorIs(t, err, storage.ErrInvalid)
	}
}
