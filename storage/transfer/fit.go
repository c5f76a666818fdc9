package transfer

import (
	"fmt"
	"math"
	"strings"
	"unicode/utf8"

	"decnetgraph/storage/engine"
)

// limit is what a column of the target holds at most; 0 is no limit.
type limit struct {
	length int64 // characters, or bytes if the column is binary
	bits   int
}

// fits returns the reason why the engine of the target cannot store a cell, which has the kind of its column, or "". It
// may write a number in JSON in another way, so it also returns the cell.
func fits(e *engine.Engine, c *column, cell any) (any, string) {
	switch v := cell.(type) {
	case string:
		switch {
		case e.NoZeroByte && strings.IndexByte(v, 0) >= 0:
			return nil, "contains a zero byte, which " + e.Title + " has no place for in text"
		case e.OnlyUTF8 && !utf8.ValidString(v):
			return nil, "is not valid UTF-8, which " + e.Title + " has no place for in text"
		case c.limit.length > 0 && int64(len(v)) > c.limit.length && int64(utf8.RuneCountInString(v)) > c.limit.length:
			return nil, fmt.Sprintf("has more than the %d characters that the column holds", c.limit.length)
		case e.NumericJSON && c.kind == jsonText:
			return engine.SQLiteJSON(v), ""
		}
	case int64:
		if c.limit.bits == 32 && (v > math.MaxInt32 || v < math.MinInt32) {
			return nil, "is out of the range of 32 bits"
		}
	case float64:
		if math.IsNaN(v) && !e.NaN || math.IsInf(v, 0) && !e.Infinity {
			return nil, reasonInfinite
		}
	case instant:
		if first := e.FirstInstant; !first.IsZero() && int64(v) < first.UnixMicro() {
			return nil, fmt.Sprintf("lies before the year %d, where %s's calendar begins", first.Year(), e.Title)
		}
	case []byte:
		if c.limit.length > 0 && int64(len(v)) > c.limit.length {
			return nil, fmt.Sprintf("has more than the %d bytes that the column holds", c.limit.length)
		}
	}
	return cell, ""
}

// tooLong returns the reason why a row has no entry in an index whose entries have most bytes. One such row would keep
// the index from being built at all.
func (t *table) tooLong(cells []any, most int) (at int, reason string) {
	const suspicious = 300
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
