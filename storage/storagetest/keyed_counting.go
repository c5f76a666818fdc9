package storagetest

import (
	"context"
	"slices"
	"strings"
	"time"

	"decnetgraph/storage"
)

// This file has the queries that count tags by more than technique or day.
type tacticsQuery = func(context.Context, []string) (map[string][]*storage.TacticCount, error)

// selection is a selection of tags with the same condition in Go.
type selection struct {
	name        string
	filter      *TagFilter
	from, until *time.Time
	matches     func(*storage.TTPTag) bool
}

// selections lists selections of tags; the first one is of all.
var selections = []selection{
	{"", nil, nil, nil, everything[storage.TTPTag]},
	{", confidence 0.5", &TagFilter{Confidence: &storage.ConfidenceRange{From: new(0.5)}}, nil, nil, func(t *storage.TTPTag) bool { return t.Confidence >= 0.5 }},
	{", tactic TA0006 until the third second", &TagFilter{Tactic: new("TA0006")}, nil, new(at(3)), ofCredentialAccess},
	{" from one second after the start", nil, new(at(1)), nil, everything[storage.TTPTag]},
	{", technique T1110 in two seconds", &TagFilter{Technique: new("T1110")}, new(at(1)), new(at(3)), func(t *storage.TTPTag) bool { return t.TechniqueID == "T1110" }},
	{" in no time", nil, new(at(1)), new(at(1)), everything[storage.TTPTag]},
	{" of whole days", nil, new(dayOf(at(0))), new(dayOf(at(0)).AddDate(0, 0, 1)), everything[storage.TTPTag]},
	{", tactic TA0006 of three days and a part", &TagFilter{Tactic: new("TA0006")}, new(dayOf(at(0)).Add(-36 * time.Hour)), new(at(3)), ofCredentialAccess},
	{", tactic TA0006", &TagFilter{Tactic: new("TA0006")}, nil, nil, ofCredentialAccess},
}

func ofCredentialAccess(t *storage.TTPTag) bool { return t.TacticID == "TA0006" }

// of returns the selection as storage takes it.
func (s selection) of() *storage.TagSelection {
	var filter any
	if s.filter != nil {
		filter = s.filter
	}
	selected, err := storage.SelectTags(filter, s.from, s.until)
	if err != nil {
		panic(err)
	}
	return selected
}

// keeps reports whether the selection has a tag.
func (s selection) keeps(t *storage.TTPTag) bool {
	return s.matches(t) && (s.from == nil || !t.CreatedAt.Before(*s.from)) && (s.until == nil || t.CreatedAt.Before(*s.until))
}

// selected returns the tags of an owner that a selection has.
func (m *model) selected(scope storage.Scope, owner string, s selection) []*storage.TTPTag {
	return slices.DeleteFunc(m.tags(scope, owner), func(t *storage.TTPTag) bool { return !s.keeps(t) })
}

// countingCases count the selected tags of every scope.
func (m *model) countingCases() []keyedCase {
	var cases []keyedCase
	for n, scope := range scopes() {
		for i, selection := range selections {
			if i > 0 && i%2 != n%2 { // each selection is combined with some scopes
				continue
			}
			cases = append(cases, m.selectedRollup(scope, selection)...)
		}
	}
	return append(cases, m.facetCases()...)
}

// selectedRollup returns the rollup of a selection, and what is counted for each of its rows.
func (m *model) selectedRollup(scope storage.Scope, of selection) []keyedCase {
	owners, name, groups := m.owners(scope.Of), nameOf(scope)+of.name, map[string]*rollupGroup{}
	techniques := func(s *storage.Store) techniquesQuery { return s.Techniques(scope, of.of()) }
	rollup := keyedOf("selected techniques of "+name, techniques, owners, always(func(owner string) []*storage.TechniqueRollup {
		rows := []*storage.TechniqueRollup{}
		for _, group := range groupsOf(scope, owner, m.selected(scope, owner, of)) {
			groups[group.row.KeyOf(of.of())] = group
			rows = append(rows, &group.row)
		}
		return rows
	}))
	if len(groups) == 0 { // nothing to count further
		return []keyedCase{rollup}
	}
	keys := append(sortedKeys(groups), garbageKeys...)
	tactics := func(s *storage.Store) tacticsQuery {
		return func(ctx context.Context, keys []string) (map[string][]*storage.TacticCount, error) {
			return s.RollupTactics(storage.WithSelections(ctx, of.of()), keys)
		}
	}
	counts := func(s *storage.Store) countsQuery {
		return func(ctx context.Context, keys []string) (map[string]int, error) {
			return s.RollupCounts(storage.RollupIdentities)(storage.WithSelections(ctx, of.of()), keys)
		}
	}
	return []keyedCase{
		rollup,
		keyedOf("tactics of rollup rows of "+name, tactics, keys, func(key string) ([]*storage.TacticCount, bool) {
			group, found := groups[key]
			if !found {
				return nil, false
			}
			return tacticsOf(group.tags), true
		}),
		keyedOf("identities of selected rollup rows of "+name, counts, keys, func(key string) (int, bool) {
			group, found := groups[key]
			if !found {
				return 0, false
			}
			return m.count(group, storage.RollupIdentities), true
		}),
	}
}

// tacticsOf counts tags by tactic, in the order of the numbers.
func tacticsOf(tags []*storage.TTPTag) []*storage.TacticCount {
	counts := map[string]*storage.TacticCount{}
	for _, t := range tags {
		if counts[t.TacticID] == nil {
			counts[t.TacticID] = &storage.TacticCount{TacticID: t.TacticID}
		}
		counts[t.TacticID].Count++
	}
	tactics := []*storage.TacticCount{}
	for _, one := range counts {
		tactics = append(tactics, one)
	}
	slices.SortFunc(tactics, func(a, b *storage.TacticCount) int { return strings.Compare(a.TacticID, b.TacticID) })
	return tactics
}
