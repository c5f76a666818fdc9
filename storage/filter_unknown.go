package storage

import (
	"context"
	"slices"
	"strconv"
)

// openValue is a value of an open column, which rows must have to match a filter.
type openValue struct {
	table string
	is    condition
	UnknownValue
}

// UnknownValue is a value that a filter names and no row has.
type UnknownValue struct {
	Text  string
	Input []string // path of the value: names of fields, and indices of lists
}

// mostNamed is the most values of a filter that are looked for.
const mostNamed = 20

// remember notes that rows must have a value of an open column.
func (w *filterWalk) remember(c filterColumn, is condition, text string, steps ...string) {
	if c.open && !w.negated && len(w.named) < mostNamed {
		w.named = append(w.named, openValue{c.table, is, UnknownValue{text, slices.Concat(w.path, steps)}})
	}
}

// Questioner is a List that can say why it is empty.
type Questioner interface {
	// UnknownValues returns the values that the list's filter names and that no row has, in one statement at most. It is
	// for lists that turned out to be empty.
	UnknownValues(ctx context.Context) ([]UnknownValue, error)
}

// UnknownValues implements Questioner.
func (l query[T]) UnknownValues(ctx context.Context) ([]UnknownValue, error) {
	if l.err != nil || len(l.named) == 0 {
		return nil, l.err
	}
	q := &statement{dialect: l.store.dialect}
	for i, named := range l.named {
		if i > 0 {
			q.add(" UNION ALL ")
		}
		q.add("SELECT " + strconv.Itoa(i) + " AS place FROM (SELECT 1 AS one) d WHERE NOT EXISTS (SELECT 1 FROM " + named.table + " t WHERE ")
		q.condition(named.is, row{alias: "t"})
		q.add(")")
	}
	var unknown []UnknownValue
	var place int
	err := l.store.scanRows(ctx, q, []scanner{{Into: whole(&place)}}, func() error {
		unknown = append(unknown, l.named[place].UnknownValue)
		return nil
	})
	return unknown, err
}
