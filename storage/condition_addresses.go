package storage

// addressWithin matches the rows whose column spells, in any form, an address of one of the spans. A row whose column
// spells none does not match.
type addressWithin struct {
	column string
	spans  []addressSpan
}

func (addressWithin) isCondition() {}

// addressWithin appends the condition. A single address is looked up in its usual spellings first, which an index serves.
func (c addressWithin) render(q *statement, on row) {
	if len(c.spans) == 0 {
		q.add("1 = 0")
		return
	}
	key := q.AddressKey(on.alias + "." + c.column)
	glue := "("
	for _, span := range c.spans {
		q.add(glue+key+" BETWEEN "+q.AddressPlaceholder+" AND "+q.AddressPlaceholder, q.AddressArg(span.from), q.AddressArg(span.to))
		glue = " OR "
	}
	q.add(")")
}
