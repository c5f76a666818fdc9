package engine

import (
	"encoding/json"
	"net/netip"
	"strings"
	"time"
)

// Dialect is what the SQL of databases differs in, as values. Queries are written once, with "?" as placeholder, and
// take from the dialect the pieces below. Some depend on the server and on the tables that were inspected.
type Dialect struct {
	Syntax

	// AnyType reports that a column holds values of any type. A value of another type than the column's is malformed
	// there, not the driver's way to write it.
	AnyType bool
	// KeyList returns a table expression with one text column, k, and the value to bind to its one placeholder.
	// Its text must not depend on the number of keys, except that a single key may have a text of its own.
	KeyList func(keys []string) (table string, bound any, err error)
	// BindKey returns the value to bind where a key is compared with a column; nil matches no row.
	BindKey func(key string) any
	// TextPlaceholder is the placeholder of a text that a condition compares with a column by the column's collation.
	// Equal takes "?".
	TextPlaceholder string
	// OrderedJoin is the join operator that keeps the join order as written. DECNET leaves no statistics, and
	// without them a planner may start at the largest table.
	OrderedJoin string
	// NoIndexPrefix is put before a column to stop the planner from using its index. Without statistics a filter
	// looks as selective as the owner's key, but may match half of the table.
	NoIndexPrefix string
	// Limit returns the clause that skips and then bounds rows, with the values of its placeholders.
	Limit func(rows, skip int) (text string, args []any)
	// Lateral reports that a derived table can refer to the tables before it: a page of many owners then reads no
	// more rows of each owner than it may show.
	Lateral bool
	// LateralFence ends a lateral derived table of one join, so that the planner fetches its rows by an index for
	// each row before it. It is for a planner that takes a recursive CTE for a large table and would read the joined
	// table as a whole. Where OrderedJoin is enough it is empty, and joins are plain ones.
	LateralFence string
	// RepeatJoinCondition reports that a fenced join should state its condition twice. The planner then expects few
	// rows where it would expect millions of a chain of CTEs, and clear memory for as many before each run.
	RepeatJoinCondition bool
	// OneRecursiveTerm reports that a recursive CTE may refer to itself only once. Several steps are then the arms
	// of one lateral derived table.
	OneRecursiveTerm bool
	// Equal returns the condition that two texts are equal byte by byte. It can use an index on the first one.
	Equal func(a, b string) string
	// Bytewise returns an expression that compares, groups and sorts a text byte by byte.
	Bytewise func(a string) string
	// Contains returns the condition that a text has another one in it, which is the value that ContainsArg returns for
	// it, bound to the condition's one placeholder. ASCII letters match in either case, and nothing else does.
	Contains    func(column string) string
	ContainsArg func(text string) any
	// EntryContains returns the condition that an object of the JSON list in a text column has a text in the text that it has
	// under the first possible of some names; EntryContainsArgs returns the values of its placeholders. Case is as for Contains.
	EntryContains     func(column string, names []string) string
	EntryContainsArgs func(names []string, text string) []any
	// AddressKey returns an expression that compares like the IPv4 and IPv6 addresses that a column spells in any form, and
	// is NULL for other texts. IPv4 addresses come before IPv6 ones, and a mapped one is the IPv4 address. AddressArg
	// returns the value to bind where such an expression is compared with an address; its placeholder is AddressPlaceholder.
	AddressKey         func(column string) string
	AddressArg         func(netip.Addr) any
	AddressPlaceholder string
	// BytesLiteral writes bytes as SQL, so that a planner knows them that plans each text once; nil if plans are made for the
	// values of placeholders.
	BytesLiteral func(value []byte) string
	// ValueKey returns the expression of the first ValueBytes bytes, in UTF-8, of a text.
	ValueKey func(text string) string
	// UnreadAddresses reports that triggers cannot read every spelling of an address, as AddressKey can.
	UnreadAddresses bool
	// Selective marks a condition that few rows meet, for a planner that would not use an index otherwise. It is nil where
	// planners have statistics.
	Selective func(condition string) string
	// GroupKey is Bytewise for a column, where that can be cheaper. It must not be applied to an expression that
	// Bytewise returned.
	GroupKey func(column string) string
	// LimitDecides reports that a SELECT tests a condition on none of its tables for each row, but reads no row if its limit is an
	// expression that is 0.
	LimitDecides bool
	// GroupPerArm reports that rows of several arms must be grouped arm by arm, because the database would
	// materialise their union.
	GroupPerArm bool
	// HashedNotIn reports that NOT IN probes a hash table where NOT EXISTS scans the list for every row.
	HashedNotIn bool
	// ListHolds returns the condition that one of the texts is an element of the JSON list in a text column, byte by
	// byte, with the values of its placeholders. Its text does not depend on the texts. Elements that are numbers or
	// truth values are texts as they are written; lists, objects and null are none. It is true or false, and false
	// where the column holds no JSON list.
	ListHolds func(column string, texts []string) (condition string, args []any)
	// BytePosition returns the expression of the place at which a text, or binary value, begins in another one, from 1; 0 if
	// the other one does not hold it. Binary values are compared byte by byte, texts by their collation.
	BytePosition func(part, whole string) string
	// ListElements returns how to join a table to the elements of the JSON list in a text column of it, which are those
	// that ListHolds knows.
	ListElements func(column string) ListElements
	// NullSafeEqual returns the condition that two texts are equal, perhaps by collation, or both NULL.
	NullSafeEqual func(a, b string) string
	// ForUpdate ends a SELECT that locks its rows against other transactions. LockTable returns a statement that blocks
	// changes of the rows of a table. It is empty, or nil, where a writing transaction is alone anyway.
	ForUpdate string
	LockTable func(table string) string
	// DayOf returns the expression of an instant's day, such as 2026-05-01.
	DayOf func(instant string) string
	// HourOf is DayOf with the hour of the day, such as 2026-05-01 23.
	HourOf func(instant string) string
	// ShiftInstant returns the expression of the instant that is so many seconds later, to the second, for DayOf and HourOf.
	ShiftInstant func(instant string, seconds int) string
	// UntypedPrefix is put before a selected column to hide its type from the driver, which would otherwise convert its
	// values. It is empty where the type is no guess.
	UntypedPrefix string
	// InstantKey returns an expression that compares like the instant in a column whatever the layout of its text, with
	// the texts of InstantText; a value that is no instant is before all of them. OddInstant returns the condition that
	// a column holds anything but a text that FormatInstant writes. Both are nil where columns of instants have a type.
	InstantKey, OddInstant func(column string) string
	// Version returns a text that changes whenever the database is written to. It is nil where InstantKey is.
	Version func() string
	// RealInstant returns the condition that a column, or an expression of InstantKey, which compares with instants is one
	// that ParseInstant reads: not infinity, and not the 30th of February.
	RealInstant func(key string) string
	// InstantArg returns the value to bind to a DATETIME column; Precision is the column's resolution.
	InstantArg func(time.Time) any
	Precision  time.Duration
	// WholeOf returns the whole number that a text is the decimal form of, as an expression that an index on a column of
	// numbers serves; NULL for any other text.
	WholeOf func(text string) string
	// TextOf returns the text in a column of our own index that holds keys, which is binary where no character set is large
	// enough to keep all of them apart.
	TextOf func(column string) string
	// EarliestInstant is an instant before all others, as a literal of the type of such columns.
	EarliestInstant string
	// NumberArg returns the value to bind where a column of numbers is compared; nil where that is the number itself.
	NumberArg func(float64) any
	// JSONArg returns the value to bind to a JSON column, so that the column keeps the text, with the digits of a bare
	// number.
	JSONArg func(text string) any
	// Upsert returns the text that follows an INSERT whose rows change those that have the same values of the key, a list of
	// columns. Assignments must follow. Given returns the value of a column that was to be inserted.
	Upsert func(key string) string
	Given  func(column string) string
	// SkipDuplicates ends an INSERT into a table with the key uuid: existing rows stay, and are not counted.
	SkipDuplicates string
	// Positions say which changes a server has. It is nil where the servers keep no positions; ReadsWait reports that no read
	// needs any, because the database itself makes each read wait for what was committed before.
	Positions *Positions
	ReadsWait bool
	// NodeLocks reports that a named lock of the server holds on one node of its cluster only.
	NodeLocks bool
	// Identity returns a text that the servers of one database have in common and those of others do not.
	Identity func() string
	// ReplicaLag selects how many seconds a replica is behind, as text. It is empty where a plain account cannot ask.
	ReplicaLag string
}

