package storage

import "strconv"

func (q *statement) exists(c exists, on row) {
	if c.first && !on.joined {
		q.firstRelated(c, on)
		return
	}
	rows, at := q.relatedTable(c, relatedAlias(on), false), row{alias: relatedAlias(on), depth: on.depth + 1}
	one := func() { q.existsOfOne(c, on, rows) }
	if c.key != "uuid" { // another column may be NULL, which is in no set and not outside of one either
		one()
		return
	}
	q.orFound(rows, on, at, func() { q.found(on.alias+"."+c.key, rows, at, at.alias+"."+c.column) }, one)
}

// existsOfOne appends the condition that a row has related ones, so that rows are looked at one by one.
func (q *statement) existsOfOne(c exists, on row, rows relatedTable) {
	q.add("EXISTS (SELECT 1")
	if q.stopsEarly && c.table == tags.name && q.LateralFence != "" {
		// A planner that does not know the technique would read all tags of it, though most owners have one: the owners
		// are looked at one by one instead, until the page is full.
		inside, outside := byOwnersIndex(rows.where)
		rows.where = inside
		q.add(" FROM (SELECT " + relatedAlias(on) + ".*")
		q.related(c, on, rows)
		q.add(q.LateralFence + ") " + relatedAlias(on) + " WHERE 1 = 1")
		q.conditions(outside, row{alias: relatedAlias(on), depth: on.depth + 1, joined: true})
	} else {
		q.related(c, on, rows)
	}
	q.add(")")
}

// counted appends a condition that counts the related rows of each row.
func (q *statement) counted(c counted, on row) {
	rows := q.relatedTable(c.exists, relatedAlias(on), true)
	number := "COUNT(*)"
	if rows.number != "" {
		number = "COALESCE(SUM(" + relatedAlias(on) + "." + rows.number + "), 0)"
	}
	q.add("(SELECT " + number)
	q.related(c.exists, on, rows)
	q.add(") >= ?", c.least)
}

// relatedAlias is the alias of the rows that are related to a row.
func relatedAlias(on row) string { return "e" + strconv.Itoa(on.depth+1) }

// related appends the FROM and WHERE clauses of related rows.
func (q *statement) related(c exists, on row, rows relatedTable) {
	alias := relatedAlias(on)
	q.add(" FROM " + rows.table + " " + alias + " WHERE " + q.Equal(alias+"."+c.column, on.alias+"."+c.key))
	if len(rows.where) > 0 {
		q.add(" AND ")
		q.condition(rows.where, row{alias: alias, depth: on.depth + 1, joined: true, prefix: q.NoIndexPrefix, indexed: rows.indexed})
	}
}
