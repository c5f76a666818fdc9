package storage

import (
	"context"
	"encoding/json"
	"time"
)

// FingerprintState is a row of table attacker_fingerprint_state.
type FingerprintState struct {
	UUID          string
	Port          int
	ProbeType     string
	LastHash      string
	LastSeen      time.Time
	RotationCount int
}

var fingerprintStates = table[FingerprintState]{name: "attacker_fingerprint_state", fields: []field[FingerprintState]{
	{"uuid", func(f *FingerprintState) cell { return text(&f.UUID) }, ""},
	{"port", func(f *FingerprintState) cell { return whole(&f.Port) }, "Port"},
	{"probe_type", func(f *FingerprintState) cell { return text(&f.ProbeType) }, "ProbeType"},
	{"last_hash", func(f *FingerprintState) cell { return text(&f.LastHash) }, "LastHash"},
	{"last_seen", func(f *FingerprintState) cell { return instant(&f.LastSeen) }, "LastSeen"},
	{"rotation_count", func(f *FingerprintState) cell { return whole(&f.RotationCount) }, "RotationCount"},
}}

// FingerprintStates lists the latest fingerprints of each attacker, ordered by port and probe.
func (s *Store) FingerprintStates(ctx context.Context, attackers []string) (map[string][]*FingerprintState, error) {
	return listBy(ctx, s, fingerprintStates, "attacker_uuid", "t.port, t.probe_type, t.uuid", attackers)
}

// Fingerprint is an entry of attackers.fingerprints: a dumped row of DECNET's table bounty.
type Fingerprint struct {
	FingerprintType *string
	BountyID        *int
	Timestamp       *time.Time
	Decky           *string
	Service         *string
	AttackerIP      *string
	Payload         JSON
}

type fingerprintText struct {
	uuid    string
	entries []*Fingerprint
}

var fingerprintTexts = table[fingerprintText]{name: "attackers", fields: []field[fingerprintText]{
	{"uuid", func(f *fingerprintText) cell { return text(&f.uuid) }, ""},
	{"fingerprints", func(f *fingerprintText) cell { return records(&f.entries, fingerprint) }, ""},
}}

func fingerprint(r record) *Fingerprint {
	payload := r.value("payload")
	if inner := r.text("payload"); inner != nil { // the bounty table keeps it as text; a dump may too
		payload = parseJSON(*inner)
	}
	var members record
	kind := (*string)(nil)
	if json.Unmarshal(payload, &members) == nil {
		kind = members.text("fingerprint_type")
	}
	return &Fingerprint{
		FingerprintType: kind, BountyID: r.whole("id"), Timestamp: r.instant("timestamp"), Decky: r.text("decky"),
		Service: r.text("service"), AttackerIP: r.text("attacker_ip"), Payload: payload,
	}
}

// Fingerprints lists the prints of each attacker in stored order.
func (s *Store) Fingerprints(ctx context.Context, attackers []string) (map[string][]*Fingerprint, error) {
	found := emptyLists[*Fingerprint](attackers)
	rows, err := lookup(ctx, s, fingerprintTexts, attackers)
	for uuid, row := range rows {
		found[uuid] = row.entries
	}
	return found, err
}

// SMTPTarget is a row of table smtp_targets.
type SMTPTarget struct {
	TargetID  string
	Domain    string
	FirstSeen time.Time
	LastSeen  time.Time
	Count     int
}

var smtpTargets = table[SMTPTarget]{name: "smtp_targets", fields: []field[SMTPTarget]{
	{"id", func(t *SMTPTarget) cell { return text(&t.TargetID) }, ""},
	{"domain", func(t *SMTPTarget) cell { return text(&t.Domain) }, "Domain"},
	{"first_seen", func(t *SMTPTarget) cell { return instant(&t.FirstSeen) }, "FirstSeen"},
	{"last_seen", func(t *SMTPTarget) cell { return instant(&t.LastSeen) }, "LastSeen"},
	{"count", func(t *SMTPTarget) cell { return whole(&t.Count) }, "Count"},
}}

var latestTargets = order{name: "smtpTargets.last_seen", column: "last_seen", descending: true}

// SMTPTargets lists the mail domains of each attacker, seen last first.
func (s *Store) SMTPTargets() List[SMTPTarget] {
	return listOf(s, smtpTargets, latestTargets, child("smtp_targets", "attacker_uuid"))
}
