package storage

import (
	"slices"
	"strconv"
	"time"
)

// Page asks for a part of an ordered list.
type Page struct {
	// Limit is the number of rows wanted.
	Limit int
	// Backward takes the rows from the end of the range instead of its start. The order of the
	// answer stays that of the list.
	Backward bool
	// After and Before bound the range, exclusively; nil for the ends of the list.
	After, Before *Position
	// Offset is the number of rows skipped at the start of the range.
	Offset int
}

// Position is a place in an ordered list: the sort key of a row, and the row's own key.
type Position struct {
	List string // name of the order that the position belongs to
	Sort string // the sort key, written as its order writes it
	Key  string
}

// Slice is the part of a list that a Page asked for.
type Slice[T any] struct {
	Rows []*T
	// More tells whether the range goes on beyond the rows, in the direction of the page.
	More bool
	// Total is the number of rows across all pages, if reading the page has told it.
	Total *int
	// Position tells where a row of the list stands.
	Position func(*T) Position
}

// order is a total order of rows of T: by one column that is never NULL, then by the key.
type order[T any] struct {
	name       string
	column     string
	descending bool
	kind       sortKind
	sort       func(*T) string // the sort key of a row, as kind writes it
	key        func(*T) string
}

// sortKind says how a sort key is written into a position and read back.
type sortKind struct {
	valid func(sort string) bool
	bind  func(d dialect, sort string) any
}

var (
	byTime = sortKind{
		valid: func(sort string) bool { _, err := time.Parse(sqliteTime, sort); return err == nil },
		bind: func(d dialect, sort string) any {
			at, _ := time.Parse(sqliteTime, sort)
			return d.bindTime(at)
		},
	}
	byNumber = sortKind{
		valid: func(sort string) bool { _, err := strconv.ParseFloat(sort, 64); return err == nil },
		bind:  func(_ dialect, sort string) any { n, _ := strconv.ParseFloat(sort, 64); return n },
	}
	byText = sortKind{
		valid: func(string) bool { return true },
		bind:  func(_ dialect, sort string) any { return sort },
	}
)

func timeKey(at time.Time) string { return at.Format(sqliteTime) }

func (o order[T]) position(row *T) Position {
	return Position{List: o.name, Sort: o.sort(row), Key: o.key(row)}
}

// check refuses a page whose positions do not belong to the order.
func (o order[T]) check(p Page) error {
	for _, bound := range []struct {
		argument string
		at       *Position
	}{{"after", p.After}, {"before", p.Before}} {
		if at := bound.at; at != nil && (at.List != o.name || !o.kind.valid(at.Sort)) {
			return Invalid("the cursor given as %q belongs to another list or order", bound.argument)
		}
	}
	return nil
}

// reversed is the order read from its other end.
func (o order[T]) reversed(yes bool) order[T] {
	o.descending = o.descending != yes
	return o
}

// directed gives the order the direction asked for.
func (o order[T]) directed(descending bool) order[T] {
	o.descending = descending
	return o
}

func (o order[T]) direction() string {
	if o.descending {
		return " DESC"
	}
	return " ASC"
}

// cut makes a slice of the rows read for a page: one row more than the limit tells that the list
// goes on, and a backward page was read from its end.
func (o order[T]) cut(rows []*T, p Page) Slice[T] {
	more := len(rows) > p.Limit
	if more {
		rows = rows[:p.Limit]
	}
	if p.Backward {
		slices.Reverse(rows)
	}
	return Slice[T]{Rows: rows, More: more, Position: o.position}
}
