package storagetest

import (
	"net/netip"
	"slices"
	"strings"

	"decnetgraph/storage"
)

func (m *model) campaignHolds(f *CampaignFilter, c *storage.Campaign) bool {
	return every(
		logical(f.And, f.Or, f.Not, func(f *CampaignFilter) bool { return m.campaignHolds(f, c) }), textHolds(f.UUID, &c.UUID),
		instantHolds(f.CreatedAt, c.CreatedAt), instantHolds(f.UpdatedAt, c.UpdatedAt), confidenceHolds(f.Confidence, c.Confidence),
		textHolds(f.Notes, c.Notes), listHolds(f.Ja3Hashes, c.JA3Hashes), listHolds(f.C2Endpoints, c.C2Endpoints), is(f.Merged, c.MergedIntoUUID != nil),
		f.Identities == nil || relatedHolds(m.campaignIdentities(f.Identities.Membership, c.UUID), f.Identities.Some, f.Identities.None, f.Identities.Count, m.identityHolds),
		m.attackersHold(f.Attackers, storage.KindCampaign, c.UUID), m.tagsHold(f.Tags, storage.KindCampaign, c.UUID),
		f.Techniques == nil || techniquesHold(f.Techniques, m.tags(storage.Scope{Of: storage.KindCampaign, Membership: f.Techniques.Membership}, c.UUID)),
	)
}

func (m *model) identityHolds(f *IdentityFilter, i *storage.Identity) bool {
	return every(
		logical(f.And, f.Or, f.Not, func(f *IdentityFilter) bool { return m.identityHolds(f, i) }), textHolds(f.UUID, &i.UUID),
		instantHolds(f.CreatedAt, i.CreatedAt), instantHolds(f.UpdatedAt, i.UpdatedAt), textHolds(f.Notes, i.Notes), listHolds(f.Ja3Hashes, i.JA3Hashes), listHolds(f.TLSCertSha256, i.TLSCertSHA256),
		is(f.Merged, i.MergedIntoUUID != nil), is(f.HasCampaign, i.CampaignUUID != nil),
		f.Attribution == nil || relatedHolds(m.statesOf(f.Attribution.Membership, i.UUID), f.Attribution.Some, f.Attribution.None, f.Attribution.Count, stateHolds),
		m.attackersHold(f.Attackers, storage.KindIdentity, i.UUID), m.tagsHold(f.Tags, storage.KindIdentity, i.UUID),
		f.Techniques == nil || techniquesHold(f.Techniques, m.tags(storage.Scope{Of: storage.KindIdentity, Membership: f.Techniques.Membership}, i.UUID)),
	)
}

func (m *model) statesOf(membership storage.Membership, identity string) []*storage.AttributionState {
	return choose(m.States, func(s *storage.AttributionState) bool {
		return m.isMember(storage.KindIdentity, membership, identity, s.IdentityUUID)
	})
}

func stateHolds(f *AttributionStateFilter, s *storage.AttributionState) bool {
	return every(textHolds(f.Primitive, &s.Primitive), f.State == nil || s.State != nil && *s.State == *f.State, rangeHolds(f.ObservationCount, s.ObservationCount),
		instantHolds(f.LastChangeAt, s.LastChangeAt))
}

func (m *model) attackersHold(f *MemberAttackersFilter, kind storage.Kind, owner string) bool {
	return f == nil || relatedHolds(m.clusterAttackers(kind, f.Membership, owner), f.Some, f.None, f.Count, m.attackerHolds)
}

func (m *model) tagsHold(f *MemberTagsFilter, kind storage.Kind, owner string) bool {
	return f == nil || relatedHolds(m.tags(storage.Scope{Of: kind, Membership: f.Membership}, owner), f.Some, f.None, f.Count, m.tagHolds)
}

