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

func (c beginsWith) render(q *statement, on row) {
	column := on.column(c.column)
	if c.prefix == "" || !utf8.ValidString(c.prefix) || q.Bytewise(column) == column {
		q.add("1 = 1")
		return
	}
	q.add(column+" LIKE "+q.TextPlaceholder, likePattern.Replace(c.prefix)+"%")
}

var likePattern = strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`)

// entryContains matches the rows whose column, a JSON list of objects, has an object that has a text in it under the first of
// some names that it has a text for. ASCII letters match in either case. A row whose column is NULL or no JSON list has none.
type entryContains struct {
	column string
	names  []string
	text   string
}

func (entryContains) isCondition() {}

// render appends the condition. Taking JSON apart costs more than looking for bytes, so a part of the text that is
// never escaped but by the numbers of its characters is looked for first.
func (c entryContains) render(q *statement, on row) {
	column := on.alias + "." + c.column
	q.add("(")
	if plain := longestUnescaped(c.text); plain != "" {
		q.add("(")
		q.condition(containsText{c.column, plain}, row{alias: on.alias})
		q.add(" OR ")
		q.condition(containsText{c.column, `\u00`}, row{alias: on.alias})
		q.add(") AND ")
	}
	q.add(q.EntryContains(column, c.names)+")", q.EntryContainsArgs(c.names, c.text)...)
}

// longestUnescaped returns the longest part of a text without characters that writers of JSON may escape in another way than
// by their numbers.
func longestUnescaped(text string) string {
	longest := ""
	for run := range strings.FieldsFuncSeq(text, escapedInJSON) {
		if len(run) > len(longest) {
			longest = run
		}
	}
	return longest
}

func (c listHolds) render(q *statement, on row) {
	text, args := q.ListHolds(on.alias+"."+c.column, c.texts)
	q.add(text, args...)
}
