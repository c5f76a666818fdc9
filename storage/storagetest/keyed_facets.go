package storagetest

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"decnetgraph/storage"
)

type (
	distributionQuery = func(context.Context, []string) (map[string]storage.Distribution, error)
	changesQuery      = func(context.Context, []string) (map[string][]*storage.TechniqueChange, error)
)

// distributed turns a list into a query for its distribution over a value.
func distributed[T any](list func(*storage.Store) storage.List[T], facet string, top int) func(*storage.Store) distributionQuery {
	return func(s *storage.Store) distributionQuery {
		return func(ctx context.Context, owners []string) (map[string]storage.Distribution, error) {
			groups, err := list(s).(storage.Divisible).Groups(ctx, owners, []string{facet})
			if err != nil {
				return nil, err
			}
			found := map[string]storage.Distribution{}
			for owner, of := range groups {
				if d := storage.Distribute(facet, of, nil, top); d.Total > 0 {
					found[owner] = d
				} else {
					found[owner] = storage.Distribution{} // also for groups whose tags have gone
				}
			}
			return found, nil
		}
	}
}

// distribution is the distribution of rows over the values that each of them has.
func distribution[T any](facet string, rows []*T, of func(*T) []string, top int) storage.Distribution {
	if len(rows) == 0 {
		return storage.Distribution{}
	}
	d := storage.Distribution{Values: valuesOf(facet, rows, of)}
	d.Distinct = len(d.Values)
	for i, value := range d.Values {
		d.Total += value.Count
		if i >= top {
			d.Other += value.Count
		}
	}
	d.Values = d.Values[:min(top, len(d.Values))]
	return d
}

// facetCases count the rows of lists by the values that they have.
func (m *model) facetCases() []keyedCase {
	const top = 2
	var cases []keyedCase
	for n, scope := range scopes() {
		facets := m.tagFacets()
		for i, facet := range sortedKeys(facets) {
			if i%3 != n%3 { // each scope is combined with some
				continue
			}
			of := selections[(n+i)%3] // those without a range, which lists do not take
			of.until = nil
			list := func(s *storage.Store) storage.List[storage.TTPTag] {
				return s.ScopeTags(scope, storage.ListOptions{Filter: of.filter})
			}
			cases = append(cases, keyedOf("tags of "+nameOf(scope)+of.name+" by "+string(facet), distributed(list, string(facet), top), m.owners(scope.Of),
				always(func(owner string) storage.Distribution {
					return distribution(string(facet), m.selected(scope, owner, of), facets[facet], top)
				})))
		}
		cases = append(cases, m.changeCase(scope))
	}
	for _, membership := range memberships {
		for _, facet := range sortedKeys(attackerFacets) {
			list := func(s *storage.Store) storage.List[storage.Attacker] {
				return s.ClusterAttackers(storage.KindCampaign, membership, storage.ListOptions{})
			}
			cases = append(cases, keyedOf("attackers of campaigns, "+string(membership)+", by "+string(facet), distributed(list, string(facet), top), m.owners(storage.KindCampaign),
				always(func(owner string) storage.Distribution {
					return distribution(string(facet), m.clusterAttackers(storage.KindCampaign, membership, owner), attackerFacets[facet], top)
				})))
		}
		for _, facet := range sortedKeys(identityFacets) {
			list := func(s *storage.Store) storage.List[storage.Identity] {
				return s.CampaignIdentities(membership, storage.ListOptions{})
			}
			cases = append(cases, keyedOf("identities of campaigns, "+string(membership)+", by "+string(facet), distributed(list, string(facet), top), m.owners(storage.KindCampaign),
				always(func(owner string) storage.Distribution {
					return distribution(string(facet), m.campaignIdentities(membership, owner), identityFacets[facet], top)
				})))
		}
	}
	return append(cases, m.pivotCases()...)
}

// pivotCases count tags by two values.
func (m *model) pivotCases() []keyedCase {
	var cases []keyedCase
	by := []string{string(storage.TagsByDecky), string(storage.TagsByTechnique)}
	for _, scope := range scopes() {
		list := func(s *storage.Store) storage.Divisible {
			return s.ScopeTags(scope, storage.ListOptions{}).(storage.Divisible)
		}
		for name, attackers := range map[string]bool{"tags": false, "attackers": true} {
			query := func(s *storage.Store) linesQuery {
				return func(ctx context.Context, owners []string) (map[string][]string, error) {
					ask := list(s).Groups
					if attackers {
						ask = list(s).AttackerGroups
					}
					found, err := ask(ctx, owners, by)
					answers := map[string][]string{}
					for owner, groups := range found {
						sums := map[string]int{}
						for _, g := range groups { // several arms may have some of one group
							sums[deref(g.Keys[0])+" "+deref(g.Keys[1])] += g.Count
						}
						answers[owner] = []string{}
						for key, n := range sums {
							answers[owner] = append(answers[owner], key+" "+strconv.Itoa(n))
						}
						slices.Sort(answers[owner])
					}
					return answers, err
				}
			}
			cases = append(cases, keyedOf(name+" of "+nameOf(scope)+" by decky and technique", query, m.owners(scope.Of), always(func(owner string) []string {
				return m.pivot(m.tags(scope, owner), attackers)
			})))
		}
	}
	return cases
}

type linesQuery = func(context.Context, []string) (map[string][]string, error)

