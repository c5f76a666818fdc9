package engine

import (
	"bytes"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// ValueKind is what a driver can return, as cells distinguish it.
type ValueKind uint8

// The kinds of values.
const (
	Null ValueKind = iota
	Textual
	Binary
	Integer
	Float64
	Float32
	Boolean
	Instant
	Other // which fits no cell
)

// Value is one value of a row. One Value is reused for all columns of a result, so that reading a column allocates
// nothing unless a cell stores the value. The texts that cells store of one result share a few pieces of memory.
type Value struct {
	// BytesAreText is Syntax.TextIsBytes: bytes of the driver are Textual, not Binary.
	BytesAreText bool
	// AnyType is Dialect.AnyType: a text is no number, even if it spells one.
	AnyType bool
	// Done, if set, is closed when nobody waits for the values any more.
	Done <-chan struct{}
	// MostElements is the largest number of elements that a cell may make of one value; 0 is no bound.
	MostElements int

	interrupted bool
	exceeded    string

	kind   ValueKind
	whole  int64   // of an integer; 1 or 0 of a boolean
	real   float64 // of the kinds Float64 and Float32
	at     time.Time
	raw    []byte // of the kinds Textual and Binary: the driver's memory, valid until the next row
	text   string // the same where raw is nil
	arena  arena
	volume int
}

// Kind returns the kind of the value.
func (v *Value) Kind() ValueKind { return v.kind }

// IsNull reports whether the value is NULL.
func (v *Value) IsNull() bool { return v.kind == Null }

// Int returns an integer, or 1 or 0 for a boolean.
func (v *Value) Int() int64 { return v.whole }

// Float returns a value of the kinds Float64 and Float32.
func (v *Value) Float() float64 { return v.real }

// Micros returns an instant as PostgreSQL holds it: in microseconds since 2000, with the extremes for the infinities.
func (v *Value) Micros() int64 { return v.whole }

// Time returns an instant. The zero time is what a driver makes of text that is none.
func (v *Value) Time() time.Time { return v.at }

// Volume returns the number of bytes of text and of Binary values in the result so far.
func (v *Value) Volume() int { return v.volume }

// Set fills the value as database/sql returns it.
func (v *Value) Set(given any) {
	switch g := given.(type) {
	case nil:
		v.kind = Null
	case string:
		v.setText(g)
	case []byte:
		as := Binary
		if v.BytesAreText {
			as = Textual
		}
		v.setRaw(as, g)
	case int64:
		v.kind, v.whole = Integer, g
	case float64:
		v.kind, v.real = Float64, g
	case float32:
		v.kind, v.real = Float32, float64(g)
	case bool:
		v.setBool(g)
	case time.Time:
		v.kind, v.at, v.whole = Instant, g, g.UnixMicro()-postgresEpoch
	default:
		v.kind = Other
	}
}

func (v *Value) setText(text string) {
	v.kind, v.raw, v.text = Textual, nil, text
	v.volume += len(text)
}

func (v *Value) setRaw(as ValueKind, raw []byte) {
	v.kind, v.raw, v.text = as, raw, ""
	v.volume += len(raw)
}

func (v *Value) setMicros(since2000 int64) {
	v.kind, v.at, v.whole = Instant, postgresInstant(since2000), since2000
}

func (v *Value) setBool(yes bool) {
	if v.kind, v.whole = Boolean, 0; yes {
		v.whole = 1
	}
}

// Own returns the bytes of a text or of a binary value, unchanged and in memory that stays valid.
func (v *Value) Own() string {
	if v.raw != nil {
		v.text, v.raw = v.arena.text(v.raw), nil
	}
	return v.text
}

// Text returns the value as text, and false if it cannot be text. NULL is the empty text. Bytes that are not UTF-8
// become U+FFFD.
func (v *Value) Text() (content string, ok bool) {
	switch v.kind {
	case Textual, Binary:
		content = v.Own()
		if !utf8.ValidString(content) { // the check is faster than the conversion
			content = strings.ToValidUTF8(content, "\uFFFD")
		}
		return content, true
	case Integer:
		return strconv.FormatInt(v.whole, 10), true
	case Float64:
		return strconv.FormatFloat(v.real, 'g', -1, 64), true
	case Boolean:
		return strconv.FormatBool(v.whole != 0), true
	case Instant:
		return FormatInstant(v.at), true
	default:
		return "", v.kind == Null
	}
}

// Raw returns the driver's bytes of a text or binary value. They are valid until the next row, and nil if the value
// is of another kind or was copied.
func (v *Value) Raw() []byte {
	if v.Borrowed() {
		return v.raw
	}
	return nil
}

// Borrowed reports whether Bytes returns memory of the driver.
func (v *Value) Borrowed() bool { return v.raw != nil && (v.kind == Textual || v.kind == Binary) }

// Bytes returns what Text returns, without a copy: the content is valid until the next row. It is empty if the value
// cannot be text.
func (v *Value) Bytes() []byte {
	if v.Borrowed() {
		if utf8.Valid(v.raw) {
			return v.raw
		}
		return bytes.ToValidUTF8(v.raw, []byte("\uFFFD"))
	}
	text, _ := v.Text()
	return []byte(text)
}

// Number returns the value as a number, and false if it is none. A text that spells a number is one where columns have
// types, since drivers write some numbers as texts.
func (v *Value) Number() (n float64, ok bool) {
	switch v.kind {
	case Integer, Boolean:
		return float64(v.whole), true
	case Float64, Float32:
		return v.real, true
	case Textual:
		if v.AnyType {
			return 0, false
		}
		n, err := strconv.ParseFloat(string(v.Bytes()), 64)
		return n, err == nil
	default:
		return 0, false
	}
}

// Whole returns the value as a whole number, with all of its digits, and false if it is none of 64 bits.
func (v *Value) Whole() (n int64, ok bool) {
	switch v.kind {
	case Integer, Boolean:
		return v.whole, true
	case Textual:
		if n, err := strconv.ParseInt(string(v.Bytes()), 10, 64); err == nil && !v.AnyType {
			return n, true
		}
	default:
	}
	const beyond = 1 << 63
	number, ok := v.Number()
	if !ok || number != math.Trunc(number) || number < -beyond || number >= beyond { // NaN is not equal to itself
		return 0, false
	}
	return int64(number), true
}

// Interrupted reports whether Done is closed. A cell that works on a long value asks it now and then, and gives up.
func (v *Value) Interrupted() bool {
	select {
	case <-v.Done:
		v.interrupted = true
	default:
	}
	return v.interrupted
}

// GaveUp reports whether a cell found out by Interrupted that it must give up: the row is not to be used.
func (v *Value) GaveUp() bool { return v.interrupted }

// Exceed notes that a value is larger than a limit, in words that can follow "more than".
func (v *Value) Exceed(format string, most int) { v.exceeded = fmt.Sprintf(format, most) }

// Exceeded returns what Exceed noted, or an empty text.
func (v *Value) Exceeded() string { return v.exceeded }

// Pointer returns a pointer to the text that stays valid.
func (v *Value) Pointer(text string) *string { return v.arena.pointer(text) }

// arena holds the texts of one result in a few pieces of memory, each for many rows, because each text alone would
// be an allocation. A text that stays in use keeps its whole piece in memory.
type arena struct {
	texts    strings.Builder
	pointers []string
}

// The sizes of pieces start small, since most results are, and double.
const (
	leastTexts, mostTexts       = 512, 32 << 10
	leastPointers, mostPointers = 8, 256
)

// text copies a text.
func (a *arena) text(raw []byte) string {
	if len(raw) > mostTexts/8 {
		return string(raw)
	}
	if a.texts.Cap()-a.texts.Len() < len(raw) {
		size := min(max(leastTexts, 2*a.texts.Cap(), len(raw)), mostTexts)
		a.texts.Reset()
		a.texts.Grow(size)
	}
	start := a.texts.Len()
	a.texts.Write(raw)
	return a.texts.String()[start:]
}

// pointer stores a text and returns a pointer to it.
func (a *arena) pointer(text string) *string {
	if len(a.pointers) == cap(a.pointers) {
		a.pointers = make([]string, 0, min(max(leastPointers, 2*cap(a.pointers)), mostPointers))
	}
	a.pointers = append(a.pointers, text)
	return &a.pointers[len(a.pointers)-1]
}
