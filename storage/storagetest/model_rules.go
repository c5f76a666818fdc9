package storagetest

import (
	"cmp"
	"slices"
	"strings"

	"decnetgraph/storage"
)

// ruleIDs returns the ids of all rules, in order.
func (m *model) ruleIDs() []string {
	ids := map[string]bool{}
	for _, t := range m.Tags {
		ids[t.RuleID] = true
	}
	for _, r := range m.Rules {
		ids[r.RuleID] = true
	}
	for _, r := range m.Definitions {
		ids[r.RuleID] = true
	}
	return sortedKeys(ids)
}

// rules returns all rules.
func (m *model) rules() []*storage.Rule {
	var all []*storage.Rule
	for _, id := range m.ruleIDs() {
		r := storage.Rule{RuleID: id, RuleDefinition: storage.RuleDefinition{AppliesTo: []string{}, Emits: []storage.RuleEmit{}}}
		for _, row := range m.Definitions {
			if row.RuleID == id {
				r = row.Rule
			}
		}
		r.TagCount, r.FirstSeen, r.LastSeen = span(m.tags(storage.Scope{Of: storage.KindRule}, id))
		all = append(all, &r)
	}
	return all
}

// namedRuleLists returns the lists of rules and of what their tags name.
func (m *model) namedRuleLists() []listCase {
	key := func(r *storage.Rule) string { return r.RuleID }
	var cases []listCase
	//nolint:dupl // the lists of deckies and of rules have orders of their own
	for by, compare := range map[storage.RuleOrder]func(a, b *storage.Rule) int{
		storage.RuleByID: func(a, b *storage.Rule) int { return strings.Compare(a.RuleID, b.RuleID) },
		storage.RuleTags: func(a, b *storage.Rule) int { return cmp.Compare(a.TagCount, b.TagCount) },
		storage.RuleLastSeen: func(a, b *storage.Rule) int {
			return orEarliest(a.LastSeen).Compare(orEarliest(b.LastSeen))
		},
	} {
		for _, descending := range []bool{true, false} {
			order := rowsOf[storage.Rule]{key: key, compare: func(a, b *storage.Rule) int {
				if descending {
					a, b = b, a
				}
				return cmp.Or(compare(a, b), strings.Compare(a.RuleID, b.RuleID))
			}}
			open := func(s *storage.Store) storage.List[storage.Rule] {
				return s.AllRules(storage.ListOptions{Order: SortedBy(by, descending)})
			}
			cases = append(cases, listOf("all rules by "+string(by), open, order, fleet, func(string) []*storage.Rule { return m.rules() }))
		}
	}
	latest := byTime(attackerKey, attackerLast, false)
	return append(cases, listOf("attackers of rules", tagged(storage.KindRule), latest, m.owners(storage.KindRule), func(rule string) []*storage.Attacker {
		tags := m.tags(storage.Scope{Of: storage.KindRule}, rule)
		return choose(m.rawAttackers(), func(a *storage.Attacker) bool { return namesAttacker(tags, a) })
	}))
}

// namedRuleCases looks rules up, and the deckies that their tags name.
func (m *model) namedRuleCases() []keyedCase {
	owners := m.owners(storage.KindRule)
	return []keyedCase{
		keyedOf("rules", method((*storage.Store).Rules), owners, byKey(m.rules(), func(r *storage.Rule) string { return r.RuleID })),
		keyedOf("deckies of rules", method((*storage.Store).RuleDeckies), owners, always(func(rule string) []*storage.RuleDecky {
			counts := map[string]int{}
			for _, t := range m.tags(storage.Scope{Of: storage.KindRule}, rule) {
				if t.Decky != nil {
					counts[*t.Decky]++
				}
			}
			found := []*storage.RuleDecky{}
			for _, name := range sortedKeys(counts) {
				found = append(found, &storage.RuleDecky{Name: name, TagCount: counts[name]})
			}
			slices.SortStableFunc(found, func(a, b *storage.RuleDecky) int { return cmp.Compare(b.TagCount, a.TagCount) })
			return found
		})),
	}
}
