package storage

import (
	"context"
	"errors"
	"slices"
	"strings"

	"decnetgraph/storage/engine"
)

// newRow is a row to insert: its key, and the values of all columns of its table in their order.
type newRow struct {
	key    string
	values []any
}

// maxStatement is the size in bytes that an INSERT may have. MariaDB refuses statements of more than 16 MiB; a
// batch may exceed this limit by one row.
const maxStatement = 4 << 20

// insert inserts rows that do not exist yet; tail ends the statement and decides what happens to a row that exists.
// Such a row must not count as inserted: another transaction has inserted it first, and this one runs again.
func (c *change) insert(ctx context.Context, into tableColumns, rows []newRow, tail string) error {
	slices.SortFunc(rows, newRow.compare) // transactions that lock in one order do not deadlock
	marks := "(" + strings.Repeat("?, ", len(into.columns)-1) + "?)"
	for _, batch := range batches(rows, newRow.size, 1000, 100, 10) {
		q := &statement{dialect: c.dialect}
		q.add("INSERT INTO " + into.table + " (" + strings.Join(into.columns, ", ") + ") VALUES " + marks + strings.Repeat(", "+marks, len(batch)-1) + tail)
		for _, row := range batch {
			q.args = append(q.args, row.values...)
		}
		inserted, err := c.exec(ctx, q)
		if err != nil {
			return err
		}
		if inserted != int64(len(batch)) {
			return engine.Raced(errors.New("a row was inserted meanwhile"))
		}
	}
	return nil
}

func (r newRow) compare(other newRow) int { return strings.Compare(r.key, other.key) }

// size is the size of the row's texts and binary values in bytes.
func (r newRow) size() int {
	size := 0
	for _, value := range r.values {
		switch content := value.(type) {
		case string:
			size += len(content)
		case []byte:
			size += len(content)
		}
	}
	return size
}

// batches cuts rows into batches of the given lengths, largest first, or of one row, so that statements over many
// rows have few different texts.
func batches[T any](rows []T, size func(T) int, lengths ...int) (cut [][]T) {
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

// existing returns which of the keys a column of a table holds, byte by byte.
func (c *change) existing(ctx context.Context, table, column string, keys []string) (map[string]bool, error) {
	return c.existingBy(ctx, table+" t ON "+c.dialect.Equal("t."+column, "requested.k"), keys)
}

// existingBy returns which of the keys, requested.k, a join finds. join is a table with its condition.
func (c *change) existingBy(ctx context.Context, join string, keys []string) (map[string]bool, error) {
	found := map[string]bool{}
	if len(keys) == 0 {
		return found, nil
	}
	q, err := c.keyed(keys, "")
	if err != nil {
		return nil, err
	}
	q.add("SELECT requested.owner FROM requested" + q.OrderedJoin + join)
	var key string
	return found, c.scanRows(ctx, q, []scanner{{Into: text(&key)}}, func() error {
		found[key] = true
		return nil
	})
}
