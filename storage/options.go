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
	if within, _ := engine.Clamp(*o.Since); within.IsZero() { // no row is older
		return where, nil
	}
	for _, f := range t.fields {
		if f.use.since {
			return append(where, comparison{f.column, f.use.kind, atLeast, *o.Since}), nil
		}
	}
	return nil, fmt.Errorf("the rows of %s have no instant to list them since", t.name)
}

// filterConditions returns a condition for each field of a filter that is set. It fails if the filter or a field is of
// a type that ListOptions.Filter does not take.
func (t table[T]) filterConditions(filter any) (and, error) {
	if filter == nil {
		return nil, nil
	}
	given := reflect.ValueOf(filter)
	if given.Kind() != reflect.Pointer || given.Type().Elem().Kind() != reflect.Struct {
		return nil, fmt.Errorf("a filter of %s is a pointer to a struct, not %T", t.name, filter)
	}
	if given.IsNil() {
		return nil, nil
	}
	var where and
	for field, value := range given.Elem().Fields() {
		if !field.IsExported() || value.Kind() != reflect.Pointer && value.Kind() != reflect.Slice {
			return nil, fmt.Errorf("the filter field %s of %s is no exported pointer or slice", field.Name, t.name)
		}
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
			return t.filterComparison(f, atLeast, name, value)
		case f.use.filter != name:
		case value.Kind() == reflect.Slice && value.Type().Elem().Kind() == reflect.String && f.use.kind == textValues:
			texts := make([]string, value.Len())
			for i := range texts {
				texts[i] = value.Index(i).String()
			}
			return inList{f.column, texts}, nil
		default:
			return t.filterComparison(f, equalTo, name, value)
		}
	}
	return nil, fmt.Errorf("no column of %s is declared for the filter field %s", t.name, name)
}

// filterComparison compares a column with what a field of a filter points to.
func (t table[T]) filterComparison(f field[T], operator operator, name string, value reflect.Value) (condition, error) {
	if value.Kind() == reflect.Pointer {
		if plain := plainValue(value.Elem()); f.use.kind.holds(plain) {
			return comparison{f.column, f.use.kind, operator, plain}, nil
		}
	}
	return nil, fmt.Errorf("the filter field %s has the type %s, which column %s of %s does not hold", name, value.Type(), f.column, t.name)
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
		o.columns = append(o.columns, sortColumn{t.fields[n].column, key.Descending, t.fields[n].use.kind == instantValues})
	}
	return o, nil
}
