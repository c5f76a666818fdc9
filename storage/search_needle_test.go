package storage

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"decnetgraph/storage/engine"
)

func TestTrigramsOfAPartAreThoseOfTheWhole(t *testing.T) {
	t.Parallel()
	require.Equal(t, []int{'a'<<16 | 'b'<<8 | 'a', 'b'<<16 | 'a'<<8 | 'b'}, gramsOf("abab"))
	require.Empty(t, gramsOf("ab"))
}

func TestNetworksHaveTheKeysOfTheirFirstAndLastAddresses(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][2]string{
		"198.51.100.0/24":         {"4c6336400", "4c63364ff"},
		"198.51.100.77/24":        {"4c6336400", "4c63364ff"},
		"::ffff:198.51.100.0/120": {"4c6336400", "4c63364ff"},
		"0.0.0.0/0":               {"400000000", "4ffffffff"},
		"2001:db8::/32":           {"620010db8" + strings.Repeat("0", 24), "620010db8" + strings.Repeat("f", 24)},
		"2001:db8:":               {"620010db8" + strings.Repeat("0", 24), "620010db8" + strings.Repeat("f", 24)},
		"2001:DB8::":              {"620010db8" + strings.Repeat("0", 24), "620010db8" + strings.Repeat("f", 24)},
		"198.51.100.7":            {"4c6336407", "4c6336407"},
		"198.51.100.":             {"", ""},
		"wget":                    {"", ""},
		"/etc/passwd":             {"", ""},
		"a/1":                     {"", ""},
	} {
		n, err := newNeedle(text)
		require.NoError(t, err, text)
		require.Equal(t, want, [2]string{n.from, n.to}, text)
	}
}

// FuzzASnippetShowsTheMatch: whatever the bytes are, the snippet is a part of the text, and its places bound the match.
func FuzzASnippetShowsTheMatch(f *testing.F) {
	f.Add("wget http://é/", "HTTP")
	f.Add("\x00ab", "\x00a")
	f.Add("éé", "\xa9\xc3")
	f.Fuzz(func(t *testing.T, text, part string) {
		n, err := newNeedle(part)
		if err != nil {
			return
		}
		ages, err := agesOf(nil)
		require.NoError(t, err)
		l := searchList{needle: n, order: SearchRelevance, ages: ages}
		h := l.hit(searchText{field: commandLine, text: text}, 0)
		require.Equal(t, strings.Contains(engine.FoldASCII(text), engine.FoldASCII(part)), h != nil)
		if h == nil || !utf8.ValidString(text) {
			return
		}
		s := h.Snippet()
		all, shown := []rune(text), []rune(s.Text)
		require.Equal(t, string(all[s.Offset:s.Offset+len(shown)]), s.Text)
		require.Len(t, all, s.Length)
		require.Contains(t, engine.FoldASCII(string(shown[s.Start:s.End])), engine.FoldASCII(part))
		require.LessOrEqual(t, len(shown), s.End-s.Start+2*aroundMatch)
	})
}
