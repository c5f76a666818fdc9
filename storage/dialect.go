package storage

import (
	"encoding/json"
	"strings"
	"time"
)

// dialect holds what the databases disagree on, as values. Queries are written once, with "?" as placeholder,
// and take from the dialect the few pieces below.
type dialect struct {
	// KeyList returns a table expression with one text column, k, and the value to bind to its one placeholder.
	// Its text must not depend on the number of keys, except that a single key may have a text of its own.
	KeyList func(keys []string) (table string, bound any, err error)
	// BindKey returns the value to bind where a key is compared with a column; nil matches no row.
	BindKey func(key string) any
	// OrderedJoin is the join operator that keeps the join order as written. DECNET leaves no statistics, and
	// without them a planner may start at the largest table.
	OrderedJoin string
	// NoIndexPrefix is put before a column to stop the planner from using its index. Without statistics a filter
	// looks as selective as the owner's key, but may match half of the table.
	NoIndexPrefix string
	// Limit returns the clause that skips and then bounds rows, with the values of its placeholders.
	Limit func(rows, skip int) (text string, args []any)
	// Lateral reports that a derived table can refer to the tables before it: a page of many owners then reads no
	// more rows of each owner than it may show, and joins keep their order.
	Lateral bool
	// Equal returns the condition that two texts are equal byte by byte. It can use an index on the first one.
	Equal func(a, b string) string
	// Bytewise returns an expression that compares, groups and sorts a text byte by byte.
	Bytewise func(a string) string
	// GroupKey is Bytewise for a column, where that can be cheaper. It must not be applied to an expression that
	// Bytewise returned.
	GroupKey func(column string) string
	// GroupPerArm reports that rows of several arms must be grouped arm by arm, because the database would
	// materialise their union.
	GroupPerArm bool
	// HashedNotIn reports that NOT IN probes a hash table where NOT EXISTS scans the list for every row.
	HashedNotIn bool
	// NullSafeEqual returns the condition that two texts are equal, perhaps by collation, or both NULL.
	NullSafeEqual func(a, b string) string
	// ForUpdate ends a SELECT that locks its rows against other transactions. LockTags is a statement that blocks
	// inserts of tags. Both are empty where a writing transaction is alone anyway.
	ForUpdate, LockTags string
	// DayOf returns the expression of an instant's day, such as 2026-05-01.
	DayOf func(instant string) string
	// ColumnsQuery selects the names of all tables and of their columns.
	ColumnsQuery string
	// InstantArg returns the value to bind to a DATETIME column; Precision is the column's resolution.
	InstantArg func(time.Time) any
	Precision  time.Duration
	// SkipDuplicates ends an INSERT into a table with the key uuid: existing rows stay, and are not counted.
	SkipDuplicates string
	// TextIsBytes reports that the driver returns texts as bytes, like those of a binary column.
	TextIsBytes bool
	// PrimaryPosition selects the primary's write position. ReplicaReached selects 1 if a replica has reached the
	// position bound to its one placeholder, otherwise 0. Both are empty where the database itself makes reads wait.
	PrimaryPosition, ReplicaReached string
	// Classify wraps a driver's error in the package's error kind, such as ErrUnavailable.
	Classify func(error) error
}

// bring adds a table, in this order, whose column holds the same text as key. What stands before it is
// small: the rows are fetched by an index. PostgreSQL, which takes a recursive expression for a large
// table, would read the other one as a whole; OFFSET keeps it from that.
func (d dialect) bring(table, column, key string) string {
	if d.Lateral {
		alias := table[strings.LastIndexByte(table, ' ')+1:]
		return " JOIN LATERAL (SELECT * FROM " + table + " WHERE " + d.Equal(column, key) + " OFFSET 0) " + alias + " ON TRUE"
	}
	return d.OrderedJoin + table + " ON " + d.Equal(column, key)
}

// join is bring for a table that leads on to others. That the condition is there twice lets PostgreSQL
// expect few rows, where a chain of expressions would be thought to bring millions: it clears memory for as
// many before each run. Of the last table it should expect many, or it sorts rows to group them.
func (d dialect) join(table, column, key string) string {
	if d.Lateral {
		return d.bring(table, column, key) + " AND " + d.Equal(column, key)
	}
	return d.bring(table, column, key)
}

// plainlySame is dialect.same where texts compare byte by byte anyway.
func plainlySame(a, b string) string { return a + " = " + b }

// jsonList is dialect.given of a table expression made of a list as JSON. A single key is a list, too: planners
// that know it to be one would find its rows by the index of an order, whatever that takes.
func jsonList(table string) func([]string) (string, any, error) {
	return func(keys []string) (string, any, error) {
		text, err := json.Marshal(keys)
		return table, string(text), err
	}
}

// plainKey is dialect.bindKey where a column may hold any text.
func plainKey(key string) any { return key }

// plain is dialect.bytewise there.
func plain(a string) string { return a }
