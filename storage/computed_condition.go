package storage

import (
	"cmp"
	"reflect"
	"slices"
	"strings"
	"time"

	"decnetgraph/storage/engine"
)

// relatedRows matches computed rows that have at least a number of related rows which meet a condition. It is compared by
// its address.
type relatedRows struct {
	rows  string // which related rows
	where and
	least int
}

func (*relatedRows) isCondition() {}

// relatedComputed makes conditions of a filter of related rows of computed rows.
func relatedComputed(rows string, t filterable) filterField {
	return func(w *filterWalk, given reflect.Value) (and, error) {
		f, err := w.related(t, given)
		return f.conditions(func(where and) condition { return &relatedRows{rows, where, 1} },
			func(where and, least int) condition { return &relatedRows{rows, where, least} }), err
	}
}

// computedRow is a computed row as conditions see it.
type computedRow struct {
	value   func(name string) any
	related func(*relatedRows) int
}

// conditionHolds reports whether a computed row matches a condition. The condition means what statement.condition makes of it for
// rows of a table.
func conditionHolds(c condition, on computedRow) bool {
	switch c := c.(type) {
	case and:
		return !slices.ContainsFunc(c, func(part condition) bool { return !conditionHolds(part, on) })
	case or:
		return slices.ContainsFunc(c, func(part condition) bool { return conditionHolds(part, on) })
	case not:
		return !conditionHolds(c.inner, on)
	case narrowing:
		return conditionHolds(c.inner, on)
	case beginsWith: // narrows what another condition decides
		return true
	case isNull:
		return on.value(c.column) == nil
	case comparison:
		return comparisonHolds(c, on.value(c.column))
	case inList:
		return slices.ContainsFunc(textsIn(on.value(c.column)), func(text string) bool { return slices.Contains(c.texts, text) })
	case listHolds:
		return slices.ContainsFunc(textsIn(on.value(c.column)), func(text string) bool { return slices.Contains(c.texts, text) })
	case containsText:
		text, ok := on.value(c.column).(string)
		return ok && strings.Contains(engine.FoldASCII(text), engine.FoldASCII(c.text))
	case *relatedRows:
		return on.related(c) >= c.least
	default:
		panic("a condition that computed rows do not have")
	}
}

// textsIn returns the texts of a value that is a text or a list of texts.
func textsIn(value any) []string {
	switch value := value.(type) {
	case string:
		return []string{value}
	case []string:
		return value
	default:
		return nil
	}
}

func comparisonHolds(c comparison, value any) bool {
	switch value := value.(type) {
	case string:
		return operatorHolds(c.operator, strings.Compare(value, c.value.(string)))
	case int:
		return operatorHolds(c.operator, cmp.Compare(value, c.value.(int)))
	case time.Time:
		return operatorHolds(c.operator, value.Compare(c.value.(time.Time)))
	case bool:
		return (value == c.value.(bool)) == (c.operator == equalTo)
	default: // a row without the value
		return false
	}
}

// operatorHolds reports whether an operator holds between two values that compare as given.
func operatorHolds(o operator, compared int) bool {
	switch o {
	case equalTo:
		return compared == 0
	case differsFrom:
		return compared != 0
	case lessThan:
		return compared < 0
	case atMost:
		return compared <= 0
	case greaterThan:
		return compared > 0
	default:
		return compared >= 0
	}
}

// each calls visit with a condition and all conditions in it, those of related rows left out.
func each(c condition, visit func(condition)) {
	visit(c)
	switch c := c.(type) {
	case and:
		for _, part := range c {
			each(part, visit)
		}
	case or:
		for _, part := range c {
			each(part, visit)
		}
	case not:
		each(c.inner, visit)
	case narrowing:
		each(c.inner, visit)
	}
}
