package storage_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"decnetgraph/storage"
	"decnetgraph/storage/storagetest"
)

// The rules and deckies of someTag and someChange, with some that are not there.
var (
	someRules   = []string{"R", "R2", "r", "R ", "R-gone"}
	someDeckies = []string{"d1", "d2", "D1", "d1 ", "7", "d-gone"}
	someLists   = []string{"[]", `["d1"]`, `["d2", "d1", "d1"]`, `["d1 ", 7, null, "D1"]`, "oops", `["d3"]`}

	namedScopes = []storage.Scope{{Of: storage.KindRule, Membership: storage.Resolved}, {Of: storage.KindDecky, Membership: storage.Resolved}}
)

// namesOf are the answers of a store about rules and deckies: their lists in every order, they themselves, and the numbers of
// what belongs to them, which must be those of the rows listed.
func namesOf(ctx context.Context, t require.TestingT, s *storage.Store) (lines []string) {
	add := func(format string, values ...any) { lines = append(lines, fmt.Sprintf(format, values...)) }
	for _, by := range []storage.DeckyOrder{storage.DeckyTags, storage.DeckyLastSeen, storage.DeckyName, storage.DeckyByAttackers} {
		addRows(ctx, t, s.AllDeckies(storage.ListOptions{Order: storagetest.SortedBy(by, true)}), func(d *storage.Decky) {
			add("by %s: %q %d %s %s", by, d.Name, d.TagCount, d.FirstSeen, d.LastSeen)
		})
	}
	for _, by := range []storage.RuleOrder{storage.RuleByID, storage.RuleTags, storage.RuleLastSeen, storage.RuleByAttackers} {
		addRows(ctx, t, s.AllRules(storage.ListOptions{Order: storagetest.SortedBy(by, false)}), func(r *storage.Rule) {
			add("by %s: %q %d %s %s", by, r.RuleID, r.TagCount, r.FirstSeen, r.LastSeen)
		})
	}
	deckies, err := s.Deckies(ctx, someDeckies)
	require.NoError(t, err)
	for _, name := range someDeckies {
		if d := deckies[name]; d != nil {
			add("decky %q: %d %s %s", name, d.TagCount, d.FirstSeen, d.LastSeen)
		}
	}
	rules, err := s.Rules(ctx, someRules)
	require.NoError(t, err)
	for _, id := range someRules {
		if r := rules[id]; r != nil {
			add("rule %q: %d %s %s", id, r.TagCount, r.FirstSeen, r.LastSeen)
		}
	}
	of, err := s.RuleDeckies(ctx, someRules)
	require.NoError(t, err)
	for _, rule := range someRules {
		for n, d := range of[rule] {
			add("%d of %q: %q %d", n, rule, d.Name, d.TagCount)
		}
	}
	technique := storage.ListOptions{Filter: &storagetest.TTPTagFilter{Technique: new("T1")}}
	for _, scope := range namedScopes {
		counts(ctx, t, s.ScopeTags(scope, storage.ListOptions{}), ownersOf(scope), "tags", add)
		counts(ctx, t, s.ScopeTags(scope, technique), ownersOf(scope), "tags of T1", add)
	}
	counts(ctx, t, s.TaggedAttackers(storage.KindRule, storage.ListOptions{}), someRules, "attackers of rules", add)
	counts(ctx, t, s.DeckyAttackers(storage.ListOptions{}), someDeckies, "attackers of deckies", add)
	return lines
}

func addRows[T any](ctx context.Context, t require.TestingT, list storage.List[T], add func(*T)) {
	page, err := list.Page(ctx, []string{""}, storage.Page{Limit: 100})
	require.NoError(t, err)
	for _, row := range page[""].Rows {
		add(row)
	}
	n, err := list.Count(ctx, []string{""})
	require.NoError(t, err)
	require.Len(t, page[""].Rows, n[""])
}

func counts[T any](ctx context.Context, t require.TestingT, list storage.List[T], owners []string, of string, add func(string, ...any)) {
	found, err := list.Count(ctx, owners)
	require.NoError(t, err)
	pages, err := list.Page(ctx, owners, storage.Page{Limit: 10_000})
	require.NoError(t, err)
	for _, owner := range owners {
		add("%s of %q: %d", of, owner, found[owner])
		require.Len(t, pages[owner].Rows, found[owner], "%s of %q", of, owner)
	}
}

