package storage

import (
	"fmt"
	"reflect"
	"slices"
	"time"
)

// ListOptions choose among the rows of a list and order them. The zero value is the whole list in its own order.
type ListOptions struct {
	// Filter is nil or a pointer to a struct: a list holds the rows that match all fields which are set. The
	// table declares, by the names of these fields, what each one means; see use. A field is a pointer to a
	// text, number, truth value or instant, nil for any, or a slice of texts, nil for any, of which a row must
	// hold one.
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
func (t table[T]) conditions(o ListOptions) (and, error) {
	where, err := t.filterConditions(o.Filter)
	if err != nil || o.Since == nil {
		return where, err
	}
	if o.Since.UTC().Year() < firstYear { // no row is older
		return where, nil
	}
	for _, f := range t.fields {
		if f.use.since {
			return append(where, comparison{f.column, f.use.kind, atLeast, *o.Since}), nil
		}
	}
	return nil, fmt.Errorf("the rows of %s have no instant to list them since", t.name)
}

// filterConditions returns a condition for each field of a filter that is set.
func (t table[T]) filterConditions(filter any) (and, error) {
	given := reflect.ValueOf(filter)
	if filter == nil || given.IsNil() {
		return nil, nil
	}
	var where and
	for field, value := range given.Elem().Fields() {
		if value.IsNil() {
			continue
		}
		c, err := t.filterCondition(field.Name, value)
		if err != nil {
			return nil, err
		}
		where = append(where, narrowing{c})
	}
	return where, nil
}

// filterCondition returns the condition that a field of a filter states.
func (t table[T]) filterCondition(name string, value reflect.Value) (condition, error) {
	for _, f := range t.fields {
		switch {
		case f.use.atLeast == name:
			return comparison{f.column, f.use.kind, atLeast, plainValue(value.Elem())}, nil
		case f.use.filter != name:
		case value.Kind() == reflect.Slice:
			texts := make([]string, value.Len())
			for i := range texts {
				texts[i] = value.Index(i).String()
			}
			return inList{f.column, texts}, nil
		default:
			return comparison{f.column, f.use.kind, equalTo, plainValue(value.Elem())}, nil
		}
	}
	return nil, fmt.Errorf("no column of %s is declared for the filter field %s", t.name, name)
}

// plainValue is a value without the name of its type.
func plainValue(value reflect.Value) any {
	if value.Kind() == reflect.String {
		return value.String()
	}
	return value.Interface()
}

// ordered returns the order that the sort keys state, or else the table's own.
func (t table[T]) ordered(keys []SortKey) (order, error) {
	if len(keys) == 0 {
		keys = t.sorted
	}
	o := order{list: t.list}
	for _, key := range keys {
		n := slices.IndexFunc(t.fields, func(f field[T]) bool { return f.use.order != "" && f.use.order == key.By })
		if n < 0 {
			return o, Invalid("there is no order by %q", key.By)
		}
		o.columns = append(o.columns, sortColumn{t.fields[n].column, key.Descending})
	}
	return o, nil
}
