package engine

import (
	"strconv"
	"strings"
	"time"
)

// instantLayout is DECNET's text of an instant on SQLite, in UTC. Its width is fixed, so text order is time order.
const instantLayout = "2006-01-02 15:04:05.000000"

// FormatInstant writes an instant as DECNET does on SQLite. MySQL reads the same form.
func FormatInstant(at time.Time) string { return at.UTC().Format(instantLayout) }

// InYears reports whether an instant is in the years 1 to 9999, which RFC 3339 can write.
func InYears(at time.Time) bool {
	year := at.UTC().Year()
	return year >= 1 && year <= 9999
}

// ParseInstant reads a date, a space or T, a time to the second, a fraction and an offset. Fraction and offset may be
// missing; without an offset the time is in UTC, as all of DECNET's are. Digits after the nanosecond are dropped, and
// exact reports whether the instant holds the whole fraction. It returns false for years that InYears excludes.
func ParseInstant(text string) (at time.Time, exact, ok bool) {
	const shape = "dddd-dd-dd dd:dd:dd"
	if len(text) < len(shape) {
		return at, false, false
	}
	for i := range len(shape) {
		switch c := text[i]; {
		case shape[i] == 'd' && (c < '0' || c > '9'):
			return at, false, false
		case shape[i] == ' ' && c != ' ' && c != 'T':
			return at, false, false
		case shape[i] != 'd' && shape[i] != ' ' && c != shape[i]:
			return at, false, false
		}
	}
	two := func(at int) int { return int(text[at]-'0')*10 + int(text[at+1]-'0') }
	year, month, day := two(0)*100+two(2), time.Month(two(5)), two(8)
	hour, minute, second := two(11), two(14), two(17)
	nanos, exact, rest, ok := parseFraction(text[len(shape):])
	if !ok || hour > 23 || minute > 59 || second > 59 {
		return at, false, false
	}
	offset, ok := parseOffset(rest)
	if !ok {
		return at, false, false
	}
	at = time.Date(year, month, day, hour, minute, second, nanos, time.UTC)
	if at.Month() != month || at.Day() != day { // the 30th of February
		return time.Time{}, false, false
	}
	at = at.Add(-offset)
	return at, exact, InYears(at)
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

// parseOffset reads Z or a difference from UTC, which may be missing.
func parseOffset(text string) (offset time.Duration, ok bool) {
	switch text {
	case "", "Z", "z":
		return 0, true
	}
	for _, layout := range []string{"-07:00", "-0700", "-07:00:00", "-07"} {
		if at, err := time.Parse(layout, text); err == nil {
			_, seconds := at.Zone()
			return time.Duration(seconds) * time.Second, true
		}
	}
	return 0, false
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
