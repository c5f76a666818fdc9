package storage

import (
	"context"
	"strconv"
	"time"
)

// NetworkKind is what a network groups source addresses by.
type NetworkKind string

// The kinds of networks. A network's kind is also the kind of owner of its tags.
const (
	NetworkASN     NetworkKind = "ASN"
	NetworkPrefix  NetworkKind = "PREFIX"
	NetworkCountry NetworkKind = "COUNTRY"
)

// networkColumns has the column of attackers that names the network of each kind of owner.
var networkColumns = map[Kind]string{KindASN: "asn", KindPrefix: "bgp_prefix", KindCountry: "country_code"}

// Owner is the kind of owner that networks of the kind are.
func (k NetworkKind) Owner() Kind {
	switch k {
	case NetworkASN:
		return KindASN
	case NetworkPrefix:
		return KindPrefix
	default:
		return KindCountry
	}
}

// Network is a group of attackers with the same value in a column: an autonomous system, a BGP prefix or a country.
// DECNET has no row for it.
type Network struct {
	Kind          NetworkKind
	Value         string
	AttackerCount int
	ASName        *string // of an autonomous system: the last one in order if attackers have several
	FirstSeen     *time.Time
	LastSeen      *time.Time
}

// ID is the reference to the network.
func (n *Network) ID() Ref { return Ref{n.Kind.Owner(), n.Value} }

// NetworkValue is the value of a kind of network that the attacker is in; nil if it is not resolved.
func (a *Attacker) NetworkValue(kind NetworkKind) *string {
	switch {
	case kind == NetworkPrefix:
		return a.BGPPrefix
	case kind == NetworkCountry:
		return a.CountryCode
	case a.ASN == nil || *a.ASN == NoNumber:
		return nil
	default:
		return new(strconv.Itoa(*a.ASN))
	}
}

// networks reads the expression that networksCTE makes.
func networks(kind NetworkKind) table[Network] {
	sorted := []SortKey{{By: string(NetworkByAttackers), Descending: true}}
	named := []openColumn{{table: attackers.name, column: networkColumns[kind.Owner()], whole: kind == NetworkASN}}
	name := use{order: "NAME", index: noIndex}
	if kind == NetworkASN {
		name.kind, name.filter, name.open = wholeValues, "ASN", true
	}
	return table[Network]{name: "networks" + string(kind), named: named, list: "networks" + string(kind), sorted: sorted, fields: []field[Network]{
		{"name", func(n *Network) cell { return text(&n.Value) }, "", name},
		{"value", func(*Network) cell { return unread() }, "value", use{kind: textValues, filter: "Value", open: true, index: noIndex}},
		{"kind", func(n *Network) cell { return constant(&n.Kind, kind) }, "", use{}},
		{
			"attackers", func(n *Network) cell { return safeInt(&n.AttackerCount) }, "AttackerCount",
			use{kind: wholeValues, filter: "AttackerCount", order: "ATTACKERS", index: noIndex},
		},
		{"as_name", func(n *Network) cell { return optionalText(&n.ASName) }, "ASName", use{kind: textValues, filter: "ASName", index: noIndex}},
		{"first_seen", func(n *Network) cell { return optional(instant, &n.FirstSeen) }, "FirstSeen", use{kind: instantValues, filter: "FirstSeen", index: noIndex}},
		{"last_seen", func(n *Network) cell { return optional(instant, &n.LastSeen) }, "LastSeen", use{kind: instantValues, filter: "LastSeen", index: noIndex}},
		{"tags", func(*Network) cell { return unread() }, "tags", use{kind: wholeValues, order: string(NetworkByTags), index: noIndex}},
		{"latest", func(*Network) cell { return unread() }, "latest", use{kind: instantValues, order: "LAST_SEEN", index: noIndex}},
	}}
}

// constant is the cell of a column whose value is known.
func constant[V any](target *V, known V) cell {
	return cellFunc(func(*value) bool {
		*target = known
		return true
	})
}

// NetworkOrder is a sort key of networks.
type NetworkOrder string

// Sort keys of networks.
const (
	NetworkByAttackers NetworkOrder = "ATTACKERS"
	NetworkLastSeen    NetworkOrder = "LAST_SEEN"
	NetworkByName      NetworkOrder = "NAME"
	// NetworkByTags is the number of tags of the attackers, which is counted if it is asked for.
	NetworkByTags NetworkOrder = "TAGS"
)

