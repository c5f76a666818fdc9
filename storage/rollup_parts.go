package storage

import (
	"slices"
	"strconv"
	"strings"
)

// Our own databases keep sums of tags, so that a rollup costs no more as tags grow. rollup_part has
// sums by the anchors of the tags, and rollup_total those of owners with many anchors, as of the last
// refresh. Both are relations like the tags themselves; docs/rollups.md says why they are exact.

// dimension is what sums count by.
type dimension struct {
	parts  string // condition on rows of rollup_part that hold all tags, where there are such
	fresh  string // condition on rows of rollup_part that are in no total yet
	totals string // condition on rows of rollup_total
	marks  string // condition on rows of rollup_stale of which totals must know
}

// Parts that are not fresh have no days: these are in totals, or else counted from the tags.
var (
	byTechnique = dimension{parts: "t.dimension IN (0, 1)", fresh: "t.dimension = 0", totals: "day = ''", marks: "kind <> 'Faces'"}
	byDay       = dimension{fresh: "t.dimension IN (0, 2)", totals: "day > ''", marks: "kind IN ('Identity', 'Campaign')"}
)

// measure is how rows of a kind add up in a rollup.
type measure struct{ columns, count, first, last string }

var (
	countTags = measure{
		columns: "t.technique_id, t.sub_technique_id, t.tactic, t.created_at, t.confidence",
		count:   "COUNT(*)", first: "MIN(c.created_at)", last: "MAX(c.created_at)",
	}
	addSums = measure{
		columns: "t.technique_id, t.sub_technique_id, t.tactic, t.tags, t.first_seen, t.last_seen, t.confidence",
		count:   "SUM(c.tags)", first: "MIN(c.first_seen)", last: "MAX(c.last_seen)",
	}
)

// summed reports whether a scope's rollups are read from sums. A session has few tags, and no sums.
func (s *shared) summed(scope Scope) bool {
	return s.sums && scope.Of != KindSession
}

// totalled reports whether the owners of a scope have totals.
func (s Scope) totalled() bool { return s.Of == KindFleet || s.Of == KindCampaign }

// rolled is what a rollup of the scope is read from.
func (s *shared) rolled(scope Scope) (relation, measure) {
	switch {
	case !s.summed(scope):
		return s.dialect.tags(scope), countTags
	case !scope.totalled():
		return s.dialect.parts("asked", scope, byTechnique), addSums
	}
	d := s.dialect
	rel := d.parts("doubtful", scope, byTechnique)
	return d.withTotals(scope, byTechnique, rel), addSums
}

// withTotals adds to the relation of all rows of doubtful owners, whose totals may not hold, the totals of
// the others with what is fresh.
func (d dialect) withTotals(s Scope, by dimension, doubted relation) relation {
	totals, fresh := d.totals(s, by), d.fresh(s, by)
	if s.Of == KindFleet && by == byDay { // all tags belong to it by whatever link, and those that go leave a part
		return relation{arms: []arm{totals, fresh}}
	}
	climbed, unsure := d.unsure(s, by)
	doubted.with = expressions(climbed, unsure, doubtful, doubted.with)
	doubted.arms = append(doubted.arms, totals.also(d.settled(s)), fresh.also(d.settled(s)))
	return doubted
}

// parts is the relation of rows of rollup_part, for the owners of the expression of(k, owner).
func (d dialect) parts(of string, s Scope, by dimension) relation {
	rel := d.anchored(of, s, "rollup_part")
	for i, a := range rel.arms {
		rel.arms[i] = a.also(d.NoIndexPrefix + by.parts)
	}
	return d.gated(of, s, rel)
}

// days is the relation of rows with a day and a number of tags, counted from the tags.
func (d dialect) days(of string, s Scope) relation {
	return d.gated(of, s, d.anchored(of, s, "(SELECT attacker_uuid, identity_uuid, "+d.DayOf("created_at")+" AS day, 1 AS tags FROM ttp_tag)"))
}

// gated sees to it that a relation of the fleet, which joins no owners, has rows only if an expression has.
func (d dialect) gated(of string, s Scope, rel relation) relation {
	if s.Of == KindFleet && of != "asked" {
		for i, a := range rel.arms {
			rel.arms[i] = a.also("EXISTS (SELECT 1 FROM " + of + ")")
		}
	}
	return rel
}

