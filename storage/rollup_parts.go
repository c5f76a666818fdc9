package storage

import (
	"slices"
	"strings"
)

// Our own databases keep sums of tags, so that a rollup costs no more as tags grow. rollup_part has
// sums by the anchors of the tags, and rollup_total those of owners with many anchors, as of the last
// refresh. Both are relations like the tags themselves; docs/rollups.md says why they are exact.

// usesSums reports whether a scope's rollups are read from sums, which there are for the anchors of tags. Sums hold texts
// of instants as triggers found them, so they are no help where these have several layouts.
func (s *shared) usesSums(scope Scope) bool {
	return s.facts().sums && namedBy[scope.Of] == "" && !s.dialect.holdsOdd("created_at")
}

// sumsByTechnique is the relation of the sums by technique of all tags of a scope.
func (d dialect) sumsByTechnique(scope Scope) relation {
	if !scope.hasTotals() {
		return d.parts("requested", scope, byTechnique.complete...)
	}
	return d.withTotals(scope, byTechnique, d.parts(outdatedRequested, scope, byTechnique.complete...))
}

// withTotals returns the relation of sums by a dimension. Owners whose totals are up to date have these and the fresh
// parts. For the others, which are in outdatedRequested, fallback has all rows.
func (d dialect) withTotals(scope Scope, by dimension, fallback relation) relation {
	owners := scope.totalOwners()
	fresh, marks := d.freshCondition(by.fresh...), owners.marksOf(by)
	if len(marks) == 0 { // the totals of these owners are never outdated
		return relation{arms: []arm{totalsArm(scope, by), owners.requestedPartsArm(d, fresh, "")}}
	}
	fallback.with = expressions(owners.ancestorsCTE(d, marks, fresh), outdatedCTE(owners.outdatedSelect(by)), outdatedRequestedCTE, fallback.with)
	fallback.arms = append(fallback.arms, totalsArm(scope, by).withCondition(upToDateCondition), owners.requestedPartsArm(d, fresh, upToDateCondition))
	return fallback
}

// outdatedCTE is outdated(uuid): the owners, from a SELECT, whose totals may no longer hold. Links that have changed are
// marked at their lower end and at what they led to before, so that every owner that has gained or lost a row stands
// above a mark, by the links of now. An owner too many does no harm.
func outdatedCTE(owners string) string { return "outdated(uuid) AS (" + owners + ")" }

const (
	// outdatedRequestedCTE has the requested owners that are outdated.
	outdatedRequestedCTE = outdatedRequested + "(k, owner) AS (SELECT k, owner FROM requested WHERE k IN (SELECT uuid FROM outdated))"
	outdatedRequested    = "outdated_requested"
	// upToDateCondition is the condition that a requested owner is not outdated.
	upToDateCondition = "requested.k NOT IN (SELECT uuid FROM outdated)"
)

// parts is the relation of the parts of some kinds, for the owners of the expression of(k, owner).
func (d dialect) parts(of string, scope Scope, kinds ...partKind) relation {
	rel := d.anchored(of, scope, "rollup_part")
	for i, a := range rel.arms {
		rel.arms[i] = a.withCondition(d.NoIndexPrefix + partCondition("t", kinds...))
	}
	return rel
}

// days is the relation of rows with a day and a number of tags, counted from the tags.
func (d dialect) days(of string, scope Scope) relation {
	return d.anchored(of, scope, "(SELECT attacker_uuid, identity_uuid, "+d.DayOf("created_at")+" AS day, 1 AS tags FROM ttp_tag)")
}

// totalsCondition is the condition on rows of the table of the totals that, with an owner, an index serves.
func (s Scope) totalsCondition(by dimension) string {
	condition := "kind = '" + string(s.Of) + "' AND membership = '" + string(s.Membership) + "'"
	if by.totals != "" {
		condition += " AND " + by.totals
	}
	return condition
}

// totalsArm brings the totals of the requested owners.
func totalsArm(scope Scope, by dimension) arm {
	return arm{
		owner: "requested.owner",
		from:  "requested",
		steps: []step{{totalsSubquery(scope, by, "") + " t", "t.owner", "requested.k"}},
	}
}

// totalsSubquery is a derived table of the totals of a scope that also meet a condition, which may be empty.
func totalsSubquery(scope Scope, by dimension, condition string) string {
	if condition != "" {
		condition = " AND " + condition
	}
	return "(SELECT * FROM " + by.table + " WHERE " + scope.totalsCondition(by) + condition + ")"
}

// freshGroupCondition is the condition that a part t is fresh and meets newGroupCondition.
func freshGroupCondition(d dialect) string {
	return d.freshCondition(byTechnique.fresh...) + " AND " + d.newGroupCondition()
}

// newGroupCondition is the condition that no merged part has the group of t, a part that is not merged: t may bring an
// identity or an attacker that the totals have not counted.
func (d dialect) newGroupCondition() string {
	unknown := func(by, other string) string {
		return "NOT EXISTS (SELECT 1 FROM rollup_part p WHERE " + d.Equal("p."+by, "t."+by) + " AND " + d.Equal("p.technique_id", "t.technique_id") +
			" AND " + d.nullSafeBytewiseEqual("p."+other, "t."+other) + " AND " + d.nullSafeBytewiseEqual("p.sub_technique_id", "t.sub_technique_id") +
			" AND " + d.NoIndexPrefix + partCondition("p", mergedPart) + ")"
	}
	return unknown("attacker_uuid", "identity_uuid") +
		" AND (t.attacker_uuid IS NOT NULL OR " + unknown("identity_uuid", "attacker_uuid") + ")"
}

// nullSafeBytewiseEqual is the condition that two texts are equal byte by byte, or both NULL.
func (d dialect) nullSafeBytewiseEqual(a, b string) string {
	return d.NullSafeEqual(d.Bytewise(a), d.Bytewise(b))
}

// withCondition returns the arm with a further condition.
func (a arm) withCondition(where string) arm {
	if a.where != "" {
		where = a.where + " AND " + where
	}
	a.where = where
	return a
}

// addRowsCTE adds rowsOf as one expression more to those of keyed. MariaDB 10.11 takes seconds for the same rows as
// a derived table: its prepare needs memory that doubles with each expression that a derived table stands on.
func (q *statement) addRowsCTE(name string, r relation, columns string, where []condition) {
	q.add(",\n" + name + " AS ")
	q.rowsOf(r, columns, where)
	q.add("\n")
}

// expressions joins common table expressions, of which some may be missing.
func expressions(of ...string) string {
	return strings.Join(slices.DeleteFunc(of, func(one string) bool { return one == "" }), ",\n")
}
