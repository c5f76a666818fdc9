package storagetest

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"decnetgraph/storage"
)

// deckyNames returns the names of all deckies, in order.
func (m *model) deckyNames() []string {
	names := map[string]bool{}
	for _, t := range m.Tags {
		if t.Decky != nil {
			names[*t.Decky] = true
		}
	}
	for _, c := range m.Tokens {
		names[c.DeckyName] = true
	}
	for _, a := range m.Attackers {
		for _, name := range a.Deckies {
			names[name] = true
		}
	}
	return sortedKeys(names)
}

// deckies returns all deckies.
func (m *model) deckies() []*storage.Decky {
	var all []*storage.Decky
	for _, name := range m.deckyNames() {
		d := &storage.Decky{Name: name}
		d.TagCount, d.FirstSeen, d.LastSeen = span(m.tags(storage.Scope{Of: storage.KindDecky}, name))
		all = append(all, d)
	}
	return all
}

// span returns the number of tags, and the times of the first and of the last one.
func span(tags []*storage.TTPTag) (count int, first, last *time.Time) {
	for _, t := range tags {
		if first == nil || t.CreatedAt.Before(*first) {
			first = &t.CreatedAt
		}
		if last == nil || t.CreatedAt.After(*last) {
			last = &t.CreatedAt
		}
	}
	return len(tags), first, last
}

// deckyLists returns the lists of deckies and of what belongs to them.
func (m *model) deckyLists() []listCase {
	key := func(d *storage.Decky) string { return d.Name }
	var cases []listCase
	//nolint:dupl // the lists of deckies and of rules have orders of their own
	for by, compare := range map[storage.DeckyOrder]func(a, b *storage.Decky) int{
		storage.DeckyName: func(a, b *storage.Decky) int { return strings.Compare(a.Name, b.Name) },
		storage.DeckyTags: func(a, b *storage.Decky) int { return cmp.Compare(a.TagCount, b.TagCount) },
		storage.DeckyLastSeen: func(a, b *storage.Decky) int {
			return orEarliest(a.LastSeen).Compare(orEarliest(b.LastSeen))
		},
	} {
		for _, descending := range []bool{true, false} {
			order := rowsOf[storage.Decky]{key: key, compare: func(a, b *storage.Decky) int {
				if descending {
					a, b = b, a
				}
				return cmp.Or(compare(a, b), strings.Compare(a.Name, b.Name))
			}}
			open := func(s *storage.Store) storage.List[storage.Decky] {
				return s.AllDeckies(storage.ListOptions{Order: SortedBy(by, descending)})
			}
			cases = append(cases, listOf("all deckies by "+string(by), open, order, fleet, func(string) []*storage.Decky { return m.deckies() }))
		}
	}
	latest := byTime(attackerKey, attackerLast, false)
	placed := byTime(func(c *storage.CanaryToken) string { return c.UUID }, func(c *storage.CanaryToken) time.Time { return c.PlacedAt }, false)
	return append(
		cases,
		listOf("attackers of deckies", Unfiltered((*storage.Store).DeckyAttackers), latest, m.owners(storage.KindDecky), func(decky string) []*storage.Attacker {
			tags := m.tags(storage.Scope{Of: storage.KindDecky}, decky)
			return choose(m.rawAttackers(), func(a *storage.Attacker) bool {
				return slices.Contains(a.Deckies, decky) || namesAttacker(tags, a)
			})
		}),
		listOf("canary tokens of deckies", Unfiltered((*storage.Store).DeckyCanaryTokens), placed, m.owners(storage.KindDecky), func(decky string) []*storage.CanaryToken {
			return choose(m.Tokens, func(c *storage.CanaryToken) bool { return c.DeckyName == decky })
		}),
	)
}

// orEarliest is an instant, or one before all others for nil.
func orEarliest(instant *time.Time) time.Time {
	if instant == nil {
		return time.Time{}
	}
	return *instant
}

// namesAttacker reports whether one of the tags names an attacker.
func namesAttacker(tags []*storage.TTPTag, a *storage.Attacker) bool {
	return slices.ContainsFunc(tags, func(t *storage.TTPTag) bool { return deref(t.AttackerUUID) == a.UUID })
}

// nameCases looks deckies up.
func (m *model) nameCases() []keyedCase {
	byName := byKey(m.deckies(), func(d *storage.Decky) string { return d.Name })
	return []keyedCase{keyedOf("deckies", method((*storage.Store).Deckies), m.owners(storage.KindDecky), byName)}
}
