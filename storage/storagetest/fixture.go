package storagetest

import (
	"decnetgraph/storage"
)

// stub is the key of an identity that DECNET's attribution created: 32 digits without hyphens.
const stub = "0123456789abcdef0123456789abcdef"

// Fixture returns a small graph with at least one row of every kind and every shape of merge chain. An arrow is a
// merge link, (gone) a row that does not exist:
//
//	campaigns   c3 → c2 → c1   c5 ⇄ c6 ← c8   c7 → (gone)   c9 → itself   c4
//	identities  i4 → i2 → i1 ← i8   i5 → i3   i6 ⇄ i7 ← i12   i9 → (gone)   i11 → itself   stub   i13
//	members     c1: i1 i2 i6   c2: i3   c3: i4   c4: i8   c5: i11   c7: i9   (gone): i13
func Fixture() Graph {
	return Graph{
		Campaigns:    fixtureCampaigns(),
		Identities:   fixtureIdentities(),
		Attackers:    fixtureAttackers(),
		Tags:         fixtureTags(),
		States:       fixtureStates(),
		Observations: fixtureObservations(),
		Behaviors:    fixtureBehaviors(),
		Intel:        fixtureIntel(),
		Prints:       fixturePrints(),
		Targets:      fixtureTargets(),
		Blobs:        fixtureBlobs(),
		Tokens:       fixtureTokens(),
		Triggers:     fixtureTriggers(),
		Rules:        fixtureRules(),

		Events:      fixtureEvents(),
		Credentials: fixtureCredentials(),
		Shared:      fixtureShared(),
		Attachments: fixtureAttachments(),
		Bounties:    fixtureBounties(),
		Definitions: fixtureDefinitions(),
	}
}

func fixtureCampaigns() []storage.Campaign {
	rows := []storage.Campaign{
		with(campaign("c1", ""), func(c *storage.Campaign) {
			c.SchemaVersion, c.RecordedIdentityCount, c.Confidence, c.Notes = 2, 7, new(0.75), new("see ticket 12")
			c.RecordedFirstSeenAt, c.RecordedLastSeenAt = new(at(-100)), new(at(-50))
			c.JA3Hashes, c.HASSHHashes, c.TLSCertSHA256 = []string{"ja3-1", "ja3-2"}, []string{"hassh-1"}, []string{"cert-1"}
			c.PayloadSimhashes, c.C2Endpoints = []string{"simhash-1"}, []string{"c2.example:443", "[2001:db8::1]:8443"}
		}),
		campaign("c2", "c1"), campaign("c3", "c2"), campaign("c4", ""), campaign("c5", "c6"), campaign("c6", "c5"),
		campaign("c7", "c-gone"), campaign("c8", "c5"), campaign("c9", "c9"),
	}
	for n := range rows {
		rows[n].CreatedAt, rows[n].UpdatedAt = at(100-n), at(n/2) // two rows each have the same time
	}
	return rows
}

func fixtureIdentities() []storage.Identity {
	rows := []storage.Identity{
		with(identity("i1", "c1", ""), func(i *storage.Identity) {
			i.SchemaVersion, i.RecordedObservationCount, i.Confidence, i.Notes = 2, 41, new(0.5), new("ключ 鍵 🔑")
			i.RecordedFirstSeenAt, i.RecordedLastSeenAt = new(at(-90)), new(at(-40))
			i.JA3Hashes, i.HASSHHashes, i.JA4HHashes, i.JA4QUICHashes = []string{"ja3-1"}, []string{"hassh-1", "hassh-2"}, []string{"ja4h"}, []string{"ja4q"}
			i.HTTPVersionsSeen, i.TLSCertSHA256 = []string{"h2", "h3"}, []string{"cert-1"}
			i.IPv6LinkLocalIIDs = []storage.IPv6InterfaceID{
				{IID: new("fe80::1"), OUI: new("aa:bb:cc"), Kind: new("eui64"), FirstSeen: new(at(-80))},
				{IID: new("fe80::2"), Kind: new("unknown"), FirstSeen: new(at(-70))},
			}
			i.PayloadSimhashes, i.C2Endpoints, i.KDDigraphSimhash = []string{"simhash-1"}, []string{"c2.example:443"}, new("00ff7fc3280a90fe")
		}),
		identity("i2", "c1", "i1"), identity("i3", "c2", ""), identity("i4", "c3", "i2"), identity("i5", "", "i3"),
		identity("i6", "c1", "i7"), identity("i7", "", "i6"), identity("i8", "c4", "i1"), identity("i9", "c7", "i-gone"),
		identity(stub, "", ""), identity("i11", "c5", "i11"), identity("i12", "", "i6"), identity("i13", "c-gone", ""),
	}
	for n := range rows {
		rows[n].CreatedAt, rows[n].UpdatedAt = at(200-n), at(n/3)
	}
	return rows
}

