package resolvers_test

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"decnetgraph/resolvers"
)

// rollupFields selects everything of a rollup row that counts its tags.
const rollupFields = ` { id count identityCount attackerCount tactics { tacticId count tactic { attackId } } tags(first: 1) { totalCount } } `

// TestRollupRowsCountTheirSelection asks for rollups of several selections side by side: all fields of a row are about its
// own selection, although the fields share what they read.
func TestRollupRowsCountTheirSelection(t *testing.T) {
	a := onSample(t)
	busiest := a.busiest()
	const args = `from: "2026-01-10T00:00:00Z", until: "2026-06-01T12:00:00Z"`
	found := a.ask(`{ all: techniques` + rollupFields + `credentials: techniques(filter: {tactic: "TA0006"})` + rollupFields +
		`sure: techniques(` + args + `, filter: {confidence: {from: 0.8}})` + rollupFields +
		`identity(by: {uuid: "` + busiest.identity + `"}) { all: techniques` + rollupFields + `sure: techniques(filter: {confidence: {from: 0.8}})` + rollupFields + `} }`)
	ids := map[string]bool{}
	for _, rows := range []any{found["all"], found["credentials"], found["sure"], at(found, "identity", "all"), at(found, "identity", "sure")} {
		require.NotEmpty(t, rows)
		for _, row := range rows.([]any) {
			require.Equal(t, at(row, "count"), at(row, "tags", "totalCount"))
			sum := 0.0
			for _, tactic := range at(row, "tactics").([]any) {
				sum += at(tactic, "count").(float64)
			}
			require.InDelta(t, at(row, "count"), sum, 0)
			require.LessOrEqual(t, at(row, "attackerCount"), at(row, "count"))
			id := at(row, "id").(string)
			require.False(t, ids[id], "ids of different selections differ")
			ids[id] = true
			again := a.ask(fmt.Sprintf(`{ node(id: %q) { ... on TechniqueRollup`+rollupFields+`} }`, id))
			require.Equal(t, row, again["node"])
		}
	}
	for _, row := range found["credentials"].([]any) {
		require.Len(t, at(row, "tactics"), 1)
		require.Equal(t, "TA0006", at(row, "tactics").([]any)[0].(map[string]any)["tacticId"])
	}
}

// TestTacticsAreInMatrixOrder compares the order with that of the catalogue, where the tags of a technique have several
// tactics, and one that the catalogue does not have.
func TestTacticsAreInMatrixOrder(t *testing.T) {
	original, err := samplePath()
	require.NoError(t, err)
	content, err := os.ReadFile(original)
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "sample.db")
	require.NoError(t, os.WriteFile(path, content, 0o600))
	db, err := sql.Open("sqlite3", "file:"+path)
	require.NoError(t, err)
	for remainder, tactic := range map[int]string{1: "TA0040", 2: "TA0043", 3: "TA9999", 4: "TA0001"} {
		_, err = db.ExecContext(t.Context(), "UPDATE ttp_tag SET tactic = ? WHERE rowid % 5 = ?", tactic, remainder)
		require.NoError(t, err)
	}
	require.NoError(t, db.Close())
	a := serve(t, path, resolvers.Limits{})
	found := a.ask(`{ tactics { attackId } techniques { count tacticId tactics { tacticId count tactic { name } } } }`)
	var matrix []string
	for _, tactic := range found["tactics"].([]any) {
		matrix = append(matrix, at(tactic, "attackId").(string))
	}
	several := 0
	for _, row := range found["techniques"].([]any) {
		last, sum := -1, 0.0
		for _, tactic := range at(row, "tactics").([]any) {
			place := slices.Index(matrix, at(tactic, "tacticId").(string))
			if place < 0 {
				place = len(matrix)
			}
			require.Equal(t, place == len(matrix), at(tactic, "tactic") == nil)
			require.Greater(t, place, last)
			last = place
			sum += at(tactic, "count").(float64)
		}
		require.InDelta(t, at(row, "count"), sum, 0)
		if len(at(row, "tactics").([]any)) == 5 {
			several++
		}
	}
	require.Positive(t, several)
}

