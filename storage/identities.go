package storage

import (
	"context"
	"time"
)

// Identity is a row of table attacker_identities. DECNET's clusterer writes the counters and instants named Recorded
// once and does not update them.
type Identity struct {
	UUID                     string
	SchemaVersion            int
	CampaignUUID             *string
	RecordedFirstSeenAt      *time.Time
	RecordedLastSeenAt       *time.Time
	CreatedAt                time.Time
	UpdatedAt                time.Time
	Confidence               *float64
	RecordedObservationCount int
	JA3Hashes                []string
	HASSHHashes              []string
	JA4HHashes               []string
	JA4QUICHashes            []string
	HTTPVersionsSeen         []string
	TLSCertSHA256            []string
	IPv6LinkLocalIIDs        []IPv6InterfaceID
	PayloadSimhashes         []string
	C2Endpoints              []string
	KDDigraphSimhash         *string // 16 lower-case hexadecimal digits
	MergedIntoUUID           *string
	Notes                    *string
}

// ID is the reference to the row.
func (i *Identity) ID() Ref { return Ref{KindIdentity, i.UUID} }

// IPv6InterfaceID is an entry of attacker_identities.ipv6_link_local_iids.
type IPv6InterfaceID struct {
	IID       *string
	OUI       *string // nil where DECNET writes empty text
	Kind      *string
	FirstSeen *time.Time
}

var identities = table[Identity]{name: "attacker_identities", list: "identities", sorted: lastUpdated, fields: []field[Identity]{
	{"uuid", func(i *Identity) cell { return text(&i.UUID) }, "", use{kind: textValues, filter: "UUID", index: keyIndex, open: true}},
	{"schema_version", func(i *Identity) cell { return whole(&i.SchemaVersion) }, "SchemaVersion", use{}},
	{"campaign_id", func(i *Identity) cell { return optionalText(&i.CampaignUUID) }, "", use{}},
	{"first_seen_at", func(i *Identity) cell { return optional(instant, &i.RecordedFirstSeenAt) }, "RecordedFirstSeenAt", use{kind: instantValues}},
	{"last_seen_at", func(i *Identity) cell { return optional(instant, &i.RecordedLastSeenAt) }, "RecordedLastSeenAt", use{kind: instantValues}},
	{"created_at", func(i *Identity) cell { return instant(&i.CreatedAt) }, "CreatedAt", use{kind: instantValues, filter: "CreatedAt", order: "CREATED_AT", index: "ix_attacker_identities_created_at"}},
	{"updated_at", func(i *Identity) cell { return instant(&i.UpdatedAt) }, "UpdatedAt", use{kind: instantValues, filter: "UpdatedAt", order: "UPDATED_AT", since: true, index: "ix_attacker_identities_updated_key"}},
	{"confidence", func(i *Identity) cell { return optional(finite, &i.Confidence) }, "Confidence", use{kind: numberValues, filter: "Confidence", index: noIndex}},
	{"observation_count", func(i *Identity) cell { return safeInt(&i.RecordedObservationCount) }, "RecordedObservationCount", use{}},
	{"ja3_hashes", func(i *Identity) cell { return texts(&i.JA3Hashes) }, "JA3Hashes", use{kind: textValues, filter: "JA3Hashes", values: identityJA3Values, index: filterValues}},
	{"hassh_hashes", func(i *Identity) cell { return texts(&i.HASSHHashes) }, "HASSHHashes", use{kind: textValues, filter: "HASSHHashes", values: identityHASSHValues, index: filterValues}},
	{"ja4h_hashes", func(i *Identity) cell { return texts(&i.JA4HHashes) }, "JA4HHashes", use{kind: textValues, filter: "JA4HHashes", values: identityJA4HValues, index: filterValues}},
	{"ja4_quic_hashes", func(i *Identity) cell { return texts(&i.JA4QUICHashes) }, "JA4QUICHashes", use{kind: textValues, filter: "JA4QUICHashes", values: identityJA4QUICValues, index: filterValues}},
	{"http_versions_seen", func(i *Identity) cell { return texts(&i.HTTPVersionsSeen) }, "HTTPVersionsSeen", use{kind: textValues, filter: "HTTPVersionsSeen", values: identityHTTPVersionsValues, index: filterValues}},
	{"tls_cert_sha256", func(i *Identity) cell { return texts(&i.TLSCertSHA256) }, "TLSCertSHA256", use{kind: textValues, filter: "TLSCertSHA256", values: identityTLSCertValues, index: filterValues}},
	{"ipv6_link_local_iids", func(i *Identity) cell { return records(&i.IPv6LinkLocalIIDs, ipv6InterfaceID) }, "IPv6LinkLocalIIDs", use{}},
	{"payload_simhashes", func(i *Identity) cell { return texts(&i.PayloadSimhashes) }, "PayloadSimhashes", use{kind: textValues, filter: "PayloadSimhashes", values: identitySimhashesValues, index: filterValues}},
	{"c2_endpoints", func(i *Identity) cell { return texts(&i.C2Endpoints) }, "C2Endpoints", use{kind: textValues, filter: "C2Endpoints", values: identityC2EndpointsValues, index: filterValues}},
	{"kd_digraph_simhash", func(i *Identity) cell { return optional(hexadecimal, &i.KDDigraphSimhash) }, "KDDigraphSimhash", use{}},
	{"merged_into_uuid", func(i *Identity) cell { return optionalText(&i.MergedIntoUUID) }, "", use{}},
	{"notes", func(i *Identity) cell { return optionalText(&i.Notes) }, "Notes", use{kind: textValues, filter: "Notes", index: noIndex}},
}}

