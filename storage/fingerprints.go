package storage

import (
	"context"
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
	{"uuid", func(f *FingerprintState) cell { return text(&f.UUID) }, "", use{}},
	{"port", func(f *FingerprintState) cell { return whole(&f.Port) }, "Port", use{}},
	{"probe_type", func(f *FingerprintState) cell { return text(&f.ProbeType) }, "ProbeType", use{}},
	{"last_hash", func(f *FingerprintState) cell { return text(&f.LastHash) }, "LastHash", use{}},
	{"last_seen", func(f *FingerprintState) cell { return instant(&f.LastSeen) }, "LastSeen", use{kind: instantValues}},
	{"rotation_count", func(f *FingerprintState) cell { return safeInt(&f.RotationCount) }, "RotationCount", use{}},
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
	{"uuid", func(f *fingerprintText) cell { return text(&f.uuid) }, "", use{}},
	{"fingerprints", func(f *fingerprintText) cell { return records(&f.entries, fingerprint) }, "", use{wide: true}},
}}

func fingerprint(r *record) *Fingerprint {
	payload := r.value("payload")
	if inner, ok := unquoted(string(payload)); ok { // the bounty table keeps it as text; a dump may too
		payload = parseJSON(inner)
		*r.unfit = *r.unfit || payload == nil
	}
	var kind *string
	if inner := (record{}); inner.read(string(payload)) {
		kind = inner.text("fingerprint_type")
	}
	return &Fingerprint{
		FingerprintType: kind, BountyID: r.whole("id"), Timestamp: r.instant("timestamp"), Decky: r.text("decky"),
		Service: r.text("service"), AttackerIP: r.text("attacker_ip"), Payload: payload,
	}
}

// Fingerprints lists the fingerprints of each attacker in stored order.
func (s *Store) Fingerprints(ctx context.Context, attackers []string) (map[string][]*Fingerprint, error) {
	found := emptyLists[*Fingerprint](attackers)
	rows, err := lookup(ctx, s, fingerprintTexts, attackers)
	for uuid, row := range rows {
		found[uuid] = row.entries
	}
	return found, err
}
