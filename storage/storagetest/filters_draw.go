package storagetest

import (
	"pgregory.net/rapid"

	"decnetgraph/storage"
)

func drawTruth(t *rapid.T) bool { return rapid.Bool().Draw(t, "truth") }

func drawCampaignFilter(t *rapid.T, depth int) *CampaignFilter {
	return &CampaignFilter{
		UUID: maybe(t, "uuid", drawTextFilter("c1", "c00", "c01")),
		And:  drawParts(t, "and", depth, drawCampaignFilter), Or: drawParts(t, "or", depth, drawCampaignFilter), Not: drawInner(t, "not", depth, drawCampaignFilter),
		CreatedAt: maybe(t, "created", drawInstants), UpdatedAt: maybe(t, "updated", drawInstants), Confidence: maybe(t, "confidence", drawConfidence),
		Notes: maybe(t, "notes", drawTextFilter()), Ja3Hashes: maybe(t, "ja3", drawListFilter), C2Endpoints: maybe(t, "c2", drawListFilter), Merged: maybe(t, "merged", drawTruth),
		Identities: drawInner(t, "identities", depth, func(t *rapid.T, depth int) *CampaignIdentitiesFilter {
			some, none, count := drawSome(t, depth, drawIdentityFilter)
			return &CampaignIdentitiesFilter{some, none, count, drawMembership(t)}
		}),
		Attackers: drawInner(t, "attackers", depth, drawMemberAttackers), Tags: drawInner(t, "tags", depth, drawMemberTags),
		Techniques: maybe(t, "techniques", drawTechniques),
	}
}

func drawMemberAttackers(t *rapid.T, depth int) *MemberAttackersFilter {
	some, none, count := drawSome(t, depth, drawAttackerFilter)
	return &MemberAttackersFilter{some, none, count, drawMembership(t)}
}

func drawMemberTags(t *rapid.T, depth int) *MemberTagsFilter {
	some, none, count := drawSome(t, depth, drawTagFilter)
	return &MemberTagsFilter{some, none, count, drawMembership(t)}
}

func drawIdentityFilter(t *rapid.T, depth int) *IdentityFilter {
	return &IdentityFilter{
		UUID: maybe(t, "uuid", drawTextFilter("i1", "i00", "i01")),
		And:  drawParts(t, "and", depth, drawIdentityFilter), Or: drawParts(t, "or", depth, drawIdentityFilter), Not: drawInner(t, "not", depth, drawIdentityFilter),
		CreatedAt: maybe(t, "created", drawInstants), UpdatedAt: maybe(t, "updated", drawInstants),
		Notes: maybe(t, "notes", drawTextFilter()), Ja3Hashes: maybe(t, "ja3", drawListFilter), TLSCertSha256: maybe(t, "cert", drawListFilter),
		Merged: maybe(t, "merged", drawTruth), HasCampaign: maybe(t, "has campaign", drawTruth),
		Attribution: drawInner(t, "attribution", depth, func(t *rapid.T, depth int) *MemberAttributionFilter {
			some, none, count := drawSome(t, depth, drawStateFilter)
			return &MemberAttributionFilter{some, none, count, drawMembership(t)}
		}),
		Attackers: drawInner(t, "attackers", depth, drawMemberAttackers), Tags: drawInner(t, "tags", depth, drawMemberTags),
		Techniques: maybe(t, "techniques", drawTechniques),
	}
}

func drawStateFilter(t *rapid.T, _ int) *AttributionStateFilter {
	return &AttributionStateFilter{
		Primitive: maybe(t, "primitive", drawTextFilter("motor.keystroke_cadence")),
		State: maybe(t, "state", func(t *rapid.T) storage.AttributionVerdict {
			return rapid.SampledFrom([]storage.AttributionVerdict{storage.VerdictStable, storage.VerdictMultiActor}).Draw(t, "verdict")
		}),
		ObservationCount: maybe(t, "observations", drawRange), LastChangeAt: maybe(t, "changed", drawInstants),
	}
}

