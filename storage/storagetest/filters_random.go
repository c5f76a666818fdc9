package storagetest

import (
	"strings"
	"time"

	"pgregory.net/rapid"

	"decnetgraph/storage"
)

// Texts of random rows and filters: some are equal but for case, accents or blanks, and one has characters that patterns
// give a meaning to. Two begin alike and are longer than what the table of filter values keeps.
var filterTexts = []string{"", "a", "A", "a ", "ab", "AB", "É", "é", "x.%_*[\\'\"", "🔑", strings.Repeat("l", 90), strings.Repeat("l", 90) + "m"}

// maybe draws a value or nil, which is more likely.
func maybe[T any](t *rapid.T, label string, draw func(*rapid.T) T) *T {
	if rapid.IntRange(0, 5).Draw(t, "no "+label) > 0 {
		return nil
	}
	return new(draw(t))
}

func drawText(t *rapid.T) string { return rapid.SampledFrom(filterTexts).Draw(t, "text") }

func drawTexts(t *rapid.T) []string {
	return rapid.SliceOfN(rapid.SampledFrom(filterTexts), 0, 3).Draw(t, "texts")
}

func drawTextFilter(of ...string) func(*rapid.T) storage.TextFilter {
	some := rapid.SampledFrom(append(of, filterTexts...))
	return func(t *rapid.T) storage.TextFilter {
		f := storage.TextFilter{}
		switch rapid.IntRange(0, 5).Draw(t, "kind of text filter") {
		case 0:
			f.Equals = new(some.Draw(t, "equals"))
		case 1:
			f.In = rapid.SliceOfN(some, 0, 3).Draw(t, "in")
		case 2:
			f.StartsWith = new(some.Draw(t, "starts with"))
		case 3:
			f.Contains = new(some.Filter(func(text string) bool { return text != "" }).Draw(t, "contains"))
		case 4:
			f.Present = new(rapid.Bool().Draw(t, "present"))
		default:
		}
		return f
	}
}

func drawListFilter(t *rapid.T) (f storage.ListFilter) {
	texts := rapid.SliceOfN(rapid.SampledFrom(append([]string{"ssh", "http"}, filterTexts...)), 0, 3)
	switch rapid.IntRange(0, 3).Draw(t, "kind of list filter") {
	case 0:
		f.AnyOf = texts.Draw(t, "any of")
	case 1:
		f.AllOf = texts.Draw(t, "all of")
	case 2:
		f.NoneOf = texts.Draw(t, "none of")
	default:
	}
	return f
}

func drawInstants(t *rapid.T) (f storage.InstantRange) {
	from := upTo(t, "from", 4)
	if rapid.Bool().Draw(t, "has from") {
		f.From = new(at(from).Add(time.Duration(upTo(t, "fraction", 1)) * time.Millisecond))
	}
	if rapid.Bool().Draw(t, "has until") {
		f.Until = new(at(from + 1 + upTo(t, "length", 3)))
	}
	return f
}

func drawRange(t *rapid.T) (f storage.IntRange) {
	from := upTo(t, "from", 3)
	if rapid.Bool().Draw(t, "has from") {
		f.From = new(from - 1)
	}
	if rapid.Bool().Draw(t, "has to") {
		f.To = new(from + upTo(t, "length", 2) - 1)
	}
	return f
}

func drawInts(t *rapid.T) (f storage.IntFilter) {
	switch rapid.IntRange(0, 3).Draw(t, "kind of number filter") {
	case 0:
		f.Equals = new(upTo(t, "equals", 3))
	case 1:
		f.In = rapid.SliceOfN(rapid.IntRange(0, 3), 0, 3).Draw(t, "in")
	case 2:
		within := drawRange(t)
		f.From, f.To = within.From, within.To
	default:
		f.Present = new(rapid.Bool().Draw(t, "present"))
	}
	return f
}

func drawConfidence(t *rapid.T) (f storage.ConfidenceRange) {
	from := upTo(t, "from", 4)
	f.From = new(float64(from) / 4)
	if rapid.Bool().Draw(t, "has to") {
		f.To = new(float64(from+upTo(t, "length", 4-from)) / 4)
	}
	return f
}

func drawTechniques(t *rapid.T) storage.TechniquesFilter {
	f := storage.TechniquesFilter{IncludeSubTechniques: rapid.Bool().Draw(t, "with sub"), Membership: drawMembership(t)}
	numbers := rapid.SliceOfN(rapid.SampledFrom([]string{"T1110", "T1059", "T1110.001", "T9999"}), 0, 2)
	switch rapid.IntRange(0, 2).Draw(t, "kind of techniques") {
	case 0:
		f.AnyOf = numbers.Draw(t, "any of")
	case 1:
		f.AllOf = numbers.Draw(t, "all of")
	default:
		f.NoneOf = numbers.Draw(t, "none of")
	}
	f.MinConfidence = maybe(t, "least confidence", func(t *rapid.T) float64 { return float64(upTo(t, "quarters", 4)) / 4 })
	return f
}

func drawMembership(t *rapid.T) storage.Membership {
	return rapid.SampledFrom(memberships).Draw(t, "membership")
}

func drawAddresses(t *rapid.T) (f storage.AddressFilter) {
	address := rapid.SampledFrom([]string{"198.51.100.7", "198.51.100.8", "::ffff:198.51.100.7", "2001:db8::1", "2001:DB8:0:0::1", "203.0.113.255", "192.0.2.1", "fe80::1"})
	switch rapid.IntRange(0, 3).Draw(t, "kind of addresses") {
	case 0:
		f.Equals = new(address.Draw(t, "equals"))
	case 1:
		f.In = rapid.SliceOfN(address, 0, 3).Draw(t, "in")
	case 2:
		f.CIDR = new(rapid.SampledFrom([]string{"198.51.100.0/24", "198.51.100.6/31", "0.0.0.0/0", "::/0", "2001:db8::/32", "198.51.100.7/32", "2001:db8::1/128", "fe80::/10", "192.0.2.0/24"}).Draw(t, "cidr"))
	default:
		f.Range = &storage.AddressRange{From: "198.51.100.7", To: rapid.SampledFrom([]string{"198.51.100.7", "198.51.100.9", "255.255.255.255"}).Draw(t, "to")}
	}
	return f
}

// drawParts draws the parts of a list of filters: none, which is most likely, or a few.
func drawParts[F any](t *rapid.T, label string, depth int, draw func(*rapid.T, int) *F) []*F {
	if depth == 0 || rapid.IntRange(0, 4).Draw(t, "no "+label) > 0 {
		return nil
	}
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) *F { return draw(t, depth-1) }), 0, 2).Draw(t, label)
}

// drawInner draws a filter within a filter.
func drawInner[F any](t *rapid.T, label string, depth int, draw func(*rapid.T, int) *F) *F {
	if depth == 0 || rapid.IntRange(0, 4).Draw(t, "no "+label) > 0 {
		return nil
	}
	return draw(t, depth-1)
}

// drawSome draws a filter of related rows.
func drawSome[F any](t *rapid.T, depth int, draw func(*rapid.T, int) *F) (some, none *F, count *storage.IntRange) {
	return drawInner(t, "some", depth, draw), drawInner(t, "none", depth, draw), maybe(t, "count", drawRange)
}
