// Package scalar reads and writes the schema's scalars. Each scalar X has three functions. UnmarshalX reads a value
// from a request and returns a storage.Invalid error with a message for people if the value does not have the
// scalar's format. AppendX appends the value as JSON to a buffer, for package exec. MarshalX does the same for
// gqlgen and calls AppendX.
package scalar

import (
	"encoding/base64"
	"encoding/json"
	"io"
	"math"
	"net/netip"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/99designs/gqlgen/graphql"

	"decnetgraph/attack"
	"decnetgraph/graph/jsontext"
	"decnetgraph/storage"
)

// written adapts an Append function to gqlgen's interface.
func written[T any](write func([]byte, T) []byte, value T) graphql.Marshaler {
	return graphql.WriterFunc(func(w io.Writer) { _, _ = w.Write(write(nil, value)) })
}

// AppendString appends a text. Bytes that are not valid UTF-8 become U+FFFD.
func AppendString(to []byte, text string) []byte { return jsontext.Append(to, text) }

// MarshalString writes a text like AppendString.
func MarshalString(text string) graphql.Marshaler { return written(AppendString, text) }

// UnmarshalString reads a text. It refuses one that is not valid UTF-8, such as half of a surrogate pair.
func UnmarshalString(value any) (string, error) {
	content, ok := value.(string)
	switch {
	case !ok:
		return "", storage.Invalid("the value is not a text")
	case !utf8.ValidString(content):
		return "", storage.Invalid("%s has bytes or escapes that are not a character of Unicode", shown(content))
	}
	return content, nil
}

// AppendBoolean appends true or false.
func AppendBoolean(to []byte, yes bool) []byte { return strconv.AppendBool(to, yes) }

// MarshalBoolean writes true or false.
func MarshalBoolean(yes bool) graphql.Marshaler { return written(AppendBoolean, yes) }

// UnmarshalBoolean reads true or false.
func UnmarshalBoolean(value any) (bool, error) { return graphql.UnmarshalBoolean(value) }

// AppendUUID appends a key as stored.
func AppendUUID(to []byte, uuid string) []byte { return jsontext.Append(to, uuid) }

// MarshalUUID writes a key as stored.
func MarshalUUID(uuid string) graphql.Marshaler { return written(AppendUUID, uuid) }

// UnmarshalUUID reads 32 hexadecimal digits with or without the four hyphens and returns them unchanged.
func UnmarshalUUID(value any) (string, error) {
	return matching(value, "a UUID: 32 hexadecimal digits, with or without hyphens", isUUID)
}

func isUUID(text string) bool {
	const digits, hyphens = 32, 4
	hyphened := len(text) == digits+hyphens
	for i := range len(text) {
		switch c := text[i]; {
		case hyphened && (i == 8 || i == 13 || i == 18 || i == 23):
			if c != '-' {
				return false
			}
		case (c < '0' || c > '9') && (c|' ' < 'a' || c|' ' > 'f'):
			return false
		}
	}
	return hyphened || len(text) == digits
}

// AppendTechniqueID appends a number as stored.
func AppendTechniqueID(to []byte, id string) []byte { return jsontext.Append(to, id) }

// MarshalTechniqueID writes a number as stored.
func MarshalTechniqueID(id string) graphql.Marshaler { return written(AppendTechniqueID, id) }

// UnmarshalTechniqueID reads a number such as T1110 or T1110.001.
func UnmarshalTechniqueID(value any) (string, error) {
	return matching(value, "an ATT&CK technique number such as T1110 or T1110.001", attack.ValidTechniqueID)
}

// MarshalTacticRef writes the numbers. gqlgen requires it, but no field returns a TacticRef.
func MarshalTacticRef(tactics storage.Tactics) graphql.Marshaler {
	return MarshalString(strings.Join(tactics, " "))
}

// UnmarshalTacticRef reads the number of a tactic, or a short name of the embedded catalogue, which several tactics may
// share.
func UnmarshalTacticRef(value any) (storage.Tactics, error) {
	var numbers storage.Tactics
	text, err := matching(value, "the number of an ATT&CK tactic such as TA0006, or a short name such as credential-access", func(text string) bool {
		if attack.ValidTacticID(text) {
			return true
		}
		for _, tactic := range attack.Default().Tactics() {
			if tactic.ShortName == text {
				numbers = append(numbers, tactic.AttackID)
			}
		}
		return len(numbers) > 0
	})
	if err == nil && numbers == nil {
		numbers = storage.Tactics{text}
	}
	return numbers, err
}

