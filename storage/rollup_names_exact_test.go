package storage_test

import (
	"context"
	"fmt"

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
