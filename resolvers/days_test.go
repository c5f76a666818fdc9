package resolvers_test

import (
	"database/sql"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"decnetgraph/resolvers"
)

// TestDaysAddUp compares the days of every scope with the number of its tags, and those of the fleet, of
// attackers and of sessions with plain SQL.
func TestDaysAddUp(t *testing.T) {
	a := onSample(t)
	const days = ` tags { totalCount } tagsByDay { day count }`
	const either = days + ` literalTags: tags(membership: LITERAL) { totalCount } literal: tagsByDay(membership: LITERAL) { day count }`
	found := a.ask(`{ fleet: tags { totalCount } tagsByDay { day count }
		campaigns(first: 200, includeMerged: true) { nodes { uuid` + either + ` } } identities(first: 200, includeMerged: true) { nodes { uuid` + either + ` } }
		attackers(first: 200) { nodes { uuid` + days + ` } } tags(first: 200) { nodes { session { uuid: sessionId` + days + ` } } } }`)
	requireDays(t, at(found, "fleet", "totalCount"), at(found, "tagsByDay"))
	require.Equal(t, a.plainDays(t, "1 = 1"), at(found, "tagsByDay"))

	rows := map[string][]any{}
	for _, list := range []string{"campaigns", "identities", "attackers"} {
		rows[list] = at(found, list, "nodes").([]any)
	}
	for _, session := range each(at(found, "tags", "nodes"), "session") {
		if session != nil {
			rows["sessions"] = append(rows["sessions"], session)
		}
	}
	columns := map[string]string{"attackers": "attacker_uuid", "sessions": "session_id"}
	for list, owners := range rows {
		longest := 0
		for _, owner := range owners {
			requireDays(t, at(owner, "tags", "totalCount"), at(owner, "tagsByDay"))
			longest = max(longest, len(at(owner, "tagsByDay").([]any)))
			if columns[list] != "" {
				require.Equal(t, a.plainDays(t, columns[list]+" = ?", at(owner, "uuid")), at(owner, "tagsByDay"), "%s %s", list, at(owner, "uuid"))
			} else {
				requireDays(t, at(owner, "literalTags", "totalCount"), at(owner, "literal"))
			}
		}
		if list != "sessions" {
			require.Greater(t, longest, 1, "%s have tags on several days", list)
		}
	}
}

// requireDays checks that days are in order and hold so many tags.
func requireDays(t *testing.T, tags, days any) {
	t.Helper()
	total, before := 0, ""
	for _, day := range days.([]any) {
		require.Greater(t, at(day, "day"), before)
		require.Positive(t, at(day, "count"))
		before = at(day, "day").(string)
		total += int(at(day, "count").(float64))
	}
	require.Equal(t, int(tags.(float64)), total)
}

// plainDays is what the tags table of the sample says.
func (a *api) plainDays(t *testing.T, where string, args ...any) []any {
	t.Helper()
	path, err := samplePath()
	require.NoError(t, err)
	db, err := sql.Open("sqlite3", "file:"+path+"?mode=ro")
	require.NoError(t, err)
	defer db.Close()
	rows, err := db.QueryContext(t.Context(), "SELECT DATE(created_at), COUNT(*) FROM ttp_tag WHERE "+where+" GROUP BY 1 ORDER BY 1", args...)
	require.NoError(t, err)
	defer rows.Close()
	days := []any{}
	for rows.Next() {
		var day string
		var count float64
		require.NoError(t, rows.Scan(&day, &count))
		days = append(days, map[string]any{"day": day, "count": count})
	}
	require.NoError(t, rows.Err())
	return days
}

func TestDaysLieWithinTheirBounds(t *testing.T) {
	a := onSample(t)
	all := at(a.ask(`{ tagsByDay { day count } }`), "tagsByDay").([]any)
	require.Greater(t, len(all), 10)
	first, last := 3, len(all)-4
	from, to := at(all[first], "day"), at(all[last], "day")
	for _, span := range []struct {
		from, to any
		days     []any
	}{
		{nil, nil, all},
		{from, nil, all[first:]},
		{nil, to, all[:last+1]},
		{from, to, all[first : last+1]},
		{from, from, all[first : first+1]},
		{"0000-01-01", "9999-12-31", all},
		{"9999-12-31", nil, []any{}},
		{nil, "1999-12-31", []any{}},
		{"1999-01-01", "1999-01-01", []any{}},
	} {
		answer := a.send(`query ($from: Date, $to: Date) { tagsByDay(from: $from, to: $to) { day count } }`, map[string]any{"from": span.from, "to": span.to})
		require.Empty(t, answer.Errors)
		require.Equal(t, span.days, answer.Data["tagsByDay"], "%v to %v", span.from, span.to)
	}
	inline := a.ask(fmt.Sprintf(`{ tagsByDay(from: %q, to: %q) { day count } }`, from, to))
	require.Equal(t, all[first:last+1], inline["tagsByDay"])
}

// TestTooManyDaysAreRefused: fewer days than there are would be a wrong answer.
func TestTooManyDaysAreRefused(t *testing.T) {
	path, err := samplePath()
	require.NoError(t, err)
	a := serve(t, path, resolvers.Limits{Objects: 201})
	answer := a.send(`{ attackers(first: 100) { nodes { tagsByDay { count } } } }`, nil)
	requireLimit(t, answer, "more than 201 objects")
	require.Equal(t, map[string]any{"attackers": nil}, answer.Data)
}
