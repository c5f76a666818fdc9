package engine

import (
	"strconv"
	"strings"
	"time"
)

// The years of instants. They are stated here alone.
const (
	// FirstYear and LastYear are the years that this program reads, and that RFC 3339 can write for everybody: Python's
	// datetime begins in the year 1 as well.
	FirstYear = 1
	LastYear  = 9999
	// FirstStoredYear is the first year that every database can store: the calendar of MySQL's DATETIME begins there.
	FirstStoredYear = 1000
)

// Storable reports whether every database can store an instant.
func Storable(at time.Time) bool {
	year := at.UTC().Year()
	return year >= FirstStoredYear && year <= LastYear
}

// firstInstant and lastInstant bound the instants that this program reads. The first day of the year 1 is left out:
// programs write its first instant for "never", and it is Go's zero time, which stands for no instant everywhere here.
var (
	firstInstant = time.Date(FirstYear, time.January, 2, 0, 0, 0, 0, time.UTC)
	lastInstant  = time.Date(LastYear, time.December, 31, 23, 59, 59, int(time.Second-time.Microsecond), time.UTC)
)

// Range returns the first and the last instant that this program reads, at the resolution of microseconds.
func Range() (first, last time.Time) { return firstInstant, lastInstant }

// Clamp returns an instant of the range that this program reads, and reports whether it is the given one. For one before
// the range it is the zero time, for one after it the last of the range.
func Clamp(at time.Time) (within time.Time, exact bool) {
	switch at = at.UTC(); {
	case at.Before(firstInstant):
		return time.Time{}, false
	case at.After(lastInstant):
		return lastInstant, false
	default:
		return at, true
	}
}

// instantLayout is DECNET's text of an instant on SQLite, in UTC. Its width is fixed, so text order is time order.
const instantLayout = "2006-01-02 15:04:05.000000"

// FormatInstant writes an instant as DECNET does on SQLite. MySQL reads the same form.
func FormatInstant(at time.Time) string { return at.UTC().Format(instantLayout) }

// InstantText is FormatInstant with the nanoseconds of an instant that has some, which compares right with the texts that
// have none.
func InstantText(at time.Time) string {
	if at.Nanosecond()%int(time.Microsecond) == 0 {
		return FormatInstant(at)
	}
	return at.UTC().Format(instantLayout + "000")
}

// InYears reports whether an instant is one that this program reads: from the second day of FirstYear to the end of
// LastYear.
func InYears(at time.Time) bool { return !at.Before(firstInstant) && at.UTC().Year() <= LastYear }

// ParseInstant reads the text of a stored instant: a date; a space, T or t and a time to the minute or second; a
// fraction of the second; and an offset. All but the date may be missing. Without a time it is midnight, and without an
// offset it is in UTC, as all of DECNET's are. Digits after the nanosecond are dropped, and exact reports whether the
// instant holds the whole fraction. It returns false for instants that InYears excludes.
func ParseInstant(text string) (at time.Time, exact, ok bool) {
	c, rest, ok := parseClock(text, true)
	if !ok || c.second > 59 {
		return at, false, false
	}
	offset, ok := parseOffset(rest)
	if !ok || (rest != "" && !c.timed) {
		return at, false, false
	}
	at = c.instant().Add(-offset)
	return at, c.exact, InYears(at)
}

// ParseRFC3339 reads the date-time of RFC 3339, section 5.6, as it is defined there: T and Z in either case, any number
// of digits in the fraction, the offset -00:00, and the second 60 where UTC may have a leap second, at the end of a
// month. A space in place of T is not accepted, since the section only lets applications agree on one. The clocks of
// databases have no leap seconds: such an instant is returned as the one that follows it, as POSIX counts. Digits after
// the nanosecond are rounded up, so that the instant compares with any column as the text does. exact is false for both.
func ParseRFC3339(text string) (at time.Time, exact, ok bool) {
	c, rest, ok := parseClock(text, false)
	if !ok || text[10]|' ' != 't' {
		return at, false, false
	}
	offset := time.Duration(0)
	if rest != "Z" && rest != "z" {
		if len(rest) != len("+00:00") || rest[3] != ':' {
			return at, false, false
		}
		if offset, ok = parseOffset(rest); !ok {
			return at, false, false
		}
	}
	at = c.instant().Add(-offset)
	if c.second < 60 {
		if !c.exact {
			at = at.Add(time.Nanosecond)
		}
		return at, c.exact, true
	}
	// c.instant has counted the 60th second into the next minute.
	leap := at.Truncate(time.Second)
	return leap, false, leap.Equal(time.Date(leap.Year(), leap.Month(), 1, 0, 0, 0, 0, time.UTC))
}