func (m *model) attackerHolds(f *AttackerFilter, a *storage.Attacker) bool {
	tags := m.tags(storage.Scope{Of: storage.KindAttacker, Membership: storage.Resolved}, a.UUID)
	return every(
		logical(f.And, f.Or, f.Not, func(f *AttackerFilter) bool { return m.attackerHolds(f, a) }), textHolds(f.UUID, &a.UUID),
		addressHolds(f.IP, a.IP), textHolds(f.CountryCode, a.CountryCode), textHolds(f.ASName, a.ASName), textHolds(f.PTRRecord, a.PTRRecord),
		intHolds(f.ASN, a.ASN), listHolds(f.Services, a.Services), listHolds(f.Deckies, a.Deckies), instantHolds(f.FirstSeen, a.FirstSeen), instantHolds(f.LastSeen, a.LastSeen),
		rangeHolds(f.EventCount, a.EventCount), rangeHolds(f.RotationCount, a.RotationCount), optionalInstantHolds(f.LastRotationAt, a.LastRotationAt),
		is(f.HasIdentity, a.IdentityUUID != nil), f.Commands == nil || m.commandsHold(f.Commands, a),
		f.Fingerprint == nil || m.show(printOf(f.Fingerprint)).leadsTo(a),
		f.Behavior == nil || slices.ContainsFunc(m.Behaviors, func(b storage.AttackerBehavior) bool {
			return b.AttackerUUID == a.UUID && textHolds(f.Behavior.BehaviorClass, b.BehaviorClass) && listHolds(f.Behavior.ToolGuesses, b.ToolGuesses) &&
				intHolds(f.Behavior.HopDistance, b.HopDistance)
		}),
		f.Intel == nil || slices.ContainsFunc(m.Intel, func(i Intel) bool {
			return i.AttackerUUID == a.UUID && textHolds(f.Intel.AggregateVerdict, i.AggregateVerdict) && intHolds(f.Intel.AbuseipdbScore, i.AbuseipdbScore) &&
				(f.Intel.FeodoListed == nil || i.FeodoListed != nil && *i.FeodoListed == *f.Intel.FeodoListed) && listHolds(f.Intel.GreynoiseTags, i.GreynoiseTags) && instantHolds(f.Intel.CachedAt, i.CachedAt)
		}),
		f.Tags == nil || relatedHolds(tags, f.Tags.Some, f.Tags.None, f.Tags.Count, m.tagHolds), f.Techniques == nil || techniquesHold(f.Techniques, tags),
	)
}

// printOf is the fingerprint that a lookup names.
func printOf(by *storage.FingerprintLookup) storage.Print {
	_, named, _ := by.Print() // the lookups of filters that are drawn are valid
	return named
}

// commandsHold looks for a text in the commands of an attacker.
func (m *model) commandsHold(f *storage.StoredTextFilter, a *storage.Attacker) bool {
	return slices.ContainsFunc(m.typedBy(a.UUID), func(c *typedCommand) bool {
		return textHolds(&storage.TextFilter{Contains: f.Contains}, c.Command.Command)
	})
}

func addressHolds(f *storage.AddressFilter, stored string) bool {
	if f == nil {
		return true
	}
	address, err := netip.ParseAddr(stored)
	if err != nil {
		return false
	}
	address = address.Unmap()
	parse := func(text string) netip.Addr { return netip.MustParseAddr(text).Unmap() }
	switch {
	case f.Equals != nil:
		return address == parse(*f.Equals)
	case f.In != nil:
		return slices.ContainsFunc(f.In, func(text string) bool { return address == parse(text) })
	case f.CIDR != nil:
		return netip.MustParsePrefix(*f.CIDR).Contains(address)
	default:
		from, to := parse(f.Range.From), parse(f.Range.To)
		return address.BitLen() == from.BitLen() && address.Compare(from) >= 0 && address.Compare(to) <= 0
	}
}

func (m *model) tagHolds(f *TTPTagFilter, t *storage.TTPTag) bool {
	return every(
		logical(f.And, f.Or, f.Not, func(f *TTPTagFilter) bool { return m.tagHolds(f, t) }), textHolds(f.UUID, &t.UUID),
		f.Technique == nil || showsTechnique(*f.Technique, true, t), f.Tactic == nil || slices.Contains(f.Tactic, t.TacticID),
		textHolds(f.RuleID, &t.RuleID), textHolds(f.SourceKind, &t.SourceKind), textHolds(f.Decky, t.Decky), textHolds(f.SessionID, t.SessionID),
		confidenceHolds(f.Confidence, &t.Confidence), instantHolds(f.CreatedAt, t.CreatedAt), textHolds(f.SourceID, &t.SourceID), rangeHolds(f.RuleVersion, t.RuleVersion),
		f.Attacker == nil || t.AttackerUUID != nil && m.attackers[*t.AttackerUUID] != nil && m.attackerHolds(f.Attacker, m.attackers[*t.AttackerUUID]),
	)
}

// showsTechnique reports whether a tag is of a technique or sub-technique.
func showsTechnique(number string, withSub bool, t *storage.TTPTag) bool {
	if strings.Contains(number, ".") {
		return t.TechniqueID == number || deref(t.SubTechniqueID) == number
	}
	return t.TechniqueID == number && (withSub || deref(t.SubTechniqueID) == "")
}

func techniquesHold(f *storage.TechniquesFilter, tags []*storage.TTPTag) bool {
	shown := func(number string) bool {
		return slices.ContainsFunc(tags, func(t *storage.TTPTag) bool {
			return showsTechnique(number, f.IncludeSubTechniques, t) && (f.MinConfidence == nil || t.Confidence >= *f.MinConfidence)
		})
	}
	return every(
		f.AnyOf == nil || slices.ContainsFunc(f.AnyOf, shown),
		!slices.ContainsFunc(f.AllOf, func(number string) bool { return !shown(number) }),
		!slices.ContainsFunc(f.NoneOf, shown),
	)
}
