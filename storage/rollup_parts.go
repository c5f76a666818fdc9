package storage

import (
	"slices"
	"strings"
)

// Our own databases keep sums of tags, so that a rollup costs no more as tags grow. rollup_part has
// sums by the anchors of the tags, and rollup_total those of owners with many anchors, as of the last
// refresh. Both are relations like the tags themselves; docs/rollups.md says why they are exact.

// dimension is what sums count by.
type dimension struct {
	parts  string // condition on rows of rollup_part
	totals string // condition on rows of rollup_total
}

var (
	byTechnique = dimension{"t.dimension IN (0, 1)", "t.day = ''"}
	byDay       = dimension{"t.dimension IN (0, 2)", "t.day <> ''"}
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
	if !s.summed(scope) {
		return s.dialect.tags(scope), countTags
	}
	return s.dialect.sums(scope, byTechnique), addSums
}

// sums is the relation of the rows that together hold the tags of a scope.
func (d dialect) sums(s Scope, by dimension) relation {
	if !s.totalled() {
		return d.parts("asked", s, by)
	}
	moved, stale := d.stale(s)
	fresh, brought := d.fresh(s, "t.dimension = 0")
	rel := d.parts("doubtful", s, by)
	rel.with = expressions(moved, fresh, "unsure(uuid) AS ("+stale+")", d.doubtful("unsure"), rel.with)
	rel.arms = append(rel.arms, d.totals(s, "unsure", by), brought.also(d.settled(s, "unsure")))
	return rel
}

// parts is the relation of rows of rollup_part, for the owners of the expression of(k, owner).
func (d dialect) parts(of string, s Scope, by dimension) relation {
	rel := d.anchored(of, s, "rollup_part")
	for i, a := range rel.arms {
		rel.arms[i] = a.also(d.aside + by.parts)
		if s.Of == KindFleet && of != "asked" {
			rel.arms[i] = rel.arms[i].also("EXISTS (SELECT 1 FROM " + of + ")")
		}
	}
	return rel
}

// totals brings the totals of the owners that an expression does not name.
func (d dialect) totals(s Scope, unsure string, by dimension) arm {
	return arm{
		owner: "asked.owner",
		from:  "asked",
		steps: []step{{"rollup_total t", "t.owner", "asked.k"}},
		where: "t.kind = '" + string(s.Of) + "' AND t.membership = '" + string(s.Membership) + "' AND " + by.totals,
	}.also(d.settled(s, unsure))
}

// settled is the condition that an owner, asked.k, is not among the unsure. The fleet is one owner.
func (d dialect) settled(s Scope, unsure string) string {
	if s.Of == KindFleet {
		return "NOT EXISTS (SELECT 1 FROM " + unsure + ")"
	}
	return "asked.k NOT IN (SELECT uuid FROM " + unsure + ")"
}

// doubtful is doubtful(k, owner): the owners asked for that an expression names.
func (d dialect) doubtful(unsure string) string {
	return "doubtful(k, owner) AS (SELECT k, owner FROM asked WHERE k IN (SELECT uuid FROM " + unsure + "))"
}

// stale gives expressions and, on them, a SELECT of owners of the scope whose totals may no longer
// hold. Links that have changed are marked at their lower end and at what they led to before, so that
// every owner that has gained or lost a row stands above a mark, by the links of now. Marks are few,
// so it climbs from them. An owner too many does no harm.
func (d dialect) stale(s Scope) (with, owners string) {
	if s.Of == KindFleet {
		return "", "SELECT uuid FROM rollup_stale WHERE kind = 'Fleet'"
	}
	return `moved(uuid) AS (
  SELECT uuid FROM rollup_stale WHERE kind = 'Identity'
  UNION
  SELECT i.merged_into_uuid FROM moved m` + d.join("attacker_identities i", "i.uuid", "m.uuid") + ` WHERE i.merged_into_uuid IS NOT NULL),
above(uuid) AS (
  SELECT uuid FROM rollup_stale WHERE kind = 'Campaign'
  UNION
  SELECT i.campaign_id FROM moved m` + d.join("attacker_identities i", "i.uuid", "m.uuid") + ` WHERE i.campaign_id IS NOT NULL
  UNION
  SELECT c.merged_into_uuid FROM above u` + d.join("campaigns c", "c.uuid", "u.uuid") + ` WHERE c.merged_into_uuid IS NOT NULL)`, "SELECT uuid FROM above"
}

