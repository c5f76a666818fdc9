package storage

// listHolds matches the rows whose column, a JSON list of texts, has one of the texts as an element, byte by byte; an
// empty list of texts matches no row. A row whose column is NULL or no JSON list matches no text, and so it matches the
// negation.
type listHolds struct {
	column string
	texts  []string
}

func (listHolds) isCondition() {}

func (q *statement) listHolds(c listHolds, on row) {
	text, args := q.ListHolds(on.alias+"."+c.column, c.texts)
	q.add(text, args...)
}
