package storage

import (
	"slices"
	"strings"
)

// nameDifferences compares what is read from the sums of a grain with the tags and the lists of deckies. It compares bounds if
// no tags have gone since the last refresh.
func (s *Store) nameDifferences(g nameGrain) *statement {
	q := &statement{dialect: s.dialect}
	d := s.dialect
	known := "CASE WHEN EXISTS (SELECT 1 FROM " + nameParts + " WHERE tags < 0) THEN NULL ELSE "
	// side is a SELECT that groups rows c by the columns of the grain, with the number of tags and the bounds of each group.
	side := func(from source, rows, tags, attackers, having string) string {
		key := []string{
			"'" + string(g.of) + "' AS kind", "'" + g.grain + "' AS membership", d.Bytewise("c.name") + " AS owner", "NULL AS attacker", "NULL AS identity",
		}
		groups := []string{d.Bytewise("c.name")}
		for i, column := range []string{"technique_id", "sub_technique_id", "decky_id"} {
			value := "''"
			if slices.Contains(g.details, column) {
				value = d.Bytewise("c." + column)
				groups = append(groups, value)
			}
			key = append(key, value+" AS "+[]string{"technique", "sub", "with_tactic"}[i])
		}
		key = append(key, "'' AS day")
		values := measureList(measures, func(m measure) string {
			switch {
			case m.aggregate == numberOfTags:
				return tags + " AS " + m.column
			case m.column == string(RollupAttackers):
				return attackers + " AS " + m.column
			case m.aggregate == distinctCount:
				return "0 AS " + m.column
			case slices.ContainsFunc(g.bounds, func(bound measure) bool { return bound.column == m.column }):
				return known + m.over(from, "c", d.Bytewise) + " END AS " + m.column
			default:
				return "NULL AS " + m.column
			}
		})
		return "SELECT " + strings.Join(key, ", ") + ", " + values + " FROM (" + rows + ") c GROUP BY " + strings.Join(groups, ", ") + having
	}
	attackers := "0"
	if g.actors {
		attackers = "COUNT(DISTINCT " + d.Bytewise("c.attacker") + ")"
	}
	of := s.rowsOfNames(g)
	counted := side(fromTags, of, "SUM(c.number)", attackers, "")
	summed := side(fromSums, g.rowsOfSums(d), "SUM(c.tags)", "SUM(c.attackers)", " HAVING SUM(c.tags) <> 0 OR SUM(c.listed) <> 0")
	q.addDifferences(counted, summed)
	return q
}

// rowsOfNames is a SELECT of the tags that a grain counts, and of the elements of lists if it counts these: the texts of the
// grain, the attacker if there is one, the number of tags, and the columns that bounds are of.
func (s *Store) rowsOfNames(g nameGrain) string {
	d := s.dialect
	columns := strings.Join(append([]string{"t." + g.name + " AS name"}, qualified("t", g.details)...), ", ")
	attacker := "t.attacker_uuid"
	if len(g.details) == 0 { // lists leave out attackers that do not exist
		attacker = "(SELECT a.uuid FROM attackers a WHERE " + d.Equal("a.uuid", "t.attacker_uuid") + ")"
	}
	rows := "SELECT " + columns + ", " + attacker + " AS attacker, 1 AS number, t.tactic, t.created_at, t.confidence FROM " + tags.name +
		" t WHERE " + g.partsCondition("t")
	if g.listed {
		list := d.ListElements("a.deckies")
		const nothing = "NULL AS tactic, NULL AS created_at, NULL AS confidence"
		rows += " UNION ALL SELECT " + list.Element + ", a.uuid, 0, " + nothing + " FROM attackers a CROSS JOIN " + list.From +
			" WHERE " + list.Where + " AND " + list.Element + " IS NOT NULL"
	}
	return rows
}

// rowsOfSums is a SELECT of the totals of a grain and of the changes since the last refresh: the texts of the grain, tags,
// listed, attackers and the bounds.
func (g nameGrain) rowsOfSums(d dialect) string {
	columns := func(alias string) string {
		return strings.Join(qualified(alias, slices.Concat([]string{"name"}, g.details, []string{"tags", "listed"}, columnsOf(g.bounds))), ", ")
	}
	rows := "SELECT " + columns("n") + ", n.attackers FROM " + nameTotals + " n WHERE " + g.totalsCondition("n") +
		" UNION ALL SELECT " + columns("x") + ", x.came FROM (" + g.changes(d, "", nameParts+" p", "") + ") x"
	if len(g.details) == 0 {
		const nothing = "NULL AS first_seen, NULL AS last_seen"
		rows += " UNION ALL SELECT x.name, 0, 0, " + nothing + ", -1 FROM (" + g.absentPairs(d, false) + ") x"
	}
	return rows
}

// qualified returns columns with an alias.
func qualified(alias string, columns []string) []string {
	list := make([]string, len(columns))
	for i, column := range columns {
		list[i] = alias + "." + column
	}
	return list
}
