package storage

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"decnetgraph/storage/engine"
)

// computed describes rows that are made in Go, because no table has them: one line for each value, which says what lists
// may do with it. Their lists take the same options as those of a table, with the same meaning.
type computed[T any] struct {
	name   string // names the rows among the filters of relationsOfFilters
	list   string // names lists of the rows in cursors
	sorted []SortKey
	key    func(*T) stored // no two rows of a list share it
	values []computedValue[T]
}

// computedValue is a value of a row.
type computedValue[T any] struct {
	name string
	// of returns the value: a string, int, bool, time.Time or []string, or nil if the row has none.
	of     func(*T) any
	kind   valueKind
	filter string // the field of filters that is about the value
	order  string // the name of the value as a sort key
	// open is where the database has the texts of an open set; see use.open.
	open []openColumn
}

// openColumn is a column of texts, of JSON lists of texts, or of whole numbers.
type openColumn struct {
	table, column string
	list, whole   bool
}

func (t computed[T]) tableName() string { return t.name }

func (t computed[T]) filterColumn(name string) (c filterColumn, ok bool) {
	for _, v := range t.values {
		if v.filter != "" && strings.EqualFold(v.filter, name) {
			return filterColumn{table: t.name, column: v.name, kind: v.kind, open: len(v.open) > 0, places: v.open}, true
		}
	}
	return c, false
}

// ordered returns the order that the sort keys state, or else the own order of the rows.
func (t computed[T]) ordered(keys []SortKey) (order, error) {
	return orderBy(t.list, keys, t.sorted, func(by string) (sortColumn, bool) {
		for _, v := range t.values {
			if v.order != "" && v.order == by {
				return sortColumn{column: v.name}, true
			}
		}
		return sortColumn{}, false
	})
}

// value returns the value with a name of a row.
func (t computed[T]) value(row *T, name string) any {
	for _, v := range t.values {
		if v.name == name {
			return v.of(row)
		}
	}
	return nil
}

// place returns a value as the sort key of a row; a row without the value is before all others.
func (t computed[T]) place(row *T, name string) stored {
	for _, v := range t.values {
		if v.name != name {
			continue
		}
		switch value := v.of(row).(type) {
		case int:
			return stored{kind: engine.Integer, bits: int64(value)}
		case time.Time:
			return stored{kind: engine.Textual, text: engine.FormatInstant(value)}
		case string:
			return stored{kind: engine.Textual, text: value}
		default:
			if v.kind == wholeValues {
				return stored{kind: engine.Integer, bits: -1}
			}
			return stored{kind: engine.Textual}
		}
	}
	return stored{kind: engine.Textual}
}

// computedList is what options ask of a list of computed rows.
type computedList[T any] struct {
	store *Store
	rows  computed[T]
	order order
	where and
	named []openValue
	err   error // refuses the options
}

func newComputedList[T any](s *Store, rows computed[T], o ListOptions) computedList[T] {
	l := computedList[T]{store: s, rows: rows}
	if o.Since != nil {
		l.err = notSince(rows.name)
		return l
	}
	if l.order, l.err = rows.ordered(o.Order); l.err != nil {
		return l
	}
	walk := newFilterWalk(s.options.Filters)
	l.where, l.err = filterConditions(rows, o.Filter, walk)
	l.named = walk.named
	return l
}

// plain reports whether the list holds all rows in their own order.
func (l computedList[T]) plain() bool {
	own, _ := l.rows.ordered(nil)
	return len(l.where) == 0 && l.order.name() == own.name()
}

// check refuses options and positions that do not belong to the list.
func (l computedList[T]) check(p Page) error { return cmp.Or(l.err, l.order.check(p)) }

// uses reports whether the order is by a value.
func (l computedList[T]) ordersBy(name string) bool {
	return slices.ContainsFunc(l.order.columns, func(c sortColumn) bool { return c.column == name })
}

// matching returns the rows that match the filter. related counts the related rows of a row that meet a condition; it is
// nil if there are no such conditions.
func (l computedList[T]) matching(rows []*T, related func(*T, *relatedRows) int) []*T {
	if len(l.where) == 0 {
		return rows
	}
	return slices.DeleteFunc(slices.Clone(rows), func(row *T) bool {
		return !conditionHolds(l.where, computedRow{
			value:   func(name string) any { return l.rows.value(row, name) },
			related: func(c *relatedRows) int { return related(row, c) },
		})
	})
}

// placedRow is a row with its place in an order.
type placedRow[T any] struct {
	row *T
	at  []stored // its sort keys and then its key
}

// cut returns a page of the rows that match the filter.
func (l computedList[T]) cut(rows []*T, p Page) Slice[T] {
	all := make([]placedRow[T], len(rows))
	for i, row := range rows {
		all[i].row = row
		for _, c := range l.order.columns {
			all[i].at = append(all[i].at, l.rows.place(row, c.column))
		}
		all[i].at = append(all[i].at, l.rows.key(row))
	}
	slices.SortFunc(all, func(a, b placedRow[T]) int { return l.compare(a.at, b.at) })
	total := len(all)
	if p.After != nil {
		after := p.After.stored(len(l.order.columns))
		all = slices.DeleteFunc(all, func(r placedRow[T]) bool { return l.compare(r.at, after) <= 0 })
	}
	if p.Before != nil {
		before := p.Before.stored(len(l.order.columns))
		all = slices.DeleteFunc(all, func(r placedRow[T]) bool { return l.compare(r.at, before) >= 0 })
	}
	if p.Backward {
		slices.Reverse(all)
	}
	all = all[min(p.Offset, len(all)):]
	all = all[:min(p.Limit+1, len(all))]
	chosen := make([]*T, len(all))
	for i := range all {
		chosen[i] = all[i].row
	}
	name := l.order.name()
	page := cut(chosen, p, func(i int) Position {
		last := len(all[i].at) - 1
		return Position{List: name, Sort: writeSort(all[i].at[:last]), Key: writeKey(all[i].at[last])}
	})
	page.Total = &total
	return page
}

// compare compares two places.
func (l computedList[T]) compare(a, b []stored) int {
	for i := range a {
		descending := l.order.keyDescending()
		if i < len(l.order.columns) {
			descending = l.order.columns[i].descending
		}
		if c := compareStored(a[i], b[i]); c != 0 {
			if descending {
				return -c
			}
			return c
		}
	}
	return 0
}

// compareStored compares two texts or two whole numbers. Values of different kinds, as in a forged cursor, are equal.
func compareStored(a, b stored) int {
	switch {
	case a.kind != b.kind:
		return 0
	case a.kind == engine.Integer:
		return cmp.Compare(a.bits, b.bits)
	default:
		return strings.Compare(a.text, b.text)
	}
}

// stored returns the sort keys and the key of a position that has passed order.check.
func (p *Position) stored(sortKeys int) []stored {
	sort, _ := readSort(p.Sort, sortKeys)
	key, _ := readKey(p.Key)
	at := make([]stored, 0, sortKeys+1)
	for _, held := range append(slices.Clone(sort), key) {
		switch held := held.(type) {
		case string:
			at = append(at, stored{kind: engine.Textual, text: held})
		case int64:
			at = append(at, stored{kind: engine.Integer, bits: held})
		default:
			at = append(at, stored{})
		}
	}
	return at
}

// UnknownValues implements Questioner.
func (l computedList[T]) UnknownValues(ctx context.Context) ([]UnknownValue, error) {
	if l.err != nil {
		return nil, l.err
	}
	return l.store.unknownValues(ctx, l.named)
}
