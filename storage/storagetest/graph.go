package storagetest

import (
	"fmt"
	"time"

	"decnetgraph/storage"
)

// Graph is the content of a DECNET database as Go data: rows as storage reads them. Links may refer to missing
// rows, because DECNET does not enforce them; a database under test must accept such links.
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

	Events      []storage.Event // as logged: Secret is stored
	Credentials []storage.Credential
	Shared      []storage.SharedCredential
	Attachments []storage.Attachment
	Bounties    []storage.Bounty
	Definitions []DefinitionRow
}

// DefinitionRow is a row of ttp_rule: the row's fields of a rule, and its text.
type DefinitionRow struct {
	storage.Rule
	YAML string
}

// Attacker is an attacker with its two wide columns. CommandText, if not empty, is stored instead of Commands.
type Attacker struct {
	storage.Attacker
	Commands     []storage.Command
	CommandText  *string
	Fingerprints []storage.Fingerprint
}

// Observation is an observation with the key of its attacker.
type Observation struct {
	storage.Observation
	AttackerUUID string
}

// Intel is a row of attacker_intel with the providers' reports.
type Intel struct {
	storage.AttackerIntel
	Reports storage.IntelReports
}

// FingerprintState is a state with the key of its attacker.
type FingerprintState struct {
	storage.FingerprintState
	AttackerUUID string
}

// SMTPTarget is a target with the key of its attacker. Its TargetID is an integer as text.
type SMTPTarget struct {
	storage.SMTPTarget
	AttackerUUID string
}

// at returns an instant of the test data in whole seconds, because MySQL stores no fractions. A day ends after the
// first two instants.
func at(seconds int) time.Time {
	return time.Date(2026, 5, 1, 23, 59, 58, 0, time.UTC).Add(time.Duration(seconds) * time.Second)
}

// tick returns an instant for the behaviour tables. They store seconds since 1970 as a float, which has a mantissa
// of 24 bits on MySQL, so the instants are multiples of 128 s, which it stores exactly.
func tick(n int) time.Time { return time.Unix(1_777_620_096+128*int64(n), 0).UTC() }

// link returns the value of a nullable key: nil for an empty text.
func link(uuid string) *string {
	if uuid == "" {
		return nil
	}
	return &uuid
}

// campaign returns a campaign; mergedInto is empty for a surviving one.
func campaign(uuid, mergedInto string) storage.Campaign {
	return storage.Campaign{
		UUID: uuid, SchemaVersion: 1, CreatedAt: at(0), UpdatedAt: at(0), MergedIntoUUID: link(mergedInto),
		JA3Hashes: []string{}, HASSHHashes: []string{}, TLSCertSHA256: []string{}, PayloadSimhashes: []string{}, C2Endpoints: []string{},
	}
}

// identity returns an identity; campaign and mergedInto may be empty.
func identity(uuid, campaign, mergedInto string) storage.Identity {
	return storage.Identity{
		UUID: uuid, SchemaVersion: 1, CampaignUUID: link(campaign), CreatedAt: at(0), UpdatedAt: at(0), MergedIntoUUID: link(mergedInto),
		JA3Hashes: []string{}, HASSHHashes: []string{}, JA4HHashes: []string{}, JA4QUICHashes: []string{}, HTTPVersionsSeen: []string{},
		TLSCertSHA256: []string{}, IPv6LinkLocalIIDs: []storage.IPv6InterfaceID{}, PayloadSimhashes: []string{}, C2Endpoints: []string{},
	}
}

// attacker returns an attacker; identity may be empty.
func attacker(uuid, identity string) Attacker {
	return Attacker{Attacker: storage.Attacker{
		UUID: uuid, IP: "203.0.113.1", IdentityUUID: link(identity), FirstSeen: at(0), LastSeen: at(0),
		Services: []string{}, Deckies: []string{}, IsTraversal: new(false), UpdatedAt: at(0),
	}}
}

// tag returns a tag of T1110; identity or attacker may be empty.
func tag(uuid, identity, attacker string) storage.TTPTag {
	return storage.TTPTag{
		UUID: uuid, SourceKind: "command", SourceID: "source-" + uuid, AttackerUUID: link(attacker), IdentityUUID: link(identity),
		TacticID: "TA0006", TechniqueID: "T1110", Confidence: 0.5, RuleID: "R0001", RuleVersion: 1, Evidence: storage.JSON(`{}`),
		AttackRelease: "v15.1", CreatedAt: at(0),
	}
}

// chain returns identities i00, i01, …, each merged into the next and the last merged into end.
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

// with applies change to the value and returns it.
func with[T any](value T, change func(*T)) T {
	change(&value)
	return value
}
