package transfer

import (
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
	"unicode/utf8"

	"decnetgraph/storage/dsn"
)

// limit is what a column of the target holds at most; 0 is no limit.
type limit struct {
	length int64 // characters, or bytes if the column is binary
	bits   int
}

// fits tells why a cell, which has the kind of its column, has no place in the target, or "". It may write a
// number in JSON anew, which is why it returns the cell.
func (e *engine) fits(c *column, cell any) (any, string) {
	switch v := cell.(type) {
	case string:
		switch {
		case e.noZero && strings.IndexByte(v, 0) >= 0:
			return nil, "contains a zero byte, which " + e.title + " has no place for in text"
		case e.onlyUTF8 && !utf8.ValidString(v):
			return nil, "is not valid UTF-8, which " + e.title + " has no place for in text"
		case c.limit.length > 0 && int64(len(v)) > c.limit.length && int64(utf8.RuneCountInString(v)) > c.limit.length:
			return nil, fmt.Sprintf("has more than the %d characters that the column holds", c.limit.length)
		case e.name == dsn.SQLite && c.kind == jsonText:
			return sqliteJSON(v)
		}
	case int64:
		if c.limit.bits == 32 && (v > math.MaxInt32 || v < math.MinInt32) {
			return nil, "is out of the range of 32 bits"
		}
	case float64:
		if (math.IsNaN(v) || math.IsInf(v, 0) && e.name != dsn.SQLite) && e.name != dsn.Postgres {
			return nil, reasonInfinite
		}
	case instant:
		if e.name == dsn.MySQL && time1000 > v {
			return nil, "lies before the year 1000, where MySQL's calendar begins"
		}
	case []byte:
		if c.limit.length > 0 && int64(len(v)) > c.limit.length {
			return nil, fmt.Sprintf("has more than the %d bytes that the column holds", c.limit.length)
		}
	}
	return cell, ""
}

const time1000 = instant(-30610224000000000) // 1000-01-01

// sqliteJSON writes a number as SQLite keeps it in a JSON column. It makes a number of every text that looks like
// one, so one that it cannot hold exactly, or that is no JSON, has no place.
func sqliteJSON(text string) (any, string) {
	bare := strings.Trim(text, " \t\n\v\f\r")
	if bare == "" || strings.IndexByte("+-.0123456789", bare[0]) < 0 {
		return text, ""
	}
	n, err := strconv.ParseFloat(bare, 64)
	if err != nil && !math.IsInf(n, 0) || strings.ContainsAny(bare, "xX_iInN") {
		return text, "" // it only begins like one
	}
	const reason = "is a number that SQLite does not hold exactly"
	if whole, err := strconv.ParseInt(bare, 10, 64); err == nil && json.Valid([]byte(bare)) {
		return strconv.FormatInt(whole, 10), ""
	}
	if err != nil || !json.Valid([]byte(bare)) {
		return nil, reason
	}
	spelt := strconv.FormatFloat(n, 'g', -1, 64)
	given, ok := new(big.Rat).SetString(bare)
	kept, ok2 := new(big.Rat).SetString(spelt)
	if !ok || !ok2 || given.Cmp(kept) != 0 {
		return nil, reason
	}
	if n == math.Trunc(n) && math.Abs(n) < 1<<63 {
		return strconv.FormatInt(int64(n), 10), "" // as SQLite gives it back
	}
	return spelt, ""
}

// tooLong tells why PostgreSQL would refuse to index a row: an entry has less than 2,704 bytes, and one such row
// would keep the index from being built at all.
func (t *table) tooLong(cells []any) (at int, reason string) {
	const most, suspicious = 2600, 300
	long := false
	for _, cell := range cells {
		text, ok := cell.(string)
		long = long || ok && len(text) > suspicious
	}
	if !long {
		return 0, ""
	}
	for _, index := range t.indexes {
		sum, longest := 0, index.columns[0]
		for _, at := range index.columns {
			text, _ := cells[at].(string)
			sum += len(text)
			if other, _ := cells[longest].(string); len(text) > len(other) {
				longest = at
			}
		}
		if sum > most {
			return longest, fmt.Sprintf("is too long for the index %s, which holds %d bytes", index.name, most)
		}
	}
	return 0, ""
}
