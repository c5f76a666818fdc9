package observe

import "strings"

// NormalizeSQL returns the text of a statement with "?" in place of texts and numbers. Most values are bound, but some
// stand in the text, because the planner of a database has to know them.
func NormalizeSQL(text string) string {
	var to strings.Builder
	to.Grow(len(text))
	for i := 0; i < len(text); {
		c := text[i]
		end := i + 1
		switch {
		case c == '\'':
			end = endOfQuoted(text, i)
			to.WriteByte('?')
		case c == '"' || c == '`':
			end = endOfQuoted(text, i)
			to.WriteString(text[i:end])
		case isDigit(c):
			for end < len(text) && (isWordPart(text[end]) || text[end] == '.') {
				end++
			}
			to.WriteByte('?')
		case isWordPart(c):
			for end < len(text) && isWordPart(text[end]) {
				end++
			}
			to.WriteString(text[i:end])
		default:
			to.WriteByte(c)
		}
		i = end
	}
	return to.String()
}

// endOfQuoted returns where the quoted text ends that begins at an index. A quote mark inside is written twice.
func endOfQuoted(text string, from int) int {
	for i := from + 1; i < len(text); i++ {
		if text[i] != text[from] {
			continue
		}
		if i+1 == len(text) || text[i+1] != text[from] {
			return i + 1
		}
		i++
	}
	return len(text)
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// isWordPart reports whether a byte belongs to a name or a numbered placeholder.
func isWordPart(c byte) bool {
	return isDigit(c) || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '_' || c == '$' || c >= 0x80
}
