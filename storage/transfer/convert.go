package transfer

import (
	"math"
	"strconv"
	"time"

	"decnetgraph/storage/engine"
)

// A cell is a value in the same form for every engine: nil, string (texts and JSON), int64, float64, bool, []byte, or
// an instant.

// The reasons why a value is not copied. They are few, so that the report counts rows by them.
const (
	reasonNull      = "is NULL, which the column does not take"
	reasonNotText   = "is not text"
	reasonNotWhole  = "is not a whole number"
	reasonNotNumber = "is not a number"
	reasonNotTruth  = "is neither 0 nor 1"
	reasonNotTime   = "is not an instant such as 2026-05-01 07:21:37.654321"
	reasonNotBytes  = "is not binary"
	reasonInfinite  = "is an infinite number"
)

// convert turns a driver's value into a cell exactly, or returns the reason why it cannot. Bytes of a driver are valid
// only until the next row.
func convert(c *column, raw any) (cell any, reason string) {
	if raw == nil {
		if !c.nullable {
			return nil, reasonNull
		}
		return nil, ""
	}
	switch c.kind {
	case integer:
		return toInteger(raw)
	case float:
		return toFloat(c, raw)
	case boolean:
		return toTruth(raw)
	case instants:
		return toInstant(raw)
	case jsonText:
		return toJSON(raw)
	case octets:
		if bytes, ok := raw.([]byte); ok {
			return append([]byte{}, bytes...), ""
		}
		return nil, reasonNotBytes
	default:
		if text, ok := raw.(string); ok {
			return text, ""
		}
		return nil, reasonNotText
	}
}

func toInteger(raw any) (any, string) {
	switch v := raw.(type) {
	case int64:
		return v, ""
	case float64: // a column without SQLite's affinity may hold 3.0
		const exact = 1 << 53
		if v == math.Trunc(v) && math.Abs(v) < exact {
			return int64(v), ""
		}
	}
	return nil, reasonNotWhole
}

func toFloat(c *column, raw any) (any, string) {
	switch v := raw.(type) {
	case float64:
		return v, ""
	case float32: // of MySQL
		if c.epoch {
			return float64(v), ""
		}
		return engine.SevenDigits(float64(v)), ""
	case int64:
		const exact = 1 << 53
		if v <= exact && v >= -exact {
			return float64(v), ""
		}
	}
	return nil, reasonNotNumber
}

func toTruth(raw any) (any, string) {
	switch raw {
	case true, int64(1):
		return true, ""
	case false, int64(0):
		return false, ""
	}
	return nil, reasonNotTruth
}

func toInstant(raw any) (any, string) {
	switch v := raw.(type) {
	case string:
		if at, ok := parseInstant(v); ok {
			return at, ""
		}
	case time.Time:
		if at, ok := instantOf(v); ok {
			return at, ""
		}
	}
	return nil, reasonNotTime
}

// toJSON keeps the text unchanged, malformed or not. SQLite stores a bare number as a number, or as bytes; see
// engine.SQLiteJSON.
func toJSON(raw any) (any, string) {
	switch v := raw.(type) {
	case string:
		return v, ""
	case []byte:
		return string(v), ""
	case int64:
		return strconv.FormatInt(v, 10), ""
	case float64:
		if math.IsInf(v, 0) || math.IsNaN(v) {
			return nil, reasonInfinite
		}
		return strconv.FormatFloat(v, 'g', -1, 64), ""
	}
	return nil, reasonNotText
}

// equal compares two cells.
func equal(a, b any) bool {
	if first, ok := a.([]byte); ok {
		second, ok := b.([]byte)
		return ok && string(first) == string(second)
	}
	if _, ok := b.([]byte); ok {
		return false
	}
	return a == b
}
