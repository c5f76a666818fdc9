package exec

import "unicode/utf8"

// AppendText writes a text as JSON. Bytes that are not UTF-8 become U+FFFD.
func AppendText(to []byte, text string) []byte {
	to = append(to, '"')
	from := 0
	for at := 0; at < len(text); {
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
