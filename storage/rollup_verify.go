package storage

import (
	"context"
	"fmt"
	"slices"
)

// RollupDifference is a sum that is wrong.
type RollupDifference struct {
	Kind, Membership   string // of the owner, or what the sums of a rule or a decky count by; empty for a pair of anchors
	Owner              string
	Attacker, Identity *string
	Technique, Sub     string
	Day                string // set for a sum by day
	Tactic             string // set for a sum by day and technique; the decky of a sum by decky of a rule
	Counted, Summed    int    // the number of tags that exist, and the number in the sum
}

// String describes the difference in words.
func (r RollupDifference) String() string {
	owner := "the fleet"
	switch {
	case r.Kind == "" && r.Attacker != nil && r.Identity != nil:
		owner = fmt.Sprintf("attacker %s with identity %s", *r.Attacker, *r.Identity)
	case r.Kind == "" && r.Attacker != nil:
		owner = "attacker " + *r.Attacker
	case r.Kind == "" && r.Identity != nil:
		owner = "identity " + *r.Identity
	case r.Kind == string(KindRule):
		owner = "rule " + r.Owner
	case r.Kind == string(KindDecky):
		owner = "decky " + r.Owner
	case r.Kind == string(KindCampaign):
		owner = fmt.Sprintf("campaign %s (%s)", r.Owner, r.Membership)
	case r.Kind != "":
		owner = fmt.Sprintf("the fleet (%s)", r.Membership)
	}
	what := r.Technique
	switch named := r.Kind == string(KindRule) || r.Kind == string(KindDecky); {
	case named && r.Tactic != "":
		what = "decky " + r.Tactic
	case named && r.Technique == "":
		what = "all techniques"
	case r.Technique == "":
		what = "day " + r.Day
	case r.Sub != "":
		what = r.Sub
	}
	if r.Tactic != "" && r.Day != "" {
		what = fmt.Sprintf("%s with %s on day %s", what, r.Tactic, r.Day)
	}
	if r.Counted == r.Summed {
		return fmt.Sprintf("%s, %s: one of these sums is wrong: %s", owner, what, measureList(comparedMeasures, nameColumn))
	}
	return fmt.Sprintf("%s, %s: there are %d tags, but the sum is %d", owner, what, r.Counted, r.Summed)
}

