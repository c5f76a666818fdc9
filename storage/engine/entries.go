package engine

import (
	"fmt"
	"strings"
	"unicode/utf16"
)

// The conditions below are about the objects of a JSON list in a text column, and the text that each has under the first of
// some names that it has a text for. A text may be written in JSON in several ways, with escapes or without.

// sqliteEntryContains is Dialect.EntryContains. A text that is no JSON list has no objects.
func sqliteEntryContains(column string, names []string) string {
	texts := make([]string, len(names))
	for i, name := range names {
		at := "'$." + name + "'"
		texts[i] = "CASE JSON_TYPE(entry.value, " + at + ") WHEN 'text' THEN entry.value ->> " + at + " WHEN 'integer' THEN entry.value -> " + at +
			" WHEN 'real' THEN entry.value -> " + at + " WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' END"
	}
	list := sqliteListElements(column)
	return "EXISTS (SELECT 1 FROM " + list.From + " WHERE entry.type = 'object' AND INSTR(LOWER(COALESCE(" + strings.Join(texts, ", ") + ")), ?) > 0)"
}

// mysqlLongEntries is the length, in bytes, from which a list is too long for mysqlEntryContains to look at its objects by one
// regular expression: MariaDB's gives up after ten million steps, and then says that nothing matches.
const mysqlLongEntries = 250_000

// mysqlEntryContains is Dialect.EntryContains, with what makes the bytes of a text. It looks for all spellings as PostgreSQL's does:
// MariaDB 10.11 ends if a prepared statement with JSON_TABLE in such a condition runs again, and its JSON_SEARCH finds null
// as a text. In a long list it looks for the text in all values of the names together, where a text that begins in the middle of
// an escape is found as well.
func mysqlEntryContains(column string, names []string, exact func(string) string) string {
	paths := make([]string, len(names))
	for i, name := range names {
		paths[i] = "'$[*]." + name + "'"
	}
	texts := exact("JSON_EXTRACT(" + column + ", " + strings.Join(paths, ", ") + ")")
	return fmt.Sprintf("CASE WHEN NOT JSON_VALID(%[1]s) OR JSON_TYPE(%[1]s) <> 'ARRAY' THEN FALSE WHEN LENGTH(%[1]s) < %[2]d THEN %[3]s REGEXP ? "+
		"ELSE %[4]s REGEXP ? OR %[4]s REGEXP ? END", column, mysqlLongEntries, exact(column), texts)
}

// mysqlEntryArgs is Dialect.EntryContainsArgs.
func mysqlEntryArgs(names []string, text string) []any {
	var spelled strings.Builder
	for _, c := range text {
		writeSpellings(&spelled, c, mysqlPattern)
	}
	one := `"(?:` + strings.Join(names, "|") + `)"` + jsonSpace + ":" + jsonSpace + `"(?:[^"\\]|\\[^u]|\\u[0-9a-fA-F]{4})*?` + spelled.String()
	var plain any // takes fewer steps; NULL where a character may be escaped
	if !strings.ContainsFunc(text, func(c rune) bool { return c >= 0x80 || !isPlain(c) }) {
		plain = asciiPattern(text)
	}
	return []any{one, plain, spelled.String()}
}

// mysqlPattern is a regular expression that only a character matches.
func mysqlPattern(c rune) string {
	if isPlain(c) {
		return string(c)
	}
	return fmt.Sprintf(`\x{%02x}`, c)
}

// jsonSpace is a regular expression for the space between tokens of JSON.
const jsonSpace = `[ \t\r\n]*`

// isPlain reports whether a character means itself in every regular expression.
func isPlain(c rune) bool {
	return c >= 0x80 || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

// postgresEntryContains is Dialect.EntryContains. PostgreSQL before release 16 fails a statement that takes malformed JSON
// apart, and any release fails one that reads a text with U+0000, so a regular expression looks for the text in all of its
// spellings, as the value of one of the names in a text that begins and ends as a list.
func postgresEntryContains(column string, _ []string) string { return column + " ~ ?" }

// postgresEntryArgs is Dialect.EntryContainsArgs.
func postgresEntryArgs(names []string, text string) []any {
	const space, unit = jsonSpace, `(?:[^"\\]|\\[^u]|\\u[0-9a-fA-F]{4})*`
	var pattern strings.Builder
	pattern.WriteString("^" + space + `\[.*"(?:` + strings.Join(names, "|") + `)"` + space + ":" + space + `"` + unit)
	for _, c := range text {
		writeSpellings(&pattern, c, postgresPattern)
	}
	pattern.WriteString(`.*\]` + space + "$")
	return []any{pattern.String()}
}

// jsonShort are the short escapes of JSON.
var jsonShort = map[rune]byte{'"': '"', '\\': '\\', '/': '/', '\b': 'b', '\f': 'f', '\n': 'n', '\r': 'r', '\t': 't'}

// writeSpellings appends a regular expression for all ways to write a character in a JSON string. An ASCII letter
// stands for both of its cases.
func writeSpellings(pattern *strings.Builder, c rune, quote func(rune) string) {
	pattern.WriteString("(?:")
	cases := []rune{c}
	switch {
	case 'a' <= c && c <= 'z':
		cases = append(cases, c-'a'+'A')
	case 'A' <= c && c <= 'Z':
		cases = append(cases, c-'A'+'a')
	}
	for i, c := range cases {
		if i > 0 {
			pattern.WriteString("|")
		}
		for _, unit := range utf16.Encode([]rune{c}) {
			pattern.WriteString(`\\u`)
			for _, digit := range fmt.Sprintf("%04x", unit) {
				if digit >= 'a' {
					fmt.Fprintf(pattern, "[%c%c]", digit, digit-'a'+'A')
				} else {
					pattern.WriteRune(digit)
				}
			}
		}
		if short, ok := jsonShort[c]; ok {
			fmt.Fprintf(pattern, `|\\%s`, quote(rune(short)))
		}
		if c >= ' ' && c != '"' && c != '\\' {
			pattern.WriteString("|" + quote(c))
		}
	}
	pattern.WriteString(")")
}

// postgresPattern is a regular expression that only a character matches.
func postgresPattern(c rune) string {
	if isPlain(c) {
		return string(c)
	}
	return fmt.Sprintf(`\u%04x`, c)
}
