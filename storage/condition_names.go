package storage

import (
	"reflect"
	"strconv"
	"strings"
)

// ledToBy matches rows whose key, a name, at least a number of related rows lead to, each counted once.
type ledToBy struct {
	paths namePaths
	where and
	least int
}

func (ledToBy) isCondition() {}

// namePaths lead from related rows to names. The related rows are of the table that filters of them are about.
type namePaths struct {
	table filterable
	// of returns the paths of related rows with an alias.
	of func(d dialect, alias string) []namePath
	// exact reports that names are numbers, not texts.
	exact bool
}

// namePath is one path: the tables, which start with that of the related rows, and the SQL of the name.
type namePath struct{ from, name, where string }

// related makes conditions of a filter of the related rows.
func (p namePaths) related(w *filterWalk, given reflect.Value) (and, error) {
	f, err := w.related(p.table, given)
	return f.conditions(func(where and) condition { return ledToBy{p, where, 1} },
		func(where and, least int) condition { return ledToBy{p, where, least} }), err
}

// name returns the SQL of a name, which compares byte by byte.
func (p namePaths) name(d dialect, sql string) string {
	if p.exact {
		return sql
	}
	return d.Bytewise(sql)
}

// pairs appends a SELECT of the distinct pairs of a name and the key of a related row that meets the conditions.
func (q *statement) pairs(p namePaths, where and, on row) {
	on.joined, on.prefix = true, q.NoIndexPrefix
	for i, path := range p.of(q.dialect, on.alias) {
		if i > 0 {
			q.add(" UNION ")
		}
		q.add("SELECT DISTINCT " + p.name(q.dialect, path.name) + " AS name, " + on.alias + ".uuid AS k FROM " + path.from + " WHERE " + path.where)
		if len(where) > 0 {
			q.add(" AND ")
			q.condition(where, on)
		}
	}
}

// render appends the condition.
func (c ledToBy) render(q *statement, on row) {
	depth := on.depth + 1
	q.add(c.paths.name(q.dialect, on.alias+".name") + " IN (SELECT c.name FROM (")
	q.pairs(c.paths, c.where, row{alias: "e" + strconv.Itoa(depth), depth: depth})
	q.add(") c")
	if c.least > 1 {
		q.add(" GROUP BY c.name HAVING COUNT(*) >= ?", c.least)
	}
	q.add(")")
}

// countedCTE is an expression of the rows of another one, names, which has some columns, with a column more: the number of
// related rows of each name from a SELECT, such as relatedCounts, or 0 without one. It has no placeholders.
func (d dialect) countedCTE(cte, names, columns, counted string, p namePaths, counts string) string {
	selected := "n." + strings.ReplaceAll(columns, ", ", ", n.")
	if counts == "" {
		return cte + " AS (SELECT " + selected + ", 0 AS " + counted + " FROM " + names + " n)"
	}
	return cte + "_counts(name, n) AS (" + counts + "),\n" +
		cte + " AS (SELECT " + selected + ", COALESCE(c.n, 0) AS " + counted + " FROM " + names + " n LEFT JOIN " + cte + "_counts c ON c.name = " +
		p.name(d, "n.name") + ")"
}

// relatedCounts is a SELECT of each name with the number of its related rows or, if they are not needed, empty.
func (d dialect) relatedCounts(p namePaths, needed bool) string {
	if !needed {
		return ""
	}
	q := &statement{dialect: d}
	q.pairs(p, nil, row{alias: "e1", depth: 1})
	return "SELECT c.name, COUNT(*) FROM (" + q.text.String() + ") c GROUP BY c.name"
}

// attackerCounts is relatedCounts of the attackers of rules or deckies, with sums from these.
func (d dialect) attackerCounts(g nameGrain, p namePaths, needed, sums bool) string {
	if needed && sums {
		return d.summedAttackers(g)
	}
	return d.relatedCounts(p, needed)
}

// ordersBy reports whether one of the sort keys is by a value.
func ordersBy(keys []SortKey, by string) bool {
	for _, key := range keys {
		if key.By == by {
			return true
		}
	}
	return false
}

// The paths to the names of deckies, rules and networks.
var (
	deckyAttackers = namePaths{table: attackers, of: func(d dialect, x string) []namePath {
		list := d.ListElements(x + ".deckies")
		return []namePath{
			{"attackers " + x + d.join("ttp_tag g", "g.attacker_uuid", x+".uuid"), "g.decky_id", "g.decky_id IS NOT NULL"},
			{"attackers " + x + " CROSS JOIN " + list.From, list.Element, list.Where + " AND " + list.Element + " IS NOT NULL"},
		}
	}}
	ruleAttackers = namePaths{table: attackers, of: func(d dialect, x string) []namePath {
		return []namePath{{"attackers " + x + d.join("ttp_tag g", "g.attacker_uuid", x+".uuid"), "g.rule_id", "g.rule_id IS NOT NULL"}}
	}}
)

// networkAttackers are the paths from attackers to their network of a kind.
func networkAttackers(kind NetworkKind) namePaths {
	column := networkColumns[kind.Owner()]
	return namePaths{table: attackers, exact: kind == NetworkASN, of: func(_ dialect, x string) []namePath {
		return []namePath{{"attackers " + x, x + "." + column, x + "." + column + " IS NOT NULL"}}
	}}
}

// networkTags are the paths from tags to the network of their attacker.
func networkTags(kind NetworkKind) namePaths {
	column := networkColumns[kind.Owner()]
	return namePaths{table: tags, exact: kind == NetworkASN, of: func(d dialect, x string) []namePath {
		return []namePath{{"attackers a" + d.join("ttp_tag "+x, x+".attacker_uuid", "a.uuid"), "a." + column, "a." + column + " IS NOT NULL"}}
	}}
}
