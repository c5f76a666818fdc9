package engine

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// numberPlaceholders replaces each "?" by $1, $2 and so on.
func numberPlaceholders(text string) string {
	var numbered strings.Builder
	n := 0
	for part := range strings.SplitSeq(text, "?") {
		if n > 0 {
			numbered.WriteString("$" + strconv.Itoa(n))
		}
		numbered.WriteString(part)
		n++
	}
	return numbered.String()
}

// arrayLiteral writes texts as PostgreSQL writes an array; pgx would allocate for each text. A text that PostgreSQL
// cannot hold is left out.
func arrayLiteral(texts []string) string {
	size := 2
	for _, text := range texts {
		size += len(text) + 3
	}
	literal := make([]byte, 1, size)
	literal[0] = '{'
	for _, text := range texts {
		if !isPostgresText(text) {
			continue
		}
		if len(literal) > 1 {
			literal = append(literal, ',')
		}
		literal = append(literal, '"')
		for i := range len(text) {
			if text[i] == '"' || text[i] == '\\' {
				literal = append(literal, '\\')
			}
			literal = append(literal, text[i])
		}
		literal = append(literal, '"')
	}
	return string(append(literal, '}'))
}

// postgresKey returns a text, or nil if PostgreSQL cannot hold it.
func postgresKey(key string) any {
	if isPostgresText(key) {
		return key
	}
	return nil
}

func isPostgresText(text string) bool {
	return utf8.ValidString(text) && strings.IndexByte(text, 0) < 0
}