// fresh gives expressions and, on them, the way from owners to the parts that meet a condition and are
// in no total yet. They are few, so it climbs from them.
func (d dialect) fresh(s Scope, where string) (with string, way arm) {
	if s.Of == KindFleet {
		return "", arm{owner: "''", from: "rollup_part t", where: where}
	}
	climb := `climbed(part, uuid) AS (
  SELECT t.part, t.identity_uuid FROM rollup_part t WHERE ` + where + ` AND t.identity_uuid IS NOT NULL
  UNION
  SELECT t.part, a.identity_id FROM rollup_part t` + d.join("attackers a", "a.uuid", "t.attacker_uuid") + ` WHERE ` + where + ` AND a.identity_id IS NOT NULL
  UNION
  SELECT b.part, i.merged_into_uuid FROM climbed b` + d.join("attacker_identities i", "i.uuid", "b.uuid") + ` WHERE i.merged_into_uuid IS NOT NULL),
brought(part, uuid) AS (
  SELECT b.part, i.campaign_id FROM climbed b` + d.join("attacker_identities i", "i.uuid", "b.uuid") + ` WHERE i.campaign_id IS NOT NULL
  UNION
  SELECT b.part, c.merged_into_uuid FROM brought b` + d.join("campaigns c", "c.uuid", "b.uuid") + ` WHERE c.merged_into_uuid IS NOT NULL)`
	if s.Membership == Literal {
		climb = `brought(part, uuid) AS (
  SELECT t.part, i.campaign_id FROM rollup_part t` + d.join("attacker_identities i", "i.uuid", "t.identity_uuid") + `
  WHERE ` + where + ` AND i.campaign_id IS NOT NULL)`
	}
	return climb, arm{
		owner: "asked.owner",
		from:  "brought b" + d.then + "rollup_part t ON t.part = b.part",
		steps: []step{{"asked", "asked.k", "b.uuid"}},
	}
}

// novel is the condition that no merged part has the group of t, one that is not: it may bring an identity
// or an attacker that is not counted yet.
func (d dialect) novel() string {
	known := func(by, other string) string {
		return "NOT EXISTS (SELECT 1 FROM rollup_part p WHERE " + d.same("p."+by, "t."+by) + " AND " + d.same("p.technique_id", "t.technique_id") +
			" AND " + d.nullSame("p."+other, "t."+other) + " AND " + d.nullSame("p.sub_technique_id", "t.sub_technique_id") + " AND " + d.aside + "p.dimension = 1)"
	}
	return known("attacker_uuid", "identity_uuid") +
		" AND (t.attacker_uuid IS NOT NULL OR " + known("identity_uuid", "attacker_uuid") + ")"
}

// nullSame is same of two texts, or true if both are NULL.
func (d dialect) nullSame(a, b string) string {
	return d.alike(d.bytewise(a), d.bytewise(b))
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
	moved, stale := d.stale(scope)
	fresh, brought := d.fresh(scope, "t.dimension = 0 AND "+d.novel())
	unsure := "SELECT uuid FROM (" + stale + ") s UNION SELECT b.uuid FROM brought b"
	if scope.Of == KindFleet {
		unsure = stale + " UNION SELECT '' FROM " + brought.from + " WHERE " + brought.where
	}
	unsure += " UNION SELECT asked.k FROM asked" + d.join("rollup_total t", "t.owner", "asked.k") + " WHERE t.kind = '" + string(scope.Of) +
		"' AND t.membership = '" + string(scope.Membership) + "' AND t.day = '' AND t." + string(count) + " IS NULL"
	if count == RollupIdentities && scope.Membership == Resolved { // identities stand for others by links that no owner is above
		links := "kind = 'Faces'"
		if scope.Of == KindFleet {
			links = "kind <> 'Fleet'"
		}
		unsure += " UNION SELECT k FROM asked WHERE EXISTS (SELECT 1 FROM rollup_stale WHERE " + links + ")"
	}
	from = d.parts("doubtful", scope, byTechnique)
	from.with = expressions(moved, fresh, "unsure(uuid) AS ("+unsure+")", d.doubtful("unsure"), from.with)
	return from, relation{arms: []arm{d.totals(scope, "unsure", byTechnique)}}
}
