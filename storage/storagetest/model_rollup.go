package storagetest

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"decnetgraph/storage"
)

// rollupGroup holds a row of a rollup and the tags that it counts.
type rollupGroup struct {
	row  storage.TechniqueRollup
	tags []*storage.TTPTag
}

// rollup groups the tags of an owner by technique and sub-technique, in the order of the rollup.
func (m *model) rollup(scope storage.Scope, owner string) []*rollupGroup {
	return groupsOf(scope, owner, m.tags(scope, owner))
}

// groupsOf groups tags by technique and sub-technique, in the order of the rollup.
func groupsOf(scope storage.Scope, owner string, tags []*storage.TTPTag) []*rollupGroup {
	groups := map[[2]string]*rollupGroup{}
	for _, t := range tags {
		key := [2]string{t.TechniqueID, deref(t.SubTechniqueID)}
		group, known := groups[key]
		if !known {
			group = &rollupGroup{row: storage.TechniqueRollup{
				Scope: scope, Owner: owner, TechniqueID: t.TechniqueID, SubTechniqueID: t.SubTechniqueID, FirstSeen: t.CreatedAt, LastSeen: t.CreatedAt,
			}}
			groups[key] = group
		}
		group.add(t)
	}
	rows := make([]*rollupGroup, 0, len(groups))
	for _, group := range groups {
		rows = append(rows, group)
	}
	slices.SortFunc(rows, func(a, b *rollupGroup) int {
		return cmp.Or(cmp.Compare(b.row.Count, a.row.Count), strings.Compare(a.row.TechniqueID, b.row.TechniqueID),
			strings.Compare(deref(a.row.SubTechniqueID), deref(b.row.SubTechniqueID)))
	})
	return rows
}

func (g *rollupGroup) add(t *storage.TTPTag) {
	g.tags = append(g.tags, t)
	g.row.Count++
	g.row.TacticID = max(g.row.TacticID, t.TacticID)
	g.row.ConfidenceMax = max(g.row.ConfidenceMax, t.Confidence)
	if t.CreatedAt.Before(g.row.FirstSeen) {
		g.row.FirstSeen = t.CreatedAt
	}
	if t.CreatedAt.After(g.row.LastSeen) {
		g.row.LastSeen = t.CreatedAt
	}
}

// days counts the tags of an owner by day, from the day of one instant to the day of another, inclusive.
func (m *model) days(scope storage.Scope, owner string, from, to *time.Time) []storage.TagDay {
	counts := map[time.Time]int{}
	for _, t := range m.tags(scope, owner) {
		counts[dayOf(t.CreatedAt)]++
	}
	days := []storage.TagDay{}
	for day, tags := range counts {
		if (from == nil || !day.Before(dayOf(*from))) && (to == nil || !day.After(dayOf(*to))) {
			days = append(days, storage.TagDay{Day: day, Tags: tags})
		}
	}
	slices.SortFunc(days, func(a, b storage.TagDay) int { return a.Day.Compare(b.Day) })
	return days
}

func dayOf(at time.Time) time.Time { return at.UTC().Truncate(24 * time.Hour) }

// count counts the distinct identities or attackers of the group's tags.
func (m *model) count(group *rollupGroup, count storage.RollupCount) int {
	actors := map[string]bool{}
	for _, t := range group.tags {
		one := t.AttackerUUID
		if count == storage.RollupIdentities {
			one = m.countedIdentity(t, group.row.Scope.Membership)
		}
		if one != nil {
			actors[*one] = true
		}
	}
	return len(actors)
}

// countedIdentity is the identity that a tag counts for: its own, or else its attacker's, both taken
// as the row that represents them; for a literal count only its own, as it is.
func (m *model) countedIdentity(t *storage.TTPTag, membership storage.Membership) *string {
	identity := t.IdentityUUID
	if membership == storage.Literal {
		return identity
	}
	if identity == nil {
		identity = m.identityOfAttacker(t)
	}
	if identity == nil {
		return nil
	}
	representative := m.representative(*identity)
	return &representative
}

// representative is the identity that counts instead of a merged one: the last row of its chain that exists, or the
// smallest uuid of the ring that the chain ends in.
func (m *model) representative(identity string) string {
	passed := way(m.identityLinks, identity)
	end := passed[len(passed)-1]
	if start, merged := m.identityLinks[end]; merged {
		return slices.Min(passed[slices.Index(passed, start):])
	}
	if _, exists := m.identities[end]; !exists && len(passed) > 1 {
		return passed[len(passed)-2]
	}
	return end
}

func deref(text *string) string {
	if text == nil {
		return ""
	}
	return *text
}
