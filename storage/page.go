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
	// Bare asks for the rows alone: the Slice need not know whether there are more, nor where rows stand.
	Bare bool
}

// ahead is the number of rows to read: one more than wanted tells that the list goes on.
func (p Page) ahead() int {
	if p.Bare {
		return p.Limit
	}
	return p.Limit + 1
}

// Position is a place in an ordered list: the sort key of a row, and the row's own key, both written
// by writeKey.
type Position struct {
	List string // name of the order that the position belongs to
	Sort string
	Key  string
}

// Slice is the part of a list that a Page asked for.
type Slice[T any] struct {
	Rows []*T
	// More tells whether the range goes on beyond the rows, in the direction of the page.
	More bool
	// Total is the number of rows across all pages, if reading the page has told it.
	Total *int
	// Skipped is the number of rows left out because they cannot be read: those before the last row
	// of the page, in the direction of the page, and on the last page those up to the end.
	Skipped int
	// Reached is the place up to which the range was read, if the page stopped short because of them.
	Reached *Position
	// Position tells where the row of an index stands in the list.
	Position func(i int) Position
}

// Len is the number of rows.
func (s Slice[T]) Len() int { return len(s.Rows) }

// order is a total order of the rows of a table: by one column that is never NULL, then by the key.
type order struct {
	name       string
	column     string
	descending bool
}

// list names the order as positions do: a cursor is good for one direction.
func (o order) list() string { return o.name + o.direction() }

// position is the place of the row with these keys.
func (o order) position(sort, key stored) Position {
	return Position{List: o.list(), Sort: writeKey(sort), Key: writeKey(key)}
}

// writeKey writes a value as the database holds it, so that it compares as the row itself does:
// SQLite keeps anything in any column, and a value made of what the row was read as may sort elsewhere.
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
		return "d" + time.UnixMicro(s.bits).UTC().Format(time.RFC3339Nano)
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
		n, err = strconv.ParseFloat(content, 64)
		if math.IsNaN(n) {
			return nil, false
		}
		stored = n
	case 'd':
		stored, err = time.Parse(time.RFC3339Nano, content)
	default:
		return nil, false
	}
	return stored, err == nil
}

// check refuses a page whose positions do not belong to the order.
func (o order) check(p Page) error {
	for _, bound := range []struct {
		argument string
		at       *Position
	}{{"after", p.After}, {"before", p.Before}} {
		if bound.at == nil {
			continue
		}
		_, sorts := readKey(bound.at.Sort)
		_, keys := readKey(bound.at.Key)
		if bound.at.List != o.list() || !sorts || !keys {
			return Invalid("the cursor given as %q belongs to another list or order", bound.argument)
		}
	}
	return nil
}

// reversed is the order read from its other end.
func (o order) reversed(yes bool) order {
	o.descending = o.descending != yes
	return o
}

// directed gives the order the direction asked for.
func (o order) directed(descending bool) order {
	o.descending = descending
	return o
}

// by is the ORDER BY of a sort key and a key.
func (o order) by(sort, key string) string {
	return sort + o.direction() + ", " + key + o.direction()
}

func (o order) direction() string {
	if o.descending {
		return " DESC"
	}
	return " ASC"
}

// cut makes a slice of the rows read for a page: one row more than the limit tells that the list
// goes on, and a backward page was read from its end. position takes an index in the order of reading.
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
