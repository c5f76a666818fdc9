package storagetest

import (
	"slices"
	"strconv"
	"time"

	"decnetgraph/storage"
)

// scopes lists all scopes that have rollups.
func scopes() []storage.Scope {
	var all []storage.Scope
	for _, kind := range []storage.Kind{storage.KindFleet, storage.KindSession, storage.KindDecky, storage.KindRule, storage.KindASN, storage.KindPrefix, storage.KindCountry, storage.KindAttacker, storage.KindIdentity, storage.KindCampaign} {
		for _, membership := range memberships {
			all = append(all, storage.Scope{Of: kind, Membership: membership})
		}
	}
	return all
}

func nameOf(scope storage.Scope) string { return string(scope.Of) + " " + string(scope.Membership) }

// TagFilter has the fields that lists of tags can be filtered by, as the GraphQL input TTPTagFilter.
type TagFilter struct {
	Technique, Tactic, RuleID, SourceKind *string
	Confidence                            *storage.ConfidenceRange
}

// filters lists filters of tags, each with the same condition in Go.
var filters = []struct {
	name   string
	filter *TagFilter
	keeps  func(*storage.TTPTag) bool
}{
	{"", nil, everything[storage.TTPTag]},
	{", empty filter", &TagFilter{}, everything[storage.TTPTag]},
	{", technique T1110", &TagFilter{Technique: new("T1110")}, func(t *storage.TTPTag) bool { return t.TechniqueID == "T1110" }},
	{", sub-technique T1110.001", &TagFilter{Technique: new("T1110.001")}, func(t *storage.TTPTag) bool {
		return deref(t.SubTechniqueID) == "T1110.001" || t.TechniqueID == "T1110.001"
	}},
	{", tactic TA0006", &TagFilter{Tactic: new("TA0006")}, func(t *storage.TTPTag) bool { return t.TacticID == "TA0006" }},
	{", rule R0002", &TagFilter{RuleID: new("R0002")}, func(t *storage.TTPTag) bool { return t.RuleID == "R0002" }},
	{", kind email", &TagFilter{SourceKind: new("email")}, func(t *storage.TTPTag) bool { return t.SourceKind == "email" }},
	{", confidence 0.5", &TagFilter{Confidence: &storage.ConfidenceRange{From: new(0.5)}}, func(t *storage.TTPTag) bool { return t.Confidence >= 0.5 }},
	{", technique and confidence", &TagFilter{Technique: new("T1110"), Confidence: &storage.ConfidenceRange{From: new(0.25)}}, func(t *storage.TTPTag) bool {
		return t.TechniqueID == "T1110" && t.Confidence >= 0.25
	}},
}

// tagLists returns a case for every list of tags, with and without filters.
func (m *model) tagLists(filtered bool) []listCase {
	var cases []listCase
	for n, scope := range append(scopes(), storage.Scope{Of: storage.KindTechnique}) {
		for f, filter := range filters {
			if f > 0 && !filtered || f > 1 && f%4 != n%4 { // each filter is combined with some scopes, and each scope with some filters
				continue
			}
			open := func(s *storage.Store) storage.List[storage.TTPTag] {
				return s.ScopeTags(scope, storage.ListOptions{Filter: filter.filter})
			}
			rows := func(owner string) []*storage.TTPTag {
				return slices.DeleteFunc(m.tags(scope, owner), func(t *storage.TTPTag) bool { return !filter.keeps(t) })
			}
			cases = append(cases, listOf("tags of "+nameOf(scope)+filter.name, open, newestTags, m.owners(scope.Of), rows))
		}
		if scope.Of != storage.KindTechnique {
			groups := m.rollups(scope)
			cases = append(cases, listOf("tags of rollup rows of "+nameOf(scope), func(s *storage.Store) storage.List[storage.TTPTag] { return s.RollupTags(storage.ListOptions{}) }, newestTags, sortedKeys(groups),
				func(key string) []*storage.TTPTag { return groups[key].tags }))
		}
	}
	for _, membership := range memberships {
		for _, decky := range []*string{nil, new("decky-1")} {
			open := func(s *storage.Store) storage.List[storage.DeckyPhase] {
				return s.DeckyPhases(membership, decky, storage.ListOptions{})
			}
			key := func(p *storage.DeckyPhase) string { return p.TagUUID }
			rows := func(owner string) []*storage.DeckyPhase {
				phases := []*storage.DeckyPhase{}
				for _, t := range m.tags(storage.Scope{Of: storage.KindIdentity, Membership: membership}, owner) {
					if t.Decky != nil && (decky == nil || *t.Decky == *decky) {
						phases = append(phases, &storage.DeckyPhase{TagUUID: t.UUID, Decky: *t.Decky, TacticID: t.TacticID, At: t.CreatedAt})
					}
				}
				return phases
			}
			oldest := byTime(key, func(p *storage.DeckyPhase) time.Time { return p.At }, true)
			name := "decky phases, " + string(membership) + ", one decky " + strconv.FormatBool(decky != nil)
			cases = append(cases, listOf(name, open, oldest, m.owners(storage.KindIdentity), rows))
		}
	}
	return cases
}

// rollups returns all rollup rows of a scope, by the keys of their references.
func (m *model) rollups(scope storage.Scope) map[string]*rollupGroup {
	groups := map[string]*rollupGroup{}
	for _, owner := range m.owners(scope.Of) {
		for _, group := range m.rollup(scope, owner) {
			groups[group.row.ID().Key] = group
		}
	}
	return groups
}
