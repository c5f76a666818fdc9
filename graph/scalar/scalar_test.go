package scalar_test

import (
	"bytes"
	"encoding/json"
	"math"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"decnetgraph/graph/model"
	"decnetgraph/graph/scalar"
	"decnetgraph/storage"
)

func written(m graphql.Marshaler) string {
	var out bytes.Buffer
	m.MarshalGQL(&out)
	return out.String()
}

func TestScalarsAreWritten(t *testing.T) {
	for want, m := range map[string]graphql.Marshaler{
		`"2026-05-01T07:21:37.654321Z"`: scalar.MarshalDateTime(time.Date(2026, 5, 1, 7, 21, 37, 654321000, time.UTC)),
		`"2026-05-01T07:21:37.650000Z"`: scalar.MarshalDateTime(time.Date(2026, 5, 1, 7, 21, 37, 650000000, time.UTC)),
		`"2026-05-01T07:21:37Z"`:        scalar.MarshalDateTime(time.Date(2026, 5, 1, 9, 21, 37, 0, time.FixedZone("", 7200))),
		`"2026-04-30"`:                  scalar.MarshalDate(time.Date(2026, 5, 1, 1, 0, 0, 0, time.FixedZone("", 7200))),
		`"0001-01-01"`:                  scalar.MarshalDate(time.Time{}),
		`4294967295`:                    scalar.MarshalFloat(4294967295),
		`0.9`:                           scalar.MarshalFloat(0.9),
		`null`:                          scalar.MarshalFloat(math.Inf(1)),
		`{"a": [1.0, 1e400]}`:           scalar.MarshalJSON(storage.JSON(`{"a": [1.0, 1e400]}`)),
	} {
		assert.Equal(t, want, written(m))
	}
	assert.Equal(t, "null", written(scalar.MarshalJSON(nil)), "what was not JSON is null")
	assert.Equal(t, "null", written(scalar.MarshalDateTime(time.Time{})), "what was no instant is null")
	assert.Equal(t, "null", written(scalar.MarshalSafeInt(storage.NoNumber)), "what was no number is null")
}

func TestScalarsRefuseWhatTheyAreNot(t *testing.T) {
	for name, refuses := range map[string]struct {
		read   func(any) error
		values []any
	}{
		"UUID": {
			func(v any) error { _, err := scalar.UnmarshalUUID(v); return err },
			[]any{"", "xyz", 7, nil, "0000000000004000800000000000000", "00000000000040008000000000000000 ", "{00000000-0000-4000-8000-000000000000}"},
		},
		"TechniqueID": {
			func(v any) error { _, err := scalar.UnmarshalTechniqueID(v); return err },
			[]any{"", "t1110", "T111", "T1110.1", "T1110.0011", "TA0001", 1110, nil},
		},
		"IPAddress": {
			func(v any) error { _, err := scalar.UnmarshalIPAddress(v); return err },
			[]any{"", "1.2.3", "1.2.3.4/24", "::g", "example.org", 1, nil},
		},
		"DateTime": {
			func(v any) error { _, err := scalar.UnmarshalDateTime(v); return err },
			[]any{
				"", "2026-05-01", "2026-05-01T07:21:37", "yesterday", 5, nil, "2026-05-01 07:21:37Z", "2026-05-01T07:21Z", "2026-05-01T07:21:37.Z", "2026-05-01T07:21:37+0200",
				"2026-05-01T07:21:37+24:00", "2026-05-01T24:00:00Z", "2026-02-29T00:00:00Z", "2026-05-01T23:59:60Z", "2016-12-31T23:58:60Z", "2016-12-31T23:59:61Z", "+2026-05-01T07:21:37Z",
				"2026-05-01T07:21:37Z ", "２０２６-05-01T07:21:37Z",
			},
		},
		"Date": {
			func(v any) error { _, err := scalar.UnmarshalDate(v); return err },
			[]any{"", "2026-5-1", "2026-05-01 ", "2026-05-01T00:00:00Z", "2026-02-29", "2026-13-01", "20260501", "02026-05-01", "-2026-05-01", "２０２６-05-01", "today", 20260501, nil},
		},
		"Float": {
			func(v any) error { _, err := scalar.UnmarshalFloat(v); return err },
			[]any{"1", "x", math.NaN(), math.Inf(1), true},
		},
		"Int": {
			func(v any) error { _, err := scalar.UnmarshalInt(v); return err },
			[]any{"1", int64(math.MaxInt32) + 1, int64(math.MinInt32) - 1, true},
		},
		"SafeInt": {
			func(v any) error { _, err := scalar.UnmarshalSafeInt(v); return err },
			[]any{"1", int64(storage.MostExact) + 1, -int64(storage.MostExact) - 1, true, 1.5},
		},
		"ID": {
			func(v any) error { _, err := scalar.UnmarshalID(v); return err },
			[]any{map[string]any{}, []any{"eDp5"}},
		},
	} {
		for _, value := range refuses.values {
			err := refuses.read(value)
			require.ErrorIs(t, err, storage.ErrInvalid, "%s reads %v", name, value)
			assert.NotContains(t, err.Error(), "strconv", "%s tells of its insides", name)
		}
	}
}

