package transfer

import (
	"strings"
	"time"
)

// instant is a time in UTC, in microseconds since 1970, of a year from 1 to 9999.
type instant int64

const sqliteTime = "2006-01-02 15:04:05.000000"

// String is the form in which DECNET writes it on SQLite, and which MySQL reads.
func (i instant) String() string {
	return time.UnixMicro(int64(i)).UTC().Format(sqliteTime)
}

func instantOf(at time.Time) (instant, bool) {
	at = at.UTC()
	if at.Year() < 1 || at.Year() > 9999 || at.Nanosecond()%1000 != 0 {
		return 0, false
	}
	return instant(at.UnixMicro()), true
}

// parseInstant reads a date, a blank or T, a time to the second, a fraction of which no more than microseconds
// is given, and an offset if there is one. Without it the time is in UTC, as all of DECNET's are.
func parseInstant(text string) (instant, bool) {
	const shape = "dddd-dd-dd dd:dd:dd"
	if len(text) < len(shape) {
		return 0, false
	}
	for i := range len(shape) {
		switch c := text[i]; {
		case shape[i] == 'd' && (c < '0' || c > '9'):
			return 0, false
		case shape[i] == ' ' && c != ' ' && c != 'T':
			return 0, false
		case shape[i] != 'd' && shape[i] != ' ' && c != shape[i]:
			return 0, false
		}
	}
	two := func(at int) int { return int(text[at]-'0')*10 + int(text[at+1]-'0') }
	year, month, day := two(0)*100+two(2), time.Month(two(5)), two(8)
	hour, minute, second := two(11), two(14), two(17)
	micros, offset, ok := parseFraction(text[len(shape):])
	if !ok || hour > 23 || minute > 59 || second > 59 {
		return 0, false
	}
	at := time.Date(year, month, day, hour, minute, second, micros*1000, time.UTC)
	if at.Month() != month || at.Day() != day { // the 30th of February
		return 0, false
	}
	return instantOf(at.Add(-offset))
}

// parseFraction reads what stands behind the seconds.
func parseFraction(text string) (micros int, offset time.Duration, ok bool) {
	if rest, found := strings.CutPrefix(text, "."); found {
		digits := 0
		for ; digits < len(rest) && rest[digits] >= '0' && rest[digits] <= '9'; digits++ {
			switch {
			case digits < 6:
				micros = micros*10 + int(rest[digits]-'0')
			case rest[digits] != '0':
				return 0, 0, false
			}
		}
		if digits == 0 {
			return 0, 0, false
		}
		for n := digits; n < 6; n++ {
			micros *= 10
		}
		text = rest[digits:]
	}
	switch text {
	case "":
		return micros, 0, true
	case "Z", "z":
		return micros, 0, true
	}
	for _, layout := range []string{"-07:00", "-0700", "-07:00:00", "-07"} {
		if at, err := time.Parse(layout, text); err == nil {
			_, seconds := at.Zone()
			return micros, time.Duration(seconds) * time.Second, true
		}
	}
	return 0, 0, false
}
