package storage

import (
	"encoding/json"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"decnetgraph/storage/engine"
)

// record is a JSON object whose members are read by name. A member that is missing or null is nil, and so is one of
// another type, which unfit then records.
type record struct {
	members []member
	unfit   *bool
}

// member is a member of an object: its name, and the text of its value.
type member struct{ name, value string }

// read replaces the members by those of an object, and returns false if the text is no object.
func (r *record) read(text string) bool {
	r.members = r.members[:0]
	s := jsonScanner{text: text}
	if !s.take('{') {
		return false
	}
	if !s.take('}') {
		for {
			s.next()
			start := s.at
			if !s.name() {
				return false
			}
			name, _ := unquoted(s.text[start : strings.LastIndexByte(s.text[:s.at], '"')+1])
			s.next()
			start = s.at
			if !s.value() {
				return false
			}
			r.members = append(r.members, member{name, s.text[start:s.at]})
			if s.take('}') {
				break
			}
			if !s.take(',') {
				return false
			}
		}
	}
	s.next()
	return s.at == len(s.text)
}

// member returns the text of a member, of several with the name the last, and false if there is none or if it is null.
func (r *record) member(name string) (value string, found bool) {
	for _, m := range slices.Backward(r.members) {
		if m.name == name {
			return m.value, !isJSONNull(m.value)
		}
	}
	return "", false
}

// text returns a member as text; see scalarText.
func (r *record) text(name string) *string {
	return memberAs(r, name, scalarText)
}

// number returns a member that is a finite number.
func (r *record) number(name string) *float64 { return memberAs(r, name, jsonNumber) }

// whole returns a member that is an integer of 32 bits.
func (r *record) whole(name string) *int {
	return memberAs(r, name, func(element string) (int, bool) { return jsonWhole(element, math.MaxInt32) })
}

// safeInt returns a member that is an integer of the range of the scalar SafeInt.
func (r *record) safeInt(name string) *int {
	return memberAs(r, name, func(element string) (int, bool) { return jsonWhole(element, MostExact) })
}

// flag returns a member that is true or false.
func (r *record) flag(name string) *bool {
	return memberAs(r, name, func(element string) (bool, bool) { return element == "true", element == "true" || element == "false" })
}

// instant returns a member that is the text of an instant.
func (r *record) instant(name string) *time.Time {
	return memberAs(r, name, func(element string) (at time.Time, ok bool) {
		content, ok := unquoted(element)
		if !ok {
			return at, false
		}
		parsed, exact, ok := engine.ParseInstant(content)
		ok = ok && exact && setInstant(parsed, &at)
		return at, ok
	})
}

// value returns the text of a member unchanged, or nil if there is none.
func (r *record) value(name string) JSON {
	content, _ := r.member(name)
	return parseJSON(content)
}

func memberAs[V any](r *record, name string, convert func(string) (V, bool)) *V {
	content, found := r.member(name)
	if !found {
		return nil
	}
	converted, ok := convert(content)
	if !ok {
		if r.unfit != nil {
			*r.unfit = true
		}
		return nil
	}
	return &converted
}

// isJSONNull reports whether an element is null, or a number that JSON does not have and that stands for it.
func isJSONNull(element string) bool { return element == "null" || slices.Contains(nonFinite, element) }

// scalarText returns a scalar as text: a string, or else what is written. The text shares no memory with the element.
func scalarText(element string) (string, bool) {
	switch {
	case element == "" || element[0] == '{' || element[0] == '[' || isJSONNull(element):
		return "", false
	case element[0] == '"':
		return unquoted(element)
	default:
		return strings.Clone(element), true
	}
}

// unquoted returns the content of a JSON string, and false for any other element. An unpaired surrogate becomes U+FFFD.
// The content shares no memory with the element, which may be a part of a large text.
func unquoted(element string) (content string, ok bool) {
	if len(element) < 2 || element[0] != '"' {
		return "", false
	}
	if inner := element[1 : len(element)-1]; strings.IndexByte(inner, '\\') < 0 && utf8.ValidString(inner) {
		return strings.Clone(inner), true
	}
	err := json.Unmarshal([]byte(element), &content) // replaces what is not UTF-8, too
	return content, err == nil
}

// jsonNumber returns a finite number.
func jsonNumber(element string) (float64, bool) {
	if !isJSONNumber(element) {
		return 0, false
	}
	n, err := strconv.ParseFloat(element, 64)
	return n, err == nil
}

// jsonWhole returns an integer of at most a size, with either sign, however it is written: 3, 3.0 or 3e0.
func jsonWhole(element string, most int) (int, bool) {
	if n, err := strconv.Atoi(element); err == nil && isJSONNumber(element) {
		return n, n >= -most && n <= most
	}
	n, ok := jsonNumber(element)
	return int(n), ok && n == math.Trunc(n) && math.Abs(n) <= float64(most)
}

// isJSONNumber reports whether an element is a number, by its first byte.
func isJSONNumber(element string) bool {
	return element != "" && (element[0] >= '0' && element[0] <= '9' || element[0] == '-' && element != "-Infinity")
}
