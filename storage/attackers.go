package storage

import (
	"context"
	"time"
)

// Attacker is a row of table attackers without its two wide columns, which Commands and Fingerprints read.
type Attacker struct {
	UUID              string
	IP                string
	IdentityUUID      *string
	FirstSeen         time.Time
	LastSeen          time.Time
	EventCount        int
	ServiceCount      int
	DeckyCount        int
	Services          []string
	Deckies           []string
	TraversalPath     *string
	IsTraversal       *bool
	BountyCount       int
	CredentialCount   int
	CountryCode       *string
	CountrySource     *string
	ASN               *int
	ASName            *string
	BGPPrefix         *string
	ASNSource         *string
	RPKIStatus        *string
	RPKISource        *string
	PTRRecord         *string
	RotationCount     int
	LastRotationAt    *time.Time
	IPv6LeakCount     int
	LastIPv6LeakAt    *time.Time
	LastIPv6LinkLocal *string
	LastIPv6IIDKind   *string
	LastIPv6MACOUI    *string
	UpdatedAt         time.Time

	listedFor string
}

// ListedFor is the key of the identity whose list the attacker was read for; empty if it was read otherwise.
func (a *Attacker) ListedFor() string { return a.listedFor }

// ID is the reference to the row.
func (a *Attacker) ID() Ref { return Ref{KindAttacker, a.UUID} }

var attackers = table[Attacker]{name: "attackers", list: "attackers", sorted: lastSeen, fields: []field[Attacker]{
	{"uuid", func(a *Attacker) cell { return text(&a.UUID) }, "", use{kind: textValues, filter: "UUID", index: keyIndex, open: true}},
	{"ip", func(a *Attacker) cell { return text(&a.IP) }, "IP", use{kind: textValues, filter: "IP", values: attackerAddressValues, index: filterValues}},
	{"identity_id", func(a *Attacker) cell { return optionalText(&a.IdentityUUID) }, "", use{}},
	{"first_seen", func(a *Attacker) cell { return instant(&a.FirstSeen) }, "FirstSeen", use{kind: instantValues, filter: "FirstSeen", order: "FIRST_SEEN", index: "ix_attackers_first_seen_key"}},
	{"last_seen", func(a *Attacker) cell { return instant(&a.LastSeen) }, "LastSeen", use{kind: instantValues, filter: "LastSeen", order: "LAST_SEEN", since: true, index: "ix_attackers_last_seen_key"}},
	{"event_count", func(a *Attacker) cell { return safeInt(&a.EventCount) }, "EventCount", use{kind: wholeValues, filter: "EventCount", order: "EVENT_COUNT", index: "ix_attackers_event_count_key"}},
	{"service_count", func(a *Attacker) cell { return safeInt(&a.ServiceCount) }, "ServiceCount", use{kind: wholeValues, filter: "ServiceCount", order: "SERVICE_COUNT", index: "ix_attackers_service_count_key"}},
	{"decky_count", func(a *Attacker) cell { return safeInt(&a.DeckyCount) }, "DeckyCount", use{kind: wholeValues, filter: "DeckyCount", order: "DECKY_COUNT", index: "ix_attackers_decky_count_key"}},
	{"services", func(a *Attacker) cell { return texts(&a.Services) }, "Services", use{kind: textValues, filter: "Services", open: true, values: attackerServicesValues, index: filterValues}},
	{"deckies", func(a *Attacker) cell { return texts(&a.Deckies) }, "Deckies", use{kind: textValues, filter: "Deckies", open: true, values: attackerDeckiesValues, index: filterValues}},
	{"traversal_path", func(a *Attacker) cell { return optionalText(&a.TraversalPath) }, "TraversalPath", use{}},
	{"is_traversal", func(a *Attacker) cell { return optional(flag, &a.IsTraversal) }, "IsTraversal", use{kind: truthValues, filter: "IsTraversal", index: noIndex}},
	{"bounty_count", func(a *Attacker) cell { return safeInt(&a.BountyCount) }, "BountyCount", use{kind: wholeValues, filter: "BountyCount", index: noIndex}},
	{"credential_count", func(a *Attacker) cell { return safeInt(&a.CredentialCount) }, "CredentialCount", use{kind: wholeValues, filter: "CredentialCount", order: "CREDENTIAL_COUNT", index: "ix_attackers_credential_count_key"}},
	{"country_code", func(a *Attacker) cell { return optionalText(&a.CountryCode) }, "CountryCode|Network", use{kind: textValues, filter: "CountryCode", open: true, index: "ix_attackers_country_code"}},
	{"country_source", func(a *Attacker) cell { return optionalText(&a.CountrySource) }, "CountrySource", use{}},
	{"asn", func(a *Attacker) cell { return optional(safeInt, &a.ASN) }, "ASN|Network", use{kind: wholeValues, filter: "ASN", open: true, index: "ix_attackers_asn"}},
	{"as_name", func(a *Attacker) cell { return optionalText(&a.ASName) }, "ASName", use{kind: textValues, filter: "ASName", open: true, index: noIndex}},
	{"bgp_prefix", func(a *Attacker) cell { return optionalText(&a.BGPPrefix) }, "BGPPrefix|Network", use{kind: textValues, filter: "BGPPrefix", open: true, index: "ix_attackers_bgp_prefix"}},
	{"asn_source", func(a *Attacker) cell { return optionalText(&a.ASNSource) }, "ASNSource", use{}},
	{"rpki_status", func(a *Attacker) cell { return optionalText(&a.RPKIStatus) }, "RPKIStatus", use{kind: textValues, filter: "RPKIStatus", open: true, index: noIndex}},
	{"rpki_source", func(a *Attacker) cell { return optionalText(&a.RPKISource) }, "RPKISource", use{}},
	{"ptr_record", func(a *Attacker) cell { return optionalText(&a.PTRRecord) }, "PTRRecord", use{kind: textValues, filter: "PTRRecord", index: noIndex}},
	{"rotation_count", func(a *Attacker) cell { return safeInt(&a.RotationCount) }, "RotationCount", use{kind: wholeValues, filter: "RotationCount", index: noIndex}},
	{"last_rotation_at", func(a *Attacker) cell { return optional(instant, &a.LastRotationAt) }, "LastRotationAt", use{kind: instantValues, filter: "LastRotationAt", index: noIndex}},
	{"ipv6_leak_count", func(a *Attacker) cell { return safeInt(&a.IPv6LeakCount) }, "IPv6LeakCount", use{kind: wholeValues, filter: "IPv6LeakCount", index: noIndex}},
	{"last_ipv6_leak_at", func(a *Attacker) cell { return optional(instant, &a.LastIPv6LeakAt) }, "LastIPv6LeakAt", use{kind: instantValues, filter: "LastIPv6LeakAt", index: noIndex}},
	{"last_ipv6_link_local", func(a *Attacker) cell { return optionalText(&a.LastIPv6LinkLocal) }, "LastIPv6LinkLocal", use{}},
	{"last_ipv6_iid_kind", func(a *Attacker) cell { return optionalText(&a.LastIPv6IIDKind) }, "LastIPv6IIDKind", use{}},
	{"last_ipv6_mac_oui", func(a *Attacker) cell { return optionalText(&a.LastIPv6MACOUI) }, "LastIPv6MACOUI", use{}},
	{"updated_at", func(a *Attacker) cell { return instant(&a.UpdatedAt) }, "UpdatedAt", use{kind: instantValues, filter: "UpdatedAt", order: "UPDATED_AT", index: "ix_attackers_updated_key"}},
}}

