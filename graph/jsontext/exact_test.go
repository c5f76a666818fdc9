package jsontext_test

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"decnetgraph/graph/jsontext"
)

func TestUnquoteReplacesNothing(t *testing.T) {
	for quoted, text := range map[string]string{
		`""`: "", `"a\"\\\/\b\f\n\r\t"`: "a\"\\/\b\f\n\r\t", `"\u00e9\u0000"`: "é\x00", `"\ud83d\udd11"`: "🔑", "\"\xff\"": "\xff",
		`"\ud800"`: "\xed\xa0\x80", `"\udfffx"`: "\xed\xbf\xbfx", `"\ud800\u0041"`: "\xed\xa0\x80A", `"\ud800\ud83d\udd11"`: "\xed\xa0\x80🔑", `"\udd11\ud83d"`: "\xed\xb4\x91\xed\xa0\xbd",
	} {
		got, ok := jsontext.Unquote([]byte(quoted))
		require.True(t, ok, quoted)
		require.Equal(t, text, got, quoted)
	}
	for _, quoted := range []string{``, `"`, `a`, `"a`, `"\x"`, `"\u12"`, "\"\n\"", `"a"b"`, `1`, `"" `} {
		_, ok := jsontext.Unquote([]byte(quoted))
		require.False(t, ok, quoted)
	}
}

func FuzzUnquote(f *testing.F) {
	for _, seed := range []string{`"a"`, `"\ud800\udc00\ud800"`, "\"\xff\xed\xa0\x80\"", "\"\xed\xa0\x80\xed\xb2\x80\"", "\"\xed\xa0\x80\\udc80\"", `"\u005c\""`, `"\`, `"\u00`, `"" `} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, quoted string) {
		text, ok := jsontext.Unquote([]byte(quoted))
		var want string
		require.Equal(t, strings.HasPrefix(quoted, `"`) && strings.HasSuffix(quoted, `"`) && json.Unmarshal([]byte(quoted), &want) == nil, ok)
		if !ok {
			return
		}
		if utf8.ValidString(text) {
			require.Equal(t, want, text)
		}
		again, ok := jsontext.Unquote(jsontext.AppendExact(nil, text))
		require.True(t, ok)
		require.Equal(t, text, again)
	})
}
