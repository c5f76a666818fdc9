package storage

import (
	"encoding/json"
	"math"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

// takes passes a single value, which comes from no result, to a cell.
func takes(c cell, given any) bool {
	var v value
	v.Set(given)
	return c.Take(&v)
}

func TestInstants(t *testing.T) {
	t.Parallel()
	noon := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		fact   string
		stored any
		want   time.Time // zero where the value is no instant
	}{
		{"DECNET's text is naive UTC", "2026-05-01 12:00:00.000000", noon},
		{"microseconds are kept", "2026-05-01 12:00:00.000001", noon.Add(time.Microsecond)},
		{"a fraction may be missing", "2026-05-01 12:00:00", noon},
		{"Python's isoformat is taken", "2026-05-01T12:00:00.000000", noon},
		{"an offset is taken off", "2026-05-01T14:00:00+02:00", noon},
		{"an offset after a space is taken off", "2026-05-01 07:30:00.000000-04:30", noon},
		{"bytes are none", []byte("2026-05-01 12:00:00"), time.Time{}},
		{"a date is its midnight", "2026-05-01", noon.Add(-12 * time.Hour)},
		{"the seconds may be missing", "2026-05-01 12:00", noon},
		{"a number is none", int64(1777636800), time.Time{}},
		{"RFC 3339 in lower case is taken", "2026-05-01t12:00:00z", noon},
		{"a leap second is none", "2016-12-31 23:59:60", time.Time{}},
		{"the year 0 is none", "0000-05-01 12:00:00", time.Time{}},
		{"the first instant of the year 1 stands for never", "0001-01-01 00:00:00.000000", time.Time{}},
		{"a driver's time is taken", noon.In(time.FixedZone("", 3600)), noon},
		{"the driver's zero time is what it makes of text that is no instant", time.Time{}, time.Time{}},
		{"a day that does not exist is none", "2026-02-30 12:00:00", time.Time{}},
		{"words are none", "yesterday", time.Time{}},
		{"empty text is none", "", time.Time{}},
		{"NULL is none", nil, time.Time{}},
		{"a real is none", 1.5, time.Time{}},
		{"a year of five digits is none", time.Date(33658, 9, 27, 0, 0, 0, 0, time.UTC), time.Time{}},
		{"a year before the first is none", time.Date(-1, 1, 1, 0, 0, 0, 0, time.UTC), time.Time{}},
		{"an offset that leaves the year 9999 is none", "9999-12-31T23:59:59-01:00", time.Time{}},
	} {
		t.Run(c.fact, func(t *testing.T) {
			t.Parallel()
			var target time.Time
			require.Equal(t, !c.want.IsZero(), takes(instant(&target), c.stored))
			require.Equal(t, c.want, target)
		})
	}
}

func TestSecondsSince1970(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		fact   string
		stored any
		want   time.Time
	}{
		{"a real keeps its microseconds", 1777620157.654321, time.Date(2026, 5, 1, 7, 22, 37, 654321000, time.UTC)},
		{"an integer is whole seconds", int64(1777620157), time.Date(2026, 5, 1, 7, 22, 37, 0, time.UTC)},
		{"text that is a number is one", "1777620157.5", time.Date(2026, 5, 1, 7, 22, 37, 500000000, time.UTC)},
		{"before 1970 is negative", -1.0, time.Date(1969, 12, 31, 23, 59, 59, 0, time.UTC)},
		{"past the year 9999 is none", 253402300800.0, time.Time{}},
		{"before the year 1 is none", -62135596801.0, time.Time{}},
		{"an infinity is none", math.Inf(1), time.Time{}},
		{"no number is none", math.NaN(), time.Time{}},
		{"words are none", "soon", time.Time{}},
		{"NULL is none", nil, time.Time{}},
	} {
		t.Run(c.fact, func(t *testing.T) {
			t.Parallel()
			var target time.Time
			require.Equal(t, !c.want.IsZero(), takes(epoch(&target), c.stored))
			require.Equal(t, c.want, target)
		})
	}
}

