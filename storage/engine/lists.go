package engine

import (
	"encoding/json"
	"slices"
	"strings"
	"unicode/utf8"
)

// ListElements is how a statement takes the JSON list in a text column apart. See Dialect.ListElements.
type ListElements struct {
	From    string // a table expression that refers to the column, with the alias entry
	Element string // the text of an element; NULL for one that is no scalar
	Where   string // a condition that rows must meet
}

// A database fails a statement that takes malformed JSON apart. Only CASE guarantees that the text is checked before.

// jsonTexts writes texts as a JSON list. It leaves out what is not UTF-8, because JSON would turn it into another text.
func jsonTexts(texts []string) string {
	list, _ := json.Marshal(slices.DeleteFunc(slices.Clone(texts), func(text string) bool { return !utf8.ValidString(text) })) // texts always marshal
	return string(list)
}

func sqliteListElements(column string) ListElements {
	return ListElements{
		From: "JSON_EACH(CASE WHEN JSON_VALID(" + column + ") THEN CASE WHEN JSON_TYPE(" + column + ") = 'array' THEN " + column + " END END) AS entry",
		Element: "CASE entry.type WHEN 'text' THEN entry.value WHEN 'true' THEN 'true' WHEN 'false' THEN 'false'" +
			" WHEN 'integer' THEN " + column + " -> entry.fullkey WHEN 'real' THEN " + column + " -> entry.fullkey END",
		Where: "1 = 1",
	}
}

func sqliteListHolds(column string, texts []string) (condition string, args []any) {
	list := sqliteListElements(column)
	return "EXISTS (SELECT 1 FROM " + list.From + " WHERE " + list.Element + " IN (SELECT value FROM JSON_EACH(?)))", []any{jsonTexts(texts)}
}

// mysqlElements is a table of the elements k of a JSON list, as texts of a type.
func mysqlElements(list, fitting string) string {
	return "JSON_TABLE(" + list + ", '$[*]' COLUMNS (k LONGTEXT " + fitting + " PATH '$'))"
}

// anyText is the type of texts with any characters.
const anyText = "CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"

// mysqlListElements has a comparison with the empty text that changes nothing, but makes MariaDB 10.11 read the column:
// when it runs a prepared statement again, it reads only columns that are named outside of JSON_TABLE.
func mysqlListElements(column, fitting string) ListElements {
	list := ifJSON + column + ") THEN CASE WHEN JSON_TYPE(" + column + ") = 'ARRAY' THEN " + column + " END END" //nolint:dupword // of two CASEs
	return ListElements{From: mysqlElements(list, fitting) + " AS entry", Element: "entry.k", Where: column + " <> ''"}
}

// takesColumnApart reports whether a statement reads the elements of a list in a column by JSON_TABLE. MariaDB 10.11 may return wrong
// rows, or crash, when such a prepared statement runs a second time.
func takesColumnApart(text string) bool { return strings.Contains(text, "JSON_TABLE("+ifJSON) }

// ifJSON begins an expression whose value is a column if the column is valid JSON.
const ifJSON = "CASE WHEN JSON_VALID("

// mysqlListHolds compares bytes, because the column may have another character set, which lacks characters that a list
// holds in escaped form.
func mysqlListHolds(column string, texts []string) (condition string, args []any) {
	list := mysqlListElements(column, anyText)
	return "(" + list.Where + " AND EXISTS (SELECT 1 FROM " + list.From + " STRAIGHT_JOIN " + mysqlElements("?", anyText) + " AS given ON " +
		asBinary(list.Element) + " = " + asBinary("given.k") + "))", []any{jsonTexts(texts)}
}

// postgresListElements checks by regular expressions what PostgreSQL before release 16 cannot check otherwise. A list
// with lists or objects in it counts as malformed. An element that PostgreSQL cannot hold as a text is NULL.
func postgresListElements(column, collate string) ListElements {
	return ListElements{
		From:    "JSON_ARRAY_ELEMENTS(CASE WHEN " + column + " ~ '" + flatList + "' THEN " + column + "::json ELSE '[]'::json END) AS entry",
		Element: "(CASE WHEN JSON_TYPEOF(entry) <> 'string' OR entry::text ~ '" + decodableString + "' THEN entry #>> '{}' END)" + collate,
		Where:   "TRUE",
	}
}

func postgresListHolds(column string, texts []string) (condition string, args []any) {
	list := postgresListElements(column, "")
	return "EXISTS (SELECT 1 FROM " + list.From + " WHERE " + list.Element + " = ANY (?::text[]))", []any{arrayLiteral(texts)}
}

// flatList and decodableString are regular expressions of PostgreSQL: a JSON list of scalars, and a JSON string without
// the number of U+0000 or of an unpaired surrogate. They must have no question mark, which would be a placeholder.
var flatList, decodableString = func() (list, decodable string) {
	const (
		space  = `[ \t\r\n]*`
		digit  = `[0-9a-fA-F]`
		plain  = `[^"\\\u0001-\u001f]|\\["\\/bfnrt]`
		scalar = `("(` + plain + `|\\u` + digit + `{4})*"|-{0,1}(0|[1-9][0-9]*)(\.[0-9]+){0,1}([eE][-+]{0,1}[0-9]+){0,1}|true|false|null)` + space
		other  = `0{3}[1-9a-fA-F]|0{2}[1-9a-fA-F]` + digit + `|0[1-9a-fA-F]` + digit + `{2}|[1-9a-cA-CefEF]` + digit + `{3}|[dD][0-7]` + digit + `{2}`
		pair   = `[dD][89abAB]` + digit + `{2}\\u[dD][c-fC-F]` + digit + `{2}`
	)
	list = `^` + space + `\[` + space + `(` + scalar + `(,` + space + scalar + `)*){0,1}\]` + space + `$`
	return list, `^"(` + plain + `|\\u(` + other + `|` + pair + `))*"$`
}()
