package storage

import (
	"slices"
	"strconv"

	"decnetgraph/storage/engine"
)

// filterValues is a table of our own with what filters look rows up by, one by one: the elements of JSON lists, and
// addresses in a form that sorts. Triggers keep it, and docs/filter-values.md explains it.
const filterValues = "filter_value"

// valueField is the number of a column in filterValues. The migrations have the same numbers.
type valueField int

// The columns whose values are in filterValues.
const (
	attackerAddressValues  valueField = 1
	attackerServicesValues valueField = 2
	attackerDeckiesValues  valueField = 3

	identityJA3Values          valueField = 11
	identityHASSHValues        valueField = 12
	identityJA4HValues         valueField = 13
	identityJA4QUICValues      valueField = 14
	identityHTTPVersionsValues valueField = 15
	identityTLSCertValues      valueField = 16
	identitySimhashesValues    valueField = 17
	identityC2EndpointsValues  valueField = 18

	campaignJA3Values         valueField = 21
	campaignHASSHValues       valueField = 22
	campaignTLSCertValues     valueField = 23
	campaignSimhashesValues   valueField = 24
	campaignC2EndpointsValues valueField = 25

	behaviorToolsValues        valueField = 31
	intelMalwareFamiliesValues valueField = 41
	triggerAddressValues       valueField = 51
)

// commonValues are the columns with few different values, of which some are in most rows and some in few. A planner that plans
// a text once must see them to know which index to begin with.
var commonValues = []valueField{attackerServicesValues, attackerDeckiesValues, identityHTTPVersionsValues, behaviorToolsValues, intelMalwareFamiliesValues}

// valueAmong matches the rows that plain matches. Where the database has filterValues, and rows are not found by their
// owner, they are found by the values there: the texts, or addresses within the spans.
type valueAmong struct {
	of    filterColumn
	texts []string
	spans []addressSpan
	plain condition
}

func (valueAmong) isCondition() {}

// lookUp returns a condition with the way to look up its rows, if there is one.
func (c filterColumn) lookUp(texts []string, spans []addressSpan, plain condition) condition {
	if c.values == 0 {
		return plain
	}
	return valueAmong{c, texts, spans, plain}
}

func (c valueAmong) render(q *statement, on row) {
	if on.joined || q.hasValues == nil || !q.hasValues() {
		q.condition(c.plain, on)
		return
	}
	if len(c.texts)+len(c.spans) == 0 {
		q.add("1 = 0")
		return
	}
	q.values = true
	texts := c.texts
	for _, span := range c.spans {
		if span.from == span.to {
			texts = append(texts, engine.AddressText(span.from))
		}
	}
	switch {
	case on.prefix != "": // another index finds the rows, so they are looked up one by one, instead of reading all owners first
		q.add("(EXISTS (")
		q.valuesOf(c.of.values, texts)
		q.add(" AND v.owner = " + on.alias + "." + c.of.key)
	case len(texts) < len(c.spans):
		q.add("(" + on.column(c.of.key) + " IN (")
		q.valuesWithin(c)
	default:
		q.add("(" + on.column(c.of.key) + " IN (")
		q.valuesOf(c.of.values, texts)
	}
	if len(c.spans) > 0 && q.UnreadAddresses {
		q.unreadAddresses(c)
	}
	q.add(")")
	if slices.ContainsFunc(c.texts, func(text string) bool { return len(text) >= engine.ValueBytes }) { // others may begin the same
		q.add(" AND ")
		q.condition(c.plain, on)
	}
	q.add(")")
}

// hidden returns the row for a part of a conjunction. A look-up of values that most rows may have must not find the rows if
// another part of the conjunction has an index.
func (q *statement) hidden(part condition, of and, on row) row {
	common := func(c condition) bool {
		v, listed := c.(valueAmong)
		return listed && slices.Contains(commonValues, v.of.values)
	}
	alone := flattened(and{part})
	if q.NoIndexPrefix == "" || on.joined || len(alone) != 1 || !common(alone[0]) {
		return on
	}
	others := slices.DeleteFunc(flattened(of), common)
	if _, ok := q.searchable(alone[0].(valueAmong).of.table, others); ok {
		on.prefix = q.NoIndexPrefix
	}
	return on
}

// valuesOf selects the owners of texts.
func (q *statement) valuesOf(field valueField, texts []string) {
	if len(texts) == 1 { // planners expect many rows of a list
		value := []byte(texts[0][:min(len(texts[0]), engine.ValueBytes)])
		q.add("SELECT v.owner FROM " + filterValues + " v WHERE v.field = " + field.sql() + " AND v.value = ")
		if q.BytesLiteral != nil && slices.Contains(commonValues, field) {
			q.add(q.BytesLiteral(value))
		} else {
			q.add("?", value)
		}
		return
	}
	table, list := q.textList(texts)
	q.add("SELECT v.owner FROM "+table+" AS given"+q.OrderedJoin+filterValues+" v ON v.field = "+field.sql()+" AND v.value = "+q.ValueKey("given.k"), list)
}

// valuesWithin selects the owners of addresses within spans.
func (q *statement) valuesWithin(c valueAmong) {
	q.add("SELECT v.owner FROM " + filterValues + " v WHERE v.field = " + c.of.values.sql() + " AND ")
	glue := "("
	for _, span := range c.spans {
		q.add(glue+"v.value BETWEEN ? AND ?", []byte(engine.AddressText(span.from)), []byte(engine.AddressText(span.to)))
		glue = " OR "
	}
	q.add(")")
}

// unreadAddresses adds the owners of addresses that triggers could not read, but the program can.
func (q *statement) unreadAddresses(c valueAmong) {
	q.add(" UNION ALL SELECT u." + c.of.key + " FROM " + filterValues + " v" + q.join(c.of.table+" u", "u."+c.of.key, "v.owner") +
		" WHERE v.field = " + c.of.values.sql() + " AND v.value = X'' AND ")
	q.condition(c.plain, row{alias: "u"})
}

// selective marks a condition as one that few rows meet, unless rows are found by their owner.
func (q *statement) selective(condition string, on row) string {
	if q.Selective == nil || on.joined {
		return condition
	}
	return q.Selective(condition)
}

// sql is the number as a literal, so that a planner knows which it is.
func (f valueField) sql() string { return strconv.Itoa(int(f)) }

// firstRelated appends exists as a look-up by the keys that the related rows name.
func (q *statement) firstRelated(c exists, on row) {
	related := row{alias: "e" + strconv.Itoa(on.depth+1), depth: on.depth + 1}
	key, column := q.sameKey(on.column(c.key), related.alias+"."+c.column)
	q.add(key + " IN (SELECT " + column + " FROM " + c.table + " " + related.alias)
	if c.where != nil {
		q.add(" WHERE ")
		q.condition(c.where, related)
	}
	q.add(")")
}