// pivot counts tags, or their attackers, by decky and technique.
func (m *model) pivot(tags []*storage.TTPTag, attackers bool) []string {
	counts := map[string]map[string]bool{}
	for _, t := range tags {
		key := deref(t.Decky) + " " + tagFacets[storage.TagsByTechnique](t)[0]
		if counts[key] == nil {
			counts[key] = map[string]bool{}
		}
		switch {
		case !attackers:
			counts[key][t.UUID] = true
		case t.AttackerUUID != nil:
			counts[key][*t.AttackerUUID] = true
		}
	}
	lines := []string{}
	for key, of := range counts {
		lines = append(lines, key+" "+strconv.Itoa(len(of)))
	}
	slices.Sort(lines)
	return lines
}

// tagFacets has all that tags can be counted by.
func (m *model) tagFacets() map[storage.TagFacet]func(*storage.TTPTag) []string {
	all := map[storage.TagFacet]func(*storage.TTPTag) []string{}
	maps.Copy(all, tagFacets)
	for facet, of := range map[storage.TagFacet]func(*storage.Attacker) []string{
		storage.TagsByCountry: attackerFacets[storage.AttackersByCountry], storage.TagsByASN: attackerFacets[storage.AttackersByASN],
		storage.TagsByASName: attackerFacets[storage.AttackersByASName],
	} {
		all[facet] = func(t *storage.TTPTag) []string {
			if t.AttackerUUID == nil || m.attackers[*t.AttackerUUID] == nil {
				return nil
			}
			return of(m.attackers[*t.AttackerUUID])
		}
	}
	return all
}

// attackerFacets has what attackers can be counted by.
var attackerFacets = map[storage.AttackerFacet]func(*storage.Attacker) []string{
	storage.AttackersByCountry: func(a *storage.Attacker) []string { return present(a.CountryCode) },
	storage.AttackersByASN: func(a *storage.Attacker) []string {
		if a.ASN == nil {
			return nil
		}
		return []string{strconv.Itoa(*a.ASN)}
	},
	storage.AttackersByASName:     func(a *storage.Attacker) []string { return present(a.ASName) },
	storage.AttackersByPrefix:     func(a *storage.Attacker) []string { return present(a.BGPPrefix) },
	storage.AttackersByRPKIStatus: func(a *storage.Attacker) []string { return present(a.RPKIStatus) },
	storage.AttackersByService:    func(a *storage.Attacker) []string { return a.Services },
	storage.AttackersByDecky:      func(a *storage.Attacker) []string { return a.Deckies },
	storage.AttackersByIdentity:   func(a *storage.Attacker) []string { return present(a.IdentityUUID) },
}

// identityFacets has what identities can be counted by.
var identityFacets = map[storage.IdentityFacet]func(*storage.Identity) []string{
	storage.IdentitiesByCampaign:   func(i *storage.Identity) []string { return present(i.CampaignUUID) },
	storage.IdentitiesByJA3:        func(i *storage.Identity) []string { return i.JA3Hashes },
	storage.IdentitiesByHASSH:      func(i *storage.Identity) []string { return i.HASSHHashes },
	storage.IdentitiesByJA4H:       func(i *storage.Identity) []string { return i.JA4HHashes },
	storage.IdentitiesByTLSCert:    func(i *storage.Identity) []string { return i.TLSCertSHA256 },
	storage.IdentitiesByC2Endpoint: func(i *storage.Identity) []string { return i.C2Endpoints },
}

// changeCase compares two spans of time, which overlap.
func (m *model) changeCase(scope storage.Scope) keyedCase {
	before := selection{matches: everything[storage.TTPTag], from: new(at(0)), until: new(at(2))}
	after := selection{
		filter: &TagFilter{Confidence: &storage.ConfidenceRange{From: new(0.25)}}, matches: func(t *storage.TTPTag) bool { return t.Confidence >= 0.25 }, from: new(at(1)), until: new(at(3).Add(time.Second)),
	}
	query := func(s *storage.Store) changesQuery { return s.TechniqueChanges(scope, before.of(), after.of()) }
	return keyedOf("changes of techniques of "+nameOf(scope), query, m.owners(scope.Of), always(func(owner string) []*storage.TechniqueChange {
		changes := map[[2]string]*storage.TechniqueChange{}
		change := func(row storage.TechniqueRollup) *storage.TechniqueChange {
			key := [2]string{row.TechniqueID, deref(row.SubTechniqueID)}
			if changes[key] == nil {
				changes[key] = &storage.TechniqueChange{TechniqueID: row.TechniqueID, SubTechniqueID: row.SubTechniqueID}
			}
			return changes[key]
		}
		for _, group := range groupsOf(scope, owner, m.selected(scope, owner, before)) {
			change(group.row).Before = group.row.Count
		}
		for _, group := range groupsOf(scope, owner, m.selected(scope, owner, after)) {
			change(group.row).After = group.row.Count
		}
		rows := []*storage.TechniqueChange{}
		for _, row := range changes {
			rows = append(rows, row)
		}
		size := func(c *storage.TechniqueChange) int { return max(c.After-c.Before, c.Before-c.After) }
		slices.SortFunc(rows, func(a, b *storage.TechniqueChange) int {
			return cmp.Or(cmp.Compare(size(b), size(a)), cmp.Compare(b.After, a.After), strings.Compare(a.TechniqueID, b.TechniqueID),
				strings.Compare(deref(a.SubTechniqueID), deref(b.SubTechniqueID)))
		})
		return rows
	}))
}
