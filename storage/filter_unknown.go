package storage

import (
	"context"
	"slices"
	"strconv"
)

// openValue is a value of an open column, which rows must have to match a filter.
type openValue struct {
	places []openPlace
	UnknownValue
}

// openPlace is a place where a value may be: a row of a table that meets a condition.
type openPlace struct {
	table string
	is    condition
}

// holding returns the rows whose open column has a text, or a number in decimal form.
func (c openColumn) holding(text string) openPlace {
	switch {
	case c.list:
		return openPlace{c.table, listHolds{c.column, []string{text}}}
	case !c.whole:
		return openPlace{c.table, comparison{c.column, textValues, equalTo, text}}
	}
	n, err := strconv.Atoi(text)
	if err != nil || strconv.Itoa(n) != text {
		return openPlace{c.table, or{}}
	}
	return openPlace{c.table, comparison{c.column, wholeValues, equalTo, n}}
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
	if !c.open {
		return
	}
	value := openValue{[]openPlace{{c.table, is}}, UnknownValue{text, slices.Concat(w.path, steps)}}
	if c.places != nil {
		value.places = nil
		for _, place := range c.places {
			value.places = append(value.places, place.holding(text))
		}
	}
	w.note(value)
}

// note notes that rows must have a value, unless rows that have it are left out.
func (w *filterWalk) note(value openValue) {
	if !w.negated && len(w.named) < mostNamed {
		w.named = append(w.named, value)
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
	if l.err != nil {
		return nil, l.err
	}
	return l.store.unknownValues(ctx, l.named)
}

// unknownValues returns those of some values that no row has, in one statement at most.
func (s *Store) unknownValues(ctx context.Context, named []openValue) ([]UnknownValue, error) {
	if len(named) == 0 {
		return nil, nil
	}
	q := &statement{dialect: s.dialect}
	for i, value := range named {
		if i > 0 {
			q.add(" UNION ALL ")
		}
		q.add("SELECT " + strconv.Itoa(i) + " AS place FROM (SELECT 1 AS one) d WHERE ")
		for n, place := range value.places {
			if n > 0 {
				q.add(" AND ")
			}
			q.add("NOT EXISTS (SELECT 1 FROM " + place.table + " t WHERE ")
			q.condition(place.is, row{alias: "t"})
			q.add(")")
		}
	}
	var unknown []UnknownValue
	var place int
	err := s.scanRows(ctx, q, []scanner{{Into: whole(&place)}}, func() error {
		unknown = append(unknown, named[place].UnknownValue)
		return nil
	})
	return unknown, err
}
