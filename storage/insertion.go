package storage

import (
	"context"
	"errors"
	"slices"
	"strings"

	"decnetgraph/storage/engine"
)

// insertion is a row to insert: its key, and the values of all columns of its table in their order.
type insertion struct {
	key    string
	values []any
}

// Rows go in parts, so that no statement is larger than a server takes: MariaDB's limit is 16 MiB, and
// a part may exceed this one by a row.
const maxStatement = 4 << 20

// insert adds rows that are not there; tail says what happens to one that is. It must not be counted:
// a row that came meanwhile is a reason to look again.
func (c *change) insert(ctx context.Context, into tableColumns, rows []insertion, tail string) error {
	slices.SortFunc(rows, insertion.compare) // who locks in one order does not deadlock
	marks := "(" + strings.Repeat("?, ", len(into.columns)-1) + "?)"
	for _, part := range parts(rows, insertion.size, 1000, 100, 10) {
		q := &statement{dialect: c.dialect}
		q.add("INSERT INTO " + into.table + " (" + strings.Join(into.columns, ", ") + ") VALUES " + marks + strings.Repeat(", "+marks, len(part)-1) + tail)
		for _, row := range part {
			q.args = append(q.args, row.values...)
		}
		inserted, err := c.exec(ctx, q)
		if err != nil {
			return err
		}
		if inserted != int64(len(part)) {
			return engine.Raced(errors.New("a row was inserted meanwhile"))
		}
	}
	return nil
}

func (i insertion) compare(other insertion) int { return strings.Compare(i.key, other.key) }

// size is about the size of the row's texts.
func (i insertion) size() int {
	size := 0
	for _, value := range i.values {
		if content, ok := value.(string); ok {
			size += len(content)
		}
	}
	return size
}

// parts cuts rows into parts of few lengths, largest first, so that statements over many rows have few texts.
func parts[T any](rows []T, size func(T) int, lengths ...int) (cut [][]T) {
	for len(rows) > 0 {
		length := 1
		for _, more := range lengths {
			if len(rows) >= more && sum(rows[:more], size) <= maxStatement {
				length = more
				break
			}
		}
		cut = append(cut, rows[:length])
		rows = rows[length:]
	}
	return cut
}

func sum[T any](rows []T, size func(T) int) (total int) {
	for _, row := range rows {
		total += size(row)
	}
	return total
}

// rowsIn tells which of the keys a column of a table holds, byte by byte.
func (c *change) rowsIn(ctx context.Context, table, column string, keys []string) (map[string]bool, error) {
	return c.keysIn(ctx, table+" t ON "+c.dialect.Equal("t."+column, "asked.k"), keys)
}

// keysIn tells which of the keys, asked.k, are found by a join.
func (c *change) keysIn(ctx context.Context, join string, keys []string) (map[string]bool, error) {
	found := map[string]bool{}
	if len(keys) == 0 {
		return found, nil
	}
	q, err := c.keyed(keys, "")
	if err != nil {
		return nil, err
	}
	q.add("SELECT asked.owner FROM asked" + q.OrderedJoin + join)
	var key string
	return found, c.each(ctx, q, []scanner{{Into: text(&key)}}, func() error {
		found[key] = true
		return nil
	})
}
