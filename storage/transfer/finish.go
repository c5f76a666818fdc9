package transfer

import (
	"context"
	"fmt"
	"strings"
)

// duplicates deletes rows that have the same values of a unique index that is not made yet: with them it could not be
// made. The row with the smallest key stays.
func (l *loader) duplicates(ctx context.Context, work *lot) error {
	t := work.t
	for _, i := range t.indexes {
		if !i.unique {
			continue
		}
		var unique []string
		for _, at := range i.columns {
			unique = append(unique, l.engine.Quote(t.columns[at].name))
		}
		list, key := strings.Join(unique, ", "), strings.Join(l.quoted(t.keyNames()), ", ")
		text := "SELECT " + key + ", " + unique[0] + " FROM (SELECT " + key + ", " + unique[0] + " AS first_of_index, ROW_NUMBER() OVER (PARTITION BY " + list +
			" ORDER BY " + key + ") AS place FROM " + l.engine.Quote(t.name) + ") AS numbered WHERE place > 1"
		text = strings.Replace(text, ", "+unique[0]+" FROM (", ", first_of_index FROM (", 1)
		var surplus [][]any
		err := l.forEachRow(ctx, text, nil, func(raw []any) error {
			cells := make([]any, len(t.columns))
			for n, at := range append(append([]int{}, t.key...), i.columns[0]) {
				c := &t.columns[at]
				cells[at], _ = convert(c, l.textValue(c, raw[n]))
			}
			surplus = append(surplus, cells)
			return nil
		})
		if err != nil {
			return err
		}
		why := t.notUnique(i)
		for _, cells := range surplus {
			var args []any
			for _, at := range t.key {
				args = append(args, cells[at])
			}
			if err := l.exec(ctx, "DELETE FROM "+l.engine.Quote(t.name)+" WHERE "+l.keyCondition(t.keyNames(), 1), args...); err != nil {
				return err
			}
			work.leaveOut(cells, why.column, why.reason)
			work.counts.Written--
		}
		if len(surplus) > 0 {
			l.parents.forget()
		}
	}
	return nil
}

// number moves the sequences of numbered tables past the highest number.
func (l *loader) number(ctx context.Context) error {
	if l.engine.SyncSequence == nil {
		return nil
	}
	for _, t := range l.tables {
		if !t.numbered() {
			continue
		}
		if err := l.engine.SyncSequence(ctx, l.conn, t.name, t.columns[t.key[0]].name); err != nil {
			return fmt.Errorf("number %s: %w", t.name, err)
		}
	}
	return nil
}

// analyzeAll collects the planner's statistics.
func (l *loader) analyzeAll(ctx context.Context) error {
	if !strings.Contains(l.engine.Analyze, "%s") {
		return l.exec(ctx, l.engine.Analyze)
	}
	for _, t := range l.tables {
		if err := l.drain(ctx, fmt.Sprintf(l.engine.Analyze, l.engine.Quote(t.name))); err != nil {
			return fmt.Errorf("analyze %s: %w", t.name, err)
		}
	}
	return nil
}

// drain runs a statement and drops its result, which is a table on MySQL.
func (l *loader) drain(ctx context.Context, text string) error {
	rows, err := l.conn.QueryContext(ctx, text)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
	}
	return rows.Err()
}
