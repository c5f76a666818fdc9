package jsontext_test

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"decnetgraph/graph/jsontext"
)

func FuzzTextIsReadAsItWas(f *testing.F) {
	for _, text := range []string{"", "plain", "\"\\/\b\f\n\r\t\x00\x1f\x7f", "é\u2028😀<>&", "\xff", "a\xed\xa0\x80b", "\xf0\x9f\x98", "\uFFFD"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		written := jsontext.Append([]byte("before"), text)
		require.True(t, utf8.Valid(written))
		var read string
		require.NoError(t, json.Unmarshal(written[len("before"):], &read))
		var want strings.Builder // U+FFFD for each byte that is not UTF-8
		for _, r := range text {
			want.WriteRune(r)
		}
		assert.Equal(t, want.String(), read)
	})
}
