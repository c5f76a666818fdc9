package storagetest

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"

	"decnetgraph/storage"
)

var networkKinds = []storage.NetworkKind{storage.NetworkASN, storage.NetworkPrefix, storage.NetworkCountry}

// networkOwners returns the values of a kind of network, and values of none.
func (m *model) networkOwners(kind storage.NetworkKind) []string {
	values := map[string]bool{unknown: true, "0": true, "064500": true, "de": true}
	for _, a := range m.rawAttackers() {
		if value := a.NetworkValue(kind); value != nil {
			values[*value] = true
		}
	}
	return sortedKeys(values)
}

// networkKind is the kind of network whose owners are of a kind.
func networkKind(of storage.Kind) storage.NetworkKind {
	return networkKinds[slices.IndexFunc(networkKinds, func(k storage.NetworkKind) bool { return k.Owner() == of })]
}

// attackerIn reports whether an attacker is in a network.
func attackerIn(a *storage.Attacker, kind storage.NetworkKind, value string) bool {
	held := a.NetworkValue(kind)
	return held != nil && *held == value
}

// networks returns the networks of a kind.
func (m *model) networks(kind storage.NetworkKind) []*storage.Network {
	var all []*storage.Network
	for _, value := range m.networkOwners(kind) {
		n := &storage.Network{Kind: kind, Value: value}
		for _, a := range choose(m.rawAttackers(), func(a *storage.Attacker) bool { return attackerIn(a, kind, value) }) {
			n.AttackerCount++
			if n.FirstSeen == nil || a.FirstSeen.Before(*n.FirstSeen) {
				n.FirstSeen = &a.FirstSeen
			}
			if n.LastSeen == nil || a.LastSeen.After(*n.LastSeen) {
				n.LastSeen = &a.LastSeen
			}
			if kind == storage.NetworkASN && a.ASName != nil && (n.ASName == nil || *a.ASName > *n.ASName) {
				n.ASName = a.ASName
			}
		}
		if n.AttackerCount > 0 {
			all = append(all, n)
		}
	}
	return all
}

// compareValues compares the values of networks: numbers by size.
func compareValues(a, b *storage.Network) int {
	if a.Kind != storage.NetworkASN {
		return strings.Compare(a.Value, b.Value)
	}
	x, _ := strconv.Atoi(a.Value)
	y, _ := strconv.Atoi(b.Value)
	return cmp.Compare(x, y)
}

// networkLists returns the lists of networks and of who is in them.
func (m *model) networkLists() []listCase {
	var cases []listCase
	for _, kind := range networkKinds {
		for by, compare := range map[storage.NetworkOrder]func(a, b *storage.Network) int{
			storage.NetworkByName:      compareValues,
			storage.NetworkByAttackers: func(a, b *storage.Network) int { return cmp.Compare(a.AttackerCount, b.AttackerCount) },
			storage.NetworkLastSeen:    func(a, b *storage.Network) int { return a.LastSeen.Compare(*b.LastSeen) },
		} {
			for _, descending := range []bool{true, false} {
				order := rowsOf[storage.Network]{key: func(n *storage.Network) string { return n.Value }, compare: func(a, b *storage.Network) int {
					if descending {
						a, b = b, a
					}
					return cmp.Or(compare(a, b), compareValues(a, b))
				}}
				open := func(s *storage.Store) storage.List[storage.Network] {
					return s.AllNetworks(kind, storage.ListOptions{Order: SortedBy(by, descending)})
				}
				cases = append(cases, listOf("all networks by "+string(kind)+" and "+string(by), open, order, fleet, func(string) []*storage.Network { return m.networks(kind) }))
			}
		}
		cases = append(cases, m.inNetworkLists(kind)...)
	}
	return cases
}

func (m *model) inNetworkLists(kind storage.NetworkKind) []listCase {
	owners := m.networkOwners(kind)
	open := func(s *storage.Store) storage.List[storage.Attacker] {
		return s.NetworkAttackers(kind, storage.ListOptions{})
	}
	within := func(value string) []*storage.Attacker {
		return choose(m.rawAttackers(), func(a *storage.Attacker) bool { return attackerIn(a, kind, value) })
	}
	cases := []listCase{listOf("attackers of networks by "+string(kind), open, byTime(attackerKey, attackerLast, false), owners, within)}
	for _, membership := range memberships {
		of := " of networks by " + string(kind) + ", " + string(membership)
		identities := func(s *storage.Store) storage.List[storage.Identity] {
			return s.NetworkIdentities(kind, membership, storage.ListOptions{})
		}
		cases = append(cases, listOf("identities"+of, identities, byTime(identityKey, identityUpdated, false), owners, func(value string) []*storage.Identity {
			return m.identitiesOf(membership, within(value), nil)
		}))
		campaigns := func(s *storage.Store) storage.List[storage.Campaign] {
			return s.NetworkCampaigns(kind, membership, storage.ListOptions{})
		}
		cases = append(cases, listOf("campaigns"+of, campaigns, byTime(campaignKey, campaignUpdated, false), owners, func(value string) []*storage.Campaign {
			return m.campaignsOf(membership, within(value), nil, nil)
		}))
	}
	return cases
}

// identitiesOf returns the identities that the attackers belong to, and those whose keys are in further.
func (m *model) identitiesOf(membership storage.Membership, attackers []*storage.Attacker, further []string) []*storage.Identity {
	return heads(m.Identities, m.identityLinks, membership, identityKey, func(i *storage.Identity) bool {
		return slices.ContainsFunc(m.actors(attackers, further), func(identity string) bool {
			return m.isMember(storage.KindIdentity, membership, i.UUID, identity)
		})
	})
}

// campaignsOf returns every campaign that one of three leads to: the identity of an attacker in attackers, an identity whose
// key is in identities, or a campaign whose key is in further.
func (m *model) campaignsOf(membership storage.Membership, attackers []*storage.Attacker, identities, further []string) []*storage.Campaign {
	return heads(m.Campaigns, m.campaignLinks, membership, campaignKey, func(c *storage.Campaign) bool {
		named := slices.ContainsFunc(further, func(campaign string) bool {
			return campaign == c.UUID || membership == storage.Resolved && slices.Contains(way(m.campaignLinks, campaign), c.UUID)
		})
		return named || slices.ContainsFunc(m.actors(attackers, identities), func(identity string) bool {
			return m.isMember(storage.KindCampaign, membership, c.UUID, identity)
		})
	})
}

// actors returns the identities that attackers name, and further ones.
func (m *model) actors(attackers []*storage.Attacker, further []string) []string {
	all := slices.Clone(further)
	for _, a := range attackers {
		if a.IdentityUUID != nil {
			all = append(all, *a.IdentityUUID)
		}
	}
	return all
}

// networkCases looks networks up.
func (m *model) networkCases() []keyedCase {
	var cases []keyedCase
	for _, kind := range networkKinds {
		query := func(s *storage.Store) func(context.Context, []string) (map[string]*storage.Network, error) {
			return s.Networks(kind)
		}
		cases = append(cases, keyedOf("networks by "+string(kind), query, m.networkOwners(kind), byKey(m.networks(kind), func(n *storage.Network) string { return n.Value })))
	}
	return cases
}
