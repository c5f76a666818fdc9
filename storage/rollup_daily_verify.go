package storage

import "slices"

// dailyDifferences compares the totals of a scope by day and technique, together with the fresh parts, with the tags. It
// compares bounds if no tags have gone.
func (s *Store) dailyDifferences(scope Scope) *statement {
	q := &statement{dialect: s.dialect}
	by, owners := byDayAndTechnique, scope.totalOwners()
	fresh := partCondition("t", by.fresh...)
	all := q.tagsAsSums("owners", scope, tagSpan{})
	q.add("WITH RECURSIVE " + expressions(
		owners.ancestorsCTE(q.dialect, owners.marksOf(by), fresh),
		outdatedCTE(owners.outdatedSelect(by)),
		"owners(k, owner) AS (SELECT k, "+q.Bytewise("k")+" FROM ("+owners.keysSelect()+") o)",
		all.with,
	) + "\n")
	gone := "EXISTS (SELECT 1 FROM rollup_stale WHERE " + markCondition([]markKind{markTags, markFleet}) + ")"
	bounds := func(bound string) string { return "CASE WHEN " + gone + " THEN NULL ELSE " + bound + " END" }
	side := func(rel relation) string {
		rows := &statement{dialect: q.dialect}
		rows.rowsOf(rel, dailyRows, nil)
		return q.dailySide(scope, "c.owner", "c.day", bounds) + " FROM " + rows.text.String() +
			" c WHERE c.owner NOT IN (SELECT uuid FROM outdated) GROUP BY c.owner, " + q.dailyGroup("c.") + " HAVING SUM(c.tags) <> 0"
	}
	totals := arm{owner: q.Bytewise("t.owner"), from: by.table + " t", where: scope.totalsCondition(by)}
	q.addDifferences(side(all), side(relation{arms: []arm{totals, owners.partsArm(q.dialect, fresh)}}))
	return q
}

// monthDifferences compares the totals of a scope by month with those by day.
func (s *Store) monthDifferences(scope Scope) *statement {
	q := &statement{dialect: s.dialect}
	side := func(by dimension, day string) string {
		group := q.Bytewise("c.owner") + ", " + day + q.dailyGroup("c.")[len("c.day"):]
		return q.dailySide(scope, q.Bytewise("c.owner"), day, func(bound string) string { return bound }) +
			" FROM " + totalsSubquery(scope, by, "") + " c GROUP BY " + group
	}
	q.addDifferences(side(byDayAndTechnique, monthOfDay), side(byMonthAndTechnique, "day"))
	return q
}

// dailySide begins a SELECT for addDifferences of rows c of sums by day and technique. bounds returns what to compare instead
// of a bound.
func (q *statement) dailySide(scope Scope, owner, day string, bounds func(string) string) string {
	return "SELECT '" + string(scope.Of) + "' AS kind, '" + string(scope.Membership) + "' AS membership, " + owner + " AS owner," +
		" NULL AS attacker, NULL AS identity, " + q.Bytewise("c.technique_id") + " AS technique, " +
		q.Bytewise("c.sub_technique_id") + " AS sub, " + day + " AS day, " + q.Bytewise("c.tactic") + " AS with_tactic, " +
		measureList(measures, func(m measure) string {
			switch {
			case m.aggregate == distinctCount:
				return "0 AS " + m.column
			case m.aggregate == numberOfTags:
				return "SUM(c.tags) AS " + m.column
			case slices.Contains(byDayAndTechnique.columns, m.column):
				return "NULL AS " + m.column
			default:
				return bounds(m.over(fromSums, "c", q.Bytewise)) + " AS " + m.column
			}
		})
}
