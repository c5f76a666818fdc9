package storage

import (
	"slices"
	"time"
	"unicode/utf8"

	"decnetgraph/storage/engine"
)

// A condition is a part of a WHERE clause on the rows of a table, as a tree. It is data: statement.condition
// is the only code that turns it into SQL, for every database.
//
// Columns are those of the row that the condition is on: the row with the alias t or, inside exists, the
// related row.
//
// NULL means that a row has no value in a column. Such a row matches no comparison of the column and no inList;
// only isNull matches it. not matches exactly the rows that its inner condition does not match, so a row without
// a value matches the negation of a comparison. SQL's third truth value never reaches a user.
//
// This package does not limit depth and width: a caller that takes conditions from users must limit them.
type condition interface{ isCondition() }

type (
	// and matches the rows that match all parts; without parts it matches every row.
	and []condition
	// or matches the rows that match one part at least; without parts it matches no row.
	or []condition
	// not matches the rows that the inner condition does not match.
	not struct{ inner condition }
	// comparison compares a column with a value. The kind says of which type the value must be.
	comparison struct {
		column   string
		kind     valueKind
		operator operator
		value    any
	}
	// inList matches the rows whose column holds one of the texts, byte by byte; an empty list matches no row.
	// The list is one bound value, so the statement's text does not depend on its length.
	inList struct {
		column string
		texts  []string
	}
	// isNull matches the rows without a value in a column.
	isNull struct{ column string }
	// exists matches the rows that have a related row: one of a table whose column holds the same text as the
	// key column of the row that the condition is on. where, if set, is a condition on the related row.
	exists struct {
		table, column, key string
		where              and
		indexed            []string // columns that follow the column in an index
		// first reports that related rows are few enough to be found first, where rows have no owner to be found by.
		first bool
	}
	// narrowing marks a condition that only narrows the rows of an owner. Its columns are hidden from planners
	// where rows are found by their owner: without statistics a filter looks as selective as the owner's key,
	// but may match half of the table. It changes nothing in lists without owners.
	narrowing struct{ inner condition }
	// keyset matches the rows after a position in an order, or before it.
	keyset struct {
		columns []keysetColumn // the sort keys, the most significant first, and then the key of the row
	}
	// rawCondition is SQL with the values of its placeholders, for what the other types cannot express. It must be
	// valid between two ANDs, and qualifies columns with their alias.
	rawCondition struct {
		text string
		args []any
	}
	// containsText matches texts that have another one in them. ASCII letters match in either case.
	containsText struct{ column, text string }
	// amongTexts matches where an SQL expression equals one of the texts as the expression's collation compares,
	// which may ignore case. It can use an index in more databases than inList.
	amongTexts struct {
		expression string
		texts      []string
	}
)

func (and) isCondition()          {}
func (or) isCondition()           {}
func (not) isCondition()          {}
func (comparison) isCondition()   {}
func (inList) isCondition()       {}
func (isNull) isCondition()       {}
func (exists) isCondition()       {}
func (narrowing) isCondition()    {}
func (keyset) isCondition()       {}
func (rawCondition) isCondition() {}
func (amongTexts) isCondition()   {}
func (containsText) isCondition() {}

// raw returns a condition made of SQL text with "?" placeholders; see rawCondition.
func raw(text string, args ...any) condition { return rawCondition{text, args} }

// between returns the condition that a column holds a value from least to most, both included. Either may
// be nil for no bound; without bounds every row matches, even one without a value.
func between(column string, kind valueKind, least, most any) condition {
	var bounds and
	if least != nil {
		bounds = append(bounds, comparison{column, kind, atLeast, least})
	}
	if most != nil {
		bounds = append(bounds, comparison{column, kind, atMost, most})
	}
	return bounds
}

// operator is a comparison operator, as SQL writes it.
type operator string

// The operators of comparisons.
const (
	equalTo     operator = "="
	differsFrom operator = "<>"
	lessThan    operator = "<"
	atMost      operator = "<="
	greaterThan operator = ">"
	atLeast     operator = ">="
)

