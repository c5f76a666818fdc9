package storage_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"decnetgraph/storage"
	"decnetgraph/storage/storagetest"
)

// indexedCrowd makes a database of our own with many texts, all of them indexed, and opens it.
func indexedCrowd(t *testing.T, b backend) (source string, s *storage.Store) {
	t.Helper()
	source = b.create(t)
	b.fill(t, source, storagetest.Commanders(2_500))
	options := storagetest.Options()
	options.Write, options.MaxRows = true, storage.DefaultMaxRows
	s = openStore(t, source, options)
	_, err := s.RefreshSearch(t.Context())
	require.NoError(t, err)
	return source, s
}

// rareCommands asks for the newest commands with a text that few have.
func rareCommands(ctx context.Context, s *storage.Store) error {
	found, err := s.Search(storage.SearchQuery{Text: "dropper-77.example", Kinds: []storage.SearchKind{storage.SearchCommand}, Order: storage.SearchNewest}).
		Page(ctx, []string{""}, storage.Page{Limit: 50})
	if err == nil && found[""].Len() == 0 {
		return fmt.Errorf("no command was found")
	}
	return err
}

// TestThePlanOfASearchInTheDocumentsIsTrue compares the section Search of docs/plans.md with SQLite's output.
func TestThePlanOfASearchInTheDocumentsIsTrue(t *testing.T) {
	onceWithoutDetector(t)
	t.Parallel()
	source, s := indexedCrowd(t, allBackends[1])
	db, _ := openSQL(t, source)
	defer db.Close()
	p := planner{s, db}
	page, err := os.ReadFile("../docs/plans.md")
	require.NoError(t, err)
	_, section, found := strings.Cut(string(page), "## Search\n")
	require.True(t, found)
	section, _, _ = strings.Cut(section, "\n## ")
	var shown []string
	for line := range strings.Lines(section) {
		if step, indented := strings.CutPrefix(line, "    "); indented {
			shown = append(shown, strings.TrimSpace(step))
		}
	}
	require.Equal(t, p.steps(t, rareCommands), shown)
}

// TestARareTextIsFoundByItsTrigrams asks the planners of servers: no statement of a search reads all texts or entries.
func TestARareTextIsFoundByItsTrigrams(t *testing.T) {
	t.Parallel()
	onceWithoutDetector(t)
	for n, plan := range map[int]func(*testing.T, string) func(storage.Statement) string{3: planOfMariaDB, 4: planOfPostgres} {
		b := allBackends[n]
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			source, s := indexedCrowd(t, b)
			explain := plan(t, source)
			statements, err := storagetest.Statements(t.Context(), func(ctx context.Context) error { return rareCommands(ctx, s) })
			require.NoError(t, err)
			for _, statement := range statements {
				text := explain(statement)
				for _, whole := range []string{"Seq Scan on search_text", "Seq Scan on search_entry", "Seq Scan on search_gram", "\nt ALL", "\ne ALL", "\nsearch_gram ALL"} {
					require.NotContains(t, text, whole, statement.SQL)
				}
			}
		})
	}
}

// planOfMariaDB lists the tables of a plan with their access types.
func planOfMariaDB(t *testing.T, source string) func(storage.Statement) string {
	t.Helper()
	db, _ := openSQL(t, source)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	return func(s storage.Statement) string {
		rows, err := db.QueryContext(t.Context(), "EXPLAIN "+s.SQL, s.Args...)
		require.NoError(t, err)
		defer rows.Close()
		var plan strings.Builder
		for rows.Next() {
			var id, kind, table, access, possible, key, length, ref, count, extra *string
			require.NoError(t, rows.Scan(&id, &kind, &table, &access, &possible, &key, &length, &ref, &count, &extra))
			if table != nil && access != nil {
				plan.WriteString("\n" + *table + " " + *access)
			}
		}
		require.NoError(t, rows.Err())
		return plan.String()
	}
}

// planOfPostgres is the plan that serves any values, as the store's sessions have it.
func planOfPostgres(t *testing.T, source string) func(storage.Statement) string {
	t.Helper()
	db, number := openSQL(t, strings.Replace(source, "&default_query_exec_mode=exec", "", 1))
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	execute(t, db, "ANALYZE")
	db.SetMaxOpenConns(1)
	execute(t, db, "SET plan_cache_mode = force_generic_plan")
	execute(t, db, "SET random_page_cost = 1.1")
	return func(s storage.Statement) string {
		n := 0
		text := mark.ReplaceAllStringFunc(s.SQL, func(string) string { n++; return number(n) })
		rows, err := db.QueryContext(t.Context(), "EXPLAIN "+text, s.Args...)
		require.NoError(t, err)
		defer rows.Close()
		var plan strings.Builder
		for rows.Next() {
			var line string
			require.NoError(t, rows.Scan(&line))
			plan.WriteString(line + "\n")
		}
		require.NoError(t, rows.Err())
		return plan.String()
	}
}
