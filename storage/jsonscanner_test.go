package storage

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// FuzzScanner compares the scanner with encoding/json, on texts in which words such as NaN were replaced before.
func FuzzScanner(f *testing.F) {
	for _, seed := range []string{
		"", "null", "[]", "[1, 2.5e-3, -0, {}]", `[{"a": [NaN, -Infinity], "a": "\ud800\n"}, "x"]`, `["\u12`, "[1,]", "[,1]", `{"a" 1}`, "[1 2]", "01", "1.", "-", "[\"\x1f\"]", "[\"\xff\"]",
		"\ufeff[]", "[]]", `[{"command": "id"}, 7, null]`, strings.Repeat("[", 65) + strings.Repeat("]", 65), strings.Repeat("[", 10_001), "[1]\x00", "nul",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s := jsonScanner{text: text}
		valid := s.value() && s.next() == 0 && s.at == len(s.text)
		parsed := parseJSON(text)
		require.Equal(t, parsed != nil, valid, "%q", text)
		s, found := jsonScanner{text: text}, []string{}
		isList := s.elements(func(start int, element string) {
			require.Equal(t, element, text[start:start+len(element)])
			found = append(found, string(parseJSON(element)))
		})
		var want []json.RawMessage
		require.Equal(t, json.Unmarshal(parsed, &want) == nil && want != nil, isList, "%q", text)
		if !isList {
			return
		}
		require.Len(t, found, len(want))
		for i, element := range want {
			require.Equal(t, string(element), found[i])
			checkRecord(t, element)
		}
	})
}

// checkRecord compares the members of an object with those that encoding/json finds.
func checkRecord(t *testing.T, element json.RawMessage) {
	t.Helper()
	var members map[string]json.RawMessage
	isObject := json.Unmarshal(element, &members) == nil && members != nil
	var r record
	require.Equal(t, isObject, r.read(string(element)), "%q", element)
	for name, value := range members {
		got, there := r.member(name)
		require.Equal(t, string(value) != "null", there, "%q", name)
		require.Equal(t, string(value), got, "%q", name)
	}
}

func TestALongListIsGivenUpWhenNobodyWaits(t *testing.T) {
	t.Parallel()
	done := make(chan struct{})
	close(done)
	long := "[" + strings.Repeat(`{"command": "id"}, `, 200_000) + "{}]"
	for name, take := range map[string]func(v *value) bool{
		"texts":    texts(new([]string)).Take,
		"records":  records(new([]*Fingerprint), fingerprint).Take,
		"commands": new(commandIndex).take,
	} {
		v := value{Done: done}
		v.Set(long)
		require.False(t, take(&v), name)
		require.True(t, v.GaveUp(), name)
		v = value{Done: make(chan struct{})}
		v.Set(long)
		take(&v)
		require.False(t, v.GaveUp(), name)
	}
}

func TestTooManyElementsOfOneValueAreNoted(t *testing.T) {
	t.Parallel()
	v := value{MostElements: 2}
	v.Set(`["a", "b", "c"]`)
	texts(new([]string)).Take(&v)
	require.Equal(t, "2 entries in one list", v.Exceeded())
}

// FuzzAddresses shows that the lookup by address considers every spelling of it: a spelling as IPv6 has one of the
// beginnings, and the significant digits of one of the long forms.
func FuzzAddresses(f *testing.F) {
	for _, seed := range []string{"192.0.2.1", "::ffff:192.0.2.1", "2001:DB8::1", "2001:0db8:0:0::0.0.0.1", "::", "0::1", "fe80::1%eth0", "1:2:3:4:5:6:7::", "00ab::cD", "1.2.3"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		address, ok := addressOf(text)
		if !ok {
			return
		}
		require.Contains(t, usualForms(address), address.String())
		if !strings.Contains(text, ":") {
			require.Equal(t, text, address.String(), "an IPv4 address has one spelling")
			return
		}
		forms := longForms(address)
		require.Contains(t, []string{significant(forms[0]), significant(forms[1])}, significant(text), "%q", text)
		begins := 0
		for _, b := range beginningsOf(forms[0]) {
			if strings.HasPrefix(text, b) {
				begins++
			}
		}
		require.Equal(t, 1, begins, "%q", text)
		for _, form := range forms {
			again, ok := addressOf(form)
			require.True(t, ok)
			require.Equal(t, address, again)
		}
	})
}

// FuzzKeysComeBack shows that a position that this package writes is read again, whatever the database held.
func FuzzKeysComeBack(f *testing.F) {
	f.Add("text", int64(0), 0.5)
	f.Add("\xff\x00", int64(-1<<63), 5e-324)
	f.Add("", int64(1<<63-1), math.Copysign(0, -1))
	f.Fuzz(func(t *testing.T, text string, bits int64, number float64) {
		for _, given := range []any{text, []byte(text), bits, number, bits > 0} {
			var v value
			v.Set(given)
			key := writeKey(storedValue(&v))
			_, ok := readKey(key)
			require.True(t, ok, "%v is written as %q", given, key)
			_, ok = readSort(writeSort([]stored{storedValue(&v), storedValue(&v)}), 2)
			require.True(t, ok)
		}
	})
}
