package storage

import (
	"bytes"
	"encoding/hex"
	"log/slog"
	"math"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// A cell takes one value as the driver hands it over and reports whether it fits. SQLite checks no
// types and DECNET no contents, so a cell never fails: what does not fit leaves its target empty.
type cell func(value any) bool

// scanner lets database/sql fill a cell and notes the columns whose values did not fit.
type scanner struct {
	into   cell
	odd    *[]string
	column string
}

// Scan implements sql.Scanner.
func (s scanner) Scan(value any) error {
	if !s.into(value) && s.odd != nil {
		*s.odd = append(*s.odd, s.column)
	}
	return nil
}

// meter is a scanner that adds up the size of what it scans.
type meter struct {
	scanner

	bytes *int
}

// Scan implements sql.Scanner.
func (m meter) Scan(value any) error {
	switch v := value.(type) {
	case string:
		*m.bytes += len(v)
	case []byte:
		*m.bytes += len(v)
	}
	return m.scanner.Scan(value)
}

func both(a, b cell) cell {
	return func(value any) bool {
		first, second := a(value), b(value)
		return first && second
	}
}

// asStored takes any value as it is.
func (s *Store) asStored(target *any) cell {
	return func(value any) bool {
		if raw, ok := value.([]byte); ok {
			value = bytes.Clone(raw) // the driver may use its bytes again
			if s.dialect.textIsBytes {
				value = string(raw)
			}
		}
		*target = value
		return true
	}
}

// text takes a value as text; bytes that are not UTF-8 become U+FFFD.
func text(target *string) cell {
	return func(value any) bool {
		content, ok := asText(value)
		*target = content
		return ok && value != nil
	}
}

// optionalText takes a value as text, or nil for NULL.
func optionalText(target **string) cell {
	return func(value any) bool {
		content, ok := asText(value)
		if value == nil {
			*target = nil
			return true
		}
		*target = &content
		return ok
	}
}

func asText(value any) (string, bool) {
	switch v := value.(type) {
	case string:
		return strings.ToValidUTF8(v, "\uFFFD"), true
	case []byte:
		return strings.ToValidUTF8(string(v), "\uFFFD"), true
	case int64:
		return strconv.FormatInt(v, 10), true
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64), true
	case bool:
		return strconv.FormatBool(v), true
	case time.Time:
		return v.UTC().Format(sqliteTime), true
	default:
		return "", value == nil
	}
}

// number takes a value as a number; convert says whether the number fits the target.
func number(value any, convert func(float64) bool) bool {
	switch v := value.(type) {
	case int64:
		return convert(float64(v))
	case float64:
		return convert(v)
	case float32:
		return convert(float64(v))
	case bool:
		if v {
			return convert(1)
		}
		return convert(0)
	case string, []byte:
		content, _ := asText(v)
		parsed, err := strconv.ParseFloat(content, 64)
		return err == nil && convert(parsed)
	default:
		return false
	}
}

// whole takes an integer of 32 bits, the range of a GraphQL Int.
func whole(target *int) cell {
	return func(value any) bool {
		return number(value, func(n float64) bool {
			fits := n == math.Trunc(n) && math.Abs(n) <= math.MaxInt32
			if fits {
				*target = int(n)
			}
			return fits
		})
	}
}

// finite takes a finite number. One of 32 bits, as MySQL keeps DECNET's, has seven digits: 0.9 reads 0.9.
func finite(target *float64) cell {
	return func(value any) bool {
		if single, ok := value.(float32); ok {
			value = strconv.FormatFloat(float64(single), 'g', 7, 32)
		}
		return number(value, func(n float64) bool {
			fits := !math.IsInf(n, 0) && !math.IsNaN(n)
			if fits {
				*target = n
			}
			return fits
		})
	}
}

// flag takes a truth value: 0, 1, or a driver's bool.
func flag(target *bool) cell {
	return func(value any) bool {
		return number(value, func(n float64) bool {
			*target = n != 0 && !math.IsNaN(n)
			return !math.IsNaN(n)
		})
	}
}

// optional makes a cell for a nullable column out of one for a value.
func optional[V any](inner func(*V) cell, target **V) cell {
	return func(value any) bool {
		*target = nil
		if value == nil {
			return true
		}
		fresh := new(V)
		if !inner(fresh)(value) {
			return false
		}
		*target = fresh
		return true
	}
}

// instant takes a stored instant: naive UTC.
func instant(target *time.Time) cell {
	return func(value any) bool {
		switch v := value.(type) {
		case time.Time: // the zero time is what a driver makes of text that is no instant
			return !v.IsZero() && setInstant(v, target)
		case string:
			return parseInstant(v, target)
		case []byte:
			return parseInstant(string(v), target)
		default:
			return false
		}
	}
}

func parseInstant(content string, target *time.Time) bool {
	for _, layout := range []string{"2006-01-02 15:04:05", "2006-01-02T15:04:05", time.RFC3339, "2006-01-02 15:04:05Z07:00"} {
		if parsed, err := time.Parse(layout, content); err == nil { // a fraction is taken with any layout
			return setInstant(parsed, target)
		}
	}
	return false
}

// setInstant takes the years that RFC 3339 can write.
func setInstant(at time.Time, target *time.Time) bool {
	at = at.UTC()
	fits := at.Year() >= 1 && at.Year() <= 9999
	if fits {
		*target = at
	}
	return fits
}

// epoch takes seconds since 1970 and keeps microseconds.
func epoch(target *time.Time) cell {
	return func(value any) bool {
		return number(value, func(seconds float64) bool {
			const farthest = 1e12 // keeps the microseconds within 64 bits
			if math.IsNaN(seconds) || math.Abs(seconds) > farthest {
				return false
			}
			return setInstant(time.UnixMicro(int64(math.Round(seconds*1e6))), target)
		})
	}
}

// hexadecimal takes raw bytes and keeps them as lower-case hexadecimal digits.
func hexadecimal(target *string) cell {
	return func(value any) bool {
		switch v := value.(type) {
		case []byte:
			*target = hex.EncodeToString(v)
		case string:
			*target = hex.EncodeToString([]byte(v))
		default:
			return false
		}
		return true
	}
}

// warnings logs malformed content once per place, and stops noting places when there are too many.
type warnings struct {
	log       *slog.Logger
	malformed atomic.Int64
	mu        sync.Mutex
	seen      map[[3]string]bool
}

const maxWarnings = 10_000

// odd notes the columns of a row that hold something that their fields cannot take, and forgets them.
func (w *warnings) odd(table string, columns *[]string, key string) {
	for _, column := range *columns {
		w.once("malformed content; what does not fit is left out", table, column, key)
	}
	*columns = (*columns)[:0]
}

// dangling notes that a merge link leads to a row that is gone.
func (w *warnings) dangling(table, key string) {
	w.once("merge link leads nowhere; the lookup answers null", table, "merged_into_uuid", key)
}

func (w *warnings) once(message, table, column, key string) {
	w.malformed.Add(1)
	w.mu.Lock()
	defer w.mu.Unlock()
	place := [3]string{table, column, key}
	if w.seen[place] || len(w.seen) >= maxWarnings {
		return
	}
	if w.seen == nil {
		w.seen = map[[3]string]bool{}
	}
	w.seen[place] = true
	w.log.Warn("storage: "+message, "table", table, "column", column, "key", key)
}

// Malformed is the number of times so far that a value did not fit or a merge link led nowhere.
func (s *Store) Malformed() int64 { return s.warned.malformed.Load() }
