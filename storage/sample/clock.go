package sample

import (
	"time"

	"decnetgraph/storage/engine"
)

// The data covers ninety days. Nothing in it is later than present, the time at which the file was "copied".
const (
	day     = 24 * time.Hour
	covered = 90 * day
)

var (
	past    = time.Date(2026, time.March, 1, 0, 0, 0, 0, time.UTC)
	present = past.Add(covered)
)

// stamp formats a time as DECNET stores a DATETIME on SQLite: UTC without a zone, always with six fractional digits.
func stamp(t time.Time) string { return engine.FormatInstant(t) }

// stampOrNull returns stamp, or NULL for the zero time.
func stampOrNull(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return stamp(t)
}

// isoNaive formats a time as Python's isoformat does without a zone: without a fraction if it is zero.
func isoNaive(t time.Time) string {
	if t.Nanosecond() < int(time.Microsecond) {
		return t.Format("2006-01-02T15:04:05")
	}
	return t.Format("2006-01-02T15:04:05.000000")
}

// iso formats a time as Python's isoformat does in UTC.
func iso(t time.Time) string { return isoNaive(t) + "+00:00" }

// epoch returns the seconds since 1970, with microseconds.
func epoch(t time.Time) float64 { return float64(t.UnixMicro()) / 1e6 }

// earliest returns the earlier of two times.
func earliest(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}
