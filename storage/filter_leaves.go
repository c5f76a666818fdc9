package storage

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// filterLeaf is a leaf of a filter: a struct whose fields are conditions on the values of one column. A row matches the leaf
// if it meets every field that is set, so a leaf without any matches every row. A row without a value meets no field but
// Present with the value false.
type filterLeaf interface {
	// conditions returns what the leaf states of a column. Its error is ErrInvalid if a value makes no sense.
	conditions(w *filterWalk, c filterColumn) (and, error)
}

// filterColumn is a column that a filter states conditions on.
type filterColumn struct {
	table, key, column string
	kind               valueKind
	open, single       bool       // see use
	values             valueField // see use
	// places, if set, are where the texts of an open column are held, because the rows are those of no table.
	places []openColumn
}

func (c filterColumn) compare(by operator, value any) condition {
	return comparison{c.column, c.kind, by, value}
}

// TextFilter states conditions on a text. Texts compare byte by byte, except in Contains.
type TextFilter struct {
	Equals     *string
	In         []string
	StartsWith *string
	Contains   *string // ASCII letters match in either case
	Present    *bool   // whether there is a value
}

func (f *TextFilter) conditions(w *filterWalk, c filterColumn) (and, error) {
	var where and
	if f.Equals != nil {
		where = append(where, c.compare(equalTo, *f.Equals))
		w.remember(c, where[len(where)-1], *f.Equals, "equals")
	}
	if f.In != nil {
		if err := w.count(len(f.In)); err != nil {
			return nil, err
		}
		where = append(where, inList{c.column, f.In})
		for i, text := range f.In {
			w.remember(c, c.compare(equalTo, text), text, "in", strconv.Itoa(i))
		}
	}
	if f.StartsWith != nil {
		where = append(where, startsWith(c, *f.StartsWith))
	}
	if f.Contains != nil {
		if err := w.contained(*f.Contains); err != nil {
			return nil, err
		}
		where = append(where, containsText{c.column, *f.Contains})
	}
	return presence(where, c, f.Present), nil
}

// contained refuses a text that is too short or too long to look for.
func (w *filterWalk) contained(text string) error {
	if n := utf8.RuneCountInString(text); n == 0 || n > mostContained {
		return w.invalid("contains", "a text to look for has 1 to %d characters, not %d", mostContained, n)
	}
	return nil
}

// mostContained is the most characters of TextFilter.Contains.
const mostContained = 200

// presence adds the condition that a column has a value, or has none.
func presence(where and, c filterColumn, present *bool) and {
	switch {
	case present == nil:
		return where
	case *present:
		return append(where, not{isNull{c.column}})
	default:
		return append(where, isNull{c.column})
	}
}

// startsWith is the condition that a text begins with another. It is a range, which an index can serve.
func startsWith(c filterColumn, prefix string) condition {
	within := and{beginsWith{c.column, prefix}, c.compare(atLeast, prefix)}
	if next, ok := nextText(prefix); ok {
		within = append(within, c.compare(lessThan, next))
	}
	return within
}

// nextText returns the least text that is greater than all texts with a prefix, if there is one.
func nextText(prefix string) (next string, ok bool) {
	const firstSurrogate, lastSurrogate = 0xD800, 0xDFFF // are no characters
	characters := []rune(prefix)
	for i, character := range slices.Backward(characters) {
		c := character + 1
		if c >= firstSurrogate && c <= lastSurrogate {
			c = lastSurrogate + 1
		}
		if c <= utf8.MaxRune {
			return string(characters[:i]) + string(c), true
		}
	}
	return "", false
}

// IntRange states the least and the most of a whole number, both included.
type IntRange struct {
	From, To *int
}

func (f *IntRange) conditions(w *filterWalk, c filterColumn) (and, error) {
	return rangeOf(w, c, f.From, f.To, func(a, b int) bool { return a > b })
}

// IntFilter states conditions on a whole number.
type IntFilter struct {
	Equals   *int
	In       []int
	From, To *int  // both included
	Present  *bool // whether there is a value
}

func (f *IntFilter) conditions(w *filterWalk, c filterColumn) (and, error) {
	where, err := rangeOf(w, c, f.From, f.To, func(a, b int) bool { return a > b })
	if err != nil {
		return nil, err
	}
	if f.Equals != nil {
		where = append(where, c.compare(equalTo, *f.Equals))
		w.remember(c, where[len(where)-1], strconv.Itoa(*f.Equals), "equals")
	}
	if f.In != nil {
		if err := w.count(len(f.In)); err != nil {
			return nil, err
		}
		one := or{}
		for i, n := range f.In {
			one = append(one, c.compare(equalTo, n))
			w.remember(c, one[i], strconv.Itoa(n), "in", strconv.Itoa(i))
		}
		where = append(where, one)
	}
	return presence(where, c, f.Present), nil
}

// ConfidenceRange states the least and the most of a confidence, both included and from 0 to 1.
type ConfidenceRange struct {
	From, To *float64
}

func (f *ConfidenceRange) conditions(w *filterWalk, c filterColumn) (and, error) {
	if err := w.confidence("from", f.From); err != nil {
		return nil, err
	}
	if err := w.confidence("to", f.To); err != nil {
		return nil, err
	}
	return rangeOf(w, c, f.From, f.To, func(a, b float64) bool { return a > b })
}

// confidence refuses a number that is no confidence, such as one of per cent.
func (w *filterWalk) confidence(field string, n *float64) error {
	if n != nil && !(*n >= 0 && *n <= 1) {
		return w.invalid(field, "%v is no confidence, which lies between 0 and 1", *n)
	}
	return nil
}

