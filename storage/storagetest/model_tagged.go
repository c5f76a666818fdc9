package storagetest

import (
	"slices"

	"decnetgraph/storage"
)

// tagged opens the list of the attackers of techniques or rules.
func tagged(of storage.Kind) func(*storage.Store) storage.List[storage.Attacker] {
	return func(s *storage.Store) storage.List[storage.Attacker] {
		return s.TaggedAttackers(of, storage.ListOptions{})
	}
}

// taggedLists returns the lists of who has tags of techniques and rules.
func (m *model) taggedLists() []listCase {
	latest := byTime(attackerKey, attackerLast, false)
	cases := []listCase{listOf("attackers of techniques", tagged(storage.KindTechnique), latest, m.owners(storage.KindTechnique), func(technique string) []*storage.Attacker {
		tags := m.tags(storage.Scope{Of: storage.KindTechnique}, technique)
		return choose(m.rawAttackers(), func(a *storage.Attacker) bool { return namesAttacker(tags, a) })
	})}
	for _, kind := range []storage.Kind{storage.KindTechnique, storage.KindRule} {
		for _, membership := range memberships {
			of := "of " + string(kind) + ", " + string(membership)
			identities := func(s *storage.Store) storage.List[storage.Identity] {
				return s.TaggedIdentities(kind, membership, storage.ListOptions{})
			}
			cases = append(cases, listOf("identities with tags "+of, identities, byTime(identityKey, identityUpdated, false), m.owners(kind), func(owner string) []*storage.Identity {
				tags := m.tags(storage.Scope{Of: kind}, owner)
				return heads(m.Identities, m.identityLinks, membership, identityKey, func(i *storage.Identity) bool {
					return m.share(storage.Scope{Of: storage.KindIdentity, Membership: membership}, i.UUID, tags)
				})
			}))
			campaigns := func(s *storage.Store) storage.List[storage.Campaign] {
				return s.TaggedCampaigns(kind, membership, storage.ListOptions{})
			}
			cases = append(cases, listOf("campaigns with tags "+of, campaigns, byTime(campaignKey, campaignUpdated, false), m.owners(kind), func(owner string) []*storage.Campaign {
				tags := m.tags(storage.Scope{Of: kind}, owner)
				return heads(m.Campaigns, m.campaignLinks, membership, campaignKey, func(c *storage.Campaign) bool {
					return m.share(storage.Scope{Of: storage.KindCampaign, Membership: membership}, c.UUID, tags)
				})
			}))
		}
	}
	return append(cases, m.campaignsOfAttackers()...)
}

// campaignsOfAttackers returns the lists of the campaigns of attackers: those that list the attacker.
func (m *model) campaignsOfAttackers() (cases []listCase) {
	for _, membership := range memberships {
		open := func(s *storage.Store) storage.List[storage.Campaign] {
			return s.AttackerCampaigns(membership, storage.ListOptions{})
		}
		cases = append(cases, listOf("campaigns of attackers, "+string(membership), open, byTime(campaignKey, campaignUpdated, false), m.owners(storage.KindAttacker), func(owner string) []*storage.Campaign {
			own := choose(m.rawAttackers(), func(a *storage.Attacker) bool { return a.UUID == owner })
			return m.campaignsOf(membership, own, nil, nil)
		}))
	}
	return cases
}

// share reports whether an owner of a scope has one of the tags.
func (m *model) share(scope storage.Scope, owner string, tags []*storage.TTPTag) bool {
	return slices.ContainsFunc(m.tags(scope, owner), func(t *storage.TTPTag) bool { return slices.Contains(tags, t) })
}

// heads returns the rows that meet a condition. Resolved leaves out the rows that were merged into another of them, but
// keeps the smallest of a ring.
func heads[T any](rows []T, links map[string]string, membership storage.Membership, key func(*T) string, meets func(*T) bool) []*T {
	found := choose(rows, meets)
	if membership == storage.Literal {
		return found
	}
	kept := map[string]bool{}
	for _, row := range found {
		kept[key(row)] = true
	}
	return slices.DeleteFunc(found, func(row *T) bool {
		winner, merged := links[key(row)]
		around := ring(links, key(row))
		return merged && kept[winner] && (around == nil || slices.Min(around) != key(row))
	})
}
