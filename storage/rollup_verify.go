package storage

import (
	"context"
	"fmt"
)

// RollupDifference is a sum that does not say what it should.
type RollupDifference struct {
	Kind, Membership   string // of the owner; empty for a pair of anchors
	Owner              string
	Attacker, Identity *string
	Technique, Sub     string
	Day                string // set for a sum by day, which has no technique
	Counted, Kept      int    // tags there are, and tags that the sum tells of
}

// String tells the difference in words.
func (r RollupDifference) String() string {
	owner := "the fleet"
	switch {
	case r.Kind == "" && r.Attacker != nil && r.Identity != nil:
		owner = fmt.Sprintf("attacker %s with identity %s", *r.Attacker, *r.Identity)
	case r.Kind == "" && r.Attacker != nil:
		owner = "attacker " + *r.Attacker
	case r.Kind == "" && r.Identity != nil:
		owner = "identity " + *r.Identity
	case r.Kind == string(KindCampaign):
		owner = fmt.Sprintf("campaign %s (%s)", r.Owner, r.Membership)
	case r.Kind != "":
		owner = fmt.Sprintf("the fleet (%s)", r.Membership)
	}
	what := r.Technique
	switch {
	case r.Day != "" || r.Technique == "":
		what = "day " + r.Day
	case r.Sub != "":
		what = r.Sub
	}
	if r.Counted == r.Kept {
		return fmt.Sprintf("%s, %s: the tactic, the confidence, the first or last instant, or the number of identities or attackers differs", owner, what)
	}
	return fmt.Sprintf("%s, %s: %d tags, but the sums tell of %d", owner, what, r.Counted, r.Kept)
}