// clock is a date and a time as written, without an offset.
type clock struct {
	year, month, day, hour, minute, second, nanos int

	timed bool // whether there is a time, not only a date
	exact bool // whether nanos is the whole fraction
}

// instant returns the instant of the clock in UTC.
func (c clock) instant() time.Time {
	return time.Date(c.year, time.Month(c.month), c.day, c.hour, c.minute, c.second, c.nanos, time.UTC)
}

// parseClock reads a date and a time, and returns the text that follows. If short is true, the time may be missing or end with the
// minute. The second may be 60.
func parseClock(text string, short bool) (c clock, rest string, ok bool) {
	const date, minutes, seconds = len("2006-01-02"), len("2006-01-02 15:04"), len("2006-01-02 15:04:05")
	c.exact = true
	if len(text) < seconds && !short || !hasShape(text, "dddd-dd-dd") {
		return c, "", false
	}
	two := func(at int) int { return int(text[at]-'0')*10 + int(text[at+1]-'0') }
	c.year, c.month, c.day = two(0)*100+two(2), two(5), two(8)
	day := time.Date(c.year, time.Month(c.month), c.day, 0, 0, 0, 0, time.UTC)
	if int(day.Month()) != c.month || day.Day() != c.day { // the 30th of February
		return c, "", false
	}
	if len(text) == date {
		return c, "", true
	}
	if text[date] != ' ' && text[date]|' ' != 't' || !hasShape(text[date+1:], "dd:dd") {
		return c, "", false
	}
	c.timed, c.hour, c.minute, rest = true, two(date+1), two(date+4), text[minutes:]
	switch {
	case hasShape(rest, ":dd"):
		c.second = two(minutes + 1)
		c.nanos, c.exact, rest, ok = parseFraction(text[seconds:])
	default:
		ok = short
	}
	return c, rest, ok && c.hour <= 23 && c.minute <= 59 && c.second <= 60
}

// hasShape reports whether a text begins with a shape, in which d is a digit.
func hasShape(text, shape string) bool {
	if len(text) < len(shape) {
		return false
	}
	for i := range len(shape) {
		if digit := text[i] >= '0' && text[i] <= '9'; shape[i] == 'd' && !digit || shape[i] != 'd' && text[i] != shape[i] {
			return false
		}
	}
	return true
}

// parseFraction reads a point and digits, if there are any, and returns what follows.
func parseFraction(text string) (nanos int, exact bool, rest string, ok bool) {
	rest, found := strings.CutPrefix(text, ".")
	if !found {
		return 0, true, text, true
	}
	digits := 0
	for exact = true; digits < len(rest) && rest[digits] >= '0' && rest[digits] <= '9'; digits++ {
		if digits < 9 {
			nanos = nanos*10 + int(rest[digits]-'0')
		} else {
			exact = exact && rest[digits] == '0'
		}
	}
	for n := digits; n < 9; n++ {
		nanos *= 10
	}
	return nanos, exact, rest[digits:], digits > 0
}

// parseOffset reads Z or a difference from UTC, such as +02:00, +0200, +02 or +02:00:00; it may be missing.
func parseOffset(text string) (offset time.Duration, ok bool) {
	switch text {
	case "", "Z", "z":
		return 0, true
	}
	if text[0] != '+' && text[0] != '-' {
		return 0, false
	}
	two := func(at int) int { return int(text[at]-'0')*10 + int(text[at+1]-'0') }
	var hours, minutes, seconds int
	switch digits := text[1:]; {
	case len(digits) == len("02") && hasShape(digits, "dd"):
		hours = two(1)
	case len(digits) == len("0200") && hasShape(digits, "dddd"):
		hours, minutes = two(1), two(3)
	case len(digits) == len("02:00") && hasShape(digits, "dd:dd"):
		hours, minutes = two(1), two(4)
	case len(digits) == len("02:00:00") && hasShape(digits, "dd:dd:dd"):
		hours, minutes, seconds = two(1), two(4), two(7)
	default:
		return 0, false
	}
	if hours > 23 || minutes > 59 || seconds > 59 {
		return 0, false
	}
	offset = time.Duration(hours*3600+minutes*60+seconds) * time.Second
	if text[0] == '-' {
		offset = -offset
	}
	return offset, true
}

// SevenDigits widens a float of 32 bits. MySQL keeps DECNET's measures so, and seven digits of them are exact: 0.9
// stays 0.9.
func SevenDigits(single float64) float64 {
	wide, err := strconv.ParseFloat(strconv.FormatFloat(single, 'g', 7, 32), 64)
	if err != nil { // not of what FormatFloat wrote
		return single
	}
	return wide
}
