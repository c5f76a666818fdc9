package httpapi

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"pgregory.net/rapid"
)

// sizeOf is the estimate of a text that is read in pieces.
func sizeOf(text []byte, pieces int) jsonSize {
	var size jsonSize
	for len(text) > pieces {
		size.add(text[:pieces])
		text = text[pieces:]
	}
	size.add(text)
	return size
}

// allocated is how many bytes a function allocates.
func allocated(f func()) int64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return int64(after.TotalAlloc - before.TotalAlloc)
}

// held is how many bytes a value holds that a function makes.
func held(decode func() any) int64 {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	value := decode()
	runtime.GC()
	runtime.ReadMemStats(&after)
	runtime.KeepAlive(value)
	return int64(after.HeapAlloc) - int64(before.HeapAlloc)
}

// shortValues are JSON lists whose values take much more memory than their text, and lists as real requests have them.
func shortValues(n int) map[string]string {
	list := func(of func(i int) string) string {
		parts := make([]string, n)
		for i := range parts {
			parts[i] = of(i)
		}
		return "[" + strings.Join(parts, ",") + "]"
	}
	same := func(text string) string { return list(func(int) string { return text }) }
	names := make([]string, n)
	for i := range names {
		names[i] = fmt.Sprintf(`"k%d":1`, i)
	}
	return map[string]string{
		"empty objects":         same(`{}`),
		"empty lists":           same(`[]`),
		"numbers":               same(`1`),
		"nulls":                 same(`null`),
		"empty texts":           same(`""`),
		"longer numbers":        same(`0.123456789012345`),
		"lists of one":          same(`[[[1]]]`),
		"objects of one":        same(`{"a":1}`),
		"objects in objects":    same(`{"a":{"b":{"c":{}}}}`),
		"objects of nine":       same(`{"a":1,"b":1,"c":1,"d":1,"e":1,"f":1,"g":1,"h":1,"i":1}`),
		"objects of fifteen":    same(`{"a":1,"b":1,"c":1,"d":1,"e":1,"f":1,"g":1,"h":1,"i":1,"j":1,"k":1,"l":1,"m":1,"n":1,"o":1}`),
		"one object":            "{" + strings.Join(names, ",") + "}",
		"the same name":         "{" + strings.TrimSuffix(strings.Repeat(`"a":1,`, n), ",") + "}",
		"escapes":               same(`"\u0041\n"`),
		"half pairs":            same(`"\ud800"`),
		"names of escapes":      list(func(i int) string { return fmt.Sprintf(`{"\u0041%d":true}`, i) }),
		"tags":                  same(`{"sourceKind":"command","sourceId":"c2cf6488#0","attackerUuid":"b182e1c1-4de0-46bc-a023-4abc87c6d3d9","tacticId":"TA0006","techniqueId":"T1110","subTechniqueId":"T1110.001","confidence":0.8,"ruleId":"R9001","ruleVersion":1,"evidence":{"command_text":"hydra -l root ssh://10.0.0.7","matched":["hydra"]},"createdAt":"2026-03-01T12:00:00Z"}`),
		"tags with white space": same("{\n  \"sourceKind\": \"command\",\n  \"confidence\": 0.8,\n  \"evidence\": {}\n}"),
	}
}

func TestJSONSizeIsNeverTooLow(t *testing.T) {
	for fact, text := range shortValues(20_000) {
		size := sizeOf([]byte(text), 4096)
		took := held(func() any {
			value, ok := decodeJSON([]byte(text))
			assert.True(t, ok, fact)
			return value
		})
		estimate := size.values + int64(len(text)) // the characters of texts
		assert.LessOrEqual(t, took, estimate, "%s: %d bytes", fact, len(text))
		t.Logf("%-22s %8d bytes, took %.1f times as much, estimate %.1f", fact, len(text), float64(took)/float64(len(text)), float64(estimate)/float64(len(text)))
	}
}

func TestJSONSizeDoesNotDependOnThePieces(t *testing.T) {
	texts := shortValues(50)
	rapid.Check(t, func(t *rapid.T) {
		text := []byte(texts[rapid.SampledFrom([]string{"tags", "escapes", "objects in objects", "the same name"}).Draw(t, "text")])
		assert.Equal(t, sizeOf(text, len(text)), sizeOf(text, rapid.IntRange(1, 100).Draw(t, "pieces")))
	})
}

func TestJSONSizeCountsDepthOutsideOfTexts(t *testing.T) {
	for text, tooDeep := range map[string]bool{
		strings.Repeat("[", maxJSONDepth):                               false,
		strings.Repeat("[", maxJSONDepth+1):                             true,
		strings.Repeat(`{"a":`, maxJSONDepth+1):                         true,
		`"` + strings.Repeat("[", 1_000) + `"`:                          false,
		`"\"` + strings.Repeat("[", 1_000) + `"`:                        false,
		`"\\"` + strings.Repeat("[", 1_000):                             true,
		strings.Repeat("[]", 1_000):                                     false,
		strings.Repeat("]", 1_000) + strings.Repeat("[", maxJSONDepth):  false,
		strings.Repeat("[", 1_000_000) + strings.Repeat("]", 2_000_000): true,
		"[" + strings.Repeat("[]],[", 1_000):                            false,
	} {
		assert.Equal(t, tooDeep, sizeOf([]byte(text), 7).tooDeep, "%.40s", text)
	}
}