// StoredTextFilter states a condition on the texts in a column that holds a JSON document.
type StoredTextFilter struct {
	Contains *string // ASCII letters match in either case
}

// rangeOf bounds a column. It refuses bounds that no value can lie between.
func rangeOf[V any](w *filterWalk, c filterColumn, from, to *V, exceeds func(a, b V) bool) (and, error) {
	if from != nil && to != nil && exceeds(*from, *to) {
		return nil, w.invalid("to", "%v is less than from, %v", *to, *from)
	}
	var least, most any
	if from != nil {
		least = *from
	}
	if to != nil {
		most = *to
	}
	return and{between(c.column, c.kind, least, most)}, nil
}

// InstantRange is a span of time: from an instant, included, until another, excluded.
type InstantRange struct {
	From, Until *time.Time
}

func (f *InstantRange) conditions(w *filterWalk, c filterColumn) (and, error) {
	if f.From != nil && f.Until != nil && f.From.After(*f.Until) {
		return nil, w.invalid("until", "%s is before from, %s", f.Until.Format(time.RFC3339Nano), f.From.Format(time.RFC3339Nano))
	}
	return c.within(f.From, f.Until), nil
}

// within is the conditions that an instant is at or after another one, and before a third; nil is no bound.
func (c filterColumn) within(from, until *time.Time) (where and) {
	if from != nil {
		where = append(where, c.compare(atLeast, *from))
	}
	if until != nil {
		where = append(where, c.compare(lessThan, *until))
	}
	return where
}

// holds is the condition that a list has one of some texts.
func (c filterColumn) holds(texts []string) condition {
	var listed condition = listHolds{c.column, texts}
	if c.single {
		listed = or{listed, inList{c.column, texts}}
	}
	return c.lookUp(texts, nil, listed)
}

// ListFilter states conditions on a stored list of texts, whose elements compare byte by byte. A row without a list has
// none.
type ListFilter struct {
	AnyOf, AllOf, NoneOf []string
}

func (f *ListFilter) conditions(w *filterWalk, c filterColumn) (and, error) {
	var where and
	if f.AnyOf != nil {
		where = append(where, c.holds(f.AnyOf))
		for i, text := range f.AnyOf {
			w.remember(c, c.holds([]string{text}), text, "anyOf", strconv.Itoa(i))
		}
	}
	for i, text := range f.AllOf {
		where = append(where, c.holds([]string{text}))
		w.remember(c, where[len(where)-1], text, "allOf", strconv.Itoa(i))
	}
	if f.NoneOf != nil {
		where = append(where, not{c.holds(f.NoneOf)})
	}
	return where, w.count(len(f.AnyOf) + len(f.AllOf) + len(f.NoneOf))
}

// AddressFilter states a condition on an address, whatever its spelling. Exactly one field is set.
type AddressFilter struct {
	Equals *string
	In     []string
	CIDR   *string
	Range  *AddressRange
}

// AddressRange is the addresses from one to another of the same family, both included.
type AddressRange struct {
	From, To string
}

func (f *AddressFilter) conditions(w *filterWalk, c filterColumn) (and, error) {
	var spans []addressSpan
	var err error
	switch {
	case f.Equals != nil:
		spans, err = w.addresses("equals", []string{*f.Equals})
	case f.In != nil:
		spans, err = w.addresses("in", f.In)
	case f.CIDR != nil:
		spans, err = w.cidr(*f.CIDR)
	case f.Range != nil:
		spans, err = w.addressRange(*f.Range)
	default:
		return nil, nil
	}
	return and{c.lookUp(nil, spans, addressWithin{c.column, spans})}, err
}

func (w *filterWalk) addresses(field string, texts []string) ([]addressSpan, error) {
	spans := make([]addressSpan, len(texts))
	for i, text := range texts {
		address, ok := addressOf(text)
		if !ok || address.Zone() != "" {
			return nil, w.invalid(field, "%q is no IPv4 or IPv6 address", text)
		}
		spans[i] = addressSpan{address, address}
	}
	return spans, w.count(len(texts))
}

// cidr reads a block of addresses. Bits after the prefix are an error, because the block that was meant is unclear.
func (w *filterWalk) cidr(text string) ([]addressSpan, error) {
	prefix, err := netip.ParsePrefix(strings.TrimSpace(text))
	if err != nil {
		return nil, w.invalid("cidr", "%q is no block of addresses such as 198.51.100.0/24 or 2001:db8::/32", text)
	}
	if prefix != prefix.Masked() {
		return nil, w.invalid("cidr", "%q has bits after its prefix; the block is %s", text, prefix.Masked())
	}
	return []addressSpan{spanOf(prefix)}, nil
}

func (w *filterWalk) addressRange(r AddressRange) ([]addressSpan, error) {
	from, okFrom := addressOf(r.From)
	to, okTo := addressOf(r.To)
	switch {
	case !okFrom || from.Zone() != "":
		return nil, w.invalid("range", "from, %q, is no IPv4 or IPv6 address", r.From)
	case !okTo || to.Zone() != "":
		return nil, w.invalid("range", "to, %q, is no IPv4 or IPv6 address", r.To)
	case from.BitLen() != to.BitLen():
		return nil, w.invalid("range", "from, %s, and to, %s, are not both IPv4 or both IPv6", from, to)
	case to.Less(from):
		return nil, w.invalid("range", "to, %s, is before from, %s", to, from)
	}
	return []addressSpan{{from, to}}, nil
}