func TestForeignIDsAreReferencesOfNoKind(t *testing.T) {
	for value, key := range map[any]string{"": "", "!": "!", "eA": "eA", "OngK": "OngK", int64(7): "7"} {
		ref, err := scalar.UnmarshalID(value)
		require.NoError(t, err)
		assert.Equal(t, storage.Ref{Key: key}, ref)
	}
}

func TestDateTimesAreReadAsRFC3339DefinesThem(t *testing.T) {
	for text, want := range map[string]time.Time{
		"2026-03-01t00:00:00z":              time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC),
		"2026-03-01T00:00:00-00:00":         time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC),
		"2026-03-01T02:00:00+02:00":         time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC),
		"2026-03-01T00:00:00.5Z":            time.Date(2026, 3, 1, 0, 0, 0, 500_000_000, time.UTC),
		"2026-03-01T00:00:00.000000000000Z": time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC),
		"2026-03-01T00:00:00.0000000001Z":   time.Date(2026, 3, 1, 0, 0, 0, 1, time.UTC), // later than the whole second
		"2016-12-31T23:59:60Z":              time.Date(2017, 1, 1, 0, 0, 0, 0, time.UTC),
		"1990-12-31T15:59:60-08:00":         time.Date(1991, 1, 1, 0, 0, 0, 0, time.UTC),
		"2016-12-31T23:59:60.25Z":           time.Date(2017, 1, 1, 0, 0, 0, 0, time.UTC),
		"0000-01-01T00:00:00Z":              time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC),
		"9999-12-31T23:59:59.999999Z":       time.Date(9999, 12, 31, 23, 59, 59, 999_999_000, time.UTC),
		"9999-12-31T23:59:59-23:59":         time.Date(10000, 1, 1, 23, 58, 59, 0, time.UTC),
	} {
		at, err := scalar.UnmarshalDateTime(text)
		require.NoError(t, err, text)
		assert.Equal(t, want, at, text)
	}
}

// FuzzInstantsAreReadOrRefused compares the reader with Go's, which refuses lower case and leap seconds.
func FuzzInstantsAreReadOrRefused(f *testing.F) {
	for _, seed := range []string{"2026-05-01T07:21:37Z", "2026-03-01t00:00:00z", "2016-12-31T23:59:60Z", "2026-05-01T07:21:37.123456789+23:59", "0000-02-29T00:00:00-00:00", "2026-05-01 07:21:37"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		at, err := scalar.UnmarshalDateTime(text)
		want, other := time.Parse(time.RFC3339, text)
		switch {
		case err != nil:
			require.ErrorIs(t, err, storage.ErrInvalid)
			// Go reads commas in place of points, hours of one digit, and offsets of a day and more.
			strict := regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$`).MatchString(text)
			require.False(t, other == nil && strict, "%q is refused: %v", text, err)
		case other == nil:
			require.WithinDuration(t, want, at, time.Nanosecond)
		default:
			require.Regexp(t, `^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$`, text)
		}
	})
}

func FuzzIDsComeBack(f *testing.F) {
	f.Add("Campaign", "351fc1f9-e2d5-4044-896c-a2cd51999f0c")
	f.Add("Session", "sess/üñí:with:colons")
	f.Fuzz(func(t *testing.T, kind, key string) {
		id := written(scalar.MarshalID(storage.Ref{Kind: storage.Kind(kind), Key: key}))
		var text string
		require.NoError(t, json.Unmarshal([]byte(id), &text))
		ref, err := scalar.UnmarshalID(text)
		if kind == "" || strings.ContainsRune(kind, ':') {
			return // a kind has no such characters
		}
		require.NoError(t, err)
		assert.Equal(t, storage.Ref{Kind: storage.Kind(kind), Key: key}, ref)
	})
}

func FuzzCursorsAreReadOrRefused(f *testing.F) {
	f.Add(model.EncodeCursor(storage.Position{List: "campaigns.updated_at", Sort: "t2026", Key: "tx"}))
	f.Add("nonsense")
	f.Fuzz(func(t *testing.T, cursor string) {
		if at, ok := model.DecodeCursor(cursor); ok {
			again, ok := model.DecodeCursor(model.EncodeCursor(at))
			assert.True(t, ok)
			assert.Equal(t, at, again)
		}
	})
}

// TestUUIDsHaveTheirForm compares the reader with a regular expression, on texts that are nearly UUIDs.
func TestUUIDsHaveTheirForm(t *testing.T) {
	form := regexp.MustCompile(`^(?:[0-9A-Fa-f]{32}|[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12})$`)
	near := rapid.StringMatching(`[0-9A-Fa-f]{8}(-?[0-9A-Fa-f]{4}){3}-?[0-9A-Fa-f]{12}[0-9a-f\n]?`)
	rapid.Check(t, func(t *rapid.T) {
		text := []byte(near.Draw(t, "text"))
		if rapid.Bool().Draw(t, "spoilt") {
			text[rapid.IntRange(0, len(text)-1).Draw(t, "at")] = rapid.Byte().Draw(t, "by")
		}
		read, err := scalar.UnmarshalUUID(string(text))
		require.Equal(t, form.Match(text), err == nil, "%q", text)
		require.True(t, err != nil || read == string(text))
	})
}
