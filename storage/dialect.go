package storage

import (
	"encoding/json"
	"strings"
	"time"
)

// dialect holds all that the databases disagree on, as values. Queries stay portable: they are
// written once with "?" marks and ask the dialect for the few pieces below.
type dialect struct {
	// given makes a table expression with one column, k, of texts, and the value to bind to its one mark. It
	// must look alike for any number of them, but may be another for a single one.
	given func(keys []string) (table string, bound any, err error)
	// bindKey turns a text into what is bound to be compared with a column; nil is one that no row can hold.
	bindKey func(string) any
	// then joins a table to what stands before it, in this order. A planner without statistics, as
	// DECNET leaves it, may otherwise start at the largest table.
	then string
	// aside stands before a column whose index must not be the way to the rows of an owner. Without
	// statistics a filter looks as selective as the owner's key, but may match half of the table.
	aside string
	// limit bounds a list to a number of rows, after some that are skipped.
	limit func(rows, skip int) (text string, args []any)
	// lateral says that a derived table can refer to those before it: a page of many owners then takes no
	// more of each than it may show, and joins keep their order whatever the planner thinks of them.
	lateral bool
	// same is the condition that two texts are equal byte by byte, by an index on the first all the same.
	same func(a, b string) string
	// bytewise is a text that compares, groups and sorts byte by byte.
	bytewise func(a string) string
	// grouped is bytewise of a column, perhaps cheaper. It may not know the texts that bytewise has made.
	grouped func(a string) string
	// apart says that rows which come by several ways are grouped way by way, since a union of them would be
	// written to a table.
	apart bool
	// hashes says that NOT IN looks a list up by a hash, and NOT EXISTS goes through it for every row.
	hashes bool
	// alike is true of two texts that are the same or both NULL, perhaps as a collation compares.
	alike func(a, b string) string
	// lock ends a SELECT of rows that no other transaction is to change, and freeze keeps all others from
	// adding tags. Both are empty where a transaction that writes is alone.
	lock, freeze string
	// day is the day of an instant, as in 2026-05-01.
	day func(at string) string
	// columns asks for the tables of the database and the names of their columns.
	columns string
	// instant is what a DATETIME column takes, and precision the step between two of them.
	instant   func(time.Time) any
	precision time.Duration
	// keep ends an INSERT into a table with the key uuid: rows that are there stay, and are not counted.
	keep string
	// textIsBytes says that the driver hands texts over as bytes, like those of a binary column.
	textIsBytes bool
	// position asks the primary how far it has written, and applied asks a replica whether it is at the
	// position bound to its one mark: 1 or 0. Both are empty where the database sees to that itself.
	position, applied string
	// classify turns a driver's error into ErrUnavailable where that is what it means.
	classify func(error) error
}

// bring adds a table, in this order, whose column holds the same text as key. What stands before it is
// small: the rows are fetched by an index. PostgreSQL, which takes a recursive expression for a large
// table, would read the other one as a whole; OFFSET keeps it from that.
func (d dialect) bring(table, column, key string) string {
	if d.lateral {
		alias := table[strings.LastIndexByte(table, ' ')+1:]
		return " JOIN LATERAL (SELECT * FROM " + table + " WHERE " + d.same(column, key) + " OFFSET 0) " + alias + " ON TRUE"
	}
	return d.then + table + " ON " + d.same(column, key)
}

// join is bring for a table that leads on to others. That the condition is there twice lets PostgreSQL
// expect few rows, where a chain of expressions would be thought to bring millions: it clears memory for as
// many before each run. Of the last table it should expect many, or it sorts rows to group them.
func (d dialect) join(table, column, key string) string {
	if d.lateral {
		return d.bring(table, column, key) + " AND " + d.same(column, key)
	}
	return d.bring(table, column, key)
}

// plainlySame is dialect.same where texts compare byte by byte anyway.
func plainlySame(a, b string) string { return a + " = " + b }

// among is the condition that a column holds one of some texts.
func (d dialect) among(column string, texts []string) (condition, error) {
	given, bound, err := d.given(texts)
	return condition{text: column + " IN (SELECT k FROM " + given + " AS given)", args: []any{bound}}, err
}

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