// networksCTE has a row for each network of a kind; with among, only for those that are requested.
func (d dialect) networksCTE(kind NetworkKind, among, withTags bool) string {
	column := networkColumns[kind.Owner()]
	name, from := d.GroupKey("g."+column), "attackers g"
	asked, with := d.askedNetworks("requested", kind.Owner())
	if kind == NetworkASN {
		name = "g." + column
	}
	if among {
		from = asked + d.join(from, "g."+column, asked+".k")
	} else {
		with = ""
	}
	asName := "NULL"
	if kind == NetworkASN {
		asName = "MAX(g.as_name)"
	}
	first, last := d.knownKey("g.first_seen"), d.knownKey("g.last_seen")
	value := name
	if kind == NetworkASN {
		value = "CONCAT(" + name + ", '')"
	}
	const columns = "name, value, kind, attackers, as_name, first_seen, last_seen, latest"
	counts := d.relatedCounts(networkTags(kind), withTags)
	return expressions(with, `grouped(`+columns+`) AS (
  SELECT `+name+`, `+value+`, '`+string(kind)+`', COUNT(*), `+asName+`, MIN(`+first+`), MAX(`+last+`),
    COALESCE(MAX(`+last+`), `+d.EarliestInstant+`) FROM `+from+`
  WHERE g.`+column+` IS NOT NULL GROUP BY `+name+`)`, d.countedCTE(networks(kind).name, "grouped", columns, "tags", networkTags(kind), counts))
}

// askedNetworks returns an expression of the networks that another one, of(k, owner), names, with their keys as the
// column of attackers holds them, and the common table expression that defines it, which may be empty.
func (d dialect) askedNetworks(of string, kind Kind) (asked, with string) {
	if kind != KindASN {
		return of, ""
	}
	return "asked", "asked(k, owner) AS (SELECT " + d.WholeOf("k") + ", owner FROM " + of + ")"
}

// inNetwork is the relation of networks to the rows of a table that name an attacker in them.
func (d dialect) inNetwork(of string, kind Kind, table string) relation {
	asked, with := d.askedNetworks(of, kind)
	return relation{with: with, wide: true, arms: []arm{{owner: asked + ".owner", from: asked, steps: []step{
		{"attackers a", "a." + networkColumns[kind], asked + ".k"}, {table + " t", "t.attacker_uuid", "a.uuid"},
	}}}}
}

// Networks finds networks of a kind by their values.
func (s *Store) Networks(kind NetworkKind) func(ctx context.Context, values []string) (map[string]*Network, error) {
	return func(ctx context.Context, values []string) (map[string]*Network, error) {
		return namedRows(ctx, s, networks(kind), s.dialect.networksCTE(kind, true, false), values, false)
	}
}

// AllNetworks lists the networks of a kind, those with most attackers first.
func (s *Store) AllNetworks(kind NetworkKind, o ListOptions) List[Network] {
	t := networks(kind)
	return listOf(s, t, namedOf(t.name, s.dialect.networksCTE(kind, false, ordersBy(o.Order, string(NetworkByTags))), false), o)
}

// NetworkAttackers lists the attackers in each network, seen last first.
func (s *Store) NetworkAttackers(kind NetworkKind, o ListOptions) List[Attacker] {
	asked, with := s.dialect.askedNetworks("requested", kind.Owner())
	return listOf(s, attackers, relation{with: with, arms: []arm{{
		owner: asked + ".owner", from: asked, steps: []step{{"attackers t", "t." + networkColumns[kind.Owner()], asked + ".k"}},
	}}}, o)
}

// networkUsed defines used(owner, attacker, identity) of the attackers in each network.
func (d dialect) networkUsed(kind NetworkKind) string {
	asked, with := d.askedNetworks("requested", kind.Owner())
	return expressions(with, "used(owner, attacker, identity) AS (SELECT "+asked+".owner, a.uuid, NULL FROM "+asked+
		d.join("attackers a", "a."+networkColumns[kind.Owner()], asked+".k")+")")
}

// NetworkIdentities lists the identities of the attackers in each network, updated last first.
func (s *Store) NetworkIdentities(kind NetworkKind, m Membership, o ListOptions) List[Identity] {
	return listOf(s, identities, s.dialect.identitiesUsing(s.dialect.networkUsed(kind), m), o)
}

// NetworkCampaigns lists the campaigns of these identities, updated last first.
func (s *Store) NetworkCampaigns(kind NetworkKind, m Membership, o ListOptions) List[Campaign] {
	return listOf(s, campaigns, s.dialect.campaignsOf(s.dialect.networkUsed(kind), m, s.dialect.usedIdentities()), o)
}