// TestSeriesAddUp compares series with totals and with tagsByDay.
func TestSeriesAddUp(t *testing.T) {
	a := onSample(t)
	found := a.ask(`{ tags { totalCount } tagsByDay { day count }
		days: tagTimeSeries(bucket: DAY) { total buckets { day count } }
		berlin: tagTimeSeries(bucket: WEEK, zone: "Europe/Berlin", splitBy: TACTIC) { total values { key count tactic { name } } buckets { start until count values { key count } } }
		hours: tagTimeSeries(bucket: HOUR, from: "2026-03-01T00:30:00Z", until: "2026-03-02T00:30:00Z") { buckets { start count } } }`)
	total := at(found, "tags", "totalCount")
	require.Equal(t, total, at(found, "days", "total"))
	require.Equal(t, total, at(found, "berlin", "total"))
	var days []any
	for _, bucket := range at(found, "days", "buckets").([]any) {
		if at(bucket, "count") != 0.0 {
			days = append(days, bucket)
		}
	}
	require.Equal(t, found["tagsByDay"], days)
	require.Greater(t, len(at(found, "days", "buckets").([]any)), len(days), "days without tags are there, too")
	until := ""
	for _, bucket := range at(found, "berlin", "buckets").([]any) {
		start := at(bucket, "start").(string)
		if until != "" {
			require.Equal(t, until, start)
		}
		until = at(bucket, "until").(string)
		sum := 0.0
		for _, value := range at(bucket, "values").([]any) {
			sum += at(value, "count").(float64)
		}
		require.InDelta(t, at(bucket, "count"), sum, 0)
		begins, err := time.Parse(time.RFC3339, start)
		require.NoError(t, err)
		zone, err := time.LoadLocation("Europe/Berlin")
		require.NoError(t, err)
		require.Equal(t, "Monday 00:00", begins.In(zone).Format("Monday 15:04"))
	}
	require.NotEmpty(t, at(found, "berlin", "values").([]any)[0].(map[string]any)["tactic"])
	require.Len(t, at(found, "hours", "buckets"), 25)
}

// TestCountsRefuseWhatMakesNoSense asks for ranges, zones and numbers that are none.
func TestCountsRefuseWhatMakesNoSense(t *testing.T) {
	a := onSample(t)
	for query, message := range map[string]string{
		`{ tagTimeSeries(bucket: DAY, zone: "Mars/Olympus") { total } }`:                                                                   `"Mars/Olympus"`,
		`{ tagTimeSeries(bucket: DAY, zone: "") { total } }`:                                                                               "zone",
		`{ tagTimeSeries(bucket: DAY, zone: "Local") { total } }`:                                                                          `"Local"`,
		`{ tagTimeSeries(bucket: DAY, zone: "../../etc/passwd") { total } }`:                                                               "zone",
		`{ tagTimeSeries(bucket: DAY, from: "2026-02-01T00:00:00Z", until: "2026-01-01T00:00:00Z") { total } }`:                            "from must not be later than until",
		`{ techniques(from: "2026-02-01T00:00:00Z", until: "2026-01-01T00:00:00Z") { count } }`:                                            "from must not be later than until",
		`{ techniqueChanges(from: "2026-02-01T00:00:00Z", until: "2026-02-01T00:00:00Z") { after } }`:                                      "from must be earlier than until",
		`{ techniqueChanges(from: "2026-02-01T00:00:00Z", until: "2026-02-08T00:00:00Z", top: 0) { after } }`:                              "top",
		`{ techniqueChanges(from: "2026-02-01T00:00:00Z", until: "2026-02-08T00:00:00Z", againstFrom: "2026-02-02T00:00:00Z") { after } }`: "againstFrom",
		`{ tags { distribution(by: RULE, top: 201) { total } } }`:                                                                          "top",
		`{ techniques(filter: {confidence: {from: 80}}) { count } }`:                                                                       "confidence",
	} {
		answer := a.send(query, nil)
		require.Len(t, answer.Errors, 1, query)
		assert.Contains(t, answer.Errors[0].Message, message, query)
		assert.Equal(t, "BAD_USER_INPUT", answer.Errors[0].Extensions["code"], query)
	}
	requireLimit(t, a.send(`{ tagTimeSeries(bucket: HOUR, from: "2020-01-01T00:00:00Z", until: "2026-01-01T00:00:00Z") { total } }`, nil), "10,000 buckets")
}

// TestEmptyCountsSayWhy expects a warning where a filter names a value that occurs nowhere.
func TestEmptyCountsSayWhy(t *testing.T) {
	a := onSample(t)
	const filter = `filter: {ruleId: {equals: "R9999"}}`
	for _, query := range []string{
		`{ techniques(` + filter + `) { count } }`,
		`{ tagTimeSeries(bucket: DAY, ` + filter + `) { total } }`,
		`{ techniqueChanges(from: "2026-02-01T00:00:00Z", until: "2026-02-08T00:00:00Z", ` + filter + `) { after } }`,
	} {
		answer := a.send(query, nil)
		require.Empty(t, answer.Errors, query)
		require.Contains(t, fmt.Sprint(answer.Extensions["warnings"]), "R9999", query)
	}
}

