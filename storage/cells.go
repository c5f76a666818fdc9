package storage

import (
	"encoding/hex"
	"math"
	"strconv"
	"time"
)

// A cell takes one value and reports whether it fits. SQLite checks no types and DECNET no contents,
// so a cell never fails: what does not fit leaves its target empty.
//
// Most are a pointer and no more, which makes them without an allocation.
type cell interface {
	take(v *value) bool
}

// cellFunc is a cell made of a function.
type cellFunc func(v *value) bool

func (f cellFunc) take(v *value) bool { return f(v) }

// takes gives a cell one value that comes from no result.
func takes(c cell, given any) bool {
	var v value
	v.set(given)
	return c.take(&v)
}

// scanner fills a cell from a column and notes the columns whose values did not fit.
type scanner struct {
	into   cell
	odd    *[]string
	column string
}

func (s *scanner) take(v *value) {
	if !s.into.take(v) && s.odd != nil {
		*s.odd = append(*s.odd, s.column)
	}
}

// storedCell takes any value as it is.
type storedCell struct {
	target      *stored
	textIsBytes bool
}

func (c storedCell) take(v *value) bool {
	*c.target = v.stored(c.textIsBytes)
	return true
}

// sharedText takes a value as text, where neighbouring rows often hold the same one.
type sharedText struct{ target *string }

func (c sharedText) take(v *value) bool {
	if v.borrowed() && string(v.raw) == *c.target {
		return true
	}
	return textCell(c).take(v)
}

// text takes a value as text; bytes that are not UTF-8 become U+FFFD.
func text(target *string) cell { return textCell{target} }

type textCell struct{ target *string }

func (c textCell) take(v *value) bool {
	content, ok := v.asText()
	*c.target = content
	return ok && v.kind != null
}

// optionalText takes a value as text, or nil for NULL.
func optionalText(target **string) cell { return optionalTextCell{target} }

type optionalTextCell struct{ target **string }

func (c optionalTextCell) take(v *value) bool {
	if *c.target = nil; v.kind == null {
		return true
	}
	content, ok := v.asText()
	*c.target = v.room.pointer(content)
	return ok
}

// whole takes an integer of 32 bits, the range of a GraphQL Int.
func whole(target *int) cell { return wholeCell{target} }

type wholeCell struct{ target *int }

func (c wholeCell) take(v *value) bool {
	n, ok := v.number()
	fits := ok && n == math.Trunc(n) && math.Abs(n) <= math.MaxInt32
	if fits {
		*c.target = int(n)
	}
	return fits
}

// finite takes a finite number. One of 32 bits, as MySQL keeps DECNET's, has seven digits: 0.9 reads 0.9.
func finite(target *float64) cell { return finiteCell{target} }

type finiteCell struct{ target *float64 }

func (c finiteCell) take(v *value) bool {
	n, ok := v.number()
	fits := ok && !math.IsInf(n, 0) && !math.IsNaN(n)
	if fits && v.kind == single {
		n, _ = strconv.ParseFloat(strconv.FormatFloat(n, 'g', 7, 32), 64)
	}
	if fits {
		*c.target = n
	}
	return fits
}

// flag takes a truth value: 0, 1, or a driver's bool.
func flag(target *bool) cell { return flagCell{target} }

type flagCell struct{ target *bool }

func (c flagCell) take(v *value) bool {
	n, ok := v.number()
	if ok {
		*c.target = n != 0 && !math.IsNaN(n)
	}
	return ok && !math.IsNaN(n)
}

// optional makes a cell for a nullable column out of one for a value.
func optional[V any](inner func(*V) cell, target **V) cell {
	return cellFunc(func(v *value) bool {
		if *target = nil; v.kind == null {
			return true
		}
		fresh := new(V)
		if !inner(fresh).take(v) {
			return false
		}
		*target = fresh
		return true
	})
}

// instant takes a stored instant: naive UTC.
func instant(target *time.Time) cell { return instantCell{target} }

type instantCell struct{ target *time.Time }

func (c instantCell) take(v *value) bool {
	switch v.kind {
	case moment: // the zero time is what a driver makes of text that is no instant
		return !v.at.IsZero() && setInstant(v.at, c.target)
	case textual, binary:
		content := v.look()
		return parseInstant(string(content), c.target)
	default:
		return false
	}
}

func parseInstant(content string, target *time.Time) bool {
	for _, layout := range []string{"2006-01-02 15:04:05", "2006-01-02T15:04:05", time.RFC3339, "2006-01-02 15:04:05Z07:00"} {
		if parsed, err := time.Parse(layout, content); err == nil { // a fraction is taken with any layout
			return setInstant(parsed, target)
		}
	}
	return false
}

// setInstant takes the years that RFC 3339 can write.
func setInstant(at time.Time, target *time.Time) bool {
	at = at.UTC()
	fits := at.Year() >= 1 && at.Year() <= 9999
	if fits {
		*target = at
	}
	return fits
}

// epoch takes seconds since 1970 and keeps microseconds.
func epoch(target *time.Time) cell { return epochCell{target} }

type epochCell struct{ target *time.Time }

func (c epochCell) take(v *value) bool {
	const farthest = 1e12 // keeps the microseconds within 64 bits
	seconds, ok := v.number()
	if !ok || math.IsNaN(seconds) || math.Abs(seconds) > farthest {
		return false
	}
	return setInstant(time.UnixMicro(int64(math.Round(seconds*1e6))), c.target)
}

// hexadecimal takes raw bytes and keeps them as lower-case hexadecimal digits.
func hexadecimal(target *string) cell { return hexadecimalCell{target} }

type hexadecimalCell struct{ target *string }

func (c hexadecimalCell) take(v *value) bool {
	if v.kind != textual && v.kind != binary {
		return false
	}
	if v.raw == nil {
		*c.target = hex.EncodeToString([]byte(v.text))
	} else {
		*c.target = hex.EncodeToString(v.raw)
	}
	return true
}
