package transfer

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"decnetgraph/storage/dsn"
)

// duplicates leaves out rows that share what must be unique, where no index has refused them yet: one of them, and
// the index could not be made. The row with the smallest key stays.
func (l *loader) duplicates(ctx context.Context, work *lot) error {
	t := work.t
	for _, i := range t.indexes {
		if !i.unique {
			continue
		}
		var unique []string
		for _, at := range i.columns {
			unique = append(unique, l.quote(t.columns[at].name))
		}
		list, key := strings.Join(unique, ", "), strings.Join(l.quoted(t.keyNames()), ", ")
		text := "SELECT " + key + ", " + unique[0] + " FROM (SELECT " + key + ", " + unique[0] + " AS first_of_index, ROW_NUMBER() OVER (PARTITION BY " + list +
			" ORDER BY " + key + ") AS place FROM " + l.quote(t.name) + ") AS numbered WHERE place > 1"
		text = strings.Replace(text, ", "+unique[0]+" FROM (", ", first_of_index FROM (", 1)
		var surplus [][]any
		err := l.each(ctx, text, nil, func(raw []any) error {
			cells := make([]any, len(t.columns))
			for n, at := range append(append([]int{}, t.key...), i.columns[0]) {
				c := &t.columns[at]
				cells[at], _ = convert(c, l.raw(c, raw[n]))
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
			if err := l.exec(ctx, "DELETE FROM "+l.quote(t.name)+" WHERE "+l.among(t.keyNames(), 1), args...); err != nil {
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

// number sets the counters of PostgreSQL's numbered tables past the highest number. MySQL and SQLite see to that.
func (l *loader) number(ctx context.Context) error {
	if l.name != dsn.Postgres {
		return nil
	}
	for _, t := range l.tables {
		if !t.numbered() {
			continue
		}
		counter, key := "", l.quote(t.columns[t.key[0]].name)
		if err := l.one(ctx, &counter, "SELECT pg_get_serial_sequence(?, ?)", t.name, t.columns[t.key[0]].name); err != nil {
			return fmt.Errorf("number %s: %w", t.name, err)
		}
		var now sql.NullInt64
		err := l.one(ctx, &now, "SELECT setval(?::regclass, highest) FROM (SELECT MAX("+key+") AS highest FROM "+l.quote(t.name)+") AS rows_there"+
			" WHERE highest > (SELECT CASE WHEN is_called THEN last_value ELSE last_value - 1 END FROM "+counter+")", counter)
		if err != nil && !errors.Is(err, sql.ErrNoRows) { // nothing to set
			return fmt.Errorf("number %s: %w", t.name, err)
		}
	}
	return nil
}

// analyze lets the planner know the rows.
func (l *loader) analyzeAll(ctx context.Context) error {
	if !strings.Contains(l.analyze, "%s") {
		return l.exec(ctx, l.analyze)
	}
	for _, t := range l.tables {
		if err := l.drain(ctx, fmt.Sprintf(l.analyze, l.quote(t.name))); err != nil {
			return fmt.Errorf("analyze %s: %w", t.name, err)
		}
	}
	return nil
}

// drain runs a statement whose answer, a table on MySQL, does not matter.
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