// VerifyRollups compares the sums with what they were made from, and calls visit for each difference: parts with tags, totals
// by technique with parts, totals by day with tags, totals by month with those by day, and sums by rule and by decky with
// tags. Each comparison is one statement, and so sees one snapshot.
func (s *Store) VerifyRollups(ctx context.Context, visit func(RollupDifference)) error {
	statements := []*statement{s.partDifferences()}
	for _, scope := range totalledScopes {
		statements = append(statements, s.techniqueDifferences(scope), s.dayDifferences(scope), s.dailyDifferences(scope), s.monthDifferences(scope))
	}
	if s.facts().namesKept {
		for _, g := range nameGrains {
			statements = append(statements, s.nameDifferences(g))
		}
	}
	for _, q := range statements {
		var row RollupDifference
		dest := []scanner{
			{Into: text(&row.Kind)},
			{Into: text(&row.Membership)},
			{Into: text(&row.Owner)},
			{Into: optionalText(&row.Attacker)},
			{Into: optionalText(&row.Identity)},
			{Into: text(&row.Technique)},
			{Into: text(&row.Sub)},
			{Into: text(&row.Day)},
			{Into: text(&row.Tactic)},
			{Into: safeInt(&row.Counted)},
			{Into: safeInt(&row.Summed)},
		}
		err := s.catalogue(ctx, q.text.String(), dest, func() {
			visit(row)
			row = RollupDifference{}
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// comparedMeasures are the measures that are compared besides the number of tags.
var comparedMeasures = slices.DeleteFunc(slices.Clone(measures), func(m measure) bool { return m.aggregate == numberOfTags })

// addDifferences adds a SELECT of the groups for which two SELECTs differ: one of what the tags say, the other of what
// the sums say. Both have the columns of differenceKey and those of all measures.
func (q *statement) addDifferences(tags, sums string) {
	columns := measureList(comparedMeasures, nameColumn)
	sides := ""
	for _, side := range []struct{ rows, counted, summed string }{{tags, "tags", "0"}, {sums, "0", "tags"}} {
		if sides != "" {
			sides += "\nUNION ALL\n"
		}
		// A group that one side alone has is there once, and then the numbers of tags differ.
		sides += "SELECT " + differenceKey + ", " + side.counted + " AS counted, " + side.summed + " AS summed, " + columns + " FROM (" + side.rows + ") s"
	}
	differs := ""
	for _, m := range comparedMeasures {
		value := m.column
		if m.text {
			value = q.Bytewise(value)
		}
		differs += " OR MIN(" + value + ") <> MAX(" + value + ")"
		if m.aggregate != distinctCount { // a distinct count is NULL while it is unknown
			differs += " OR COUNT(" + m.column + ") NOT IN (0, COUNT(*))"
		}
	}
	q.add("SELECT " + differenceKey + ", SUM(counted), SUM(summed) FROM (" + sides + ") b GROUP BY " + differenceKey +
		" HAVING SUM(counted) <> SUM(summed)" + differs)
}

const differenceKey = "kind, membership, owner, attacker, identity, technique, sub, day, with_tactic"

// partDifferences compares the parts with the tags, by technique.
func (s *Store) partDifferences() *statement {
	q := &statement{dialect: s.dialect}
	side := func(from source, rows string) string {
		return "SELECT " + differenceKey + ", " + totalMeasures(
			func(m measure) string { return m.over(from, "", q.Bytewise) + " AS " + m.column },
			func(m measure) string { return "0 AS " + m.column },
		) + " FROM (SELECT '' AS kind, '' AS membership, '' AS owner, " +
			q.Bytewise("t.attacker_uuid") + " AS attacker, " + q.Bytewise("t.identity_uuid") + " AS identity, " +
			q.Bytewise("t.technique_id") + " AS technique, " + q.Bytewise("t.sub_technique_id") + " AS sub, '' AS day, '' AS with_tactic, " +
			rollupColumns(from, dialect{}) + " FROM " + rows + ") r GROUP BY " + differenceKey
	}
	q.addDifferences(
		side(fromTags, "ttp_tag t"),
		side(fromSums, "rollup_part t WHERE "+partCondition("t", byTechnique.complete...)),
	)
	return q
}

// techniqueDifferences compares the totals of a scope by technique with the merged parts, except those of owners whose
// totals are known to be outdated. It compares identities if no link has changed.
func (s *Store) techniqueDifferences(scope Scope) *statement {
	d := s.dialect
	rel := d.parts("owners", scope, mergedPart)
	actors := d.distinctActors(scope)
	rel.with = expressions(rel.with, actors.with)
	counted := &statement{dialect: d}
	counted.add("SELECT c.owner AS owner, " + d.Bytewise("c.technique_id") + " AS technique_id, " +
		d.Bytewise("c.sub_technique_id") + " AS sub_technique_id, '' AS day, " +
		measureList(partMeasures, func(m measure) string { return m.over(fromSums, "c", d.Bytewise) + " AS " + m.column }) + ", " + actors.column + " FROM ")
	counted.rowsOf(rel, rollupColumns(fromSums, dialect{})+", t.attacker_uuid, t.identity_uuid", nil)
	counted.add(" c" + actors.join + " GROUP BY " + d.groupColumns())
	links := markCondition([]markKind{markIdentity, markCampaign, markTags, markMerges})
	values := measureList(measures, func(m measure) string {
		if m.column == string(RollupIdentities) {
			return "CASE WHEN EXISTS (SELECT 1 FROM rollup_stale WHERE " + links + ") THEN NULL ELSE " + m.column + " END AS " + m.column
		}
		return m.column
	})
	return s.totalDifferences(scope, byTechnique, rel.with, counted, values)
}

// dayDifferences compares the totals of a scope by day with the tags, without those that fresh parts count.
func (s *Store) dayDifferences(scope Scope) *statement {
	d := s.dialect
	rel := d.mergedTags("owners", scope)
	counted := &statement{dialect: d}
	counted.add("SELECT c.owner AS owner, '' AS technique_id, NULL AS sub_technique_id, c.day, SUM(c.tags) AS tags FROM ")
	counted.rowsOf(rel, dayColumns, nil)
	counted.add(" c GROUP BY c.owner, c.day HAVING SUM(c.tags) <> 0")
	values := measureList(measures, func(m measure) string {
		switch m.aggregate {
		case numberOfTags:
			return m.column
		case distinctCount:
			return "0 AS " + m.column
		default:
			return "NULL AS " + m.column
		}
	})
	return s.totalDifferences(scope, byDay, rel.with, counted, values)
}

// totalDifferences compares rows that were counted, which stand on owners(k, owner) and on other expressions, with the
// totals of a scope. values are the measures to read from both.
func (s *Store) totalDifferences(scope Scope, by dimension, with string, counted *statement, values string) *statement {
	q := &statement{dialect: s.dialect}
	all := scope.totalOwners()
	marks := all.marksOf(by)
	q.add("WITH RECURSIVE " + expressions(
		all.ancestorsCTE(s.dialect, marks, partCondition("t", by.fresh...)),
		outdatedCTE(all.outdatedSelect(by)),
		"owners(k, owner) AS (SELECT k, "+q.Bytewise("k")+" FROM ("+all.keysSelect()+") o)",
		with,
	) + "\n")
	columns := "SELECT '" + string(scope.Of) + "' AS kind, '" + string(scope.Membership) + "' AS membership, " + q.Bytewise("t.owner") +
		" AS owner, NULL AS attacker, NULL AS identity, " + q.Bytewise("t.technique_id") + " AS technique, " +
		q.Bytewise("t.sub_technique_id") + " AS sub, day, '' AS with_tactic, " + values
	upToDate := " t WHERE t.owner NOT IN (SELECT uuid FROM outdated)"
	q.addDifferences(
		columns+" FROM ("+counted.text.String()+")"+upToDate,
		columns+" FROM "+by.table+upToDate+" AND "+scope.totalsCondition(by),
	)
	return q
}