// TestADatabaseWithoutSumsByNameReadsTags opens a database as an earlier release has migrated it.
func TestADatabaseWithoutSumsByNameReadsTags(t *testing.T) {
	onceWithoutDetector(t)
	t.Parallel()
	b := newSumming(t, ownBackends()[0])
	b.start()
	for n, decky := range []string{"d1", "d2", "d1"} {
		execute(t, b.db, fmt.Sprintf("INSERT INTO ttp_tag (uuid, source_kind, source_id, attacker_uuid, decky_id, tactic, technique_id, confidence, rule_id, rule_version,"+
			" evidence, attack_release, created_at) VALUES ('t%d', 'command', 'x', 'a%d', '%s', 'TA1', 'T1', 0.5, 'R', 1, '{}', 'v', %s)", n, n+1, decky, instant))
	}
	want := namesOf(t.Context(), t, b.store)
	var drops string
	require.NoError(t, b.db.QueryRowContext(t.Context(), "SELECT GROUP_CONCAT('DROP '||type||' '||name, ';') FROM sqlite_master"+
		" WHERE type IN ('table', 'trigger') AND name GLOB 'rollup_name_*' ORDER BY type DESC").Scan(&drops))
	for drop := range strings.SplitSeq(drops, ";") {
		execute(t, b.db, strings.Replace(drop, "DROP trigger", "DROP TRIGGER IF EXISTS", 1)) // it may have gone with its table
	}
	s := openStore(t, b.source, storage.Options{Write: true})
	require.True(t, s.RollupsKept())
	require.Equal(t, want, namesOf(t.Context(), t, s))
	_, err := s.RefreshRollups(t.Context())
	require.NoError(t, err)
	require.NoError(t, s.RebuildRollups(t.Context()))
	require.NoError(t, s.VerifyRollups(t.Context(), func(d storage.RollupDifference) { t.Error(d) }))
	require.Equal(t, want, namesOf(t.Context(), t, s))
}

// TestAWrongSumByNameIsFound spoils a sum of each grain.
func TestAWrongSumByNameIsFound(t *testing.T) {
	onceWithoutDetector(t)
	t.Parallel()
	b := newSumming(t, ownBackends()[0])
	b.start()
	execute(t, b.db, "INSERT INTO ttp_tag (uuid, source_kind, source_id, attacker_uuid, decky_id, tactic, technique_id, confidence, rule_id, rule_version,"+
		" evidence, attack_release, created_at) VALUES ('t1', 'command', 'x', 'a1', 'd1', 'TA1', 'T1', 0.5, 'R', 1, '{}', 'v', "+instant+")")
	_, err := b.store.RefreshRollups(t.Context())
	require.NoError(t, err)
	execute(t, b.db, "UPDATE rollup_name_total SET tags = 7")
	var found []string
	require.NoError(t, b.store.VerifyRollups(t.Context(), func(d storage.RollupDifference) { found = append(found, d.String()) }))
	require.Equal(t, []string{
		"rule R, all techniques: there are 1 tags, but the sum is 7", "rule R, T1: there are 1 tags, but the sum is 7", "rule R, decky d1: there are 1 tags, but the sum is 7",
		"decky d1, all techniques: there are 1 tags, but the sum is 7", "decky d1, T1: there are 1 tags, but the sum is 7",
	}, found)
	execute(t, b.db, "UPDATE rollup_name_total SET tags = 1, attackers = 2 WHERE grain = 'name'")
	execute(t, b.db, "UPDATE rollup_name_total SET tags = 1 WHERE grain <> 'name'")
	found = nil
	require.NoError(t, b.store.VerifyRollups(t.Context(), func(d storage.RollupDifference) { found = append(found, d.String()) }))
	require.Len(t, found, 2)
}

// TestARefreshNoticesAnAttackerThatWentWhileATagOfItCame spoils what triggers have noted, as transactions that do not see each
// other do where foreign keys are not checked.
func TestARefreshNoticesAnAttackerThatWentWhileATagOfItCame(t *testing.T) {
	t.Parallel()
	for _, backend := range ownBackends() {
		if backend.direct != nil {
			continue
		}
		t.Run(backend.name, func(t *testing.T) {
			t.Parallel()
			b := newSumming(t, backend)
			b.start()
			ctx := t.Context()
			connection, err := b.db.Conn(ctx)
			require.NoError(t, err)
			defer connection.Close()
			off := backend.unchecked
			if off == "" {
				off = "PRAGMA foreign_keys = OFF"
			}
			for _, statement := range []string{
				off, "INSERT INTO ttp_tag (uuid, source_kind, source_id, attacker_uuid, decky_id, tactic, technique_id, confidence, rule_id, rule_version," +
					" evidence, attack_release, created_at) VALUES ('t1', 'command', 'x', 'a-gone', 'd1', 'TA1', 'T1', 0.5, 'R', 1, '{}', 'v', " + instant + ")",
				"DELETE FROM rollup_name_absent",
			} {
				_, err := connection.ExecContext(ctx, statement)
				require.NoError(t, err, statement)
			}
			_, err = b.store.RefreshRollups(ctx)
			require.NoError(t, err)
			require.NoError(t, b.store.VerifyRollups(ctx, func(d storage.RollupDifference) { t.Error(d) }))
			for of, list := range map[string]storage.List[storage.Attacker]{
				"R": b.store.TaggedAttackers(storage.KindRule, storage.ListOptions{}), "d1": b.store.DeckyAttackers(storage.ListOptions{}),
			} {
				found, err := list.Count(ctx, []string{of})
				require.NoError(t, err)
				require.Zero(t, found[of], of)
			}
		})
	}
}
