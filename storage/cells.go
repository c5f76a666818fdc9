package storage

import (
	"encoding/hex"
	"math"
	"time"

	"decnetgraph/storage/engine"
)

// The words of package engine for what a row consists of. Most cells are one pointer, which makes them without an
// allocation.
type (
	cell    = engine.Cell
	scanner = engine.Scanner
	value   = engine.Value
)

// cellFunc is a cell made from a function.
type cellFunc func(v *value) bool

// Take implements engine.Cell.
func (f cellFunc) Take(v *value) bool { return f(v) }

// stored is a value as the database holds it, small enough to be stored beside every row of a page.
type stored struct {
	kind engine.ValueKind
	bits int64 // of a number; of an instant, the microseconds since 2000
	text string
}

func storedValue(v *value) stored {
	switch kind := v.Kind(); kind {
	case engine.Textual, engine.Binary:
		return stored{kind: kind, text: v.Own()}
	case engine.Integer, engine.Boolean:
		return stored{kind: engine.Integer, bits: v.Int()}
	case engine.Float64, engine.Float32:
		return stored{kind: kind, bits: int64(math.Float64bits(v.Float()))} //nolint:gosec // the bits of any number
	case engine.Instant:
		return stored{kind: kind, bits: v.Micros()}
	default:
		return stored{kind: kind}
	}
}

// storedCell takes any value unchanged.
type storedCell struct{ target *stored }

// Take implements engine.Cell.
func (c storedCell) Take(v *value) bool {
	*c.target = storedValue(v)
	return true
}

// sharedText takes a value as text where neighbouring rows often hold the same one.
type sharedText struct{ target *string }

// Take implements engine.Cell.
func (c sharedText) Take(v *value) bool {
	if v.Borrowed() && string(v.Raw()) == *c.target {
		return true
	}
	return textCell(c).Take(v)
}

// text takes a value as text; bytes that are not UTF-8 become U+FFFD.
func text(target *string) cell { return textCell{target} }

type textCell struct{ target *string }

// Take implements engine.Cell.
func (c textCell) Take(v *value) bool {
	content, ok := v.Text()
	*c.target = content
	return ok && !v.IsNull()
}

// optionalText takes a value as text, or nil for NULL.
func optionalText(target **string) cell { return optionalTextCell{target} }

type optionalTextCell struct{ target **string }

// Take implements engine.Cell.
func (c optionalTextCell) Take(v *value) bool {
	if *c.target = nil; v.IsNull() {
		return true
	}
	content, ok := v.Text()
	*c.target = v.Pointer(content)
	return ok
}

// NoNumber is what an integer field holds where the stored value is no number that the field can show exactly. It is null
// in answers. A field of type float64 holds NaN, and one of type time.Time the zero time.
const NoNumber = math.MinInt

// MostExact is the largest whole number that every reader of JSON keeps exactly, 2^53 - 1; the smallest is -MostExact.
const MostExact = 1<<53 - 1

// whole takes an integer of 32 bits, the range of a GraphQL Int.
func whole(target *int) cell { return wholeCell{target} }

type wholeCell struct{ target *int }

// Take implements engine.Cell.
func (c wholeCell) Take(v *value) bool { return takeWhole(v, c.target, math.MaxInt32) }

// safeInt takes an integer of the range of the scalar SafeInt.
func safeInt(target *int) cell { return safeIntCell{target} }

type safeIntCell struct{ target *int }

// Take implements engine.Cell.
func (c safeIntCell) Take(v *value) bool { return takeWhole(v, c.target, MostExact) }

// takeWhole takes an integer of at most a size, with either sign.
func takeWhole(v *value, target *int, most int64) bool {
	n, ok := v.Whole()
	if ok = ok && n >= -most && n <= most; !ok {
		n = NoNumber
	}
	*target = int(n)
	return ok
}

// finite takes a finite number. MySQL stores DECNET's numbers in 32 bits; engine.SevenDigits widens them.
func finite(target *float64) cell { return finiteCell{target} }

type finiteCell struct{ target *float64 }

// Take implements engine.Cell.
func (c finiteCell) Take(v *value) bool {
	n, ok := v.Number()
	fits := ok && !math.IsInf(n, 0) && !math.IsNaN(n)
	if fits && v.Kind() == engine.Float32 {
		n = engine.SevenDigits(n)
	}
	if !fits {
		n = math.NaN()
	}
	*c.target = n
	return fits
}

// flag takes a truth value: 0, 1, or a driver's bool.
func flag(target *bool) cell { return flagCell{target} }

type flagCell struct{ target *bool }

// Take implements engine.Cell.
func (c flagCell) Take(v *value) bool {
	n, ok := v.Number()
	if ok {
		*c.target = n != 0 && !math.IsNaN(n)
	}
	return ok && !math.IsNaN(n)
}

// optional makes a cell for a nullable column out of one for a value.
func optional[V any](inner func(*V) cell, target **V) cell {
	return cellFunc(func(v *value) bool {
		if *target = nil; v.IsNull() {
			return true
		}
		fresh := new(V)
		if !inner(fresh).Take(v) {
			return false
		}
		*target = fresh
		return true
	})
}

// instant takes a stored instant: naive UTC.
func instant(target *time.Time) cell { return instantCell{target} }

type instantCell struct{ target *time.Time }

// Take implements engine.Cell.
func (c instantCell) Take(v *value) bool {
	switch *c.target = (time.Time{}); v.Kind() {
	case engine.Instant:
		return setInstant(v.Time(), c.target)
	case engine.Textual:
		at, exact, ok := engine.ParseInstant(string(v.Bytes()))
		return ok && exact && setInstant(at, c.target)
	default:
		return false
	}
}

// setInstant sets an instant of the years that RFC 3339 can write.
func setInstant(at time.Time, target *time.Time) bool {
	at = at.UTC()
	fits := engine.InYears(at)
	if fits {
		*target = at
	}
	return fits
}

// epoch takes seconds since 1970 and keeps microseconds.
func epoch(target *time.Time) cell { return epochCell{target} }

type epochCell struct{ target *time.Time }

// Take implements engine.Cell.
func (c epochCell) Take(v *value) bool {
	const farthest = 1e12 // keeps the microseconds within 64 bits
	*c.target = time.Time{}
	seconds, ok := v.Number()
	if !ok || math.IsNaN(seconds) || math.Abs(seconds) > farthest {
		return false
	}
	return setInstant(time.UnixMicro(int64(math.Round(seconds*1e6))), c.target)
}

// hexadecimal takes raw bytes and keeps them as lower-case hexadecimal digits.
func hexadecimal(target *string) cell { return hexadecimalCell{target} }

type hexadecimalCell struct{ target *string }

// Take implements engine.Cell.
func (c hexadecimalCell) Take(v *value) bool {
	if v.Kind() != engine.Textual && v.Kind() != engine.Binary {
		return false
	}
	raw := v.Raw()
	if raw == nil {
		raw = []byte(v.Own())
	}
	*c.target = hex.EncodeToString(raw)
	return true
}
