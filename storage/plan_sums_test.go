package storage_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"decnetgraph/storage"
	"decnetgraph/storage/storagetest"
)

// The tags of months go from countedFrom on, one every half hour.
var countedFrom = time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)

// months makes a database of our own with the tags of about three months, all in its sums, and opens it.
func months(t *testing.T, b backend) (source string, s *storage.Store) {
	t.Helper()
	source = b.create(t)
	g := storagetest.Crowd(4_500)
	for n := range g.Tags {
		g.Tags[n].CreatedAt = countedFrom.Add(time.Duration(n) * 30 * time.Minute)
	}
	b.fill(t, source, g)
	options := storagetest.Options()
	options.Write, options.MaxRows = true, storage.DefaultMaxRows
	s = openStore(t, source, options)
	_, err := s.RefreshRollups(t.Context())
	require.NoError(t, err)
	return source, s
}

var (
	summedFleet    = storage.Scope{Of: storage.KindFleet, Membership: storage.Resolved}
	summedCampaign = storage.Scope{Of: storage.KindCampaign, Membership: storage.Resolved}
)

// rangedQuestions count the tags of owners from one instant until another.
func rangedQuestions(t *testing.T, scope storage.Scope, owners []string, from, until time.Time) map[string]question {
	t.Helper()
	selection, err := storage.SelectTags(nil, &from, &until)
	require.NoError(t, err)
	tags := func(s *storage.Store) storage.List[storage.TTPTag] {
		return s.ScopeTags(scope, storage.ListOptions{Filter: &storagetest.TTPTagFilter{CreatedAt: &storage.InstantRange{From: &from, Until: &until}}})
	}
	return map[string]question{
		"techniques": func(ctx context.Context, s *storage.Store) error {
			_, err := s.Techniques(scope, selection)(ctx, owners)
			return err
		},
		"changes": func(ctx context.Context, s *storage.Store) error {
			_, err := s.TechniqueChanges(scope, selection, selection)(ctx, owners)
			return err
		},
		"series by tactic": func(ctx context.Context, s *storage.Store) error {
			_, err := s.TagSeries(scope, storage.TagSeriesQuery{Bucket: storage.BucketDay, Zone: time.UTC, SplitBy: storage.TagsByTactic, Selection: selection})(ctx, owners)
			return err
		},
		"series": func(ctx context.Context, s *storage.Store) error {
			_, err := s.TagSeries(scope, storage.TagSeriesQuery{Bucket: storage.BucketWeek, Zone: time.UTC, Selection: selection})(ctx, owners)
			return err
		},
		"tactics": func(ctx context.Context, s *storage.Store) error {
			row := storage.TechniqueRollup{Scope: scope, Owner: owners[0], TechniqueID: "T1001"}
			_, err := s.RollupTactics(storage.WithSelections(ctx, selection), []string{row.KeyOf(selection)})
			return err
		},
		"distribution": func(ctx context.Context, s *storage.Store) error {
			_, err := tags(s).(storage.Divisible).Groups(ctx, owners, []string{"TECHNIQUE"})
			return err
		},
		"count": func(ctx context.Context, s *storage.Store) error {
			_, err := tags(s).Count(ctx, owners)
			return err
		},
	}
}

// TestCountsOfARangeReadOnlyTheTagsOfItsEdges has PostgreSQL run the statements, and adds up the tags that it read.
func TestCountsOfARangeReadOnlyTheTagsOfItsEdges(t *testing.T) {
	t.Parallel()
	onceWithoutDetector(t)
	b := allBackends[4]
	require.Equal(t, "PostgreSQL, our tables", b.name)
	source, s := months(t, b)
	db, number := openSQL(t, strings.Replace(source, "&default_query_exec_mode=exec", "", 1))
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	execute(t, db, "ANALYZE")
	tagsRead := func(ask question) float64 { return tagsRead(t, s, db, number, ask) }
	for scope, owners := range map[storage.Scope][]string{summedFleet: {""}, summedCampaign: {"c000", "c008"}} {
		from, until := countedFrom.AddDate(0, 0, 9), countedFrom.AddDate(0, 2, 5)
		for name, ask := range rangedQuestions(t, scope, owners, from, until) {
			require.Zero(t, tagsRead(ask), "%s of %s of whole days", name, scope.Of)
		}
		for name, ask := range rangedQuestions(t, scope, owners, from.Add(22*time.Hour), until.Add(3*time.Hour)) {
			edges := 2.*(2+3) + 1 // tags, for the fleet; an instant may be the first of an edge
			if name == "changes" {
				edges *= 2
			}
			require.LessOrEqual(t, tagsRead(ask), edges, "%s of %s", name, scope.Of)
		}
	}
}

