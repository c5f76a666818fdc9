package storage

import (
	"slices"
)

// A condition on related rows, such as the tags of an attacker, can be written in two forms. EXISTS checks one row after the
// other: a page stops when it is full, and the cost does not grow with the number of related rows. IN first finds all related
// rows that meet the condition, which is faster if there are few. A planner cannot choose, because a prepared statement has
// one plan for all values. So the statement contains both forms: it counts the index entries, up to Options.MostFound, and
// takes IN if there are no more.

// countFactor is how many times as many related rows a count may find first as a page may. It is also how many there may be for each
// owner.
const countFactor = 5

// indexOf says which columns an index finds rows by: by a value of the first one and, if the index has another one, a range of it.
type indexOf struct{ first, then string }

// searchableBy are the indexes, those first that leave the fewest rows.
var searchableBy = map[string][]indexOf{
	tags.name: {
		{first: "session_id"},
		{"sub_technique_id", "created_at"},
		{"technique_id", "created_at"},
		{"rule_id", "created_at"},
		{"decky_id", "created_at"},
		{then: "created_at"},
	},
	attackers.name: {
		{first: "ip"},
		{first: "bgp_prefix"},
		{first: "asn"},
		{first: "country_code"},
		{then: "last_seen"},
		{then: "first_seen"},
		{then: "updated_at"},
	},
}

// searchable returns the part of a condition on rows of a table that an index finds them by; false if there is none.
func (q *statement) searchable(table string, where and) (part and, ok bool) {
	parts := flattened(where)
	if at := slices.IndexFunc(parts, q.looksUp); at >= 0 {
		return and{parts[at]}, true
	}
	for _, index := range searchableBy[table] {
		for _, c := range parts {
			if index.first != "" && equalsOneOf(c, index.first) {
				part = append(part, c)
				break
			}
		}
		if index.first != "" && len(part) == 0 {
			continue
		}
		for _, c := range parts {
			if bound, ok := c.(comparison); ok && bound.column == index.then {
				part = append(part, c)
			}
		}
		if len(part) > 0 {
			return part, true
		}
	}
	return nil, false
}

// looksUp reports whether a condition is a look-up of keys.
func (q *statement) looksUp(c condition) bool {
	switch c.(type) {
	case valueAmong:
		return q.hasValues != nil && q.hasValues()
	case hasPrint:
		return true
	default:
		return false
	}
}

// flattened returns the parts that a condition is the conjunction of.
func flattened(where and) (parts []condition) {
	for _, c := range where {
		switch c := c.(type) {
		case and:
			parts = append(parts, flattened(c)...)
		case narrowing:
			parts = append(parts, flattened(and{c.inner})...)
		default:
			parts = append(parts, c)
		}
	}
	return parts
}

// equalsOneOf reports whether a condition is that a column equals a value, or is one of several such conditions, the first
// of which is about the column.
func equalsOneOf(c condition, column string) bool {
	switch c := c.(type) {
	case comparison:
		return c.column == column && c.operator == equalTo
	case inList:
		return c.column == column && len(c.texts) == 1
	case or:
		return len(c) > 0 && equalsOneOf(c[0], column) && !slices.ContainsFunc(c[1:], func(other condition) bool {
			by, ok := other.(comparison)
			return !ok || by.operator != equalTo
		})
	default:
		return false
	}
}

// orFound appends a condition on the row on, by related rows whose alias is that of at: a CASE that takes the form with IN,
// which found appends, if an index has few of the related rows, and otherwise the form with EXISTS, which one appends. Both
// match the same rows. A condition inside of another one has EXISTS alone, because each level would double the text.
func (q *statement) orFound(rows relatedTable, on, at row, found, one func()) {
	part, ok := q.searchable(rows.table, rows.where)
	switch {
	case !ok || on.joined || on.depth > 0 || on.form == eachForm:
		one()
		return
	case on.form == foundForm:
		found()
		return
	}
	number := func() { q.countRelated(rows.table, part, at, q.mostOf()) }
	if on.form == countedForm {
		number = func() { q.add("SELECT n FROM " + relatedNumber) }
	}
	q.add("CASE WHEN ")
	q.few(number, q.mostOf(), rows.owners)
	q.add(" THEN (")
	found()
	q.add(") ELSE (")
	one()
	q.add(") END")
}

// found appends the form with IN: that a key is one of the values of a column of the related rows.
func (q *statement) found(key string, rows relatedTable, at row, column string) {
	key, set := q.sameKey(key, column)
	q.add(key + " IN (SELECT " + set + " FROM " + rows.table + " " + at.alias + " WHERE " + column + " IS NOT NULL AND ")
	q.condition(rows.where, row{alias: at.alias, depth: at.depth})
	q.add(")")
}

// foundMembers appends the form with IN for rows of members. It reads the rows once, then follows the paths to the identities that
// they belong to, and from these to the owners: those that the identities name, and those that merges add.
func (q membersQuery) foundMembers(paths []memberPath) {
	key, set := q.sameKey(q.on.alias+".uuid", "owners.uuid")
	q.add(key + " IN (WITH found AS (SELECT ")
	for n, p := range paths {
		if n > 0 {
			q.add(", ")
		}
		q.add(p[len(p)-1].column)
	}
	q.add(" FROM " + q.rows.table + " " + q.row.alias + " WHERE ")
	q.condition(q.rows.where, row{alias: q.row.alias, depth: q.row.depth})
	q.add("), showing(uuid) AS (")
	for n, p := range paths {
		if n > 0 {
			q.add(q.unionOfKeys())
		}
		q.add("SELECT " + p.column() + " FROM found " + q.row.alias)
		for i := len(p) - 1; i > 0; i-- { // from the rows to the member
			q.add(q.join(p[i-1].table, p[i].key, p[i].column))
		}
		q.add(" WHERE " + p.column() + " IS NOT NULL")
	}
	q.add(") SELECT " + set + " FROM (")
	if q.of.kind == KindCampaign {
		q.add("SELECT " + q.i + ".campaign_id AS uuid FROM showing" + q.join("attacker_identities "+q.i, q.i+".uuid", "showing.uuid") +
			" WHERE " + q.i + ".campaign_id IS NOT NULL")
	} else {
		q.add("SELECT uuid FROM showing")
	}
	if q.of.membership == Resolved {
		member, shown := q.sameKey(q.m+".uuid", "showing.uuid")
		q.add(" UNION ALL SELECT " + q.m + ".owner FROM " + q.merged + " " + q.m + " WHERE " + member + " IN (SELECT " + shown + " FROM showing)")
	}
	q.add(") owners)")
}

// unionOfKeys is the operator that unites keys. It removes duplicates, unless the database takes texts for equal that differ in
// bytes.
func (q *statement) unionOfKeys() string {
	if q.Bytewise("k") == "k" {
		return " UNION "
	}
	return " UNION ALL "
}

// sameKey returns both sides of an IN that compares a key with a column byte by byte, in a form that an index can serve.
func (q *statement) sameKey(key, column string) (one, other string) {
	if exact := q.Bytewise(key); exact != key {
		return "(" + key + ", " + exact + ")", column + ", " + q.Bytewise(column)
	}
	return key, column
}
