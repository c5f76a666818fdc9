package storage

import (
	"slices"
	"strconv"
)

// A list of all rows of a table is read in its order until the page is full. If only a few rows meet the condition, that reads
// nearly all of them. If it is a condition on related rows, and an index has few of these, the statement starts at them instead. It
// counts them first and has an arm for each case; the database runs one of the two.

// fewFactor is the share of Options.MostFound up to which related rows are few.
const fewFactor = 10

// pageFactor is how many times as many owners as related rows there must be for a page to find these first.
const pageFactor = 2

// form is how a condition on related rows is written; see condition_found.go.
type form uint8

// The forms.
const (
	eitherForm  form = iota // a CASE that counts the related rows
	foundForm               // IN
	countedForm             // the CASE, for which fewRelated has counted them
	eachForm                // EXISTS
)

// formed is a condition on related rows that is written in a form.
type formed struct {
	inner condition
	form  form
}

func (formed) isCondition() {}

func (c formed) render(q *statement, on row) {
	on.form = c.form
	q.condition(c.inner, on)
}

// relatedNumber is the name of the common table expression that counts related rows, up to a limit, in its column n.
const relatedNumber = "related_number"

// fewRelated matches all rows if relatedNumber is small enough to find the related rows first, and otherwise none.
type fewRelated struct {
	most   int
	owners string // see relatedTable
}

func (fewRelated) isCondition() {}

func (c fewRelated) render(q *statement, _ row) {
	q.few(func() { q.add("SELECT n FROM " + relatedNumber) }, c.most, c.owners)
}

// few appends the condition that a number of related rows is at most another one. If owners names a table, it must have enough rows,
// too: where there are few owners, nearly all of them have related rows, and looking at one after the other finds some at once.
func (q *statement) few(number func(), most int, owners string) {
	q.add("((")
	number()
	q.add(") <= " + strconv.Itoa(most))
	if owners != "" {
		owned, related := 1, pageFactor
		if !q.stopsEarly {
			owned, related = countFactor, 1
		}
		q.add(" AND " + strconv.Itoa(related) + " * (")
		number()
		q.add(") <= " + strconv.Itoa(owned) + " * (SELECT COUNT(*) FROM (SELECT 1 AS one FROM " + owners)
		q.limit(most*related/owned+1, 0)
		q.add(") o)")
	}
	q.add(")")
}

// decided is the condition of an arm: one on no table, which decides whether the arm has rows at all, and one on its rows.
type decided struct {
	by    condition
	where and
}

// fewFirst returns the conditions of two arms, of which only one has rows, if related rows can lead to the rows that meet a
// condition; otherwise none. before appends the common table expression that the arms refer to.
func (q *statement) fewFirst(where and) (before func(), arms []decided) {
	parts := flattened(where)
	for n, c := range parts {
		rows, at, ok := q.leading(c)
		if !ok {
			continue
		}
		part, ok := q.searchable(rows.table, rows.where)
		if !ok {
			continue
		}
		few, rest := fewRelated{q.mostOf(), rows.owners}, eachForm
		if q.stopsEarly {
			few, rest = fewRelated{most: max(1, q.mostFound/fewFactor)}, countedForm
		}
		before = func() {
			q.add("WITH " + relatedNumber + "(n) AS (")
			q.countRelated(rows.table, part, at, q.mostOf())
			q.add(") ")
		}
		with := func(number condition, f form) decided {
			return decided{number, slices.Concat(parts[:n], and{formed{c, f}}, parts[n+1:])}
		}
		return before, []decided{with(few, foundForm), with(not{few}, rest)}
	}
	return nil, nil
}

// mostOf is the number of related rows up to which a statement may find them first.
func (q *statement) mostOf() int {
	if q.stopsEarly {
		return q.mostFound
	}
	return q.mostFound * countFactor
}

// leading returns where the related rows of a condition are, with their alias, if they name the rows that meet it.
func (q *statement) leading(c condition) (rows relatedTable, at row, ok bool) {
	at = row{alias: relatedAlias(row{}), depth: 1}
	switch c := c.(type) {
	case exists:
		if c.first || c.key != "uuid" {
			return rows, at, false
		}
		return q.relatedTable(c, at.alias, false), at, true
	case ofMembers:
		if c.rows == memberIdentities || c.least > 0 {
			return rows, at, false
		}
		return q.relatedMembers(c, at.alias), at, true
	default:
		return rows, at, false
	}
}

// countRelated appends a SELECT that counts the entries of an index for related rows. It stops one above a limit.
func (q *statement) countRelated(table string, part and, at row, most int) {
	q.add("SELECT COUNT(*) FROM (SELECT 1 AS one FROM " + table + " " + at.alias + " WHERE ")
	q.condition(part, row{alias: at.alias, depth: at.depth})
	q.limit(most+1, 0)
	q.add(") n")
}
