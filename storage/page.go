package storage

import (
	"encoding/hex"
	"math"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"

	"decnetgraph/storage/engine"
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
	// Offset is the number of rows skipped first, at the end that the rows are taken from.
	Offset int
	// Bare requests rows only: Slice.More and Slice.Position may be missing.
	Bare bool
}

// ahead returns the number of rows to read: one more than the limit, to find out whether there are more.
func (p Page) ahead() int {
	if p.Bare {
		return p.Limit
	}
	return p.Limit + 1
}

// Position is a place in an ordered list.
type Position struct {
	List string // name of the list and of its order
	Sort string // sort keys of a row, as writeSort writes them
	Key  string // key of the row, as writeKey writes it
}

// Slice is the part of a list that a Page selects.
type Slice[T any] struct {
	Rows []*T
	// More reports whether the range has more rows after these, in the direction of the page.
	More bool
	// Total is the number of rows across all pages, or nil if reading the page did not show it.
	Total *int
	// Skipped is the number of unreadable rows that were left out: those before the last row of the page, in the
	// direction of the page, and on the last page those up to the end of the range.
	Skipped int
	// Reached is the place up to which the range was read, if the page is short because of unreadable rows.
	Reached *Position
	// Unreadable reports that the stored list is too long to be read, so that nothing can be said about its rows.
	Unreadable bool
	// Position returns the position of the row with an index; nil for a Bare page.
	Position func(i int) Position
}

// Len is the number of rows.
func (s Slice[T]) Len() int { return len(s.Rows) }

// writeKey writes a value as the database holds it, so that it compares like the row's own: SQLite stores any type in
// any column, and a value converted to the field's type may sort differently.
func writeKey(s stored) string {
	switch s.kind {
	case engine.Textual:
		if utf8.ValidString(s.text) {
			return "t" + s.text
		}
		return "x" + hex.EncodeToString([]byte(s.text)) // a cursor is JSON, which takes no other bytes
	case engine.Binary:
		return "b" + hex.EncodeToString([]byte(s.text))
	case engine.Integer:
		return "i" + strconv.FormatInt(s.bits, 10)
	case engine.Float64, engine.Float32:
		return "f" + strconv.FormatFloat(math.Float64frombits(uint64(s.bits)), 'g', -1, 64) //nolint:gosec // the bits
	case engine.Instant:
		return "p" + engine.PostgresText(s.bits)
	default:
		return ""
	}
}

// readKey reads what writeKey wrote.
func readKey(written string) (stored any, ok bool) {
	if written == "" {
		return nil, false
	}
	var err error
	switch content := written[1:]; written[0] {
	case 't':
		return content, true
	case 'x':
		var raw []byte
		raw, err = hex.DecodeString(content)
		stored = string(raw)
	case 'b':
		stored, err = hex.DecodeString(content)
	case 'i':
		stored, err = strconv.ParseInt(content, 10, 64)
	case 'f':
		var n float64
		n, err = strconv.ParseFloat(content, 64) // PostgreSQL holds NaN, and sorts it last
		stored = n
	case 'p':
		return content, true
	case 'd': // of earlier releases
		stored, err = time.Parse(time.RFC3339Nano, content)
	default:
		return nil, false
	}
	return stored, err == nil
}

// cut makes a slice of the rows read for a page. If there is one row more than the limit, it is dropped and Slice.More
// is set. The rows of a backward page were read from its end. position takes an index in the order of reading, and is
// nil if p is Bare.
func cut[T any](rows []*T, p Page, position func(i int) Position) Slice[T] {
	more := len(rows) > p.Limit
	if more {
		rows = rows[:p.Limit]
	}
	if !p.Backward {
		return Slice[T]{Rows: rows, More: more, Position: position}
	}
	slices.Reverse(rows)
	last := len(rows) - 1
	return Slice[T]{Rows: rows, More: more, Position: func(i int) Position { return position(last - i) }}
}
