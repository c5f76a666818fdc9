package exec

import "unicode/utf8"

// AppendText writes a text as JSON. Bytes that are not UTF-8 become U+FFFD.
func AppendText(to []byte, text string) []byte {
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

// plainASCII reports whether eight bytes are all written as they are: most texts of a row are ASCII, and
// looked at byte by byte they would take as long as all else of its writing.
func plainASCII(text string) bool {
	_ = text[7]
	word := uint64(text[0]) | uint64(text[1])<<8 | uint64(text[2])<<16 | uint64(text[3])<<24 |
		uint64(text[4])<<32 | uint64(text[5])<<40 | uint64(text[6])<<48 | uint64(text[7])<<56
	const ones, highs = 0x0101_0101_0101_0101, 0x8080_8080_8080_8080
	quotes, slashes := word^ones*'"', word^ones*'\\'
	// A byte below a bound borrows the high bit when the bound is taken away.
	return (word|(word-ones*' ')|(quotes-ones)|(slashes-ones))&highs == 0
}

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
