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

// mysqlEntryContains is Dialect.EntryContains; see mysqlListElements.
func mysqlEntryContains(column string, names []string) string {
	columns, texts := make([]string, len(names)), make([]string, len(names))
	for i, name := range names {
		texts[i] = fmt.Sprintf("entry.k%d", i)
		columns[i] = fmt.Sprintf("k%d LONGTEXT %s PATH '$.%s'", i, anyText, name)
	}
	list := "CASE WHEN JSON_VALID(" + column + ") THEN CASE WHEN JSON_TYPE(" + column + ") = 'ARRAY' THEN " + column + " END END" //nolint:dupword // of two CASEs
	return "(" + column + " <> '' AND EXISTS (SELECT 1 FROM JSON_TABLE(" + list + ", '$[*]' COLUMNS (" + strings.Join(columns, ", ") +
		")) AS entry WHERE COALESCE(" + strings.Join(texts, ", ") + ") REGEXP ?))"
}

// postgresEntryContains is Dialect.EntryContains. PostgreSQL before release 16 fails a statement that takes malformed JSON
// apart, and any release fails one that reads a text with U+0000, so a regular expression looks for the text in all of its
// spellings, as the value of one of the names in a text that begins and ends as a list.
func postgresEntryContains(column string, _ []string) string { return column + " ~ ?" }

// postgresEntryPattern is Dialect.EntryContainsArg.
func postgresEntryPattern(names []string, text string) any {
	const space, unit = `[ \t\r\n]*`, `(?:[^"\\]|\\[^u]|\\u[0-9a-fA-F]{4})*`
	var pattern strings.Builder
	pattern.WriteString("^" + space + `\[.*"(?:` + strings.Join(names, "|") + `)"` + space + ":" + space + `"` + unit)
	for _, c := range text {
		writeSpellings(&pattern, c)
	}
	pattern.WriteString(`.*\]` + space + "$")
	return pattern.String()
}

// jsonShort are the short escapes of JSON.
var jsonShort = map[rune]byte{'"': '"', '\\': '\\', '/': '/', '\b': 'b', '\f': 'f', '\n': 'n', '\r': 'r', '\t': 't'}

// writeSpellings appends a regular expression of PostgreSQL for all ways to write a character in a JSON string. An ASCII letter
// stands for both of its cases.
func writeSpellings(pattern *strings.Builder, c rune) {
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
			fmt.Fprintf(pattern, `|\\%s`, escapedPattern(rune(short)))
		}
		if c >= ' ' && c != '"' && c != '\\' {
			pattern.WriteString("|" + escapedPattern(c))
		}
	}
	pattern.WriteString(")")
}

// escapedPattern is a regular expression that only a character matches.
func escapedPattern(c rune) string {
	if c >= 0x80 || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' {
		return string(c)
	}
	return fmt.Sprintf(`\u%04x`, c)
}
