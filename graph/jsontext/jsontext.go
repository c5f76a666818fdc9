// Package jsontext writes texts as JSON, faster than encoding/json, and reads them without replacing anything. It is a leaf
// that all of GraphQL may import.
package jsontext

import "unicode/utf8"

// Append appends a text as a JSON string, in quotes. Each byte that is not UTF-8 becomes U+FFFD.
func Append(to []byte, text string) []byte {
	to = append(to, '"')
	from := 0
	for at := 0; at < len(text); {
		if len(text)-at >= 8 && plainASCII(text[at:at+8]) {
			at += 8
			continue
		}
		switch c := text[at]; {
		case c >= utf8.RuneSelf:
			r, size := utf8.DecodeRuneInString(text[at:])
			if r == utf8.RuneError && size == 1 {
				to = append(append(to, text[from:at]...), "\uFFFD"...)
				from = at + 1
			}
			at += size
			continue
		case c >= ' ' && c != '"' && c != '\\':
		default:
			to = appendEscaped(append(to, text[from:at]...), c)
			from = at + 1
		}
		at++
	}
	return append(append(to, text[from:]...), '"')
}

// plainASCII reports whether eight bytes are ASCII characters that need no escape. Most texts of a row are, and checking
// them byte by byte would take as long as the rest of writing the row.
func plainASCII(text string) bool {
	_ = text[7]
	word := uint64(text[0]) | uint64(text[1])<<8 | uint64(text[2])<<16 | uint64(text[3])<<24 |
		uint64(text[4])<<32 | uint64(text[5])<<40 | uint64(text[6])<<48 | uint64(text[7])<<56
	const ones, highs = 0x0101_0101_0101_0101, 0x8080_8080_8080_8080
	quotes, slashes := word^ones*'"', word^ones*'\\'
	// Subtracting a bound from a smaller byte borrows, which sets the byte's high bit.
	return (word|(word-ones*' ')|(quotes-ones)|(slashes-ones))&highs == 0
}

// appendEscaped appends the escape of a control character, a quote or a backslash.
func appendEscaped(to []byte, c byte) []byte {
	const digits = "0123456789abcdef"
	switch c {
	case '"', '\\':
		return append(to, '\\', c)
	case '\n':
		return append(to, '\\', 'n')
	case '\r':
		return append(to, '\\', 'r')
	case '\t':
		return append(to, '\\', 't')
	default:
		return append(to, '\\', 'u', '0', '0', digits[c>>4], digits[c&0xF])
	}
}
