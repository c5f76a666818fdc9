package transfer

import (
	"context"
	"strconv"
	"strings"
)

// lookupRows is how many keys one statement looks for. A shorter list repeats its last key, so that few
// statements are prepared.
const lookupRows = 200

// divide separates new rows from existing ones and, if existing rows are to be overwritten, finds those that differ.
func (l *loader) divide(ctx context.Context, work *lot, rows [][]any) (fresh, changed [][]any, err error) {
	found, err := l.existing(ctx, work.t, rows, l.update)
	if err != nil {
		return nil, nil, err
	}
	for _, cells := range rows {
		old, there := found[keyOf(work.t, cells)]
		switch {
		case !there:
			fresh = append(fresh, cells)
		case l.update && !same(old, cells):
			changed = append(changed, cells)
		default:
			work.counts.There++
		}
	}
	return fresh, changed, nil
}

func same(old, cells []any) bool {
	for i := range cells {
		if old == nil || !equal(old[i], cells[i]) {
			return false
		}
	}
	return true
}

// existing finds the rows of the target that have the same keys, byte by byte, and their cells if whole is set. A row
// that cannot be read is found without cells.
func (l *loader) existing(ctx context.Context, t *table, rows [][]any, whole bool) (map[string][]any, error) {
	found := make(map[string][]any, len(rows))
	columns := t.key
	if whole {
		columns = nil
		for i := range t.columns {
			columns = append(columns, i)
		}
	}
	var names []string
	for _, at := range columns {
		names = append(names, t.columns[at].name)
	}
	text := "SELECT " + l.columnList(names) + " FROM " + l.engine.Quote(t.name) + " WHERE " + l.keyCondition(t.keyNames(), lookupRows)
	for len(rows) > 0 {
		some := rows[:min(lookupRows, len(rows))]
		rows = rows[len(some):]
		args := make([]any, 0, lookupRows*len(t.key))
		for n := range lookupRows {
			for _, at := range t.key {
				args = append(args, some[min(n, len(some)-1)][at])
			}
		}
		err := l.forEachRow(ctx, text, args, func(raw []any) error {
			cells, readable := make([]any, len(t.columns)), true
			for i, at := range columns {
				c := &t.columns[at]
				cell, reason := convert(c, l.textValue(c, raw[i]))
				if reason == "" {
					cell, reason = fits(l.engine, c, cell)
				}
				cells[at], readable = cell, readable && reason == ""
			}
			key := keyOf(t, cells)
			if !readable {
				cells = nil
			}
			found[key] = cells
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return found, nil
}

// keyOf returns a row's key as one text.
func keyOf(t *table, cells []any) string {
	if len(t.key) == 1 {
		if text, ok := cells[t.key[0]].(string); ok {
			return text
		}
	}
	var parts []string
	for _, at := range t.key {
		switch v := cells[at].(type) {
		case string:
			parts = append(parts, strconv.Itoa(len(v)), v)
		case int64:
			parts = append(parts, strconv.FormatInt(v, 10))
		}
	}
	return strings.Join(parts, ":")
}

// overwrite updates rows of the target to those of the source.
func (l *loader) overwrite(ctx context.Context, work *lot, rows [][]any) error {
	if len(rows) == 0 {
		return nil
	}
	t := work.t
	inKey := make([]bool, len(t.columns))
	for _, at := range t.key {
		inKey[at] = true
	}
	var set []string
	var order []int
	for i, c := range t.columns {
		if !inKey[i] {
			set, order = append(set, l.engine.Quote(c.name)+" = ?"), append(order, i)
		}
	}
	order = append(order, t.key...)
	text := "UPDATE " + l.engine.Quote(t.name) + " SET " + strings.Join(set, ", ") + " WHERE " + l.keyCondition(t.keyNames(), 1)
	statement, err := l.prepare(ctx, text) //nolint:sqlclosecheck // closed with the session
	if err != nil {
		return err
	}
	args := make([]any, len(order))
	for _, cells := range rows {
		for i, at := range order {
			args[i] = argument(cells[at])
		}
		err := l.attempt(ctx, func() error {
			_, err := statement.ExecContext(ctx, args...)
			return err
		})
		if err == nil {
			work.counts.Updated++
			continue
		}
		refused, isRefusal := l.refusal(t, err)
		if !isRefusal || ctx.Err() != nil {
			return err
		}
		work.leaveOut(cells, refused.column, refused.reason)
	}
	return nil
}
