package storage_test

import (
	"context"
	"database/sql"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"decnetgraph/storage"
	"decnetgraph/storage/storagetest"
)

// rowCounter runs statements and returns how many rows the server reads for each.
type rowCounter func(t *testing.T, source string) func(storage.Statement) int

// TestFewRelatedRowsLeadToAList counts the rows that a server reads for the attackers with tags of one session. The tags lead to
// them, so the other attackers are not read.
func TestFewRelatedRowsLeadToAList(t *testing.T) {
	t.Parallel()
	onceWithoutDetector(t)
	filter := &storagetest.TTPTagFilter{SessionID: &storage.TextFilter{Equals: new("s001")}}
	ask := func(ctx context.Context, s *storage.Store) error {
		list := s.AllAttackers(storage.ListOptions{Filter: &storagetest.AttackerFilter{Tags: &storagetest.AttackerTagsFilter{Some: filter}}})
		if _, err := list.Page(ctx, fleet, storage.Page{Limit: 50}); err != nil {
			return err
		}
		_, err := list.Count(ctx, fleet)
		return err
	}
	t.Run("SQLite, which tells only its plan", func(t *testing.T) {
		p := newPlanner(t)
		statements, err := storagetest.Statements(t.Context(), func(ctx context.Context) error { return ask(ctx, p.store) })
		require.NoError(t, err)
		require.Len(t, statements, 2)
		for _, s := range statements {
			steps := p.explain(t, s)
			byKey := slices.IndexFunc(steps, func(step string) bool {
				return strings.HasPrefix(step, "SEARCH t ") && strings.HasSuffix(step, "(uuid=?)")
			})
			require.GreaterOrEqual(t, byKey, 0, steps)
			require.Equal(t, []string{"LIST SUBQUERY", "SEARCH e1 USING INDEX ix_ttp_tag_session_id (session_id=?)"}, []string{steps[byKey+1][:13], steps[byKey+2]}, steps)
			require.Equal(t, 2, strings.Count(s.SQL, " LIMIT CASE WHEN "), "a limit of 0 ends an arm before it reads")
		}
	})
	for n, counter := range map[int]rowCounter{2: rowsReadByMariaDB, 3: rowsReadByMariaDB, 4: rowsReadByPostgres} {
		b := allBackends[n]
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			source := b.create(t)
			b.fill(t, source, storagetest.Crowd(6_000))
			options := storagetest.Options()
			options.MostFound = storage.DefaultMostFound
			store := openStore(t, source, options)
			statements, err := storagetest.Statements(t.Context(), func(ctx context.Context) error { return ask(ctx, store) })
			require.NoError(t, err)
			require.Len(t, statements, 2, "a page and a count")
			rowsRead := counter(t, source)
			for _, s := range statements {
				const most = 200 // there are 400 attackers
				require.LessOrEqual(t, rowsRead(s), most, s.SQL)
			}
		})
	}
}

// rowsReadByMariaDB counts the rows that its storage engines read.
func rowsReadByMariaDB(t *testing.T, source string) func(storage.Statement) int {
	t.Helper()
	db, _ := openSQL(t, source)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	db.SetMaxOpenConns(1)
	return func(s storage.Statement) int {
		before := handlerReads(t, db)
		func() {
			rows, err := db.QueryContext(t.Context(), s.SQL, s.Args...)
			require.NoError(t, err)
			defer rows.Close()
			for rows.Next() {
			}
			require.NoError(t, rows.Err())
		}()
		return handlerReads(t, db) - before
	}
}

// handlerReads returns how many rows the storage engines have read in this session.
func handlerReads(t *testing.T, db *sql.DB) (sum int) {
	t.Helper()
	status, err := db.QueryContext(t.Context(), "SHOW SESSION STATUS LIKE 'Handler_read_%'")
	require.NoError(t, err)
	defer status.Close()
	for status.Next() {
		var name string
		var number int
		require.NoError(t, status.Scan(&name, &number))
		sum += number
	}
	require.NoError(t, status.Err())
	return sum
}

var rowsOfNode = regexp.MustCompile(`Scan.*\(actual rows=(\d+) loops=(\d+)\)|Rows Removed by Filter: (\d+)`)

// rowsReadByPostgres counts the rows that its scans return, and those that their filters leave out.
func rowsReadByPostgres(t *testing.T, source string) func(storage.Statement) int {
	t.Helper()
	plan := plansOfPostgres(t, source, "EXPLAIN (ANALYZE, TIMING OFF) ")
	return func(s storage.Statement) (sum int) {
		for _, step := range plan(s) {
			for _, numbers := range rowsOfNode.FindAllStringSubmatch(step, -1) {
				each, err := strconv.Atoi(numbers[1] + numbers[3])
				require.NoError(t, err)
				loops, err := strconv.Atoi(numbers[2])
				if err != nil { // those that filters leave out have none
					loops = 1
				}
				sum += each * loops
			}
		}
		return sum
	}
}
