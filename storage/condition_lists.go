package storage

import (
	"strings"
	"unicode/utf8"
)

// listHolds matches the rows whose column, a JSON list of texts, has one of the texts as an element, byte by byte; an
// empty list of texts matches no row. A row whose column is NULL or no JSON list matches no text, and so it matches the
// negation.
type listHolds struct {
	column string
	texts  []string
}

func (listHolds) isCondition() {}

// beginsWith matches the texts that begin with another one by the column's collation, so that an index serves it where other
// comparisons of texts cannot use it. It may match more texts than those that begin so byte by byte.
type beginsWith struct{ column, prefix string }

func (beginsWith) isCondition() {}

func (q *statement) beginsWith(c beginsWith, on row) {
	column := on.column(c.column)
	if c.prefix == "" || !utf8.ValidString(c.prefix) || q.Bytewise(column) == column {
		q.add("1 = 1")
		return
	}
	q.add(column+" LIKE "+q.TextPlaceholder, likePattern.Replace(c.prefix)+"%")
}

var likePattern = strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`)

func (q *statement) listHolds(c listHolds, on row) {
	text, args := q.ListHolds(on.alias+"."+c.column, c.texts)
	q.add(text, args...)
}