// valueKind says how the values of a column compare, and which Go type a comparison takes.
type valueKind uint8

// The kinds of values.
const (
	unfiltered    valueKind = iota // the column is in no condition
	textValues                     // string: compared byte by byte, not by the column's collation
	wholeValues                    // int
	numberValues                   // float64
	truthValues                    // bool
	instantValues                  // time.Time: at the resolution of the database
	epochValues                    // time.Time: held as seconds since 1970
)

// holds reports whether a value has the Go type of the kind.
func (k valueKind) holds(value any) bool {
	switch value.(type) {
	case string:
		return k == textValues
	case int:
		return k == wholeValues
	case float64:
		return k == numberValues
	case bool:
		return k == truthValues
	case time.Time:
		return k == instantValues || k == epochValues
	default:
		return false
	}
}

// keysetColumn is a column of a keyset, its value, and the operator that further rows meet.
type keysetColumn struct {
	column   string
	operator operator // lessThan or greaterThan
	value    any
	instants bool // whether the column holds instants
}

// row is the row that a condition is on while it is rendered.
type row struct {
	alias  string
	depth  int    // number of exists around the condition
	joined bool   // whether the row is found by the key of its owner
	prefix string // put before columns
	// indexed are columns without the prefix, because they follow the owner's key in an index.
	indexed []string
	form    form // of a condition on related rows
}

// column returns the SQL of a column of the row.
func (r row) column(name string) string {
	if slices.Contains(r.indexed, name) {
		return r.alias + "." + name
	}
	return r.prefix + r.alias + "." + name
}

// condition appends a condition on a row. The text is valid between two ANDs.
func (q *statement) condition(c condition, on row) {
	switch c := c.(type) {
	case and:
		q.conjunction(c, on)
	case or:
		q.disjunction(c, on)
	case not:
		q.negation(c, on)
	case comparison:
		q.comparison(c, on)
	case inList:
		q.inList(on.column(c.column), c.texts)
	case isNull:
		q.add(on.column(c.column) + " IS NULL")
	case exists:
		q.exists(c, on)
	case narrowing:
		if on.joined {
			on.prefix = q.NoIndexPrefix
		}
		q.condition(c.inner, on)
	case keyset:
		q.keyset(c.columns, on)
	case rawCondition:
		q.add(c.text, c.args...)
	case counted:
		q.counted(c, on)
	case ofMembers:
		q.ofMembers(c, on)
	case interface{ render(q *statement, on row) }:
		c.render(q, on)
	case containsText:
		q.add(q.Contains(on.column(c.column)), q.ContainsArg(c.text))
	case amongTexts:
		table, list := q.textList(c.texts)
		q.add(c.expression+" IN (SELECT k FROM "+table+" AS given)", list)
	default:
		panic("unknown condition")
	}
}

func (q *statement) conjunction(parts and, on row) {
	if len(parts) == 0 {
		q.add("1 = 1")
	}
	for i, part := range parts {
		if i > 0 {
			q.add(" AND ")
		}
		q.condition(part, q.hidden(part, parts, on))
	}
}

func (q *statement) disjunction(parts or, on row) {
	if len(parts) == 0 {
		q.add("1 = 0")
		return
	}
	glue := "(("
	for _, part := range parts {
		q.add(glue)
		q.condition(part, on)
		glue = ") OR ("
	}
	q.add("))")
}

// negation appends a condition that is true where the inner one is false or NULL. AND and OR inside of it are NULL
// if no part decides, which counts as not true as well.
func (q *statement) negation(c not, on row) {
	switch inner := c.inner.(type) {
	case isNull:
		q.add(on.column(inner.column) + " IS NOT NULL")
	case exists:
		inner.first = false // IN would be NULL for a row without a key
		q.add("NOT ")
		q.condition(inner, on)
	default:
		q.add("(")
		q.condition(inner, on)
		q.add(") IS NOT TRUE")
	}
}

