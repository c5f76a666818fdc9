package storage

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// FilterLimits bound a filter. A filter that exceeds them is ErrInvalid.
type FilterLimits struct {
	Depth int // levels of and, or, not and filters of related rows, one inside the other
	Parts int // fields that are set, and elements of lists, in the whole filter
}

// DefaultFilterLimits allow more than people write.
var DefaultFilterLimits = FilterLimits{Depth: 8, Parts: 500}

// filterable is a table whose rows can be filtered.
type filterable interface {
	tableName() string
	// filterColumn returns the column that a field of a filter is about.
	filterColumn(name string) (c filterColumn, ok bool)
}

func (t table[T]) tableName() string { return t.name }

func (t table[T]) filterColumn(name string) (c filterColumn, ok bool) {
	for _, f := range t.fields {
		if strings.EqualFold(f.use.filter, name) {
			return t.columnOf(f), true
		}
	}
	return c, false
}

func (t table[T]) ofColumn(name string) filterColumn {
	at := slices.IndexFunc(t.fields, func(f field[T]) bool { return f.column == name })
	return t.columnOf(t.fields[at])
}

// columnOf returns a column as filters see it.
func (t table[T]) columnOf(f field[T]) filterColumn {
	return filterColumn{
		table: t.name, key: t.key(), column: f.column, kind: f.use.kind, open: f.use.open, single: f.use.single, values: f.use.values, places: t.named,
	}
}

// filterWalk makes conditions of a filter. It knows where in the filter it is, so that an error can say so.
type filterWalk struct {
	limits    FilterLimits
	relations filterRelations
	path      []string // names of fields, and indices of lists
	depth     int
	parts     int
	prints    int         // fingerprints that the filter names
	negated   bool        // whether rows that match the part are left out
	named     []openValue // the values of open columns that rows must have
}

// newFilterWalk begins at the argument "filter".
func newFilterWalk(limits FilterLimits) *filterWalk {
	return &filterWalk{limits: limits, relations: relationsOfFilters, path: []string{"filter"}}
}

// invalid makes an error of the value at the current place, or at a field of it.
func (w *filterWalk) invalid(field, format string, args ...any) error {
	path := w.place()
	if field != "" {
		path = append(path, field)
	}
	return &Error{Kind: ErrInvalid, Message: dotted(path) + ": " + fmt.Sprintf(format, args...), Input: path}
}

// place returns the path of the current place.
func (w *filterWalk) place() []string { return slices.Clone(w.path) }

// dotted writes a path as people do: filter.and[0].ip.
func dotted(path []string) string {
	var text strings.Builder
	for i, step := range path {
		switch _, err := strconv.Atoi(step); {
		case err == nil:
			text.WriteString("[" + step + "]")
		case i > 0:
			text.WriteString("." + step)
		default:
			text.WriteString(step)
		}
	}
	return text.String()
}

// count counts parts of the filter.
func (w *filterWalk) count(parts int) error {
	if w.parts += parts; w.parts > w.limits.Parts {
		return w.invalid("", "the filter has more than %d fields and elements of lists; ask in several requests", w.limits.Parts)
	}
	return nil
}

// at makes the conditions of a field or an element of a list.
func (w *filterWalk) at(step string, conditions func() (and, error)) (and, error) {
	w.path = append(w.path, step)
	defer func() { w.path = w.path[:len(w.path)-1] }()
	return conditions()
}

// filter makes a condition for each field of a filter that is set. Rows must meet all of them.
func (w *filterWalk) filter(t filterable, given reflect.Value) (and, error) {
	if w.depth++; w.depth > w.limits.Depth {
		return nil, w.invalid("", "the filter is nested deeper than %d levels", w.limits.Depth)
	}
	defer func() { w.depth-- }()
	var where and
	for field, value := range given.Fields() {
		if !field.IsExported() || value.Kind() != reflect.Pointer && value.Kind() != reflect.Slice {
			return nil, fmt.Errorf("the filter field %s of %s is no exported pointer or slice", field.Name, t.tableName())
		}
		if value.IsNil() {
			continue
		}
		if err := w.count(1); err != nil {
			return nil, err
		}
		part, err := w.at(inputName(field), func() (and, error) { return w.field(t, field.Name, value) })
		if err != nil {
			return nil, err
		}
		where = append(where, part...)
	}
	return where, nil
}

// inputName is the name of a field in the input that the struct stands for.
func inputName(field reflect.StructField) string {
	name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
	if name == "" {
		return field.Name
	}
	return name
}

// field makes the conditions that a field of a filter states.
func (w *filterWalk) field(t filterable, name string, value reflect.Value) (and, error) {
	switch name {
	case "And":
		parts, err := w.list(t, value)
		return and{and(parts)}, err
	case "Or":
		parts, err := w.list(t, value)
		return and{or(parts)}, err
	case "Not":
		defer w.negate()()
		inner, err := w.filter(t, value.Elem())
		return and{not{inner}}, err
	}
	if relation, ok := w.relations[t.tableName()][name]; ok {
		return relation(w, value.Elem())
	}
	c, ok := t.filterColumn(name)
	if !ok {
		return nil, fmt.Errorf("no column of %s is declared for the filter field %s", t.tableName(), name)
	}
	if leaf, ok := reflect.TypeAssert[filterLeaf](value); ok {
		return leaf.conditions(w, c)
	}
	return w.plain(t, c, name, value)
}

// negate begins a part of the filter whose rows are left out, and returns what ends it.
func (w *filterWalk) negate() (end func()) {
	before := w.negated
	w.negated = true
	return func() { w.negated = before }
}

// list makes a condition for each filter of a list.
func (w *filterWalk) list(t filterable, filters reflect.Value) ([]condition, error) {
	parts := make([]condition, filters.Len())
	for i := range parts {
		part, err := w.at(strconv.Itoa(i), func() (and, error) { return w.filter(t, filters.Index(i).Elem()) })
		if err != nil {
			return nil, err
		}
		parts[i] = part
	}
	return parts, nil
}

// plain makes the condition of a field that is a single value, or a list of texts of which a row must hold one.
func (w *filterWalk) plain(t filterable, c filterColumn, name string, value reflect.Value) (and, error) {
	if value.Kind() == reflect.Slice && value.Type().Elem().Kind() == reflect.String && c.kind == textValues {
		texts := make([]string, value.Len())
		for i := range texts {
			texts[i] = value.Index(i).String()
		}
		where := inList{c.column, texts}
		w.remember(c, where, strings.Join(texts, " or "))
		return and{where}, w.count(len(texts))
	}
	if value.Kind() == reflect.Pointer {
		if plain := plainValue(value.Elem()); c.kind.holds(plain) {
			return and{c.compare(equalTo, plain)}, nil
		}
	}
	return nil, fmt.Errorf("the filter field %s has the type %s, which column %s of %s does not hold", name, value.Type(), c.column, t.tableName())
}

// plainValue is a value without the name of its type.
func plainValue(value reflect.Value) any {
	if value.Kind() == reflect.String {
		return value.String()
	}
	return value.Interface()
}
