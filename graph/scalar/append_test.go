package scalar_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"math"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"decnetgraph/graph/scalar"
	"decnetgraph/storage"
)

// asJSON returns a value as encoding/json writes it without HTML escapes.
func asJSON(t require.TestingT, value any) string {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	require.NoError(t, encoder.Encode(value))
	return string(bytes.TrimSuffix(out.Bytes(), []byte("\n")))
}

// same checks that Append and Marshal write the same text, and that Append keeps the content of its buffer.
func same(t require.TestingT, want string, appended []byte, marshaled graphql.Marshaler) {
	require.Equal(t, "before"+want, string(appended))
	require.Equal(t, want, written(marshaled))
}

func before() []byte { return []byte("before") }

func TestNumbersAreWrittenAsJSONDoes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.OneOf(rapid.Float64(), rapid.Map(rapid.Uint64(), math.Float64frombits),
			rapid.SampledFrom([]float64{0, math.Copysign(0, -1), 1e-6, 9.99e-7, 1e20, 1e21, -1e21, math.MaxFloat64, math.SmallestNonzeroFloat64}),
		).Draw(t, "number")
		want := "null"
		if !math.IsNaN(n) && !math.IsInf(n, 0) {
			want = asJSON(t, n)
		}
		same(t, want, scalar.AppendFloat(before(), n), scalar.MarshalFloat(n))
		i := rapid.OneOf(rapid.Int(), rapid.SampledFrom([]int{0, -1, math.MaxInt32, math.MaxInt32 + 1, storage.MostExact, storage.MostExact + 1, storage.NoNumber})).Draw(t, "integer")
		want = asJSON(t, i)
		if i < math.MinInt32 || i > math.MaxInt32 {
			want = "null"
		}
		same(t, want, scalar.AppendInt(before(), i), scalar.MarshalInt(i))
		want = asJSON(t, i)
		if i < -storage.MostExact || i > storage.MostExact {
			want = "null"
		}
		same(t, want, scalar.AppendSafeInt(before(), i), scalar.MarshalSafeInt(i))
		yes := rapid.Bool().Draw(t, "yes")
		same(t, asJSON(t, yes), scalar.AppendBoolean(before(), yes), scalar.MarshalBoolean(yes))
	})
}

func TestInstantsAreReadAsTheyWere(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		zone := time.FixedZone("", rapid.IntRange(-14, 14).Draw(t, "hours")*3600)
		at := time.Unix(rapid.Int64Range(-62135596799, 253402300799).Draw(t, "seconds"), rapid.OneOf(rapid.Just(int64(0)), rapid.Map(rapid.Int64Range(0, 999_999), func(n int64) int64 { return n * 1000 }), rapid.Int64Range(0, 999_999_999)).Draw(t, "nanoseconds")).In(zone)
		text := scalar.AppendDateTime(before(), at)
		same(t, string(text[len("before"):]), text, scalar.MarshalDateTime(at))
		var plain string
		require.NoError(t, json.Unmarshal(text[len("before"):], &plain))
		require.Equal(t, byte('Z'), plain[len(plain)-1])
		read, err := scalar.UnmarshalDateTime(plain)
		require.NoError(t, err)
		require.True(t, at.Equal(read), "%s became %s", at, read)
	})
}

func TestDatesAreReadAsTheyWere(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		zone := time.FixedZone("", rapid.IntRange(-14, 14).Draw(t, "hours")*3600)
		at := time.Unix(rapid.Int64Range(-62135596800, 253402300799).Draw(t, "seconds"), 0)
		want := at.UTC().Truncate(24 * time.Hour)
		same(t, asJSON(t, want.Format(time.DateOnly)), scalar.AppendDate(before(), at.In(zone)), scalar.MarshalDate(at.In(zone)))
		var plain string
		require.NoError(t, json.Unmarshal([]byte(written(scalar.MarshalDate(at))), &plain))
		read, err := scalar.UnmarshalDate(plain)
		require.NoError(t, err)
		require.Equal(t, want, read)
	})
}

// TestNothingButADateIsReadAsOne draws texts that resemble dates.
func TestNothingButADateIsReadAsOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`[+ -]?[0-9]{4,5}[-/.]?[0-9]{1,2}[-/.]?[0-9]{1,2}[TZ \n]?`).Draw(t, "text")
		if day, err := scalar.UnmarshalDate(text); err == nil {
			require.Equal(t, text, day.Format(time.DateOnly))
		} else {
			require.ErrorIs(t, err, storage.ErrInvalid)
		}
	})
}

func TestTextsAreWrittenAsJSONDoes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.String(), rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) })).Draw(t, "text")
		var want, read string
		require.NoError(t, json.Unmarshal([]byte(asJSON(t, text)), &want))
		for _, appended := range [][]byte{
			scalar.AppendString(before(), text), scalar.AppendUUID(before(), text),
			scalar.AppendIPAddress(before(), text), scalar.AppendTechniqueID(before(), text),
		} {
			require.NoError(t, json.Unmarshal(appended[len("before"):], &read))
			require.Equal(t, want, read)
			same(t, string(appended[len("before"):]), appended, scalar.MarshalString(text))
		}
		ref := storage.Ref{Kind: storage.Kind(rapid.StringMatching(`[A-Za-z]+`).Draw(t, "kind")), Key: text}
		want = asJSON(t, base64.RawURLEncoding.EncodeToString([]byte(string(ref.Kind)+":"+ref.Key)))
		same(t, want, scalar.AppendID(before(), ref), scalar.MarshalID(ref))
	})
}