// AppendIPAddress appends an address as stored.
func AppendIPAddress(to []byte, ip string) []byte { return jsontext.Append(to, ip) }

// MarshalIPAddress writes an address as stored.
func MarshalIPAddress(ip string) graphql.Marshaler { return written(AppendIPAddress, ip) }

// UnmarshalIPAddress reads an IPv4 or IPv6 address in any spelling and returns it unchanged.
func UnmarshalIPAddress(value any) (string, error) {
	return matching(value, "an IPv4 or IPv6 address", func(content string) bool {
		_, err := netip.ParseAddr(content)
		return err == nil
	})
}

// matching returns value as a text, or an error unless it is a text that matches. wanted names the format in the
// message.
func matching(value any, wanted string, matches func(string) bool) (string, error) {
	content, ok := value.(string)
	if !ok || !matches(content) {
		return "", storage.Invalid("%s is not %s", shown(value), wanted)
	}
	return content, nil
}

// shown quotes the first 60 bytes of a value for an error message.
func shown(value any) string {
	const limit = 60
	content, ok := value.(string)
	if !ok {
		return "the value"
	}
	if len(content) > limit {
		content = strings.ToValidUTF8(content[:limit], "") + "…"
	}
	return strconv.Quote(content)
}

// AppendDateTime appends an instant as RFC 3339 in UTC, with microseconds unless they are zero, and with
// nanoseconds if it has some. The zero time, which stands for no instant, is null.
func AppendDateTime(to []byte, at time.Time) []byte {
	if at.IsZero() {
		return append(to, "null"...)
	}
	at = at.UTC()
	year, month, day := at.Date()
	hour, minute, second := at.Clock()
	to = appendDigits(append(to, '"'), year, 4)
	to = appendDigits(append(to, '-'), int(month), 2)
	to = appendDigits(append(to, '-'), day, 2)
	to = appendDigits(append(to, 'T'), hour, 2)
	to = appendDigits(append(to, ':'), minute, 2)
	to = appendDigits(append(to, ':'), second, 2)
	switch fraction := at.Nanosecond(); {
	case fraction == 0:
	case fraction%int(time.Microsecond) == 0:
		to = appendDigits(append(to, '.'), fraction/int(time.Microsecond), 6)
	default:
		to = appendDigits(append(to, '.'), fraction, 9)
	}
	return append(to, 'Z', '"')
}

// appendDigits appends the last digits of a number. time.Time.Format takes four times as long.
func appendDigits(to []byte, n, digits int) []byte {
	to = append(to, "000000000"[:digits]...)
	for at := len(to) - 1; n > 0 && digits > 0; at-- {
		to[at] = byte('0' + n%10)
		n, digits = n/10, digits-1
	}
	return to
}

// MarshalDateTime writes an instant like AppendDateTime.
func MarshalDateTime(at time.Time) graphql.Marshaler { return written(AppendDateTime, at) }

// UnmarshalDateTime reads an instant as storage.ParseRFC3339 does.
func UnmarshalDateTime(value any) (time.Time, error) {
	content, _ := value.(string)
	at, _, ok := storage.ParseRFC3339(content)
	if !ok {
		return time.Time{}, storage.Invalid("%s is not an RFC 3339 instant such as 2026-05-01T07:21:37Z", shown(value))
	}
	return at, nil
}

// AppendDate appends the UTC day of an instant as an RFC 3339 full-date.
func AppendDate(to []byte, day time.Time) []byte { return day.UTC().AppendFormat(to, `"2006-01-02"`) }

// MarshalDate writes the UTC day of an instant like AppendDate.
func MarshalDate(day time.Time) graphql.Marshaler { return written(AppendDate, day) }

// UnmarshalDate reads an RFC 3339 full-date and returns the first instant of that day in UTC.
func UnmarshalDate(value any) (time.Time, error) {
	content, _ := value.(string)
	day, err := time.Parse(time.DateOnly, content)
	if err != nil {
		return time.Time{}, storage.Invalid("%s is not an RFC 3339 date such as 2026-05-01", shown(value))
	}
	return day, nil
}

