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

// VerifyRollups compares the parts with the tags and the totals with the parts, each in one statement, and
// so in one snapshot. It calls visit for each difference.
func (s *Store) VerifyRollups(ctx context.Context, visit func(RollupDifference)) error {
	statements := []*statement{s.comparedParts(byTechnique), s.comparedParts(byDay)}
	for _, scope := range totalledScopes {
		statements = append(statements, s.comparedTotals(scope))
	}
	for _, q := range statements {
		var row RollupDifference
		dest := []scanner{
			{into: text(&row.Kind)},
			{into: text(&row.Membership)},
			{into: text(&row.Owner)},
			{into: optionalText(&row.Attacker)},
			{into: optionalText(&row.Identity)},
			{into: text(&row.Technique)},
			{into: text(&row.Sub)},
			{into: text(&row.Day)},
			{into: whole(&row.Counted)},
			{into: whole(&row.Kept)},
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
			value = q.bytewise(column)
		}
		differs += " OR MIN(" + value + ") <> MAX(" + value + ")"
	}
	q.add("SELECT " + key + ", SUM(counted), SUM(kept) FROM (" + sides + ") b GROUP BY " + key + " HAVING SUM(counted) <> SUM(kept)" + differs)
}

// comparedParts compares the parts with the tags, by technique or by day.
func (s *Store) comparedParts(by dimension) *statement {
	q := &statement{dialect: s.dialect}
	none := "NULL AS tactic, NULL AS first_seen, NULL AS last_seen, NULL AS confidence, 0 AS identities, 0 AS attackers"
	group := func(technique, sub, day string) string {
		return "'' AS kind, '' AS membership, '' AS owner, " + q.bytewise("t.attacker_uuid") + " AS attacker, " + q.bytewise("t.identity_uuid") + " AS identity, " +
			technique + " AS technique, " + sub + " AS sub, " + day + " AS day"
	}
	const key = "kind, membership, owner, attacker, identity, technique, sub, day"
	sum := func(values, rows string) string {
		return "SELECT " + key + ", " + values + " FROM (" + rows + ") r GROUP BY " + key
	}
	if by == byDay {
		q.compared(key,
			sum("COUNT(*) AS tags, "+none, "SELECT "+group("''", "''", q.day("t.created_at"))+" FROM ttp_tag t"),
			sum("SUM(tags) AS tags, "+none, "SELECT "+group("''", "''", "t.day")+", t.tags FROM rollup_part t WHERE "+by.parts))
		return q
	}
	names := group(q.bytewise("t.technique_id"), q.bytewise("t.sub_technique_id"), "''")
	const most = "MAX(confidence) AS confidence, 0 AS identities, 0 AS attackers"
	q.compared(key,
		sum("COUNT(*) AS tags, MAX(tactic) AS tactic, MIN(created_at) AS first_seen, MAX(created_at) AS last_seen, "+most,
			"SELECT "+names+", "+q.bytewise("t.tactic")+" AS tactic, t.created_at, t.confidence FROM ttp_tag t"),
		sum("SUM(tags) AS tags, MAX(tactic) AS tactic, MIN(first_seen) AS first_seen, MAX(last_seen) AS last_seen, "+most,
			"SELECT "+names+", "+q.bytewise("t.tactic")+" AS tactic, t.tags, t.first_seen, t.last_seen, t.confidence FROM rollup_part t WHERE "+by.parts))
	return q
}

// comparedTotals compares the totals of a scope with the parts that are not fresh, but for owners whose
// totals are known not to hold. Identities are compared when all links are as they were.
func (s *Store) comparedTotals(scope Scope) *statement {
	q := &statement{dialect: s.dialect}
	moved, stale := q.stale(scope)
	rel := q.parts("owners", scope, dimension{parts: "t.dimension IN (1, 2)"})
	if scope.Of == KindFleet {
		rel = q.parts("asked", scope, dimension{parts: "t.dimension IN (1, 2)"})
	}
	distinct := func(count RollupCount) (column, join, faces string) {
		who, join, faces := q.behind(scope, count)
		return "COUNT(DISTINCT CASE WHEN c.day = '' THEN " + who + " END) AS " + string(count), join, faces
	}
	attackers, _, _ := distinct(RollupAttackers)
	identities, join, faces := distinct(RollupIdentities)
	there := &statement{dialect: s.dialect}
	there.add("SELECT '" + string(scope.Of) + "' AS kind, '" + string(scope.Membership) + "' AS membership, c.owner AS owner, " +
		q.bytewise("c.technique_id") + " AS technique_id, " + q.bytewise("c.sub_technique_id") + " AS sub_technique_id, c.day AS day, MAX(" + q.bytewise("c.tactic") +
		") AS tactic, SUM(c.tags) AS tags, " +
		"MIN(c.first_seen) AS first_seen, MAX(c.last_seen) AS last_seen, MAX(c.confidence) AS confidence, " + identities + ", " + attackers + " FROM ")
	there.rowsOf(rel, addSums.columns+", t.day, t.attacker_uuid, t.identity_uuid", nil)
	there.add(" c" + join + " GROUP BY " + q.groups() + ", c.day")
	owners := "owners(k, owner) AS (SELECT k, " + q.bytewise("k") + " FROM (" + allCampaigns + ") o)"
	with := expressions(owners, rel.with, faces)
	const key = "kind, membership, owner, attacker, identity, technique, sub, day"
	persons := "CASE WHEN EXISTS (SELECT 1 FROM rollup_stale WHERE kind <> 'Fleet') THEN NULL ELSE identities END AS identities"
	values := ", tags, tactic, first_seen, last_seen, confidence, " + persons + ", attackers"
	columns := "kind, membership, " + q.bytewise("owner") + " AS owner, NULL AS attacker, NULL AS identity, " + q.bytewise("technique_id") + " AS technique, " +
		q.bytewise("sub_technique_id") + " AS sub, day" + values
	q.add("WITH RECURSIVE " + expressions(moved, "unsure(uuid) AS ("+stale+")", with) + "\n")
	settled := " WHERE owner NOT IN (SELECT uuid FROM unsure)"
	q.compared(key,
		"SELECT "+columns+" FROM ("+there.text.String()+") c"+settled,
		"SELECT "+columns+" FROM rollup_total"+settled+" AND kind = '"+string(scope.Of)+"' AND membership = '"+string(scope.Membership)+"'")
	return q
}
