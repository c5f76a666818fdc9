package storage

import (
	"context"
	"strconv"
	"time"
)

// Attacker is a row of table attackers without its two wide columns, which Commands and
// Fingerprints read.
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
	IsTraversal       bool
	BountyCount       int
	CredentialCount   int
	CountryCode       *string
	CountrySource     *string
	ASN               *float64 // passes 31 bits
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
}

// ID is the reference to the row.
func (a *Attacker) ID() Ref { return Ref{KindAttacker, a.UUID} }

var attackers = table[Attacker]{name: "attackers", fields: []field[Attacker]{
	{"uuid", func(a *Attacker) cell { return text(&a.UUID) }},
	{"ip", func(a *Attacker) cell { return text(&a.IP) }},
	{"identity_id", func(a *Attacker) cell { return optionalText(&a.IdentityUUID) }},
	{"first_seen", func(a *Attacker) cell { return instant(&a.FirstSeen) }},
	{"last_seen", func(a *Attacker) cell { return instant(&a.LastSeen) }},
	{"event_count", func(a *Attacker) cell { return whole(&a.EventCount) }},
	{"service_count", func(a *Attacker) cell { return whole(&a.ServiceCount) }},
	{"decky_count", func(a *Attacker) cell { return whole(&a.DeckyCount) }},
	{"services", func(a *Attacker) cell { return texts(&a.Services) }},
	{"deckies", func(a *Attacker) cell { return texts(&a.Deckies) }},
	{"traversal_path", func(a *Attacker) cell { return optionalText(&a.TraversalPath) }},
	{"is_traversal", func(a *Attacker) cell { return flag(&a.IsTraversal) }},
	{"bounty_count", func(a *Attacker) cell { return whole(&a.BountyCount) }},
	{"credential_count", func(a *Attacker) cell { return whole(&a.CredentialCount) }},
	{"country_code", func(a *Attacker) cell { return optionalText(&a.CountryCode) }},
	{"country_source", func(a *Attacker) cell { return optionalText(&a.CountrySource) }},
	{"asn", func(a *Attacker) cell { return optional(real, &a.ASN) }},
	{"as_name", func(a *Attacker) cell { return optionalText(&a.ASName) }},
	{"bgp_prefix", func(a *Attacker) cell { return optionalText(&a.BGPPrefix) }},
	{"asn_source", func(a *Attacker) cell { return optionalText(&a.ASNSource) }},
	{"rpki_status", func(a *Attacker) cell { return optionalText(&a.RPKIStatus) }},
	{"rpki_source", func(a *Attacker) cell { return optionalText(&a.RPKISource) }},
	{"ptr_record", func(a *Attacker) cell { return optionalText(&a.PTRRecord) }},
	{"rotation_count", func(a *Attacker) cell { return whole(&a.RotationCount) }},
	{"last_rotation_at", func(a *Attacker) cell { return optional(instant, &a.LastRotationAt) }},
	{"ipv6_leak_count", func(a *Attacker) cell { return whole(&a.IPv6LeakCount) }},
	{"last_ipv6_leak_at", func(a *Attacker) cell { return optional(instant, &a.LastIPv6LeakAt) }},
	{"last_ipv6_link_local", func(a *Attacker) cell { return optionalText(&a.LastIPv6LinkLocal) }},
	{"last_ipv6_iid_kind", func(a *Attacker) cell { return optionalText(&a.LastIPv6IIDKind) }},
	{"last_ipv6_mac_oui", func(a *Attacker) cell { return optionalText(&a.LastIPv6MACOUI) }},
	{"updated_at", func(a *Attacker) cell { return instant(&a.UpdatedAt) }},
}}

// AttackerOrder is a sort key of attackers.
type AttackerOrder string

// Sort keys of attackers.
const (
	AttackerLastSeen   AttackerOrder = "LAST_SEEN"
	AttackerFirstSeen  AttackerOrder = "FIRST_SEEN"
	AttackerEventCount AttackerOrder = "EVENT_COUNT"
)

func attackerKey(a *Attacker) string { return a.UUID }

var attackerOrders = map[AttackerOrder]order[Attacker]{
	AttackerLastSeen: {
		name: "attackers.last_seen", column: "last_seen", descending: true, kind: byTime,
		sort: func(a *Attacker) string { return timeKey(a.LastSeen) }, key: attackerKey,
	},
	AttackerFirstSeen: {
		name: "attackers.first_seen", column: "first_seen", descending: true, kind: byTime,
		sort: func(a *Attacker) string { return timeKey(a.FirstSeen) }, key: attackerKey,
	},
	AttackerEventCount: {
		name: "attackers.event_count", column: "event_count", descending: true, kind: byNumber,
		sort: func(a *Attacker) string { return strconv.Itoa(a.EventCount) }, key: attackerKey,
	},
}

// Attackers finds attackers by uuid.
func (s *Store) Attackers(ctx context.Context, uuids []string) (map[string]*Attacker, error) {
	return lookup(ctx, s, attackers, uuids)
}

// AttackersByIP finds attackers by source address as stored. DECNET keeps one row per address but
// does not enforce it; of several the one seen last is found.
func (s *Store) AttackersByIP(ctx context.Context, ips []string) (map[string]*Attacker, error) {
	q, err := s.keyed(ips, "")
	if err != nil {
		return nil, err
	}
	q.add("SELECT t.ip, " + attackers.columns() + " FROM keys" + q.then + "attackers t ON t.ip = keys.k ORDER BY t.last_seen, t.uuid")
	found := make(map[string]*Attacker, len(ips))
	return found, read(ctx, s, q, attackers, func(ip string, a *Attacker) { found[ip] = a })
}

// AllAttackers lists attackers.
func (s *Store) AllAttackers(by AttackerOrder, descending bool) List[Attacker] {
	return query[Attacker]{store: s, table: attackers, order: attackerOrders[by].directed(descending), rel: unowned("attackers", "")}
}

// ClusterAttackers lists the attackers of each campaign or identity.
func (s *Store) ClusterAttackers(kind Kind, m Membership) List[Attacker] {
	return query[Attacker]{store: s, table: attackers, order: attackerOrders[AttackerLastSeen], rel: through(membersOf(kind, m), "attackers", "identity_id")}
}

// SessionAttackers lists the attackers that the tags of each session name.
func (s *Store) SessionAttackers() List[Attacker] {
	rel := relation{
		with: `named(owner, uuid) AS (SELECT DISTINCT keys.k, g.attacker_uuid FROM keys JOIN ttp_tag g ON g.session_id = keys.k)`,
		arms: []arm{{owner: "n.owner", from: "named n", steps: []step{{"attackers t", "t.uuid = n.uuid"}}}},
	}
	return query[Attacker]{store: s, table: attackers, order: attackerOrders[AttackerLastSeen], rel: rel}
}
