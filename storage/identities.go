package storage

import (
	"context"
	"time"
)

// Identity is a row of table attacker_identities. Counters and instants named Recorded are written
// once by DECNET's clusterer and not kept up.
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

var identities = table[Identity]{name: "attacker_identities", fields: []field[Identity]{
	{"uuid", func(i *Identity) cell { return text(&i.UUID) }, ""},
	{"schema_version", func(i *Identity) cell { return whole(&i.SchemaVersion) }, "SchemaVersion"},
	{"campaign_id", func(i *Identity) cell { return optionalText(&i.CampaignUUID) }, ""},
	{"first_seen_at", func(i *Identity) cell { return optional(instant, &i.RecordedFirstSeenAt) }, "RecordedFirstSeenAt"},
	{"last_seen_at", func(i *Identity) cell { return optional(instant, &i.RecordedLastSeenAt) }, "RecordedLastSeenAt"},
	{"created_at", func(i *Identity) cell { return instant(&i.CreatedAt) }, "CreatedAt"},
	{"updated_at", func(i *Identity) cell { return instant(&i.UpdatedAt) }, "UpdatedAt"},
	{"confidence", func(i *Identity) cell { return optional(finite, &i.Confidence) }, "Confidence"},
	{"observation_count", func(i *Identity) cell { return whole(&i.RecordedObservationCount) }, "RecordedObservationCount"},
	{"ja3_hashes", func(i *Identity) cell { return texts(&i.JA3Hashes) }, "JA3Hashes"},
	{"hassh_hashes", func(i *Identity) cell { return texts(&i.HASSHHashes) }, "HASSHHashes"},
	{"ja4h_hashes", func(i *Identity) cell { return texts(&i.JA4HHashes) }, "JA4HHashes"},
	{"ja4_quic_hashes", func(i *Identity) cell { return texts(&i.JA4QUICHashes) }, "JA4QUICHashes"},
	{"http_versions_seen", func(i *Identity) cell { return texts(&i.HTTPVersionsSeen) }, "HTTPVersionsSeen"},
	{"tls_cert_sha256", func(i *Identity) cell { return texts(&i.TLSCertSHA256) }, "TLSCertSHA256"},
	{"ipv6_link_local_iids", func(i *Identity) cell { return records(&i.IPv6LinkLocalIIDs, ipv6InterfaceID) }, "IPv6LinkLocalIIDs"},
	{"payload_simhashes", func(i *Identity) cell { return texts(&i.PayloadSimhashes) }, "PayloadSimhashes"},
	{"c2_endpoints", func(i *Identity) cell { return texts(&i.C2Endpoints) }, "C2Endpoints"},
	{"kd_digraph_simhash", func(i *Identity) cell { return optional(hexadecimal, &i.KDDigraphSimhash) }, "KDDigraphSimhash"},
	{"merged_into_uuid", func(i *Identity) cell { return optionalText(&i.MergedIntoUUID) }, ""},
	{"notes", func(i *Identity) cell { return optionalText(&i.Notes) }, "Notes"},
}}

func ipv6InterfaceID(r record) IPv6InterfaceID {
	oui := r.text("oui")
	if oui != nil && *oui == "" {
		oui = nil
	}
	return IPv6InterfaceID{IID: r.text("iid"), OUI: oui, Kind: r.text("kind"), FirstSeen: r.instant("first_seen")}
}

var identityOrders = map[ClusterOrder]order{
	ClusterUpdatedAt: {name: "identities.updated_at", column: "updated_at", descending: true},
	ClusterCreatedAt: {name: "identities.created_at", column: "created_at", descending: true},
}

// IdentityRows finds identities by uuid, exactly the rows named.
func (s *Store) IdentityRows(ctx context.Context, uuids []string) (map[string]*Identity, error) {
	return lookup(ctx, s, identities, uuids)
}

// Identities finds the surviving identity for each uuid.
func (s *Store) Identities(ctx context.Context, uuids []string) (map[string]*Identity, error) {
	return survivors(ctx, s, identities, uuids, func(row *Identity) *string { return row.MergedIntoUUID })
}

// AllIdentities lists identities, without those merged away unless includeMerged; only those written
// since an instant if it is given.
func (s *Store) AllIdentities(includeMerged bool, by ClusterOrder, descending bool, since *time.Time) List[Identity] {
	rel := unowned("attacker_identities", unmerged(includeMerged))
	return listOf(s, identities, identityOrders[by].directed(descending), rel, s.since(nil, "t.updated_at", since)...)
}

// IdentitiesMergedInto lists, for each identity, those merged into it in one step.
func (s *Store) IdentitiesMergedInto() List[Identity] {
	return listOf(s, identities, identityOrders[ClusterUpdatedAt], child("attacker_identities", "merged_into_uuid"))
}

// CampaignIdentities lists the member identities of each campaign. Literal lists every row that
// names the campaign; Resolved only the heads, whose memberships together are the campaign's.
func (s *Store) CampaignIdentities(m Membership) List[Identity] {
	d := s.dialect
	rel := through(d.members(KindCampaign, m), "attacker_identities", "uuid")
	if m == Resolved {
		rel.with = expressions(rel.with, d.rings())
		rel.arms[0] = rel.arms[0].also(d.head())
	}
	return listOf(s, identities, identityOrders[ClusterUpdatedAt], rel)
}

// Activity is the span of a set of attackers' events.
type Activity struct {
	FirstSeen, LastSeen time.Time
}

// ActivityOf finds the first and last event of the attackers of each campaign or identity; owners
// without attackers are left out.
func (s *Store) ActivityOf(kind Kind, m Membership) func(ctx context.Context, owners []string) (map[string]*Activity, error) {
	return func(ctx context.Context, owners []string) (map[string]*Activity, error) {
		rel := through(s.dialect.members(kind, m), "attackers", "identity_id")
		q, err := s.keyed(owners, rel.with)
		if err != nil {
			return nil, err
		}
		q.add("SELECT c.owner, MIN(c.first_seen), MAX(c.last_seen) FROM ")
		q.rowsOf(rel, "t.first_seen, t.last_seen", nil)
		q.add(" c GROUP BY c.owner")
		found := map[string]*Activity{}
		var owner string
		var span Activity
		var odd []string
		dest := []scanner{{Into: text(&owner)}, {Into: instant(&span.FirstSeen), Odd: &odd, Column: "first_seen"}, {Into: instant(&span.LastSeen), Odd: &odd, Column: "last_seen"}}
		return found, s.each(ctx, q, dest, func() error {
			if kept := span; len(odd) == 0 {
				found[owner] = &kept
			}
			s.warned.odd(attackers.name, &odd, owner)
			span = Activity{}
			return nil
		})
	}
}
