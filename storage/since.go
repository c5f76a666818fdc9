package storage

import "time"

// since adds the condition that rows are not older than an instant, if one is given. column holds
// the rows' own instants.
func (s *Store) since(where []condition, column string, instant *time.Time) []condition {
	if instant == nil {
		return where
	}
	const finest, last = time.Microsecond, 9999 // what columns hold at best, and the last year that all can write
	from := instant.UTC()
	if whole := from.Truncate(finest); whole.Before(from) {
		from = whole.Add(finest)
	}
	beyond := ">="
	switch {
	case from.Year() < 2: // nothing is older, and MySQL has no such instants
		return where
	case from.Year() > last:
		from, beyond = time.Date(last, time.December, 31, 23, 59, 59, 999_999_000, time.UTC), ">"
	}
	bound := s.dialect.InstantArg(from)
	var held time.Time
	if instantOf(bound, &held) && held.Before(from) { // the column holds nothing between the two
		beyond = ">"
	}
	return append(where, condition{text: column + " " + beyond + " ?", args: []any{bound}})
}

// instantOf reads a value made for a column of instants.
func instantOf(bound any, target *time.Time) bool { return takes(instant(target), bound) }
