package storagetest

import (
	"slices"

	"decnetgraph/storage"
)

// model computes the expected answers about a graph by brute force, from the definitions in the schema and without
// SQL.
type model struct {
	Graph
	campaigns  map[string]*storage.Campaign
	identities map[string]*storage.Identity
	attackers  map[string]*storage.Attacker
	// campaignLinks and identityLinks map a merged row to the row that it was merged into.
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

// way returns the rows on the merge chain that starts at a row, including that row, each once. The last one may not
// exist.
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

// ring returns the rows of the ring that a row is part of; nil if it is not part of one.
func ring(links map[string]string, row string) []string {
	rows := way(links, row)
	if next, merged := links[rows[len(rows)-1]]; merged && next == row {
		return rows
	}
	return nil
}

// survivor returns the surviving row; ok is false if a link refers to a missing row. If the chain is a ring or leads
// into one, the survivor is the row itself.
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

// campaignIdentities returns the rows in the list of a campaign's identities.
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

// clusterAttackers returns the attackers of the members.
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

// tags returns the tags of an owner of the scope.
func (m *model) tags(scope storage.Scope, owner string) []*storage.TTPTag {
	return choose(m.Tags, func(t *storage.TTPTag) bool {
		switch scope.Of {
		case storage.KindFleet:
			return owner == ""
		case storage.KindSession:
			return t.SessionID != nil && *t.SessionID == owner
		case storage.KindDecky:
			return t.Decky != nil && *t.Decky == owner
		case storage.KindRule:
			return t.RuleID == owner
		case storage.KindASN, storage.KindPrefix, storage.KindCountry:
			return t.AttackerUUID != nil && m.attackers[*t.AttackerUUID] != nil && attackerIn(m.attackers[*t.AttackerUUID], networkKind(scope.Of), owner)
		case storage.KindAttacker:
			return t.AttackerUUID != nil && *t.AttackerUUID == owner
		case storage.KindTechnique:
			return t.TechniqueID == owner || (t.SubTechniqueID != nil && *t.SubTechniqueID == owner)
		default: // a campaign or an identity
		}
		if t.IdentityUUID != nil && m.isMember(scope.Of, scope.Membership, owner, *t.IdentityUUID) {
			// A literal campaign joins the rows of its identities; for an identity, its row need not exist.
			return true
		}
		if scope == (storage.Scope{Of: storage.KindCampaign, Membership: storage.Literal}) {
			return false
		}
		identity := m.identityOfAttacker(t)
		return identity != nil && m.isMember(scope.Of, scope.Membership, owner, *identity)
	})
}

// identityOfAttacker returns the identity of the tag's attacker.
func (m *model) identityOfAttacker(t *storage.TTPTag) *string {
	if t.AttackerUUID == nil || m.attackers[*t.AttackerUUID] == nil {
		return nil
	}
	return m.attackers[*t.AttackerUUID].IdentityUUID
}

// activity returns the first and last event of the members' attackers; nil if there are none.
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

// choose returns the rows that meet the condition.
func choose[T any](rows []T, meets func(*T) bool) []*T {
	chosen := []*T{}
	for n := range rows {
		if meets(&rows[n]) {
			chosen = append(chosen, &rows[n])
		}
	}
	return chosen
}
