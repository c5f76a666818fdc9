package storage_test

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"decnetgraph/storage"
	"decnetgraph/storage/storagetest"
)

// explainer finds the steps of a statement's plan that read all tags.
type explainer func(t *testing.T, source string) func(s storage.Statement) []string

// TestScopedRollupsScanNoTagsOnServers holds the plans of MariaDB and PostgreSQL to what
// TestScopedStatementsReadOnlyTheRowsOfTheirOwners holds those of SQLite to, for what rolls tags up.
func TestScopedRollupsScanNoTagsOnServers(t *testing.T) {
	t.Parallel()
	onceWithoutDetector(t)
	for n, scans := range map[int]explainer{2: scansOfMariaDB, 3: scansOfMariaDB, 4: scansOfPostgres} {
		b := allBackends[n]
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			source := b.create(t)
			b.fill(t, source, storagetest.Crowd(3_000))
			store := openStore(t, source, storagetest.Options()).OfTags()
			find := scans(t, source)
			for kind, owners := range map[storage.Kind][]string{
				storage.KindCampaign: {"c000", "c008", "c010"}, storage.KindIdentity: {"i000", "i010", "i020"},
				storage.KindAttacker: {"a001", "a002", "a003"}, storage.KindSession: {"s001", "s002", "s003"},
			} {
				for _, membership := range []storage.Membership{storage.Resolved, storage.Literal} {
					scope := storage.Scope{Of: kind, Membership: membership}
					for name, ask := range rollupQuestions(scope) {
						for _, asked := range [][]string{owners[:1], owners} {
							statements, err := storagetest.Statements(t.Context(), func(ctx context.Context) error { return ask(ctx, store, asked) })
							require.NoError(t, err)
							require.NotEmpty(t, statements)
							for _, statement := range statements {
								require.Empty(t, find(statement), "%s of %d by %v: %s", name, len(asked), scope, statement.SQL)
							}
						}
					}
				}
			}
		})
	}
}

// rollupQuestions are those that roll tags up.
func rollupQuestions(scope storage.Scope) map[string]func(ctx context.Context, s *storage.Store, owners []string) error {
	return map[string]func(ctx context.Context, s *storage.Store, owners []string) error{
		"techniques": func(ctx context.Context, s *storage.Store, owners []string) error {
			_, err := s.Techniques(scope, nil)(ctx, owners)
			return err
		},
		"days": func(ctx context.Context, s *storage.Store, owners []string) error {
			_, err := s.TagsByDay(scope, nil, nil)(ctx, owners)
			return err
		},
		"counts": func(ctx context.Context, s *storage.Store, owners []string) error {
			found, err := s.Techniques(scope, nil)(ctx, owners)
			var keys []string
			for _, rows := range found {
				for _, row := range rows {
					keys = append(keys, row.ID().Key)
				}
			}
			for _, count := range []storage.RollupCount{storage.RollupIdentities, storage.RollupAttackers} {
				if err == nil {
					_, err = s.RollupCounts(count)(ctx, keys)
				}
			}
			return err
		},
	}
}

// scansOfMariaDB looks at the access types of EXPLAIN. Statements name tags t or g.
func scansOfMariaDB(t *testing.T, source string) func(storage.Statement) []string {
	t.Helper()
	db, _ := openSQL(t, source)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	return func(s storage.Statement) (scans []string) {
		rows, err := db.QueryContext(t.Context(), "EXPLAIN "+s.SQL, s.Args...)
		require.NoError(t, err)
		defer rows.Close()
		for rows.Next() {
			var id, kind, table, access, possible, key, length, ref, count, extra *string
			require.NoError(t, rows.Scan(&id, &kind, &table, &access, &possible, &key, &length, &ref, &count, &extra))
			if table != nil && access != nil && slices.Contains([]string{"t", "g"}, *table) && slices.Contains([]string{"ALL", "index"}, *access) {
				scans = append(scans, *table+" by "+*access)
			}
		}
		require.NoError(t, rows.Err())
		return scans
	}
}

var (
	wholeOnPostgres = regexp.MustCompile(`Seq Scan on ttp_tag\b.*`)
	mark            = regexp.MustCompile(`\?`)
)

// scansOfPostgres looks for tags that are read as a whole.
func scansOfPostgres(t *testing.T, source string) func(storage.Statement) []string {
	t.Helper()
	plan := plansOfPostgres(t, source, "EXPLAIN ")
	return func(s storage.Statement) (scans []string) {
		for _, step := range plan(s) {
			if scan := wholeOnPostgres.FindString(step); scan != "" {
				scans = append(scans, scan)
			}
		}
		return scans
	}
}

// plansOfPostgres asks for the lines of the plan that serves any values, as the store's sessions do. explain begins the question.
func plansOfPostgres(t *testing.T, source, explain string) func(storage.Statement) []string {
	t.Helper()
	db, number := openSQL(t, strings.Replace(source, "&default_query_exec_mode=exec", "", 1))
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	execute(t, db, "ANALYZE")
	db.SetMaxOpenConns(1)
	execute(t, db, "SET random_page_cost = 1.1")
	return func(s storage.Statement) (steps []string) {
		n := 0
		text := mark.ReplaceAllStringFunc(s.SQL, func(string) string { n++; return number(n) })
		rows, err := db.QueryContext(t.Context(), explain+text, s.Args...)
		require.NoError(t, err)
		defer rows.Close()
		for rows.Next() {
			var step string
			require.NoError(t, rows.Scan(&step))
			steps = append(steps, step)
		}
		require.NoError(t, rows.Err())
		return steps
	}
}
