package sample

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// object is a JSON object that keeps the order of its keys.
type object []member

// member is one key of an object.
type member struct {
	key   string
	value any
}

// dumps returns v as Python's json.dumps writes it: with ", " and ": " as separators, in ASCII.
func dumps(v any) string { return string(appendJSON(make([]byte, 0, 128), v)) }

// dumpsOrNull returns dumps, or NULL for an empty list.
func dumpsOrNull[T any](list []T) any {
	if len(list) == 0 {
		return nil
	}
	return dumps(list)
}

func appendJSON(b []byte, v any) []byte {
	switch v := v.(type) {
	case nil:
		return append(b, "null"...)
	case bool:
		return strconv.AppendBool(b, v)
	case int:
		return strconv.AppendInt(b, int64(v), 10)
	case float64:
		return appendFloat(b, v)
	case string:
		return appendText(b, v)
	case object:
		b = append(b, '{')
		for i, m := range v {
			if i > 0 {
				b = append(b, ", "...)
			}
			b = append(appendText(b, m.key), ": "...)
			b = appendJSON(b, m.value)
		}
		return append(b, '}')
	case []object:
		return appendList(b, v)
	case []string:
		return appendList(b, v)
	case []int:
		return appendList(b, v)
	default:
		panic(fmt.Sprintf("sample: no JSON form for %T", v))
	}
}

func appendList[T any](b []byte, list []T) []byte {
	b = append(b, '[')
	for i, v := range list {
		if i > 0 {
			b = append(b, ", "...)
		}
		b = appendJSON(b, v)
	}
	return append(b, ']')
}

// appendFloat writes a number with a fraction even if it is whole, as Python does.
func appendFloat(b []byte, f float64) []byte {
	text := strconv.FormatFloat(f, 'f', -1, 64)
	b = append(b, text...)
	if !strings.Contains(text, ".") {
		b = append(b, ".0"...)
	}
	return b
}

func appendText(b []byte, s string) []byte {
	b = append(b, '"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b = append(b, '\\', byte(r))
		case r == '\n':
			b = append(b, `\n`...)
		case r == '\t':
			b = append(b, `\t`...)
		case r >= 0x20 && r < utf8.RuneSelf:
			b = append(b, byte(r))
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			b = fmt.Appendf(b, `\u%04x\u%04x`, high, low)
		default:
			b = fmt.Appendf(b, `\u%04x`, r)
		}
	}
	return append(b, '"')
}

// decimal returns n as text, which is how DECNET stores most numbers in fingerprints and slugs.
func decimal(n int) string { return strconv.Itoa(n) }

// list returns a list as JSON, [] if it is nil.
func list[T any](v []T) string {
	if v == nil {
		v = []T{}
	}
	return dumps(v)
}
