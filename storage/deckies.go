package storage

import (
	"context"
	"time"
)

// Decky is a name that tags, attackers or canary tokens have for a decky. DECNET has no row for it.
type Decky struct {
	Name      string
	TagCount  int
	FirstSeen *time.Time // of its tags; nil if it has none
	LastSeen  *time.Time
}

// ID is the reference to the decky.
func (d *Decky) ID() Ref { return Ref{KindDecky, d.Name} }

// deckySources are the places where names of deckies are.
var deckySources = []nameSource{
	{table: "ttp_tag", name: "decky_id", tags: true},
	{table: "canary_tokens", name: "decky_name"},
	{table: "attackers", name: "deckies", list: true},
}

var mostTags = []SortKey{{By: string(DeckyTags), Descending: true}}

// deckies reads the expression that deckiesCTE makes.
var deckies = table[Decky]{name: "deckies", named: placesOf(deckySources), list: "deckies", sorted: mostTags, fields: []field[Decky]{
	{"name", func(d *Decky) cell { return text(&d.Name) }, "", use{kind: textValues, filter: "Name", open: true, order: "NAME", index: noIndex}},
	{"tags", func(d *Decky) cell { return safeInt(&d.TagCount) }, "TagCount", use{kind: wholeValues, filter: "TagCount", order: "TAGS", index: noIndex}},
	{"first_seen", func(d *Decky) cell { return optional(instant, &d.FirstSeen) }, "FirstSeen", use{kind: instantValues, filter: "FirstSeen", index: noIndex}},
	{"last_seen", func(d *Decky) cell { return optional(instant, &d.LastSeen) }, "LastSeen", use{kind: instantValues, filter: "LastSeen", index: noIndex}},
	{"attackers", func(*Decky) cell { return unread() }, "attackers", use{kind: wholeValues, order: string(DeckyByAttackers), index: noIndex}},
	{"latest", func(*Decky) cell { return unread() }, "latest", use{kind: instantValues, order: "LAST_SEEN", index: noIndex}},
}}

// DeckyOrder is a sort key of deckies.
type DeckyOrder string

// Sort keys of deckies.
const (
	DeckyTags     DeckyOrder = "TAGS"
	DeckyLastSeen DeckyOrder = "LAST_SEEN"
	DeckyName     DeckyOrder = "NAME"
	// DeckyByAttackers is the number of attackers, which is counted if it is asked for.
	DeckyByAttackers DeckyOrder = "ATTACKERS"
)

// deckiesCTE has a row for each decky; with among, only for those that are requested. With sums, it reads these.
func (d dialect) deckiesCTE(among, withAttackers, sums bool) string {
	names, counts := d.namesCTE("decky_names", deckySources, among), d.attackerCounts(deckyNames, deckyAttackers, withAttackers, sums)
	if sums { // which know the names in lists, too
		names = d.summedNamesCTE("decky_names", deckyNames, deckySources[1:2], among)
	}
	return names + ",\n" + d.countedCTE("deckies", "decky_names", nameColumns, "attackers", deckyAttackers, counts)
}

// Deckies finds deckies by name.
func (s *Store) Deckies(ctx context.Context, names []string) (map[string]*Decky, error) {
	sums := s.usesNameSums(KindDecky)
	return namedRows(ctx, s, deckies, s.dialect.deckiesCTE(true, false, sums), names, sums)
}

// AllDeckies lists deckies, those with most tags first.
func (s *Store) AllDeckies(o ListOptions) List[Decky] {
	sums := s.usesNameSums(KindDecky)
	return listOf(s, deckies, namedOf(deckies.name, s.dialect.deckiesCTE(false, ordersBy(o.Order, string(DeckyByAttackers)), sums), sums), o)
}

// DeckyAttackers lists the attackers that each decky recorded: those that its tags name, and those whose own list of
// deckies has it. Seen last first.
func (s *Store) DeckyAttackers(o ListOptions) List[Attacker] {
	d := s.dialect
	list := d.ListElements("g.deckies")
	members, sums := `members(owner, uuid) AS (
  SELECT requested.owner, g.attacker_uuid FROM requested`+d.join("ttp_tag g", "g.decky_id", "requested.k")+` WHERE g.attacker_uuid IS NOT NULL
  UNION
  SELECT requested.owner, g.uuid FROM attackers g CROSS JOIN `+list.From+d.OrderedJoin+`requested ON `+
		d.Equal(list.Element, "requested.k")+` WHERE `+list.Where+`)`, s.facts().names
	if sums {
		members = d.summedMembersCTE(deckyNames)
	}
	rel := through(members, "attackers", "uuid")
	rel.sums = sums
	return listOf(s, attackers, rel, o).countsAttackers(KindDecky)
}

// DeckyCanaryTokens lists the canary tokens on each decky, placed last first.
func (s *Store) DeckyCanaryTokens(o ListOptions) List[CanaryToken] {
	return listOf(s, canaryTokens, child("canary_tokens", "decky_name"), o)
}