// TestDistributionsAddUp compares distributions with the totals beside them.
func TestDistributionsAddUp(t *testing.T) {
	a := onSample(t)
	const values = ` { total other distinctCount values { key count } } `
	found := a.ask(`{ campaigns(first: 5) { nodes {
			attackers(first: 1) { totalCount distribution(by: COUNTRY, top: 3)` + values + `services: distribution(by: SERVICE)` + values + `}
			identities(first: 1) { totalCount distribution(by: CAMPAIGN)` + values + `} } }
		tags(first: 1, filter: {tactic: "TA0006"}) { totalCount distribution(by: DECKY, top: 4) { total other distinctCount values {
			key count attackerCount distribution(by: TECHNIQUE, top: 200) { total other values { key count technique { name } } } } } } }`)
	for _, campaign := range at(found, "campaigns", "nodes").([]any) {
		for _, list := range []string{"attackers", "identities"} {
			requireDistribution(t, at(campaign, list, "distribution"), at(campaign, list, "totalCount"))
		}
		requireDistribution(t, at(campaign, "attackers", "services"), at(campaign, "attackers", "services", "total"))
	}
	requireDistribution(t, at(found, "tags", "distribution"), at(found, "tags", "totalCount"))
	for _, decky := range at(found, "tags", "distribution", "values").([]any) {
		require.Positive(t, at(decky, "attackerCount"))
		requireDistribution(t, at(decky, "distribution"), at(decky, "count"))
	}
}

// requireDistribution checks that the counts of a distribution add up, and that the largest come first.
func requireDistribution(t *testing.T, distribution, total any) {
	t.Helper()
	require.Equal(t, total, at(distribution, "total"))
	sum, before := at(distribution, "other").(float64), -1.0
	for _, value := range at(distribution, "values").([]any) {
		count := at(value, "count").(float64)
		require.True(t, before < 0 || count <= before)
		before = count
		sum += count
	}
	require.InDelta(t, total, sum, 0)
}

// TestChangesCompareTwoWeeks compares the changes with the rollups of both weeks.
func TestChangesCompareTwoWeeks(t *testing.T) {
	a := onSample(t)
	latest, err := time.Parse(time.RFC3339, at(a.ask(`{ tags(first: 1) { nodes { createdAt } } }`), "tags", "nodes").([]any)[0].(map[string]any)["createdAt"].(string))
	require.NoError(t, err)
	const week = 7 * 24 * time.Hour
	until := latest.Add(time.Second)
	from, against := until.Add(-week), until.Add(-2*week)
	span := func(from, until time.Time) string {
		return fmt.Sprintf("from: %q, until: %q", from.Format(time.RFC3339Nano), until.Format(time.RFC3339Nano))
	}
	const rows = ` { techniqueId subTechniqueId count } `
	found := a.ask(`{ now: techniques(` + span(from, until) + `)` + rows + `before: techniques(` + span(against, from) + `)` + rows +
		`techniqueChanges(` + span(from, until) + `) { techniqueId subTechniqueId before after difference } top: techniqueChanges(` + span(from, until) + `, top: 3) { after } }`)
	counts := map[[2]any][2]float64{}
	for i, name := range []string{"before", "now"} {
		for _, row := range found[name].([]any) {
			key := [2]any{at(row, "techniqueId"), at(row, "subTechniqueId")}
			pair := counts[key]
			pair[i] = at(row, "count").(float64)
			counts[key] = pair
		}
	}
	changes := found["techniqueChanges"].([]any)
	require.Len(t, changes, len(counts))
	size := func(change any) float64 {
		return max(at(change, "difference").(float64), -at(change, "difference").(float64))
	}
	for i, change := range changes {
		pair := counts[[2]any{at(change, "techniqueId"), at(change, "subTechniqueId")}]
		require.Equal(t, []any{pair[0], pair[1]}, []any{at(change, "before"), at(change, "after")})
		require.InDelta(t, pair[1]-pair[0], at(change, "difference"), 0)
		require.True(t, i == 0 || size(changes[i-1]) >= size(change))
	}
	require.Len(t, found["top"], 3)
}