func drawAttackerFilter(t *rapid.T, depth int) *AttackerFilter {
	return &AttackerFilter{
		UUID: maybe(t, "uuid", drawTextFilter("a1", "a00", "a01")),
		And:  drawParts(t, "and", depth, drawAttackerFilter), Or: drawParts(t, "or", depth, drawAttackerFilter), Not: drawInner(t, "not", depth, drawAttackerFilter),
		IP: maybe(t, "ip", drawAddresses), CountryCode: maybe(t, "country", drawTextFilter("RU", "ru")), ASName: maybe(t, "AS name", drawTextFilter()),
		PTRRecord: maybe(t, "PTR", drawTextFilter()), ASN: maybe(t, "ASN", drawInts), Services: maybe(t, "services", drawListFilter), Deckies: maybe(t, "deckies", drawListFilter),
		FirstSeen: maybe(t, "first", drawInstants), LastSeen: maybe(t, "last", drawInstants), EventCount: maybe(t, "events", drawRange),
		RotationCount: maybe(t, "rotations", drawRange), LastRotationAt: maybe(t, "rotation", drawInstants),
		HasIdentity: maybe(t, "has identity", drawTruth), Fingerprint: maybe(t, "fingerprint", drawPrint),
		Commands: maybe(t, "commands", func(t *rapid.T) storage.StoredTextFilter {
			return storage.StoredTextFilter{Contains: new(drawTypedPart(t))}
		}),
		Behavior: maybe(t, "behavior", func(t *rapid.T) BehaviorFilter {
			return BehaviorFilter{maybe(t, "class", drawTextFilter()), maybe(t, "tools", drawListFilter), maybe(t, "hops", drawInts)}
		}),
		Intel: maybe(t, "intel", func(t *rapid.T) IntelFilter {
			return IntelFilter{maybe(t, "verdict", drawTextFilter()), maybe(t, "score", drawInts), maybe(t, "listed", drawTruth), maybe(t, "tags", drawListFilter), maybe(t, "cached", drawInstants)}
		}),
		Tags: drawInner(t, "tags", depth, func(t *rapid.T, depth int) *AttackerTagsFilter {
			some, none, count := drawSome(t, depth, drawTagFilter)
			return &AttackerTagsFilter{some, none, count}
		}),
		Techniques: maybe(t, "techniques", drawTechniques),
	}
}

// drawPrint draws a fingerprint to look for.
func drawPrint(t *rapid.T) storage.FingerprintLookup {
	text := rapid.SampledFrom(filterTexts).Filter(func(text string) bool { return text != "" })
	switch rapid.IntRange(0, 2).Draw(t, "kind of fingerprint") {
	case 0:
		return storage.FingerprintLookup{JA3: new(text.Draw(t, "ja3"))}
	case 1:
		return storage.FingerprintLookup{TLSCertSHA256: new(text.Draw(t, "cert"))}
	default:
		return storage.FingerprintLookup{KeystrokeSimhash: &storage.SimHashLookup{Value: drawSimhash(t), Within: upTo(t, "within", 2)}}
	}
}

// drawSimhash draws a SimHash that differs from others by few bits.
func drawSimhash(t *rapid.T) string {
	return rapid.SampledFrom([]string{"00ff7fc3280a90fe", "00ff7fc3280a90ff", "00ff7fc3280a90fc", "ffff7fc3280a90fe"}).Draw(t, "simhash")
}

func drawTagFilter(t *rapid.T, depth int) *TTPTagFilter {
	f := &TTPTagFilter{
		UUID: maybe(t, "uuid", drawTextFilter("t00", "t01", "t1")),
		And:  drawParts(t, "and", depth, drawTagFilter), Or: drawParts(t, "or", depth, drawTagFilter), Not: drawInner(t, "not", depth, drawTagFilter),
		Technique: maybe(t, "technique", func(t *rapid.T) string {
			return rapid.SampledFrom([]string{"T1110", "T1059", "T1110.001"}).Draw(t, "number")
		}),
		RuleID: maybe(t, "rule", drawTextFilter("R0001", "r0002")), SourceKind: maybe(t, "kind", drawTextFilter("command", "email")),
		Decky: maybe(t, "decky", drawTextFilter("decky-1")), SessionID: maybe(t, "session", drawTextFilter("s1", "s1|T1110")),
		Confidence: maybe(t, "confidence", drawConfidence), CreatedAt: maybe(t, "created", drawInstants),
		SourceID: maybe(t, "source", drawTextFilter("source-t00", "source-")), RuleVersion: maybe(t, "version", drawRange),
		Attacker: drawInner(t, "attacker", depth, drawAttackerFilter),
	}
	if rapid.IntRange(0, 5).Draw(t, "no tactic") == 0 {
		f.Tactic = storage.Tactics{"TA0006", "TA0043"}
	}
	return f
}
