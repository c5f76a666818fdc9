package storagetest

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"decnetgraph/storage"
)

var memberships = []storage.Membership{storage.Resolved, storage.Literal}

// byTime compares rows by an instant and then by their key, both descending unless up.
func byTime[T any](key func(*T) string, instant func(*T) time.Time, up bool) rowsOf[T] {
	return rowsOf[T]{key: key, compare: func(a, b *T) int {
		if !up {
			a, b = b, a
		}
		return cmp.Or(instant(a).Compare(instant(b)), strings.Compare(key(a), key(b)))
	}}
}

func campaignKey(c *storage.Campaign) string     { return c.UUID }
func identityKey(i *storage.Identity) string     { return i.UUID }
func attackerKey(a *storage.Attacker) string     { return a.UUID }
func tagKey(t *storage.TTPTag) string            { return t.UUID }
func triggerKey(c *storage.CanaryTrigger) string { return c.UUID }

func campaignUpdated(c *storage.Campaign) time.Time { return c.UpdatedAt }
func identityUpdated(i *storage.Identity) time.Time { return i.UpdatedAt }
func attackerLast(a *storage.Attacker) time.Time    { return a.LastSeen }

var newestTags = byTime(tagKey, func(t *storage.TTPTag) time.Time { return t.CreatedAt }, false)

// fleet is the owner of the lists that have no owner: the root lists.
var fleet = []string{""}

// lists returns a case for every list of a store.
func lists(g Graph) []listCase {
	m := newModel(g)
	return slices.Concat(m.rootLists(), m.sinceLists(), m.clusterLists(), m.tagLists(true), m.attackerLists(), m.ruleLists(), m.captureLists(), m.sessionLists())
}

func (m *model) rootLists() []listCase {
	var cases []listCase
	for _, up := range []bool{false, true} {
		for _, merged := range []bool{false, true} {
			suffix := ", merged " + strconv.FormatBool(merged) + ", ascending " + strconv.FormatBool(up)
			campaigns := func(string) []*storage.Campaign {
				return choose(m.Campaigns, func(c *storage.Campaign) bool { return merged || c.MergedIntoUUID == nil })
			}
			identities := func(string) []*storage.Identity {
				return choose(m.Identities, func(i *storage.Identity) bool { return merged || i.MergedIntoUUID == nil })
			}
			for by, c := range map[storage.ClusterOrder]rowsOf[storage.Campaign]{
				storage.ClusterUpdatedAt: byTime(campaignKey, campaignUpdated, up),
				storage.ClusterCreatedAt: byTime(campaignKey, func(c *storage.Campaign) time.Time { return c.CreatedAt }, up),
			} {
				open := func(s *storage.Store) storage.List[storage.Campaign] {
					return s.AllCampaigns(storage.ListOptions{IncludeMerged: merged, Order: SortedBy(by, !up)})
				}
				cases = append(cases, listOf("all campaigns by "+string(by)+suffix, open, c, fleet, campaigns))
			}
			for by, i := range map[storage.ClusterOrder]rowsOf[storage.Identity]{
				storage.ClusterUpdatedAt: byTime(identityKey, identityUpdated, up),
				storage.ClusterCreatedAt: byTime(identityKey, func(i *storage.Identity) time.Time { return i.CreatedAt }, up),
			} {
				open := func(s *storage.Store) storage.List[storage.Identity] {
					return s.AllIdentities(storage.ListOptions{IncludeMerged: merged, Order: SortedBy(by, !up)})
				}
				cases = append(cases, listOf("all identities by "+string(by)+suffix, open, i, fleet, identities))
			}
		}
		for by, a := range map[storage.AttackerOrder]rowsOf[storage.Attacker]{
			storage.AttackerLastSeen:  byTime(attackerKey, attackerLast, up),
			storage.AttackerFirstSeen: byTime(attackerKey, func(a *storage.Attacker) time.Time { return a.FirstSeen }, up),
			storage.AttackerEventCount: byTime(attackerKey, func(a *storage.Attacker) time.Time {
				return at(a.EventCount)
			}, up),
		} {
			open := func(s *storage.Store) storage.List[storage.Attacker] {
				return s.AllAttackers(storage.ListOptions{Order: SortedBy(by, !up)})
			}
			rows := func(string) []*storage.Attacker { return choose(m.rawAttackers(), everything) }
			cases = append(cases, listOf("all attackers by "+string(by)+", ascending "+strconv.FormatBool(up), open, a, fleet, rows))
		}
	}
	cases = append(cases, m.canaryLists()...)
	multi := func(string) []*storage.MultiActorIdentity { return m.multiActors() }
	key := func(i *storage.MultiActorIdentity) string { return i.IdentityUUID }
	order := rowsOf[storage.MultiActorIdentity]{key: key, compare: func(a, b *storage.MultiActorIdentity) int {
		return strings.Compare(key(a), key(b))
	}}
	return append(cases, listOf("multi-actor identities", Unfiltered((*storage.Store).MultiActorIdentities), order, fleet, multi))
}

func (m *model) clusterLists() []listCase {
	mergedInto := func(to *string, owner string) bool { return to != nil && *to == owner }
	latest := byTime(attackerKey, attackerLast, false)
	updated := byTime(identityKey, identityUpdated, false)
	cases := []listCase{
		listOf("campaigns merged into", Unfiltered((*storage.Store).CampaignsMergedInto), byTime(campaignKey, campaignUpdated, false), m.owners(storage.KindCampaign),
			func(owner string) []*storage.Campaign {
				return choose(m.Campaigns, func(c *storage.Campaign) bool { return mergedInto(c.MergedIntoUUID, owner) })
			}),
		listOf("identities merged into", Unfiltered((*storage.Store).IdentitiesMergedInto), updated, m.owners(storage.KindIdentity),
			func(owner string) []*storage.Identity {
				return choose(m.Identities, func(i *storage.Identity) bool { return mergedInto(i.MergedIntoUUID, owner) })
			}),
		listOf("attackers of sessions", Unfiltered((*storage.Store).SessionAttackers), latest, m.owners(storage.KindSession),
			func(owner string) []*storage.Attacker {
				session := m.tags(storage.Scope{Of: storage.KindSession}, owner)
				return choose(m.rawAttackers(), func(a *storage.Attacker) bool {
					return slices.ContainsFunc(session, func(t *storage.TTPTag) bool { return deref(t.AttackerUUID) == a.UUID })
				})
			}),
	}
	for _, membership := range memberships {
		open := func(s *storage.Store) storage.List[storage.Identity] {
			return s.CampaignIdentities(membership, storage.ListOptions{})
		}
		rows := func(owner string) []*storage.Identity { return m.campaignIdentities(membership, owner) }
		cases = append(cases, listOf("identities of campaigns, "+string(membership), open, updated, m.owners(storage.KindCampaign), rows))
		for _, kind := range []storage.Kind{storage.KindCampaign, storage.KindIdentity} {
			open := func(s *storage.Store) storage.List[storage.Attacker] {
				return s.ClusterAttackers(kind, membership, storage.ListOptions{})
			}
			rows := func(owner string) []*storage.Attacker { return m.clusterAttackers(kind, membership, owner) }
			cases = append(cases, listOf("attackers of "+string(kind)+", "+string(membership), open, latest, m.owners(kind), rows))
		}
	}
	return cases
}

func everything[T any](*T) bool { return true }
