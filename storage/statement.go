package storage

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// statement is SQL text under construction, together with the values of its "?" placeholders in order.
type statement struct {
	dialect

	text       strings.Builder
	args       []any
	hasSums    bool  // conditions on tags may be answered from sums
	mostFound  int   // see Options.MostFound
	stopsEarly bool  // the statement reads rows in their order until the page is full
	sums       bool  // the statement reads sums of rollups
	values     bool  // the statement reads filterValues
	err        error // the first error; the statement must not run
}

// add appends text and the values of its placeholders.
func (q *statement) add(text string, args ...any) {
	q.text.WriteString(text)
	q.args = append(q.args, args...)
}

// equal appends the condition that a text column holds exactly a value, byte by byte.
func (q *statement) equal(column string, value any) {
	text := q.Equal(column, "?")
	q.text.WriteString(text)
	for range strings.Count(text, "?") {
		q.args = append(q.args, value)
	}
}

// textList returns a table expression with the column k, which holds the texts, and the value to bind to its
// placeholder. Invalid UTF-8 is left out: it matches no row, and JSON would turn it into another text.
func (q *statement) textList(texts []string) (table string, list any) {
	table, list, err := q.KeyList(slices.DeleteFunc(slices.Clone(texts), func(text string) bool { return !utf8.ValidString(text) }))
	if q.err == nil {
		q.err = err
	}
	return table, list
}

// keyedWhere is keyed for a statement with conditions: it adds the common table expressions that they stand on.
func (s *Store) keyedWhere(owners []string, with string, where ...condition) (*statement, error) {
	q, err := s.keyed(owners, expressions(with, s.dialect.conditionCTEs(and(where))))
	if q != nil {
		q.mostFound = s.options.MostFound
		q.hasSums = s.usesSums(Scope{Of: KindAttacker})
	}
	return q, err
}

// keyed starts a statement with the common table expression requested(k, owner) of the owners: k is the text to
// look rows up by, and owner the same text to group them by, byte by byte. with holds further common table
// expressions that stand on it, or is empty.
func (s *Store) keyed(owners []string, with string) (*statement, error) {
	distinct := slices.Clone(owners)
	slices.Sort(distinct)
	distinct = slices.Compact(distinct) // an owner given twice must not double its rows
	q := &statement{dialect: s.dialect}
	const usual = 512 // bytes of a statement
	q.text.Grow(usual)
	table, list := q.textList(distinct)
	q.add("WITH RECURSIVE requested(k, owner) AS (SELECT k, "+q.Bytewise("k")+" FROM "+table+" AS given)", list)
	if with != "" {
		q.add(",\n" + with)
	}
	q.add("\n")
	return q, q.err
}
