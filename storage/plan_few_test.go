package storage_test

import (
	"context"
	"database/sql"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"decnetgraph/storage"
	"decnetgraph/storage/storagetest"
)

// TestFewRelatedRowsLeadToAList counts the rows that servers read for a list of attackers whose condition is on the tags of one
// session: they come from the tags, however many other attackers there are.
func TestFewRelatedRowsLeadToAList(t *testing.T) {
	t.Parallel()
	onceWithoutDetector(t)
	filter := &storagetest.TTPTagFilter{SessionID: &storage.TextFilter{Equals: new("s001")}}
	for n, rowsRead := range map[int]func(*testing.T, *sql.DB, storage.Statement) int{2: rowsReadByMariaDB, 3: rowsReadByMariaDB, 4: rowsReadByPostgres} {
		b := allBackends[n]
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			source := b.create(t)
			b.fill(t, source, storagetest.Crowd(6_000))
			options := storagetest.Options()
			options.MostFound = storage.DefaultMostFound
			store := openStore(t, source, options)
			db, _ := openSQL(t, strings.Replace(source, "&default_query_exec_mode=exec", "", 1))
			t.Cleanup(func() { require.NoError(t, db.Close()) })
			db.SetMaxOpenConns(1)
			statements, err := storagetest.Statements(t.Context(), func(ctx context.Context) error {
				list := store.AllAttackers(storage.ListOptions{Filter: &storagetest.AttackerFilter{Tags: &storagetest.AttackerTagsFilter{Some: filter}}})
				if _, err := list.Page(ctx, fleet, storage.Page{Limit: 50}); err != nil {
					return err
				}
				_, err := list.Count(ctx, fleet)
				return err
			})
			require.NoError(t, err)
			require.Len(t, statements, 2, "a page and a count")
			for _, s := range statements {
				const most = 200 // there are 400 attackers
				require.LessOrEqual(t, rowsRead(t, db, s), most, s.SQL)
			}
		})
	}
}

// rowsReadByMariaDB is how many rows its engines handed out while it ran a statement.
func rowsReadByMariaDB(t *testing.T, db *sql.DB, s storage.Statement) int {
	t.Helper()
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

// handlerReads is how many rows engines have handed out in this session.
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

// rowsReadByPostgres is how many rows its scans found, and how many of these filters then left out.
func rowsReadByPostgres(t *testing.T, db *sql.DB, s storage.Statement) (sum int) {
	t.Helper()
	execute(t, db, "ANALYZE")
	execute(t, db, "SET random_page_cost = 1.1")
	n := 0
	text := mark.ReplaceAllStringFunc(s.SQL, func(string) string { n++; return "$" + strconv.Itoa(n) })
	rows, err := db.QueryContext(t.Context(), "EXPLAIN (ANALYZE, TIMING OFF) "+text, s.Args...)
	require.NoError(t, err)
	defer rows.Close()
	for rows.Next() {
		var line string
		require.NoError(t, rows.Scan(&line))
		for _, numbers := range rowsOfNode.FindAllStringSubmatch(line, -1) {
			each, _ := strconv.Atoi(numbers[1] + numbers[3])
			loops, err := strconv.Atoi(numbers[2])
			if err != nil {
				loops = 1
			}
			sum += each * loops
		}
	}
	require.NoError(t, rows.Err())
	return sum
}
