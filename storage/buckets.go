package storage

import (
	"strconv"
	"strings"
	"time"

	"decnetgraph/storage/engine"
)

// Bucket is the width of the buckets of a time series.
type Bucket string

// The widths of buckets: hours, and days, weeks from Monday on and months of a time zone's calendar.
const (
	BucketHour  Bucket = "HOUR"
	BucketDay   Bucket = "DAY"
	BucketWeek  Bucket = "WEEK"
	BucketMonth Bucket = "MONTH"
)

// MostBuckets is the most buckets that a time series may have.
const MostBuckets = 10_000

// day is a day of a calendar, whatever the time zone: midnight in UTC.
type day = time.Time

// calendar cuts time into buckets, by the clocks of a zone.
type calendar struct {
	bucket Bucket
	zone   *time.Location
}

// label returns what tags of one bucket have in common: the first day of the bucket or, of an hour, its first instant.
func (c calendar) label(at time.Time) time.Time {
	if c.bucket == BucketHour {
		return c.hour(at)
	}
	year, month, date := at.In(c.zone).Date()
	return c.labelOf(time.Date(year, month, date, 0, 0, 0, 0, time.UTC))
}

// labelOf returns the label of the bucket of a day.
func (c calendar) labelOf(of day) time.Time {
	switch c.bucket {
	case BucketWeek:
		const week = 7
		return of.AddDate(0, 0, -(int(of.Weekday())+week-int(time.Monday))%week)
	case BucketMonth:
		return of.AddDate(0, 0, 1-of.Day())
	default:
		return of
	}
}

// hour returns the first instant of an hour on the clocks of the zone. Where clocks are moved by less than an hour, the
// hours before and after are shorter.
func (c calendar) hour(at time.Time) time.Time {
	_, offset := at.In(c.zone).Zone()
	start := time.Unix(floorHour(at.Unix()+int64(offset))-int64(offset), 0).UTC()
	if moved, _ := at.In(c.zone).ZoneBounds(); moved.After(start) && !sameMinutes(offset, offsetBefore(moved)) {
		return moved.UTC()
	}
	return start
}

const secondsPerHour = 3600

func floorHour(seconds int64) int64 { return seconds - int64(minutesOf(seconds)) }

// minutesOf returns the seconds since the last full hour.
func minutesOf[N int | int64](seconds N) int {
	return int((seconds%secondsPerHour + secondsPerHour) % secondsPerHour)
}

func sameMinutes(a, b int) bool { return minutesOf(a) == minutesOf(b) }

// offsetBefore returns the offset of a zone right before its clocks were moved.
func offsetBefore(moved time.Time) int {
	_, offset := moved.Add(-time.Nanosecond).Zone()
	return offset
}

// next returns the label after another one.
func (c calendar) next(label time.Time) time.Time {
	switch c.bucket {
	case BucketHour:
		after := c.hour(label.Add(time.Hour))
		if _, moves := label.In(c.zone).ZoneBounds(); !moves.IsZero() && moves.Before(after) && c.hour(moves).After(label) {
			return c.hour(moves)
		}
		return after
	case BucketWeek:
		return label.AddDate(0, 0, 7)
	case BucketMonth:
		return label.AddDate(0, 1, 0)
	default:
		return label.AddDate(0, 0, 1)
	}
}

// start returns the first instant of the bucket with a label. Midnight does not exist where clocks are moved forward then,
// and exists twice where they are moved back soon after it.
func (c calendar) start(label time.Time) time.Time {
	if c.bucket == BucketHour {
		return label
	}
	year, month, date := label.Date()
	at := time.Date(year, month, date, 0, 0, 0, 0, c.zone)
	began, ends := at.ZoneBounds()
	if dayIn(at, c.zone).Before(label) && !ends.IsZero() {
		return ends.UTC()
	}
	if !began.IsZero() {
		earlier := label.Add(-time.Duration(offsetBefore(began)) * time.Second)
		if earlier.Before(began) && !dayIn(earlier, c.zone).Before(label) {
			return earlier.UTC()
		}
		if dayIn(began.Add(-time.Nanosecond), c.zone).Before(label) && at.After(began) && !dayIn(began, c.zone).Before(label) {
			return began.UTC()
		}
	}
	return at.UTC()
}

func dayIn(at time.Time, zone *time.Location) day {
	year, month, date := at.In(zone).Date()
	return time.Date(year, month, date, 0, 0, 0, 0, time.UTC)
}

// labels returns the labels from one to another, both included; false if there are more than MostBuckets.
func (c calendar) labels(first, last time.Time) ([]time.Time, bool) {
	var all []time.Time
	for label := first; !label.After(last); label = c.next(label) {
		if len(all) == MostBuckets {
			return nil, false
		}
		all = append(all, label)
	}
	return all, true
}

// clockSpan is a part of time in which the clocks of a zone keep one offset.
type clockSpan struct {
	until  time.Time // its end; the last one has none
	offset int       // seconds east of UTC
}

// spans returns the parts of a range of time, without those that make no difference for the buckets; false if clocks are
// moved more often than most.
func (c calendar) spans(from, until time.Time, most int) ([]clockSpan, bool) {
	var all []clockSpan
	at := from.In(c.zone)
	for range most {
		_, offset := at.Zone()
		if c.bucket == BucketHour {
			offset = minutesOf(offset)
		}
		if last := len(all) - 1; last >= 0 && all[last].offset == offset {
			all = all[:last]
		}
		_, ends := at.ZoneBounds()
		if ends.IsZero() || !ends.Before(until) {
			return append(all, clockSpan{offset: offset}), true
		}
		all = append(all, clockSpan{ends, offset})
		at = ends
	}
	return nil, false
}

// expression returns the SQL of a text for each bucket of hours or days of an instant, which parse reads.
func (c calendar) expression(d dialect, at string, spans []clockSpan) string {
	one := func(s clockSpan) string {
		shifted := at
		if s.offset != 0 {
			shifted = d.ShiftInstant(at, s.offset)
		}
		if c.bucket != BucketHour {
			return d.DayOf(shifted)
		}
		if len(spans) == 1 {
			return d.HourOf(shifted)
		}
		return "CONCAT(" + d.HourOf(shifted) + ", ' " + strconv.Itoa(s.offset) + "')"
	}
	if len(spans) == 1 {
		return one(spans[0])
	}
	var text strings.Builder
	text.WriteString("CASE")
	for _, s := range spans {
		if s.until.IsZero() {
			text.WriteString(" ELSE " + one(s) + " END")
		} else {
			text.WriteString(" WHEN " + at + " < '" + engine.FormatInstant(s.until) + "' THEN " + one(s))
		}
	}
	return text.String()
}

// parse returns the label that a text of expression stands for; false for the text of what is no instant.
func (c calendar) parse(text string, spans []clockSpan) (time.Time, bool) {
	if c.bucket != BucketHour {
		of, err := time.Parse(time.DateOnly, text)
		return c.labelOf(of), err == nil && engine.InYears(of)
	}
	offset := spans[0].offset
	const layout = "2006-01-02 15"
	if len(spans) > 1 && len(text) > len(layout) {
		offset, _ = strconv.Atoi(text[len(layout)+1:])
		text = text[:len(layout)]
	}
	hour, err := time.Parse(layout, text)
	start := hour.Add(-time.Duration(offset) * time.Second)
	if err != nil || !engine.InYears(start) {
		return start, false
	}
	if _, now := start.In(c.zone).Zone(); !sameMinutes(now, offset) { // the tags came after clocks were moved
		_, moved := start.In(c.zone).ZoneBounds()
		return moved.UTC(), true
	}
	return c.hour(start), true
}