// AppendFloat appends a number in the format of encoding/json. NaN and infinities become null; storage does not
// return them.
func AppendFloat(to []byte, n float64) []byte {
	if math.IsInf(n, 0) || math.IsNaN(n) {
		return append(to, "null"...)
	}
	const least, most = 1e-6, 1e21 // numbers outside this range are written with an exponent
	if size := math.Abs(n); size != 0 && (size < least || size >= most) {
		digits, _ := json.Marshal(n) // finite numbers always marshal
		return append(to, digits...)
	}
	return strconv.AppendFloat(to, n, 'f', -1, 64)
}

// MarshalFloat writes a number like AppendFloat.
func MarshalFloat(n float64) graphql.Marshaler { return written(AppendFloat, n) }

// UnmarshalFloat reads a finite number.
func UnmarshalFloat(value any) (float64, error) {
	n, err := graphql.UnmarshalFloat(value)
	if _, isText := value.(string); err != nil || isText || math.IsNaN(n) || math.IsInf(n, 0) {
		return 0, storage.Invalid("%s is not a number", shown(value))
	}
	return n, nil
}

// AppendID appends a reference as an opaque text: the base64url encoding of its kind, a colon and its key.
func AppendID(to []byte, ref storage.Ref) []byte {
	plain := append(append(append(make([]byte, 0, 64), ref.Kind...), ':'), ref.Key...) //nolint:mnd // most references fit
	return append(base64.RawURLEncoding.AppendEncode(append(to, '"'), plain), '"')
}

// MarshalID writes a reference like AppendID.
func MarshalID(ref storage.Ref) graphql.Marshaler { return written(AppendID, ref) }

// UnmarshalID reads a reference that AppendID has written. Any other text or integer, which GraphQL accepts as an ID as
// well, is a reference of no kind with the text as its key: resolvers refuse it, so that one of them in a list fails alone.
func UnmarshalID(value any) (storage.Ref, error) {
	content, err := graphql.UnmarshalID(value)
	if err != nil {
		return storage.Ref{}, storage.Invalid("%s is not an id", shown(value))
	}
	if decoded, err := base64.RawURLEncoding.DecodeString(content); err == nil {
		if kind, key, found := strings.Cut(string(decoded), ":"); found && kind != "" {
			return storage.Ref{Kind: storage.Kind(kind), Key: key}, nil
		}
	}
	return storage.Ref{Key: content}, nil
}

// AppendInt appends an integer. One of more than 32 bits, such as storage.NoNumber, is null.
func AppendInt(to []byte, n int) []byte { return appendWithin(to, n, math.MinInt32, math.MaxInt32) }

// MarshalInt writes an integer like AppendInt.
func MarshalInt(n int) graphql.Marshaler { return written(AppendInt, n) }

// UnmarshalInt reads a signed 32-bit integer.
func UnmarshalInt(value any) (int, error) {
	n, err := graphql.UnmarshalInt64(value)
	if _, isText := value.(string); err != nil || isText || n < math.MinInt32 || n > math.MaxInt32 {
		return 0, storage.Invalid("the value is not an integer of 32 bits")
	}
	return int(n), nil
}

// AppendSafeInt appends an integer. One beyond storage.MostExact, such as storage.NoNumber, is null.
func AppendSafeInt(to []byte, n int) []byte {
	return appendWithin(to, n, -storage.MostExact, storage.MostExact)
}

// MarshalSafeInt writes an integer like AppendSafeInt.
func MarshalSafeInt(n int) graphql.Marshaler { return written(AppendSafeInt, n) }

// UnmarshalSafeInt reads an integer of at most storage.MostExact, with either sign.
func UnmarshalSafeInt(value any) (int, error) {
	n, err := graphql.UnmarshalInt64(value)
	if _, isText := value.(string); err != nil || isText || n < -storage.MostExact || n > storage.MostExact {
		return 0, storage.Invalid("the value is not an integer from -%d to %[1]d", storage.MostExact)
	}
	return int(n), nil
}

// appendWithin appends an integer, or null if it is not in a range.
func appendWithin(to []byte, n, least, most int) []byte {
	if n < least || n > most {
		return append(to, "null"...)
	}
	return strconv.AppendInt(to, int64(n), 10)
}
