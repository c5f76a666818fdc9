package resolvers_test

import (
	"database/sql"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"decnetgraph/graph/model"
	"decnetgraph/resolvers"
	"decnetgraph/storage"
)

func whole(n any) int { return int(n.(float64)) }

func TestSinceTakesTheInstantItself(t *testing.T) {
	a := onSample(t)
	oldest := a.ask(`{ tags(first: 5, orderBy: {field: CREATED_AT, direction: ASC}) { nodes { uuid createdAt } } }`)
	third := at(oldest, "tags", "nodes", 2)
	from := a.ask(`{ tags(first: 3, orderBy: {field: CREATED_AT, direction: ASC}, since: "` + at(third, "createdAt").(string) + `") { totalCount nodes { uuid createdAt } } }`)
	require.Equal(t, third, at(from, "tags", "nodes", 0))
	all := a.ask(`{ tags { totalCount } }`)
	require.Equal(t, whole(at(all, "tags", "totalCount"))-2, whole(at(from, "tags", "totalCount")))
	for _, field := range []string{"attackers", "identities", "campaigns", "tags"} {
		later := a.ask(`{ ` + field + `(since: "2200-01-01T00:00:00+02:00") { totalCount nodes { uuid } } }`)
		require.Empty(t, at(later, field, "nodes"), field)
		require.Zero(t, at(later, field, "totalCount"), field)
	}
}

// TestUnreadableCommandsCostAtMostAFewStatements spoils all attackers but the last one seen.
func TestUnreadableCommandsCostAtMostAFewStatements(t *testing.T) {
	from, err := samplePath()
	require.NoError(t, err)
	content, err := os.ReadFile(from)
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "spoilt.db")
	require.NoError(t, os.WriteFile(path, content, 0o600))
	db, err := sql.Open("sqlite3", path)
	require.NoError(t, err)
	const last = `(SELECT uuid FROM attackers ORDER BY last_seen DESC, uuid DESC LIMIT 1)`
	_, err = db.ExecContext(t.Context(), `UPDATE attackers SET commands = '{}' WHERE uuid <> `+last)
	require.NoError(t, err)
	var uuid string
	require.NoError(t, db.QueryRowContext(t.Context(), `SELECT * FROM `+last).Scan(&uuid))
	require.NoError(t, db.Close())
	a := serve(t, path, resolvers.Limits{})
	found := a.ask(`{ attackerCommandsSince(first: 1, since: "1970-01-01T00:00:00Z") { totalCount skipped pageInfo { hasNextPage } nodes { attacker { uuid } } } }`)
	list := at(found, "attackerCommandsSince")
	require.Equal(t, uuid, at(list, "nodes", 0, "attacker", "uuid"))
	require.Equal(t, whole(at(list, "totalCount"))-1, whole(at(list, "skipped")))
	require.Equal(t, false, at(list, "pageInfo", "hasNextPage"))
	require.LessOrEqual(t, len(a.statements), 9, "eight for the page, one for the count")
}

func TestAShortPageHasThePositionToContinueFrom(t *testing.T) {
	reached := &storage.Position{List: "a", Sort: "i1", Key: "tx"}
	slice := storage.Slice[storage.Attacker]{More: true, Reached: reached}
	forwards := model.NewConnection(slice, storage.Page{}, nil, "").PageInfo()
	require.Equal(t, model.EncodeCursor(*reached), *forwards.EndCursor)
	require.Nil(t, forwards.StartCursor)
	require.True(t, forwards.HasNextPage)
	backwards := model.NewConnection(slice, storage.Page{Backward: true}, nil, "").PageInfo()
	require.Equal(t, model.EncodeCursor(*reached), *backwards.StartCursor)
	require.True(t, backwards.HasPreviousPage)
}