// tagsRead has PostgreSQL run the one statement of a question, which must read sums, and returns the number of tags that it
// read.
func tagsRead(t *testing.T, s *storage.Store, db *sql.DB, number func(int) string, ask question) (read float64) {
	t.Helper()
	statements, err := storagetest.Statements(t.Context(), func(ctx context.Context) error { return ask(ctx, s) })
	require.NoError(t, err)
	require.Len(t, statements, 1)
	n := 0
	text := mark.ReplaceAllStringFunc(statements[0].SQL, func(string) string { n++; return number(n) })
	var plan []byte
	require.NoError(t, db.QueryRowContext(t.Context(), "EXPLAIN (ANALYZE, FORMAT JSON) "+text, statements[0].Args...).Scan(&plan))
	var nodes []map[string]any
	require.NoError(t, json.Unmarshal(plan, &nodes))
	require.Contains(t, string(plan), "rollup_")
	for _, node := range nodes {
		read += rowsOfTags(node["Plan"].(map[string]any))
	}
	return read
}

// rowsOfTags adds up the rows that the nodes of a plan have read from the table of tags.
func rowsOfTags(node map[string]any) (rows float64) {
	if node["Relation Name"] == "ttp_tag" {
		of := func(name string) float64 { n, _ := node[name].(float64); return n }
		rows = of("Actual Loops") * (of("Actual Rows") + of("Rows Removed by Filter") + of("Rows Removed by Index Recheck"))
	}
	inner, _ := node["Plans"].([]any)
	for _, one := range inner {
		rows += rowsOfTags(one.(map[string]any))
	}
	return rows
}

// TestCountsOfTheFleetInWholeDaysNameNoTags looks at the statements on every engine. A rollup names tags only for a fleet
// that has lost some.
func TestCountsOfTheFleetInWholeDaysNameNoTags(t *testing.T) {
	t.Parallel()
	onceWithoutDetector(t)
	for _, b := range ownBackends() {
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			open, _ := b.open()
			s := open(t, storagetest.Fixture())
			for name, ask := range rangedQuestions(t, summedFleet, []string{""}, countedFrom, countedFrom.AddDate(0, 2, 5)) {
				statements, err := storagetest.Statements(t.Context(), func(ctx context.Context) error { return ask(ctx, s) })
				require.NoError(t, err)
				require.Len(t, statements, 1, name)
				if name == "techniques" {
					require.Equal(t, 1, strings.Count(statements[0].SQL, "FROM ttp_tag"), name)
					require.Contains(t, statements[0].SQL, "FROM outdated_requested o", name)
				} else {
					require.NotContains(t, statements[0].SQL, "ttp_tag", name)
				}
			}
		})
	}
}

// TestThePlansOfCountsInTheDocumentsAreTrue compares the section Counting of docs/plans.md with SQLite's output.
func TestThePlansOfCountsInTheDocumentsAreTrue(t *testing.T) {
	onceWithoutDetector(t)
	t.Parallel()
	source, s := months(t, allBackends[1])
	db, _ := openSQL(t, source)
	defer db.Close()
	own, decnet := planner{s, db}, newPlanner(t)
	from, until := countedFrom.AddDate(0, 0, 9).Add(22*time.Hour), countedFrom.AddDate(0, 2, 5)
	campaign := rangedQuestions(t, summedCampaign, []string{"c000"}, from, until)
	page, err := os.ReadFile("../docs/plans.md")
	require.NoError(t, err)
	for heading, steps := range map[string][]string{
		"### Techniques of the fleet with a range, from the tags": decnet.steps(t, rangedQuestions(t, summedFleet, fleet, from, until)["techniques"]),
		"### Series of the fleet with a range, from sums":         own.steps(t, rangedQuestions(t, summedFleet, fleet, from, until)["series by tactic"]),
		"### Techniques of a campaign with a range, from sums":    own.steps(t, campaign["techniques"]),
	} {
		_, section, found := strings.Cut(string(page), heading+"\n")
		assert.True(t, found, "no section %q", heading)
		section, _, _ = strings.Cut(section, "\n#")
		var shown []string
		for line := range strings.Lines(section) {
			if step, indented := strings.CutPrefix(line, "    "); indented {
				shown = append(shown, strings.TrimSpace(step))
			}
		}
		assert.Equal(t, steps, shown, heading)
	}
}
