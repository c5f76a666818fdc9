package jsontext

import (
	"encoding/json"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// Repeated takes the place of the value of a name that a JSON object has several times. Parsers disagree on which of the
// values counts, so the one who takes the object decides whether to refuse it.
type Repeated struct{ Values []any } // the first two, in the order written

// Unquote decodes a JSON string with its quotes. In contrast to encoding/json it replaces nothing: bytes that are not
// UTF-8 stay, and half of a surrogate pair becomes the three bytes that UTF-8 would have for it, which are not valid
// UTF-8. ok is false if the text is not a JSON string.
func Unquote(quoted []byte) (text string, ok bool) {
	if len(quoted) < 2 || quoted[0] != '"' || quoted[len(quoted)-1] != '"' || !json.Valid(quoted) {
		return "", false
	}
	inside := quoted[1 : len(quoted)-1]
	decoded := make([]byte, 0, len(inside))
	for at := 0; at < len(inside); at++ {
		if inside[at] != '\\' {
			decoded = append(decoded, inside[at])
			continue
		}
		at++
		switch c := inside[at]; c {
		case 'b':
			decoded = append(decoded, '\b')
		case 'f':
			decoded = append(decoded, '\f')
		case 'n':
			decoded = append(decoded, '\n')
		case 'r':
			decoded = append(decoded, '\r')
		case 't':
			decoded = append(decoded, '\t')
		case 'u':
			r, length := decodeEscape(inside[at-1:])
			decoded = appendRune(decoded, r)
			at += length - len(`\u`)
		default: // a quote, a slash or a backslash
			decoded = append(decoded, c)
		}
	}
	return string(decoded), true
}

// decodeEscape decodes the escape of four digits that a valid text starts with, or two escapes that make one character,
// and returns their length.
func decodeEscape(text []byte) (r rune, length int) {
	const one = len(`\u0000`)
	r = fourDigits(text)
	if utf16.IsSurrogate(r) && len(text) >= 2*one && text[one] == '\\' && text[one+1] == 'u' {
		if whole := utf16.DecodeRune(r, fourDigits(text[one:])); whole != utf8.RuneError {
			return whole, 2 * one
		}
	}
	return r, one
}

func fourDigits(escape []byte) rune {
	code, _ := strconv.ParseUint(string(escape[2:6]), 16, 16) // the text is valid
	return rune(code)
}

// appendRune appends a character, also one half of a surrogate pair.
func appendRune(to []byte, r rune) []byte {
	if utf16.IsSurrogate(r) {
		return append(to, 0xE0|byte(r>>12), 0x80|byte(r>>6)&0x3F, 0x80|byte(r)&0x3F) //nolint:gosec // a surrogate has 16 bits
	}
	return utf8.AppendRune(to, r)
}

// AppendExact is Append for a text that Unquote has decoded, and replaces nothing either: bytes that are not UTF-8 stay
// in the string, and half of a surrogate pair becomes its escape again, unless the other half follows, because the two
// escapes would make one character.
func AppendExact(to []byte, text string) []byte {
	if utf8.ValidString(text) {
		return Append(to, text)
	}
	to = append(to, '"')
	for len(text) > 0 {
		r, size := utf8.DecodeRuneInString(text)
		switch half, found := surrogate(text); {
		case found && startsPair(half, text[3:]):
			to = append(to, text[:3]...)
			size = 3
		case found:
			to = strconv.AppendInt(append(to, `\u`...), int64(half), 16)
			size = 3
		case r == utf8.RuneError && size == 1:
			to = append(to, text[0])
		case r < ' ' || r == '"' || r == '\\':
			to = appendEscaped(to, text[0])
		default:
			to = append(to, text[:size]...)
		}
		text = text[size:]
	}
	return append(to, '"')
}

// startsPair reports whether a text starts with the half that makes a character with a half before it.
func startsPair(half rune, text string) bool {
	other, found := surrogate(text)
	return found && utf16.DecodeRune(half, other) != utf8.RuneError
}

// surrogate decodes the half of a surrogate pair that a text starts with.
func surrogate(text string) (half rune, found bool) {
	if len(text) < 3 || text[0] != 0xED || text[1]&0xE0 != 0xA0 || text[2]&0xC0 != 0x80 {
		return 0, false
	}
	return 0xD000 | rune(text[1]&0x3F)<<6 | rune(text[2]&0x3F), true
}