// AttackerOrder is a sort key of attackers.
type AttackerOrder string

// Sort keys of attackers.
const (
	AttackerLastSeen   AttackerOrder = "LAST_SEEN"
	AttackerFirstSeen  AttackerOrder = "FIRST_SEEN"
	AttackerEventCount AttackerOrder = "EVENT_COUNT"

	AttackerUpdatedAt       AttackerOrder = "UPDATED_AT"
	AttackerDeckyCount      AttackerOrder = "DECKY_COUNT"
	AttackerServiceCount    AttackerOrder = "SERVICE_COUNT"
	AttackerCredentialCount AttackerOrder = "CREDENTIAL_COUNT" //nolint:gosec // no credential
)

// lastSeen is the own order of lists of attackers.
var lastSeen = []SortKey{{By: string(AttackerLastSeen), Descending: true}}

// Attackers finds attackers by uuid.
func (s *Store) Attackers(ctx context.Context, uuids []string) (map[string]*Attacker, error) {
	return lookup(ctx, s, attackers, uuids)
}

// AllAttackers lists attackers, seen last first; ListOptions.Since bounds the last event.
func (s *Store) AllAttackers(o ListOptions) List[Attacker] {
	return listOf(s, attackers, unowned("attackers", ""), o)
}

// ClusterAttackers lists the attackers of each campaign or identity, seen last first.
func (s *Store) ClusterAttackers(kind Kind, m Membership, o ListOptions) List[Attacker] {
	rel := through(s.dialect.members(kind, m), "attackers", "identity_id")
	rel.wide = kind == KindCampaign
	list := listOf(s, attackers, rel, o)
	if kind == KindIdentity {
		list.note = func(identity string, row *Attacker) { row.listedFor = identity }
	}
	return list
}

// SessionAttackers lists the attackers that the tags of each session name, seen last first. Those of a session without an address
// of its tags have the one that it was recorded from.
func (s *Store) SessionAttackers(o ListOptions) List[Attacker] {
	d := s.dialect
	rel := relation{
		with: expressions(d.addresses(KindSession, Resolved), d.unplaced(), `tagged(owner, uuid) AS (
  SELECT DISTINCT requested.owner, g.attacker_uuid FROM requested`+d.join("ttp_tag g", "g.session_id", "requested.k")+`
  UNION
  SELECT n.owner, a.uuid FROM unplaced n`+d.join("logs l", "l.event_type", "n.kind")+d.join("attackers a", "a.ip", "l.attacker_ip")+`
  WHERE `+namesSession("l")+`)`),
		arms: []arm{{owner: "n.owner", from: "tagged n", steps: []step{{"attackers t", "t.uuid", "n.uuid"}}}},
	}
	return listOf(s, attackers, rel, o)
}