// ValueBytes is the length of what Dialect.ValueKey returns of longer texts. With the longest key of a row that an index of
// PostgreSQL takes, it still fits into an entry.
const ValueBytes = 80

// skipUUIDConflict is Dialect.SkipDuplicates where a statement names the conflicts that it skips.
const skipUUIDConflict = " ON CONFLICT (uuid) DO NOTHING"

// upsert is Dialect.Upsert, and given Dialect.Given, where a statement names the key.
func upsert(key string) string { return " ON CONFLICT (" + key + ") DO UPDATE SET " }

func given(column string) string { return "excluded." + column }

// plainEqual is Dialect.Equal where texts compare byte by byte.
func plainEqual(a, b string) string { return a + " = " + b }

// unchanged is Dialect.Bytewise there.
func unchanged(a string) string { return a }

// anyKey is Dialect.BindKey where a column may hold any text.
func anyKey(key string) any { return key }

// jsonAsText is Dialect.JSONArg where a JSON column is a text.
func jsonAsText(text string) any { return text }

// jsonKeyList is Dialect.KeyList for a table expression made of a JSON list. A single key is a list, too: a planner
// that knows of the single key would find its rows by the index of an order, even if that reads the whole table.
func jsonKeyList(table string) func([]string) (string, any, error) {
	return func(keys []string) (string, any, error) {
		text, err := json.Marshal(keys)
		return table, string(text), err
	}
}

// FoldASCII writes ASCII letters in lower case and leaves all other bytes.
func FoldASCII(text string) string {
	isUpper := func(c rune) bool { return c >= 'A' && c <= 'Z' }
	first := strings.IndexFunc(text, isUpper)
	if first < 0 {
		return text
	}
	folded := []byte(text)
	for i, c := range folded[first:] {
		if isUpper(rune(c)) {
			folded[first+i] = c + 'a' - 'A'
		}
	}
	return string(folded)
}
