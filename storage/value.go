package storage

import (
	"bytes"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// kind is what a driver can hand over, as cells tell it apart.
type kind uint8

const (
	null kind = iota
	textual
	binary
	integer
	floating
	single // a float of 32 bits
	truth
	moment
	foreign // anything else, which no cell takes
)

// value is one value of a row, filled anew for each column: cells read it without an allocation for
// what they do not keep. What they keep of a result's texts lies side by side in its room.
type value struct {
	kind   kind
	whole  int64   // of an integer; 1 or 0 of a truth value
	real   float64 // of the kinds floating and single
	at     time.Time
	raw    []byte // of the kinds textual and binary: the driver's, good until the next row
	text   string // the same where raw is nil
	room   room
	volume int // bytes of text taken so far
}

// set takes a value as database/sql hands it over.
func (v *value) set(given any) {
	switch g := given.(type) {
	case nil:
		v.kind = null
	case string:
		v.setText(g)
	case []byte:
		v.setRaw(binary, g)
	case int64:
		v.kind, v.whole = integer, g
	case float64:
		v.kind, v.real = floating, g
	case float32:
		v.kind, v.real = single, float64(g)
	case bool:
		v.setTruth(g)
	case time.Time:
		v.kind, v.at = moment, g
	default:
		v.kind = foreign
	}
}

func (v *value) setText(text string) {
	v.kind, v.raw, v.text = textual, nil, text
	v.volume += len(text)
}

func (v *value) setRaw(as kind, raw []byte) {
	v.kind, v.raw, v.text = as, raw, ""
	v.volume += len(raw)
}

func (v *value) setTruth(yes bool) {
	if v.kind, v.whole = truth, 0; yes {
		v.whole = 1
	}
}

// own is a text, or bytes, as they stand, in memory that stays.
func (v *value) own() string {
	if v.raw != nil {
		v.text, v.raw = v.room.text(v.raw), nil
	}
	return v.text
}

// asText is a value as text, if it can be one; bytes that are not UTF-8 become U+FFFD.
func (v *value) asText() (content string, ok bool) {
	switch v.kind {
	case textual, binary:
		content = v.own()
		if !utf8.ValidString(content) { // which is faster to say than to mend
			content = strings.ToValidUTF8(content, "\uFFFD")
		}
		return content, true
	case integer:
		return strconv.FormatInt(v.whole, 10), true
	case floating:
		return strconv.FormatFloat(v.real, 'g', -1, 64), true
	case truth:
		return strconv.FormatBool(v.whole != 0), true
	case moment:
		return v.at.UTC().Format(sqliteTime), true
	default:
		return "", v.kind == null
	}
}

// borrowed reports whether what look shows is the driver's.
func (v *value) borrowed() bool { return v.raw != nil && (v.kind == textual || v.kind == binary) }

// look is asText for those who keep nothing of it: the content is good until the next row, and empty
// if the value can be no text.
func (v *value) look() []byte {
	if v.borrowed() {
		if utf8.Valid(v.raw) {
			return v.raw
		}
		return bytes.ToValidUTF8(v.raw, []byte("\uFFFD"))
	}
	text, _ := v.asText()
	return []byte(text)
}

// number is a value as a number, if it is one.
func (v *value) number() (n float64, ok bool) {
	switch v.kind {
	case integer, truth:
		return float64(v.whole), true
	case floating, single:
		return v.real, true
	case textual, binary:
		n, err := strconv.ParseFloat(string(v.look()), 64)
		return n, err == nil
	default:
		return 0, false
	}
}

// stored is a value as the database holds it, small enough to be kept beside every row of a page.
type stored struct {
	kind kind
	bits int64 // of a number; of an instant, the microseconds since 1970
	text string
}

func (v *value) stored(textIsBytes bool) stored {
	switch v.kind {
	case textual:
		return stored{kind: textual, text: v.own()}
	case binary:
		if textIsBytes {
			return stored{kind: textual, text: v.own()}
		}
		return stored{kind: binary, text: v.own()}
	case integer, truth:
		return stored{kind: v.kind, bits: v.whole}
	case floating, single:
		return stored{kind: v.kind, bits: int64(math.Float64bits(v.real))} //nolint:gosec // the bits, whatever they are
	case moment:
		return stored{kind: moment, bits: v.at.UnixMicro()}
	default:
		return stored{kind: v.kind}
	}
}

// room holds the texts of one result in a few pieces of memory, each for many rows: a text alone would
// be an allocation. A text that is kept keeps its piece, too.
type room struct {
	texts    strings.Builder
	pointers []string
}

// The sizes of pieces start small, since most results are, and double.
const (
	leastTexts, mostTexts       = 512, 32 << 10
	leastPointers, mostPointers = 8, 256
)

// text keeps a text.
func (r *room) text(raw []byte) string {
	if len(raw) > mostTexts/8 {
		return string(raw)
	}
	if r.texts.Cap()-r.texts.Len() < len(raw) {
		size := min(max(leastTexts, 2*r.texts.Cap(), len(raw)), mostTexts)
		r.texts.Reset()
		r.texts.Grow(size)
	}
	start := r.texts.Len()
	r.texts.Write(raw)
	return r.texts.String()[start:]
}

// pointer keeps a text behind a pointer.
func (r *room) pointer(text string) *string {
	if len(r.pointers) == cap(r.pointers) {
		r.pointers = make([]string, 0, min(max(leastPointers, 2*cap(r.pointers)), mostPointers))
	}
	r.pointers = append(r.pointers, text)
	return &r.pointers[len(r.pointers)-1]
}
