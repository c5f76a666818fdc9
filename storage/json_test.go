package storage

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestJSONAsPythonWritesIt(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ fact, stored, served string }{
		{"valid JSON is unchanged", `{"b": 1.0, "a": 1e2}`, `{"b": 1.0, "a": 1e2}`},
		{"large numbers keep their digits", `123456789012345678901234567890`, `123456789012345678901234567890`},
		{"a bare NaN is null", `NaN`, `null`},
		{"infinities are null", `[Infinity, -Infinity]`, `[null, null]`},
		{"a NaN inside is null", `{"a": NaN, "b": [NaN, 1]}`, `{"a": null, "b": [null, 1]}`},
		{"NaN in a string stays", `["NaN", NaN, "-Infinity \" NaN"]`, `["NaN", null, "-Infinity \" NaN"]`},
		{"NaN in a key stays", `{"NaN": NaN}`, `{"NaN": null}`},
		{"a string that ends in a backslash is recognised", `["\\", NaN, "\\\""]`, `["\\", null, "\\\""]`},
		{"a word that only starts like NaN is not JSON", `NaNa`, ``},
		{"a minus before NaN is not JSON", `-NaN`, ``},
		{"single quotes are not JSON", `{'a': 1}`, ``},
		{"empty text is not JSON", ``, ``},
		{"a cut-off list is not JSON", `[1, 2`, ``},
		{"two values are not JSON", `1 2`, ``},
		{"a byte order mark is not JSON", "\ufeff{}", ``},
		{"a control character in a string is not JSON", "[\"\x01\"]", ``},
		{"an open string is not JSON", `"NaN`, ``},
		{"a backslash at the end is not JSON", `NaN"\`, ``},
		{"bottomless nesting is not JSON", strings.Repeat("[", 100_000), ``},
	} {
		t.Run(c.fact, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, c.served, string(parseJSON(c.stored)))
		})
	}
}

func TestJSONColumnsOfEveryStorageClass(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		fact   string
		stored any
		served string
	}{
		{"NULL is null", nil, `null`},
		{"an integer keeps its digits", int64(math.MaxInt64), `9223372036854775807`},
		{"a real is a number", 0.25, `0.25`},
		{"a large real is a number", 1e300, `1e+300`},
		{"an infinite real is null", math.Inf(-1), `null`},
		{"a real that is no number is null", math.NaN(), `null`},
		{"a boolean is one", true, `true`},
		{"text is parsed", `{"a": 1}`, `{"a": 1}`},
		{"bytes are parsed", []byte(`[1]`), `[1]`},
		{"bytes that are not UTF-8 are replaced within strings", []byte("\"caf\xe9\""), "\"caf\ufffd\""},
		{"text that is not JSON is nothing", `{`, ``},
	} {
		t.Run(c.fact, func(t *testing.T) {
			t.Parallel()
			var target JSON
			fits := takes(anyJSON(&target), c.stored)
			require.Equal(t, c.served, string(target))
			require.Equal(t, c.served != "", fits)
		})
	}
}

func TestListsOfJSONText(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		fact   string
		stored any
		kept   []string
		fits   bool
	}{
		{"NULL is an empty list", nil, []string{}, true},
		{"empty text is an empty list", "", []string{}, true},
		{"JSON null is an empty list", "null", []string{}, true},
		{"texts are kept in order", `["b", "a"]`, []string{"b", "a"}, true},
		{"other scalars are kept as written", `[1, 2.50, true]`, []string{"1", "2.50", "true"}, true},
		{"what is no scalar is left out", `["a", null, {}, [], "b"]`, []string{"a", "b"}, false},
		{"an object is no list", `{"a": 1}`, []string{}, false},
		{"a number is no list", int64(7), []string{}, false},
		{"text that is not JSON is no list", `["a`, []string{}, false},
		{"half a surrogate pair is replaced", `["\ud800"]`, []string{"\ufffd"}, true},
	} {
		t.Run(c.fact, func(t *testing.T) {
			t.Parallel()
			var target []string
			require.Equal(t, c.fits, takes(texts(&target), c.stored))
			require.Equal(t, c.kept, target)
		})
	}
	t.Run("a bare value is a list of one where DECNET reads it so", func(t *testing.T) {
		t.Parallel()
		var target []string
		require.True(t, takes(textsOrOne(&target), `"nmap"`))
		require.Equal(t, []string{"nmap"}, target)
		require.True(t, takes(textsOrOne(&target), `["nmap", "hydra"]`))
		require.Equal(t, []string{"nmap", "hydra"}, target)
		require.False(t, takes(textsOrOne(&target), `nmap`))
		require.Equal(t, []string{}, target)
	})
	t.Run("whole numbers are kept, others left out", func(t *testing.T) {
		t.Parallel()
		var target []int
		require.False(t, takes(wholes(&target), `[18, 1.5, "22", 99999999999, -3]`))
		require.Equal(t, []int{18, -3}, target)
	})
	t.Run("an object is read by its members, those of another type being nil", func(t *testing.T) {
		t.Parallel()
		var target *TCPFingerprint
		require.False(t, takes(object(&target, tcpFingerprint), `{"window": 64240.0, "wscale": "7", "mss": 1.5, "has_sack": 1, "options_sig": 7, "other": {}}`))
		require.Equal(t, &TCPFingerprint{Window: new(64240), OptionsSig: new("7")}, target)
		require.True(t, takes(object(&target, tcpFingerprint), `{"window": null, "mss": NaN}`), "null is no malformed content")
		require.True(t, takes(object(&target, tcpFingerprint), `{}`))
		require.Nil(t, target)
		require.False(t, takes(object(&target, tcpFingerprint), `[]`))
		require.Nil(t, target)
	})
}

func FuzzParseJSON(f *testing.F) {
	for _, seed := range []string{
		"", "null", "NaN", "[NaN]", `{"a": -Infinity}`, `"NaN"`, `"\"NaN`, `["\\", NaN]`, "\ufeff1", "[\"\x00\"]", "\xff", `{"a":1}{`, "-Infinity", "Infinit", "1e999", `"\`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, content string) {
		parsed := parseJSON(content)
		if parsed == nil {
			require.False(t, json.Valid([]byte(content)))
			return
		}
		require.True(t, json.Valid(parsed), "%q became %q", content, parsed)
		if json.Valid([]byte(content)) {
			require.Equal(t, content, string(parsed))
		}
	})
}