// totals is the condition on rows of rollup_total, by an index together with an owner.
func (s Scope) totals(by dimension) string {
	return "kind = '" + string(s.Of) + "' AND membership = '" + string(s.Membership) + "' AND " + by.totals
}

// totals brings the totals of the owners asked for.
func (d dialect) totals(s Scope, by dimension) arm {
	return arm{
		owner: "asked.owner",
		from:  "asked",
		steps: []step{{"(SELECT * FROM rollup_total WHERE " + s.totals(by) + ") t", "t.owner", "asked.k"}},
	}
}

// settled is the condition that an owner, asked.k, is not unsure. The fleet is one owner.
func (d dialect) settled(s Scope) string {
	if s.Of == KindFleet {
		return "NOT EXISTS (SELECT 1 FROM unsure)"
	}
	return "asked.k NOT IN (SELECT uuid FROM unsure)"
}

// doubtful are the owners asked for that are unsure.
const doubtful = "doubtful(k, owner) AS (SELECT k, owner FROM asked WHERE k IN (SELECT uuid FROM unsure))"

// unsure gives expressions and, on them, unsure(uuid): the owners whose totals may no longer hold. Links that
// have changed are marked at their lower end and at what they led to before, so that every owner that has
// gained or lost a row stands above a mark, by the links of now. An owner too many does no harm.
func (d dialect) unsure(s Scope, by dimension) (climbed, unsure string) {
	return d.climbed(s, by.marks, by.fresh), "unsure(uuid) AS (" + d.stale(s, by) + ")"
}

// stale is a SELECT of these owners, on climbed.
func (d dialect) stale(s Scope, by dimension) string {
	if s.Of == KindFleet {
		return "SELECT uuid FROM rollup_stale WHERE kind = 'Fleet' AND " + by.marks
	}
	return "SELECT uuid FROM climbed WHERE part = 0 AND level = 2"
}

// climbed is climbed(part, level, uuid): the way from marks, as part 0, and from parts that meet a condition
// to the identities, level 1, and campaigns, level 2, above them. Both are few, so it climbs from them, and in
// one expression: databases prepare each one again wherever it is named. Either condition may be missing.
func (d dialect) climbed(s Scope, marks, parts string) string {
	if s.Of == KindFleet {
		return ""
	}
	var seeds []string
	if marks != "" {
		seeds = append(seeds, "SELECT 0, CASE WHEN kind = 'Campaign' THEN 2 ELSE 1 END, uuid FROM rollup_stale WHERE kind <> 'Fleet' AND "+marks)
	}
	if parts != "" {
		seeds = append(seeds, "SELECT t.part, 1, t.identity_uuid FROM rollup_part t WHERE "+parts+" AND t.identity_uuid IS NOT NULL")
		if s.Membership == Resolved { // DECNET joins on the tag's own identity only
			seeds = append(seeds, "SELECT t.part, 1, a.identity_id FROM rollup_part t"+d.join("attackers a", "a.uuid", "t.attacker_uuid")+
				" WHERE "+parts+" AND a.identity_id IS NOT NULL")
		}
	}
	links := []link{{1, 2, "attacker_identities", "campaign_id"}}
	if s.Membership == Resolved {
		links = append(links, link{1, 1, "attacker_identities", "merged_into_uuid"}, link{2, 2, "campaigns", "merged_into_uuid"})
	}
	return "climbed(part, level, uuid) AS (\n  " + strings.Join(seeds, "\n  UNION\n  ") + "\n  UNION\n  " + d.steps(links) + ")"
}

// link is a column that leads from a row to the one above it.
type link struct {
	from, to      int // levels
	table, column string
}

// steps are the recursive SELECTs of climbed, or a single one where a CTE may refer to itself only once.
func (d dialect) steps(links []link) string {
	texts := make([]string, len(links))
	for i, l := range links {
		above := strconv.Itoa(l.to) + ", l." + l.column
		where := "b.level = " + strconv.Itoa(l.from) + " AND l." + l.column + " IS NOT NULL"
		if d.OneRecursiveTerm {
			texts[i] = "SELECT " + above + " FROM " + l.table + " l WHERE " + d.Equal("l.uuid", "b.uuid") + " AND " + where
			continue
		}
		texts[i] = "SELECT b.part, " + above + " FROM climbed b" + d.join(l.table+" l", "l.uuid", "b.uuid") + " WHERE " + where
	}
	if d.OneRecursiveTerm {
		return "SELECT b.part, l.* FROM climbed b CROSS JOIN LATERAL (" + strings.Join(texts, " UNION ALL ") + ") l"
	}
	return strings.Join(texts, "\n  UNION\n  ")
}

