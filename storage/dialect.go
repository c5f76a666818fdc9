package storage

import (
	"strings"
	"time"
)

// dialect holds all that the databases disagree on, as values. Queries stay portable: they are
// written once with "?" marks and ask the dialect for the few pieces below.
type dialect struct {
	// keys is a table expression with one column, k, made of one bound list of texts.
	keys string
	// bindKeys turns the list into the value bound to keys.
	bindKeys func([]string) (any, error)
	// then joins a table to what stands before it, in this order. A planner without statistics, as
	// DECNET leaves it, may otherwise start at the largest table.
	then string
	// aside stands before a column whose index must not be the way to the rows of an owner. Without
	// statistics a filter looks as selective as the owner's key, but may match half of the table.
	aside string
	// hashes says that NOT IN looks a list up by a hash, and NOT EXISTS goes through it for every row.
	hashes bool
	// lateral says that a joined table can be a SELECT for each row before it, which leaves a planner that
	// takes members for many no choice but their index.
	lateral bool
	// limit bounds a list by two marks, the number of rows and how many are skipped before.
	limit string
	// equal compares two texts, {a} and {b}, byte by byte and yet by an index on {a}.
	equal string
	// exact makes {a}, a text, compare, group and sort byte by byte.
	exact string
	// alike is true of two texts that are the same or both NULL, perhaps as a collation compares.
	alike string
	// lock ends a SELECT of rows that no other transaction is to change, and freeze keeps all others from
	// adding tags. Both are empty where a transaction that writes is alone.
	lock, freeze string
	// day is the day of the instant {a}, as in 2026-05-01.
	day string
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

// same is the condition that two texts are equal byte by byte. The first should be the indexed one.
func (d dialect) same(a, b string) string {
	return strings.NewReplacer("{a}", a, "{b}", b).Replace(d.equal)
}

// bytewise is a text that groups and sorts byte by byte.
func (d dialect) bytewise(a string) string { return strings.ReplaceAll(d.exact, "{a}", a) }

// join adds a table, in this order, whose column holds the same text as key.
func (d dialect) join(table, column, key string) string {
	return d.then + table + " ON " + d.same(column, key)
}
