package storage_test

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"decnetgraph/storage"
	"decnetgraph/storage/storagetest"
)

// namesQuestions are what is asked of rules and deckies without a filter, but for pages of their tags and attackers.
func namesQuestions(t *testing.T, rules, deckies []string) map[string]question {
	t.Helper()
	all := storage.ListOptions{}
	questions := map[string]question{
		"deckies": func(ctx context.Context, s *storage.Store) error { return firstOf(ctx, s.AllDeckies(all)) },
		"deckies by attackers": func(ctx context.Context, s *storage.Store) error {
			return firstOf(ctx, s.AllDeckies(storage.ListOptions{Order: storagetest.SortedBy(storage.DeckyByAttackers, true)}))
		},
		"number of deckies": func(ctx context.Context, s *storage.Store) error {
			return countOf(ctx, s.AllDeckies(all), []string{""})
		},
		"rules": func(ctx context.Context, s *storage.Store) error { return firstOf(ctx, s.AllRules(all)) },
		"rules by attackers": func(ctx context.Context, s *storage.Store) error {
			return firstOf(ctx, s.AllRules(storage.ListOptions{Order: storagetest.SortedBy(storage.RuleByAttackers, true)}))
		},
		"deckies by name":  func(ctx context.Context, s *storage.Store) error { _, err := s.Deckies(ctx, deckies); return err },
		"rules by id":      func(ctx context.Context, s *storage.Store) error { _, err := s.Rules(ctx, rules); return err },
		"deckies of rules": func(ctx context.Context, s *storage.Store) error { _, err := s.RuleDeckies(ctx, rules); return err },
		"attackers of rules": func(ctx context.Context, s *storage.Store) error {
			return countOf(ctx, s.TaggedAttackers(storage.KindRule, all), rules)
		},
		"attackers of deckies": func(ctx context.Context, s *storage.Store) error { return countOf(ctx, s.DeckyAttackers(all), deckies) },
	}
	for _, scope := range namedScopes {
		owners := rules
		if scope.Of == storage.KindDecky {
			owners = deckies
		}
		row := storage.TechniqueRollup{Scope: scope, Owner: owners[0], TechniqueID: "T1001"}
		questions["techniques of "+string(scope.Of)] = func(ctx context.Context, s *storage.Store) error {
			_, err := s.Techniques(scope, nil)(ctx, owners)
			return err
		}
		questions["attackers of techniques of "+string(scope.Of)] = func(ctx context.Context, s *storage.Store) error {
			_, err := s.RollupCounts(storage.RollupAttackers)(ctx, []string{row.Key()})
			return err
		}
		questions["number of tags of "+string(scope.Of)] = func(ctx context.Context, s *storage.Store) error {
			return countOf(ctx, s.ScopeTags(scope, all), owners)
		}
	}
	return questions
}

func firstOf[T any](ctx context.Context, list storage.List[T]) error {
	_, err := list.Page(ctx, []string{""}, storage.Page{Limit: 10})
	return err
}

func countOf[T any](ctx context.Context, list storage.List[T], owners []string) error {
	_, err := list.Count(ctx, owners)
	return err
}

// TestQuestionsAboutRulesAndDeckiesReadNoTags has PostgreSQL run the statements: with all tags merged into the sums, and with
// some that are not.
func TestQuestionsAboutRulesAndDeckiesReadNoTags(t *testing.T) {
	onceWithoutDetector(t)
	t.Parallel()
	b := allBackends[4]
	require.Equal(t, "PostgreSQL, our tables", b.name)
	source, s := months(t, b)
	db, number := openSQL(t, strings.Replace(source, "&default_query_exec_mode=exec", "", 1))
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	execute(t, db, "UPDATE ttp_tag SET decky_id = 'd' || length(uuid) % 3, rule_id = 'R' || CASE WHEN confidence < 0.5 THEN 1 ELSE 2 END")
	_, err := s.RefreshRollups(t.Context())
	require.NoError(t, err)
	execute(t, db, "ANALYZE")
	for _, merged := range []bool{true, false} {
		if !merged {
			execute(t, db, "CREATE TABLE more AS SELECT * FROM ttp_tag LIMIT 20")
			execute(t, db, "UPDATE more SET uuid = 'more-' || uuid")
			execute(t, db, "INSERT INTO ttp_tag SELECT * FROM more")
		}
		for name, ask := range namesQuestions(t, []string{"R1", "R2"}, []string{"d0", "d1", "d2"}) {
			require.Zero(t, tagsRead(t, s, db, number, ask), "%s, all merged: %t", name, merged)
		}
	}
}
