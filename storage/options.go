package storage

import (
	"fmt"
	"reflect"
	"slices"
	"time"

	"decnetgraph/storage/engine"
)

// ListOptions choose among the rows of a list and order them. The zero value is the whole list in its own order.
type ListOptions struct {
	// Filter is nil or a pointer to a struct: a list holds the rows that match all fields which are set. The
	// table declares, by the names of these fields, what each one means; see use and relationsOfFilters. A field is a
	// pointer to a text, number, truth value or instant, nil for any; a slice of texts, nil for any, of which a row must
	// hold one; a leaf such as *TextFilter; or a filter of related rows. The fields And, Or and Not have filters of
	// the same rows.
	Filter any
	// Order are the sort keys, the most significant first; the key of the row always follows. Empty means the
	// list's own order.
	Order []SortKey
	// Since is the earliest instant of a row, in the column that the table declares; nil for no bound.
	Since *time.Time
	// IncludeMerged adds the campaigns or identities that were merged into others. Other lists ignore it.
	IncludeMerged bool
}

// SortKey is a column that a list is ordered by.
type SortKey struct {
	By         string // the name that the table declares, such as "LAST_SEEN"
	Descending bool
}

// conditions returns what the options ask of a row. It fails if the table does not declare what they name.
func (t table[T]) conditions(o ListOptions, w *filterWalk) (and, error) {
	where, err := filterConditions(t, o.Filter, w)
	if err != nil || o.Since == nil {
		return where, err
	}
	if within, _ := engine.Clamp(*o.Since); within.IsZero() { // no row is older
		return where, nil
	}
	for _, f := range t.fields {
		if f.use.since {
			return append(where, comparison{f.column, f.use.kind, atLeast, *o.Since}), nil
		}
	}
	return nil, notSince(t.name)
}

func notSince(name string) error {
	return fmt.Errorf("the rows of %s have no instant to list them since", name)
}

// filterConditions returns the conditions of a filter. It fails with ErrInvalid if a value of the filter makes no sense,
// and with another error if the filter or a field is of a type that ListOptions.Filter does not take.
func filterConditions(t filterable, filter any, w *filterWalk) (and, error) {
	if filter == nil {
		return nil, nil
	}
	given := reflect.ValueOf(filter)
	if given.Kind() != reflect.Pointer || given.Type().Elem().Kind() != reflect.Struct {
		return nil, fmt.Errorf("a filter of %s is a pointer to a struct, not %T", t.tableName(), filter)
	}
	if given.IsNil() {
		return nil, nil
	}
	where, err := w.filter(t, given.Elem())
	if err != nil {
		return nil, err
	}
	for i, c := range where {
		where[i] = narrowing{c}
	}
	return where, nil
}

// mostSortKeys is the most sort keys of ListOptions.Order.
const mostSortKeys = 4

// ordered returns the order that the sort keys state, or else the table's own.
func (t table[T]) ordered(keys []SortKey) (order, error) {
	return orderBy(t.list, keys, t.sorted, func(by string) (sortColumn, bool) {
		n := slices.IndexFunc(t.fields, func(f field[T]) bool { return f.use.order != "" && f.use.order == by })
		if n < 0 {
			return sortColumn{}, false
		}
		return sortColumn{column: t.fields[n].column, instants: t.fields[n].use.kind == instantValues}, true
	})
}

// orderBy returns the order of a list that the sort keys state, or else its own. find returns the column of a sort key.
func orderBy(list string, keys, own []SortKey, find func(by string) (sortColumn, bool)) (order, error) {
	if len(keys) == 0 {
		keys = own
	}
	o := order{list: list}
	if len(keys) > mostSortKeys {
		return o, Invalid("orderBy has more than %d sort keys", mostSortKeys)
	}
	for i, key := range keys {
		if slices.ContainsFunc(keys[:i], func(before SortKey) bool { return before.By == key.By }) {
			return o, Invalid("orderBy has the sort key %s twice", key.By)
		}
		column, ok := find(key.By)
		if !ok {
			return o, Invalid("there is no order by %q", key.By)
		}
		column.descending = key.Descending
		o.columns = append(o.columns, column)
	}
	return o, nil
}