func fixtureAttackers() []Attacker {
	rows := []Attacker{
		with(attacker("a1", "i1"), wideAttacker), attacker("a2", "i2"), attacker("a3", "i3"), attacker("a4", "i5"), attacker("a5", ""),
		attacker("a6", "i7"), attacker("a7", "i8"), attacker("a8", "i-gone"), attacker("a9", stub),
	}
	for n := range rows {
		rows[n].FirstSeen, rows[n].LastSeen, rows[n].EventCount = at(-n), at(n/2), n%3
	}
	for n := range rows[1:] {
		a := &rows[n+1]
		a.ASN, a.ASName, a.BGPPrefix, a.CountryCode = new(64500+n%2), new([]string{"EXAMPLE", "Example-2"}[n%2]), new([]string{"203.0.113.0/24", "2001:db8::/32"}[n%2]), new([]string{"DE", "RU", "de"}[n%3])
	}
	rows[2].IP = rows[0].IP // seen later than the first one
	rows[3].IP, rows[4].IP = "2001:db8::1", "2001:db8::1"
	return rows
}

// fixtureTags gives every kind of owner some tags. testFixture has the expected techniques and their numbers of
// tags.
func fixtureTags() []storage.TTPTag {
	rows := []storage.TTPTag{
		tag("t01", "i1", ""), tag("t02", "", "a1"), tag("t03", "i1", "a1"), tag("t04", "i2", "a1"), tag("t05", "i1", "a2"),
		tag("t06", "i3", "a1"), tag("t07", "i4", ""), tag("t08", "", "a3"), tag("t09", "", "a4"), tag("t10", "", "a5"),
		tag("t11", "i6", ""), tag("t12", "", "a6"), tag("t13", "i12", ""), tag("t14", "", "a7"), tag("t15", "i9", ""),
		tag("t16", "i-gone", ""), tag("t17", "", "a-gone"), tag("t18", "i-gone", "a1"), tag("t19", "i11", "a-gone"), tag("t20", "", "a9"),
		tag("t21", stub, "a8"), tag("t22", "i13", ""), tag("t23", "", "a8"), tag("t24", "", "a2"),
	}
	subs := []*string{nil, new("T1110.001"), new("T1110.003")}
	for n := range rows {
		t := &rows[n]
		t.CreatedAt, t.Confidence, t.RuleVersion = at(n/4), float64(n%4)/4, 1+n%2
		t.RuleID = []string{"R0001", "R0002"}[n%2]
		t.SourceKind = []string{"command", "email", "canary"}[n%3]
		t.SubTechniqueID = subs[n%3]
		if n%4 == 3 {
			t.TechniqueID, t.SubTechniqueID, t.TacticID = "T1059", nil, "TA0002"
		}
		if n%5 == 0 {
			t.TacticID = "TA0001"
		}
		if n%2 == 0 {
			t.SessionID, t.Decky = new([]string{"s1", "s2", "s3"}[n%3]), new([]string{"decky-1", "decky-2"}[n%4/2])
		}
	}
	rows[0].Evidence = storage.JSON(`{"command": "hydra \u00e9 🔑", "tries": 3}`)
	rows[0].MitreURL = new("https://attack.mitre.org/techniques/T1110/")
	return rows
}