// fresh brings the parts that are in no total yet to the owners asked for, on climbed.
func (d dialect) fresh(s Scope, by dimension) arm {
	a := d.brought(s, by.fresh)
	if s.Of != KindFleet {
		a.owner, a.steps = "asked.owner", []step{{"asked", "asked.k", "b.uuid"}}
	}
	return a
}

// brought brings parts that climbed starts at, with a condition that they meet, to all owners.
func (d dialect) brought(s Scope, parts string) arm {
	if s.Of == KindFleet {
		return arm{owner: "''", from: "rollup_part t", where: parts}
	}
	return arm{owner: d.Bytewise("b.uuid"), from: "climbed b" + d.OrderedJoin + "rollup_part t ON t.part = b.part", where: "b.level = 2"}
}

// novel is the condition that no merged part has the group of t, one that is not: it may bring an identity
// or an attacker that is not counted yet.
func (d dialect) novel() string {
	known := func(by, other string) string {
		return "NOT EXISTS (SELECT 1 FROM rollup_part p WHERE " + d.Equal("p."+by, "t."+by) + " AND " + d.Equal("p.technique_id", "t.technique_id") +
			" AND " + d.nullSame("p."+other, "t."+other) + " AND " + d.nullSame("p.sub_technique_id", "t.sub_technique_id") + " AND " + d.NoIndexPrefix + "p.dimension = 1)"
	}
	return known("attacker_uuid", "identity_uuid") +
		" AND (t.attacker_uuid IS NOT NULL OR " + known("identity_uuid", "attacker_uuid") + ")"
}

// nullSame is same of two texts, or true if both are NULL.
func (d dialect) nullSame(a, b string) string {
	return d.NullSafeEqual(d.Bytewise(a), d.Bytewise(b))
}

// also is the arm with one condition more.
func (a arm) also(where string) arm {
	if a.where != "" {
		where = a.where + " AND " + where
	}
	a.where = where
	return a
}

// named adds rowsOf as one expression more to those of keyed. MariaDB 10.11 takes seconds over the same rows as
// a derived table: its prepare needs memory that doubles with each expression that a derived table stands on.
func (q *statement) named(name string, r relation, columns string, where []condition) {
	q.add(",\n" + name + " AS ")
	q.rowsOf(r, columns, where)
	q.add("\n")
}

// expressions joins common table expressions, of which some may be missing.
func expressions(of ...string) string {
	return strings.Join(slices.DeleteFunc(of, func(one string) bool { return one == "" }), ",\n")
}

// counted is what distinct identities or attackers are counted from, and the totals that know them.
func (s *shared) counted(scope Scope, count RollupCount) (from, ready relation) {
	d := s.dialect
	switch {
	case !s.summed(scope):
		return d.tags(scope), relation{}
	case !scope.totalled():
		return d.parts("asked", scope, byTechnique), relation{}
	}
	unsure := "SELECT uuid FROM climbed WHERE level = 2"
	if scope.Of == KindFleet {
		unsure = d.stale(scope, byTechnique) + " UNION SELECT '' FROM rollup_part t WHERE " + byTechnique.fresh + " AND " + d.novel()
	}
	unsure += " UNION SELECT asked.k FROM asked" +
		d.join("(SELECT * FROM rollup_total WHERE "+scope.totals(byTechnique)+" AND "+string(count)+" IS NULL) t", "t.owner", "asked.k")
	if count == RollupIdentities && scope.Membership == Resolved { // identities stand for others by links that no owner is above
		links := "kind = 'Faces'"
		if scope.Of == KindFleet {
			links = "kind IN ('Faces', 'Identity', 'Campaign')"
		}
		unsure += " UNION SELECT k FROM asked WHERE EXISTS (SELECT 1 FROM rollup_stale WHERE " + links + ")"
	}
	from = d.parts("doubtful", scope, byTechnique)
	climbed := d.climbed(scope, byTechnique.marks, byTechnique.fresh+" AND "+d.novel())
	from.with = expressions(climbed, "unsure(uuid) AS ("+unsure+")", doubtful, from.with)
	return from, relation{arms: []arm{d.totals(scope, byTechnique).also(d.settled(scope))}}
}
