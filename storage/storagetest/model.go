package storagetest

import (
	"slices"

	"decnetgraph/storage"
)

// model answers questions about a graph by brute force, from the definitions in the schema and
// without SQL: what a store must answer, too.
type model struct {
	Graph
	campaigns  map[string]*storage.Campaign
	identities map[string]*storage.Identity
	attackers  map[string]*storage.Attacker
	// campaignLinks and identityLinks hold the merge links: row to the row it was merged into.
	campaignLinks, identityLinks map[string]string
}

func newModel(g Graph) *model {
	m := &model{
		Graph: g, campaigns: map[string]*storage.Campaign{}, identities: map[string]*storage.Identity{}, attackers: map[string]*storage.Attacker{},
		campaignLinks: map[string]string{}, identityLinks: map[string]string{},
	}
	for n := range g.Campaigns {
		c := &g.Campaigns[n]
		m.campaigns[c.UUID] = c
		if c.MergedIntoUUID != nil {
			m.campaignLinks[c.UUID] = *c.MergedIntoUUID
		}
	}
	for n := range g.Identities {
		i := &g.Identities[n]
		m.identities[i.UUID] = i
		if i.MergedIntoUUID != nil {
			m.identityLinks[i.UUID] = *i.MergedIntoUUID
		}
	}
	for n := range g.Attackers {
		m.attackers[g.Attackers[n].UUID] = &g.Attackers[n].Attacker
	}
	return m
}

// way lists the rows that merge links lead to, from the row itself on and each once. The last may
// not exist.
func way(links map[string]string, from string) []string {
	rows := []string{from}
	for {
		next, merged := links[from]
		if !merged || slices.Contains(rows, next) {
			return rows
		}
		rows = append(rows, next)
		from = next
	}
}

// ring lists the rows of the ring that the row stands in; nil if it stands in none.
func ring(links map[string]string, row string) []string {
	rows := way(links, row)
	if next, merged := links[rows[len(rows)-1]]; merged && next == row {
		return rows
	}
	return nil
}

// survivor finds the surviving row; ok is false if the links lead nowhere. A ring, and what leads
// into one, ends at the row asked for.
func survivor[T any](rows map[string]*T, links map[string]string, of string) (row *T, ok bool) {
	passed := way(links, of)
	end := passed[len(passed)-1]
	if _, merged := links[end]; merged {
		end = of
	}
	row, ok = rows[end]
	return row, ok
}

// isMember reports whether an identity belongs to a campaign or to an identity.
func (m *model) isMember(kind storage.Kind, membership storage.Membership, owner, identity string) bool {
	if kind == storage.KindIdentity {
		if membership == storage.Literal {
			return identity == owner
		}
		return slices.Contains(way(m.identityLinks, identity), owner)
	}
	named := func(identity string) (string, bool) {
		row, exists := m.identities[identity]
		if !exists || row.CampaignUUID == nil {
			return "", false
		}
		return *row.CampaignUUID, true
	}
	if membership == storage.Literal {
		campaign, names := named(identity)
		return names && campaign == owner
	}
	for _, above := range way(m.identityLinks, identity) {
		if campaign, names := named(above); names && slices.Contains(way(m.campaignLinks, campaign), owner) {
			return true
		}
	}
	return false
}

// campaignIdentities is what the list of a campaign's identities holds.
func (m *model) campaignIdentities(membership storage.Membership, campaign string) []*storage.Identity {
	return choose(m.Identities, func(i *storage.Identity) bool {
		if !m.isMember(storage.KindCampaign, membership, campaign, i.UUID) {
			return false
		}
		winner, merged := m.identityLinks[i.UUID]
		if membership == storage.Literal || !merged || !m.isMember(storage.KindCampaign, membership, campaign, winner) {
			return true
		}
		around := ring(m.identityLinks, i.UUID)
		return around != nil && slices.Min(around) == i.UUID
	})
}

// clusterAttackers lists the attackers of the members.
func (m *model) clusterAttackers(kind storage.Kind, membership storage.Membership, owner string) []*storage.Attacker {
	return choose(m.rawAttackers(), func(a *storage.Attacker) bool {
		return a.IdentityUUID != nil && m.isMember(kind, membership, owner, *a.IdentityUUID)
	})
}

func (m *model) rawAttackers() []storage.Attacker {
	attackers := make([]storage.Attacker, len(m.Attackers))
	for n, a := range m.Attackers {
		attackers[n] = a.Attacker
	}
	return attackers
}

// tags lists the tags of an owner of the scope.
func (m *model) tags(scope storage.Scope, owner string) []*storage.TTPTag {
	return choose(m.Tags, func(t *storage.TTPTag) bool {
		switch scope.Of {
		case storage.KindFleet:
			return owner == ""
		case storage.KindSession:
			return t.SessionID != nil && *t.SessionID == owner
		case storage.KindAttacker:
			return t.AttackerUUID != nil && *t.AttackerUUID == owner
		case storage.KindTechnique:
			return t.TechniqueID == owner || (t.SubTechniqueID != nil && *t.SubTechniqueID == owner)
		default: // a campaign or an identity
		}
		if t.IdentityUUID != nil && m.isMember(scope.Of, scope.Membership, owner, *t.IdentityUUID) {
			// A literal campaign joins on the rows of identities; an identity's key needs no row.
			return true
		}
		if scope == (storage.Scope{Of: storage.KindCampaign, Membership: storage.Literal}) {
			return false
		}
		identity := m.identityOfAttacker(t)
		return identity != nil && m.isMember(scope.Of, scope.Membership, owner, *identity)
	})
}

// identityOfAttacker is the identity that the tag's attacker names.
func (m *model) identityOfAttacker(t *storage.TTPTag) *string {
	if t.AttackerUUID == nil || m.attackers[*t.AttackerUUID] == nil {
		return nil
	}
	return m.attackers[*t.AttackerUUID].IdentityUUID
}

// activity is the span of the members' attackers; nil if there are none.
func (m *model) activity(kind storage.Kind, membership storage.Membership, owner string) *storage.Activity {
	var span *storage.Activity
	for _, a := range m.clusterAttackers(kind, membership, owner) {
		if span == nil {
			span = &storage.Activity{FirstSeen: a.FirstSeen, LastSeen: a.LastSeen}
		}
		if a.FirstSeen.Before(span.FirstSeen) {
			span.FirstSeen = a.FirstSeen
		}
		if a.LastSeen.After(span.LastSeen) {
			span.LastSeen = a.LastSeen
		}
	}
	return span
}

// choose lists the rows that meet the condition.
func choose[T any](rows []T, meets func(*T) bool) []*T {
	chosen := []*T{}
	for n := range rows {
		if meets(&rows[n]) {
			chosen = append(chosen, &rows[n])
		}
	}
	return chosen
}
