package storage

import (
	"strings"

	"decnetgraph/storage/engine"
)

// dialect is an engine's dialect with the pieces of SQL that depend on DECNET's tables.
type dialect struct{ engine.Dialect }

// bring joins a table whose column holds the same text as key. The rows before it are few, so its rows are fetched by
// an index.
func (d dialect) bring(table, column, key string) string {
	if d.LateralFence == "" {
		return d.OrderedJoin + table + " ON " + d.Equal(column, key)
	}
	alias := table[strings.LastIndexByte(table, ' ')+1:]
	return " JOIN LATERAL (SELECT * FROM " + table + " WHERE " + d.Equal(column, key) + d.LateralFence + ") " + alias + " ON TRUE"
}

// join is bring for a table that other tables are joined to. For the last table use bring: if PostgreSQL expects few
// rows of it, it sorts rows to group them instead of hashing them.
func (d dialect) join(table, column, key string) string {
	if d.RepeatJoinCondition {
		return d.bring(table, column, key) + " AND " + d.Equal(column, key)
	}
	return d.bring(table, column, key)
}
