package storagetest

import (
	"fmt"
	"time"

	"decnetgraph/storage"
)

// Graph is the content of a DECNET database as plain Go data: rows as storage reads them. Links may
// lead anywhere, as nothing in DECNET keeps them whole; a database under test must take them.
type Graph struct {
	Campaigns    []storage.Campaign
	Identities   []storage.Identity
	Attackers    []Attacker
	Tags         []storage.TTPTag
	States       []storage.AttributionState
	Observations []Observation
	Behaviors    []storage.AttackerBehavior
	Intel        []Intel
	Prints       []FingerprintState
	Targets      []SMTPTarget
	Blobs        []storage.CanaryBlob
	Tokens       []storage.CanaryToken
	Triggers     []storage.CanaryTrigger
	Rules        []storage.RuleState
}

// Attacker is an attacker with its two wide columns. CommandText, if given, is stored instead of Commands.
type Attacker struct {
	storage.Attacker
	Commands     []storage.Command
	CommandText  *string
	Fingerprints []storage.Fingerprint
}

// Observation is an observation with the attacker that it is of.
type Observation struct {
	storage.Observation
	AttackerUUID string
}

// Intel is a row of attacker_intel with the providers' reports.
type Intel struct {
	storage.AttackerIntel
	Reports storage.IntelReports
}

// FingerprintState is a state with the attacker that it is of.
type FingerprintState struct {
	storage.FingerprintState
	AttackerUUID string
}

// SMTPTarget is a target with the attacker that it is of. Its TargetID is a whole number as text.
type SMTPTarget struct {
	storage.SMTPTarget
	AttackerUUID string
}

// at is an instant of the test data, in whole seconds: MySQL keeps no more. A day ends after the first two.
func at(seconds int) time.Time {
	return time.Date(2026, 5, 1, 23, 59, 58, 0, time.UTC).Add(time.Duration(seconds) * time.Second)
}

// tick is an instant of the behaviour tables. They hold seconds since 1970 as a float, which on
// MySQL has 24 bits: multiples of 128 survive.
func tick(n int) time.Time { return time.Unix(1_777_620_096+128*int64(n), 0).UTC() }

// link is the value of a nullable key: empty text stands for NULL.
func link(uuid string) *string {
	if uuid == "" {
		return nil
	}
	return &uuid
}

// campaign makes a campaign; mergedInto is empty for a surviving one.
func campaign(uuid, mergedInto string) storage.Campaign {
	return storage.Campaign{
		UUID: uuid, SchemaVersion: 1, CreatedAt: at(0), UpdatedAt: at(0), MergedIntoUUID: link(mergedInto),
		JA3Hashes: []string{}, HASSHHashes: []string{}, TLSCertSHA256: []string{}, PayloadSimhashes: []string{}, C2Endpoints: []string{},
	}
}

// identity makes an identity; campaign and mergedInto may be empty.
func identity(uuid, campaign, mergedInto string) storage.Identity {
	return storage.Identity{
		UUID: uuid, SchemaVersion: 1, CampaignUUID: link(campaign), CreatedAt: at(0), UpdatedAt: at(0), MergedIntoUUID: link(mergedInto),
		JA3Hashes: []string{}, HASSHHashes: []string{}, JA4HHashes: []string{}, JA4QUICHashes: []string{}, HTTPVersionsSeen: []string{},
		TLSCertSHA256: []string{}, IPv6LinkLocalIIDs: []storage.IPv6InterfaceID{}, PayloadSimhashes: []string{}, C2Endpoints: []string{},
	}
}

// attacker makes an attacker; identity may be empty.
func attacker(uuid, identity string) Attacker {
	return Attacker{Attacker: storage.Attacker{
		UUID: uuid, IP: "203.0.113.1", IdentityUUID: link(identity), FirstSeen: at(0), LastSeen: at(0),
		Services: []string{}, Deckies: []string{}, UpdatedAt: at(0),
	}}
}

// tag makes a tag of T1110; identity or attacker may be empty.
func tag(uuid, identity, attacker string) storage.TTPTag {
	return storage.TTPTag{
		UUID: uuid, SourceKind: "command", SourceID: "source-" + uuid, AttackerUUID: link(attacker), IdentityUUID: link(identity),
		TacticID: "TA0006", TechniqueID: "T1110", Confidence: 0.5, RuleID: "R0001", RuleVersion: 1, Evidence: storage.JSON(`{}`),
		AttackRelease: "v15.1", CreatedAt: at(0),
	}
}

// chain makes identities i00, i01, … of which each is merged into the next and the last into end.
func chain(length int, end string) []storage.Identity {
	identities := make([]storage.Identity, length)
	for n := range identities {
		next := fmt.Sprintf("i%02d", n+1)
		if n == length-1 {
			next = end
		}
		identities[n] = identity(fmt.Sprintf("i%02d", n), "", next)
	}
	return identities
}

// with returns the value after changing it.
func with[T any](value T, change func(*T)) T {
	change(&value)
	return value
}
