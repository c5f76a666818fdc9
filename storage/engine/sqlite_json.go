package engine

import (
	"math"
	"strconv"
	"strings"
)

// SQLiteJSON returns the value to bind to a JSON column of SQLite, so that it keeps the text: bytes if the column would
// turn the text into a number that is written in another way, and otherwise the text, as DECNET stores it. Python's JSON
// parser reads both.
func SQLiteJSON(text string) any {
	bare := strings.Trim(text, " \t\n\v\f\r")
	if bare == "" || strings.IndexByte("+-.0123456789", bare[0]) < 0 || strings.ContainsAny(bare, "xX_iInN") {
		return text // a number does not look like this
	}
	n, err := strconv.ParseFloat(bare, 64)
	if err != nil && !math.IsInf(n, 0) {
		return text // it only begins like one
	}
	if sqliteNumber(bare, n) == text {
		return text
	}
	return []byte(text)
}

// sqliteNumber returns how a number is written after SQLite has stored its text in a column with numeric affinity.
func sqliteNumber(text string, n float64) string {
	if whole, err := strconv.ParseInt(text, 10, 64); err == nil {
		return strconv.FormatInt(whole, 10)
	}
	if n == math.Trunc(n) && math.Abs(n) < 1<<63 {
		return strconv.FormatInt(int64(n), 10)
	}
	return strconv.FormatFloat(n, 'g', -1, 64)
}