func ipv6InterfaceID(r *record) IPv6InterfaceID {
	oui := r.text("oui")
	if oui != nil && *oui == "" {
		oui = nil
	}
	return IPv6InterfaceID{IID: r.text("iid"), OUI: oui, Kind: r.text("kind"), FirstSeen: r.instant("first_seen")}
}

// IdentityRows finds identities by uuid, without following merges.
func (s *Store) IdentityRows(ctx context.Context, uuids []string) (map[string]*Identity, error) {
	return lookup(ctx, s, identities, uuids)
}

// Identities finds the surviving identity for each uuid; see survivors.
func (s *Store) Identities(ctx context.Context, uuids []string) (map[string]*Identity, error) {
	return survivors(ctx, s, identities, uuids, func(row *Identity) *string { return row.MergedIntoUUID })
}

// AllIdentities lists identities, updated last first; ListOptions.Since bounds the last update.
func (s *Store) AllIdentities(o ListOptions) List[Identity] {
	return listOf(s, identities, unowned("attacker_identities", mergedCondition(o)), o)
}

// IdentitiesMergedInto lists, for each identity, those merged into it in one step, updated last first.
func (s *Store) IdentitiesMergedInto(o ListOptions) List[Identity] {
	return listOf(s, identities, child("attacker_identities", "merged_into_uuid"), o)
}

// CampaignIdentities lists the member identities of each campaign, updated last first. Literal lists every row
// that names the campaign; Resolved only the heads, whose memberships together are the campaign's.
func (s *Store) CampaignIdentities(m Membership, o ListOptions) List[Identity] {
	d := s.dialect
	rel := through(d.members(KindCampaign, m), "attacker_identities", "uuid")
	if m == Resolved {
		rel.with = expressions(rel.with, d.ringsCTE("attacker_identities"))
		rel.arms[0] = rel.arms[0].withCondition(d.headCondition())
	}
	return listOf(s, identities, rel, o)
}

// Activity is the time of the first and of the last event of some attackers.
type Activity struct {
	FirstSeen, LastSeen time.Time
}

// ActivityOf finds the activity of the attackers of each campaign or identity, in one statement. Owners without
// attackers, and those with malformed instants, are left out.
func (s *Store) ActivityOf(kind Kind, m Membership) func(ctx context.Context, owners []string) (map[string]*Activity, error) {
	return func(ctx context.Context, owners []string) (map[string]*Activity, error) {
		if err := s.checkInstants(ctx); err != nil {
			return nil, err
		}
		rel := through(s.dialect.members(kind, m), "attackers", "identity_id")
		q, err := s.keyed(owners, rel.with)
		if err != nil {
			return nil, err
		}
		q.add("SELECT c.owner, MIN(c.first_seen), MAX(c.last_seen) FROM ")
		q.rowsOf(rel, q.knownInstant("t.first_seen")+", "+q.knownInstant("t.last_seen"), nil)
		q.add(" c GROUP BY c.owner")
		found := map[string]*Activity{}
		var owner string
		var span Activity
		var malformed []string
		dest := []scanner{
			{Into: text(&owner)},
			{Into: instant(&span.FirstSeen), Malformed: &malformed, Column: "first_seen"},
			{Into: instant(&span.LastSeen), Malformed: &malformed, Column: "last_seen"},
		}
		return found, s.scanRows(ctx, q, dest, func() error {
			if activity := span; len(malformed) == 0 {
				found[owner] = &activity
			}
			s.warned.malformedColumns(attackers.name, &malformed, owner)
			span = Activity{}
			return nil
		})
	}
}