func TestScalars(t *testing.T) {
	t.Parallel()
	t.Run("an integer has 32 bits", func(t *testing.T) {
		t.Parallel()
		for stored, fits := range map[any]bool{
			int64(math.MaxInt32): true, int64(math.MaxInt32 + 1): false, int64(math.MinInt64): false, 7.0: true, 7.5: false, "7": true, "": false,
			"0x7": false, true: true, nil: false, math.Inf(1): false, "NaN": false,
		} {
			target := 0
			require.Equal(t, fits, takes(whole(&target), stored), "%v", stored)
			require.Equal(t, fits, target != NoNumber, "%v", stored)
		}
	})
	t.Run("a safe integer keeps all of its digits, or is none", func(t *testing.T) {
		t.Parallel()
		for stored, fits := range map[any]bool{
			int64(MostExact): true, int64(MostExact + 1): false, int64(-MostExact): true, int64(math.MaxInt64): false, float64(1 << 40): true, float64(1 << 53): false, 1e300: false,
			math.Copysign(0, -1): true, 5e-324: false, math.NaN(): false, "9007199254740991": true, "9007199254740993": false, "1e3": true,
		} {
			target := 0
			require.Equal(t, fits, takes(safeInt(&target), stored), "%v", stored)
			require.Equal(t, fits, target != NoNumber, "%v", stored)
		}
	})
	t.Run("text is no number where a column holds values of any type", func(t *testing.T) {
		t.Parallel()
		v := value{AnyType: true}
		v.Set("12")
		target := 0
		require.False(t, safeInt(&target).Take(&v))
		require.Equal(t, NoNumber, target)
	})
	t.Run("a real is finite", func(t *testing.T) {
		t.Parallel()
		for stored, fits := range map[any]bool{0.5: true, int64(1): true, "1e3": true, math.Inf(1): false, math.NaN(): false, "1e999": false, "Inf": false, nil: false} {
			target := 0.0
			require.Equal(t, fits, takes(finite(&target), stored), "%v", stored)
			require.Equal(t, fits, !math.IsNaN(target), "%v", stored)
		}
	})
	t.Run("a truth value is a number or a boolean", func(t *testing.T) {
		t.Parallel()
		for stored, want := range map[any][2]bool{ // truth, fits
			int64(1): {true, true}, int64(0): {false, true}, true: {true, true}, 1.0: {true, true}, "1": {true, true}, "true": {false, false}, "NaN": {false, false}, nil: {false, false},
		} {
			target := false
			fits := takes(flag(&target), stored)
			require.Equal(t, want, [2]bool{target, fits}, "%v", stored)
		}
	})
	t.Run("text is what it looks like, with U+FFFD for what is not UTF-8", func(t *testing.T) {
		t.Parallel()
		for stored, want := range map[any]string{"caf\xe9": "caf\ufffd", int64(7): "7", 1.5: "1.5", true: "true", time.Unix(0, 0): "1970-01-01 00:00:00.000000"} {
			var target string
			require.True(t, takes(text(&target), stored))
			require.Equal(t, want, target)
		}
	})
	t.Run("any bytes are hexadecimal digits", func(t *testing.T) {
		t.Parallel()
		var target string
		require.True(t, takes(hexadecimal(&target), []byte{0x00, 0xff, 0x0a}))
		require.Equal(t, "00ff0a", target)
		require.True(t, takes(hexadecimal(&target), "A"))
		require.Equal(t, "41", target)
		require.False(t, takes(hexadecimal(&target), int64(7)))
	})
	t.Run("a verdict is one of five words", func(t *testing.T) {
		t.Parallel()
		var target *AttributionVerdict
		require.True(t, takes(verdict(&target), "multi_actor"))
		require.Equal(t, new(VerdictMultiActor), target)
		require.False(t, takes(verdict(&target), "sleepy"))
		require.Nil(t, target)
	})
}

// everyCell runs one value through the cells of all tables, and hands over what it became.
func everyCell(value any) (texts []string, jsons []JSON, instants []time.Time) {
	var attacker Attacker
	var identity Identity
	var tag TTPTag
	var state AttributionState
	var seen Observation
	var behavior AttackerBehavior
	var reports IntelReports
	var trigger CanaryTrigger
	var commands commandText
	var prints fingerprintText
	fill(attackers, &attacker, value)
	fill(identities, &identity, value)
	fill(campaigns, new(Campaign), value)
	fill(tags, &tag, value)
	fill(attributionStates, &state, value)
	fill(observations, &seen, value)
	fill(behaviors, &behavior, value)
	fill(intels, new(AttackerIntel), value)
	fill(intelReports, &reports, value)
	fill(canaryTriggers, &trigger, value)
	fill(commandTexts, &commands, value)
	fill(fingerprintTexts, &prints, value)
	texts = append(append([]string{tag.UUID}, attacker.Services...), behavior.ToolGuesses...)
	if tag.SessionID != nil {
		texts = append(texts, *tag.SessionID)
	}
	jsons = []JSON{tag.Evidence, state.CurrentValue, seen.Value, reports.Feodo, trigger.RawHeaders}
	for _, f := range prints.entries {
		jsons = append(jsons, f.Payload)
	}
	instants = []time.Time{tag.CreatedAt, state.LastChangeAt, seen.At}
	for _, c := range commands.list.page(nil, Page{Limit: 100}).Rows {
		if c.Timestamp != nil {
			instants = append(instants, *c.Timestamp)
		}
	}
	return texts, jsons, instants
}

func fill[T any](t table[T], row *T, value any) {
	for _, f := range t.fields {
		takes(f.into(row), value)
	}
}

func FuzzCells(f *testing.F) {
	for _, seed := range []string{
		"", "null", `["a", 1, null, {"iid": 7}]`, `{"window": 1e99, "recon_end_ts": "2026-05-01T00:00:00"}`, "2026-05-01 12:00:00", "NaN", "\xff\xfe", "\ufeff",
		`[{"payload": "{\"fingerprint_type\": 1}", "id": 1e30, "timestamp": 5}]`, "9223372036854775807", "[[[[", `"\ud800"`,
	} {
		f.Add(seed, int64(len(seed)), float64(len(seed)), uint8(len(seed)))
	}
	f.Fuzz(func(t *testing.T, content string, integer int64, number float64, kind uint8) {
		values := []any{nil, content, []byte(content), integer, number, integer > 0, time.Unix(integer%1e15, integer), struct{}{}}
		texts, jsons, instants := everyCell(values[int(kind)%len(values)])
		for _, text := range texts {
			require.True(t, utf8.ValidString(text), "%q", text)
		}
		for _, content := range jsons {
			require.True(t, content == nil || json.Valid(content), "%q", content)
		}
		for _, at := range instants {
			_, err := at.MarshalJSON() // as an answer writes it
			require.NoError(t, err)
		}
	})
}