// VerifyRollups compares the parts with the tags, the totals by technique with the parts, and those by day
// with the tags, each in one statement, and so in one snapshot. It calls visit for each difference.
func (s *Store) VerifyRollups(ctx context.Context, visit func(RollupDifference)) error {
	statements := []*statement{s.comparedParts()}
	for _, scope := range totalledScopes {
		statements = append(statements, s.comparedTotals(scope), s.comparedDays(scope))
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
			{Into: whole(&row.Counted)},
			{Into: whole(&row.Kept)},
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

// compared is a SELECT of the rows that two SELECTs, of what there is and of what is kept, tell differently.
// Both have columns of the key, and tags, tactic, first_seen, last_seen, confidence, identities, attackers.
func (q *statement) compared(key, there, kept string) {
	sides := ""
	for _, side := range []struct{ rows, counts, tells string }{{there, "tags", "0"}, {kept, "0", "tags"}} {
		if sides != "" {
			sides += "\nUNION ALL\n"
		}
		// What one side alone tells is there once, and then the number of tags differs.
		sides += "SELECT " + key + ", " + side.counts + " AS counted, " + side.tells + " AS kept, " +
			"tactic, first_seen, last_seen, confidence, identities, attackers FROM (" + side.rows + ") s"
	}
	differs := ""
	for _, column := range []string{"tactic", "first_seen", "last_seen", "confidence", "identities", "attackers"} {
		value := column
		if column == "tactic" {
			value = q.Bytewise(column)
		}
		differs += " OR MIN(" + value + ") <> MAX(" + value + ")"
	}
	q.add("SELECT " + key + ", SUM(counted), SUM(kept) FROM (" + sides + ") b GROUP BY " + key + " HAVING SUM(counted) <> SUM(kept)" + differs)
}

const comparedKey = "kind, membership, owner, attacker, identity, technique, sub, day"

// comparedParts compares the parts with the tags, by technique.
func (s *Store) comparedParts() *statement {
	q := &statement{dialect: s.dialect}
	names := "'' AS kind, '' AS membership, '' AS owner, " + q.Bytewise("t.attacker_uuid") + " AS attacker, " + q.Bytewise("t.identity_uuid") + " AS identity, " +
		q.Bytewise("t.technique_id") + " AS technique, " + q.Bytewise("t.sub_technique_id") + " AS sub, '' AS day, " + q.Bytewise("t.tactic") + " AS tactic, "
	sum := func(values, rows string) string {
		return "SELECT " + comparedKey + ", " + values + ", MAX(confidence) AS confidence, 0 AS identities, 0 AS attackers " +
			"FROM (SELECT " + names + rows + ") r GROUP BY " + comparedKey
	}
	q.compared(
		comparedKey,
		sum("COUNT(*) AS tags, MAX(tactic) AS tactic, MIN(created_at) AS first_seen, MAX(created_at) AS last_seen", "t.created_at, t.confidence FROM ttp_tag t"),
		sum("SUM(tags) AS tags, MAX(tactic) AS tactic, MIN(first_seen) AS first_seen, MAX(last_seen) AS last_seen",
			"t.tags, t.first_seen, t.last_seen, t.confidence FROM rollup_part t WHERE "+byTechnique.parts),
	)
	return q
}

// comparedTotals compares the totals of a scope by technique with the parts that are not fresh, but for owners
// whose totals are known not to hold. Identities are compared when all links are as they were.
func (s *Store) comparedTotals(scope Scope) *statement {
	d := s.dialect
	rel := d.parts(allOwners(scope), scope, dimension{parts: "t.dimension = 1"})
	attackers, _, _ := d.behind(scope, RollupAttackers)
	identities, join, faces := d.behind(scope, RollupIdentities)
	rel.with = expressions(rel.with, faces)
	there := &statement{dialect: d}
	there.add("SELECT c.owner AS owner, " + d.Bytewise("c.technique_id") + " AS technique_id, " +
		d.Bytewise("c.sub_technique_id") + " AS sub_technique_id, '' AS day, " +
		"MAX(" + d.Bytewise("c.tactic") + ") AS tactic, SUM(c.tags) AS tags, MIN(c.first_seen) AS first_seen, MAX(c.last_seen) AS last_seen, " +
		"MAX(c.confidence) AS confidence, COUNT(DISTINCT " + identities + ") AS identities, COUNT(DISTINCT " + attackers + ") AS attackers FROM ")
	there.rowsOf(rel, addSums.columns+", t.attacker_uuid, t.identity_uuid", nil)
	there.add(" c" + join + " GROUP BY " + d.groups())
	persons := "CASE WHEN EXISTS (SELECT 1 FROM rollup_stale WHERE kind <> 'Fleet') THEN NULL ELSE identities END AS identities"
	return s.comparedWithTotals(scope, byTechnique, rel.with, there, "tactic, first_seen, last_seen, confidence, "+persons+", attackers")
}

// comparedDays compares the totals of a scope by day with the tags, but for what is fresh.
func (s *Store) comparedDays(scope Scope) *statement {
	d := s.dialect
	rel := d.settledDays(allOwners(scope), scope)
	there := &statement{dialect: d}
	there.add("SELECT c.owner AS owner, '' AS technique_id, NULL AS sub_technique_id, c.day, SUM(c.tags) AS tags FROM ")
	there.rowsOf(rel, "t.day, t.tags", nil)
	there.add(" c GROUP BY c.owner, c.day HAVING SUM(c.tags) <> 0")
	return s.comparedWithTotals(scope, byDay, rel.with, there,
		"NULL AS tactic, NULL AS first_seen, NULL AS last_seen, NULL AS confidence, 0 AS identities, 0 AS attackers")
}

// allOwners is the expression of all owners of a scope. That of the fleet is not joined.
func allOwners(scope Scope) string {
	if scope.Of == KindFleet {
		return "asked"
	}
	return "owners"
}

// comparedWithTotals compares rows, which stand on expressions, with the totals of a scope.
func (s *Store) comparedWithTotals(scope Scope, by dimension, with string, there *statement, values string) *statement {
	q := &statement{dialect: s.dialect}
	owners := "owners(k, owner) AS (SELECT k, " + q.Bytewise("k") + " FROM (" + allCampaigns + ") o)"
	climbed, unsure := q.unsure(scope, by)
	q.add("WITH RECURSIVE " + expressions(climbed, unsure, owners, with) + "\n")
	columns := "SELECT '" + string(scope.Of) + "' AS kind, '" + string(scope.Membership) + "' AS membership, " + q.Bytewise("t.owner") +
		" AS owner, NULL AS attacker, NULL AS identity, " + q.Bytewise("t.technique_id") + " AS technique, " +
		q.Bytewise("t.sub_technique_id") + " AS sub, day, tags, " + values
	settled := " t WHERE t.owner NOT IN (SELECT uuid FROM unsure)"
	q.compared(
		comparedKey,
		columns+" FROM ("+there.text.String()+")"+settled,
		columns+" FROM rollup_total"+settled+" AND "+scope.totals(by),
	)
	return q
}
