package storage

import (
	"strings"

	"decnetgraph/storage/engine"
)

// dialect is an engine's dialect with the pieces of SQL that depend on DECNET's tables.
type dialect struct {
	engine.Dialect

	odd *oddInstants // nil where columns of instants have a type
	// hasValues reports whether the database has filterValues; nil if it does not.
	hasValues func() bool
}

// lastJoin joins the last table of a FROM clause, on a column that holds the same text as key. The tables before it
// have few rows, so its rows are found by an index.
func (d dialect) lastJoin(table, column, key string) string {
	if d.LateralFence == "" {
		return d.OrderedJoin + table + " ON " + d.Equal(column, key)
	}
	alias := table[strings.LastIndexByte(table, ' ')+1:]
	return " JOIN LATERAL (SELECT * FROM " + table + " WHERE " + d.Equal(column, key) + d.LateralFence + ") " + alias + " ON TRUE"
}

// join is lastJoin for a table that further tables are joined to. It must not be used for the last one: PostgreSQL
// would expect few rows of it, and sort rows to group them instead of hashing them.
func (d dialect) join(table, column, key string) string {
	if d.RepeatJoinCondition {
		return d.lastJoin(table, column, key) + " AND " + d.Equal(column, key)
	}
	return d.lastJoin(table, column, key)
}