// inList appends a comparison with a list, byte by byte even if the collation of the column compares otherwise. The
// first column of the pair lets the database use an index, as in dialect.Equal.
func (q *statement) inList(column string, texts []string) {
	if len(texts) == 1 && utf8.ValidString(texts[0]) { // planners expect many rows of a list
		q.textComparison(column, equalTo, texts[0])
		return
	}
	table, list := q.textList(texts)
	exact := q.Bytewise(column)
	if exact == column {
		q.add(column+" IN (SELECT k FROM "+table+" AS given)", list)
		return
	}
	q.add("("+column+", "+exact+") IN (SELECT k, "+q.Bytewise("k")+" FROM "+table+" AS given)", list)
}

func (q *statement) comparison(c comparison, on row) {
	column := on.column(c.column)
	switch c.kind {
	case textValues:
		q.textComparison(column, c.operator, c.value.(string))
	case instantValues:
		q.instantComparison(column, c.operator, c.value.(time.Time), on)
	case wholeValues:
		q.add(q.selective(column+" "+string(c.operator)+" ?", on), c.value)
	case epochValues:
		q.add(column+" "+string(c.operator)+" ?", seconds(c.value.(time.Time)))
	case numberValues:
		value := c.value
		if q.NumberArg != nil {
			value = q.NumberArg(value.(float64))
		}
		q.add(column+" "+string(c.operator)+" ?", value)
	default:
		q.add(column+" "+string(c.operator)+" ?", c.value)
	}
}

// textComparison compares byte by byte. A text that the database cannot hold differs from every text, and is
// neither less nor greater than any.
func (q *statement) textComparison(column string, operator operator, value string) {
	bound := q.BindKey(value) // NULL for such a text
	switch {
	case operator == equalTo:
		q.equal(column, bound)
	case operator == differsFrom && bound == nil:
		q.add(column + " IS NOT NULL")
	case operator == differsFrom:
		q.add("NOT (")
		q.equal(column, bound)
		q.add(")")
	default:
		q.add(q.Bytewise(column)+" "+string(operator)+" "+q.Bytewise("?"), bound)
	}
}

// instantComparison compares with the given instant, rounded down to the resolution of the column: no stored instant
// lies between the two. A row whose column holds no instant matches no comparison.
func (q *statement) instantComparison(c string, operator operator, at time.Time, on row) {
	column, precision, argument := c, q.Precision, q.InstantArg
	if q.holdsOdd(c) {
		column, precision, argument = q.InstantKey(c), time.Nanosecond, func(at time.Time) any { return engine.InstantText(at) }
	}
	within, exact := engine.Clamp(at)
	early := !exact && within.IsZero()
	held := within.Truncate(precision)
	exact = exact && held.Equal(within)
	switch {
	case early && (operator == lessThan || operator == atMost), (early || !exact) && operator == equalTo:
		q.add("1 = 0")
		return
	case early, !exact && operator == differsFrom: // every instant meets it
		q.add(column + " IS NOT NULL")
		q.realInstant(c, column)
		return
	case !exact && operator == atLeast:
		operator = greaterThan
	case !exact && operator == lessThan:
		operator = atMost
	}
	q.add(q.selective(column+" "+string(operator)+" ?", on), argument(held))
	q.realInstant(c, column)
}

// realInstant appends that a column, or the expression of it that compares with instants, is an instant.
func (q *statement) realInstant(c, column string) {
	if q.odd == nil || q.holdsOdd(c) {
		q.add(" AND " + q.RealInstant(column))
	}
}

// keyset appends the condition in a form that every planner turns into one range of an index on the columns, unlike a
// comparison of row values. Each column but the last also decides alone, unless it is equal.
func (q *statement) keyset(columns []keysetColumn, on row) {
	c := columns[0]
	column, beyond := on.alias+"."+c.column, string(c.operator)
	if c.instants {
		column = q.instantKey(column)
	}
	if len(columns) == 1 {
		q.add(column+" "+beyond+" ?", c.value)
		return
	}
	q.add(column+" "+beyond+"= ? AND ("+column+" "+beyond+" ? OR ", c.value, c.value)
	q.keyset(columns[1:], on)
	q.add(")")
}
