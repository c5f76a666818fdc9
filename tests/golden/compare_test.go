package golden_test

import (
	"encoding/json"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// goldenRow is a decoded JSON object: a row of DECNET's, or an object of a GraphQL answer.
type goldenRow = map[string]any

// goldenWant turns a value of DECNET's row into what this server answers for it.
type goldenWant func(r *goldenRun, value any, row goldenRow) any

// goldenColumn is a member of DECNET's row and the place where GraphQL answers it.
type goldenColumn struct {
	name  string
	field string     // path of fields, with the selection of the last one; empty where it is known from the question
	want  goldenWant // nil for the same value
}

// goldenShape is the columns of one kind of row. A column that DECNET answers and the shape does not
// know fails the comparison.
type goldenShape []goldenColumn

func goldenCol(name, field string, want ...goldenWant) goldenColumn {
	c := goldenColumn{name: name, field: field}
	if len(want) > 0 {
		c.want = want[0]
	}
	return c
}

// goldenSame makes columns whose value is the same, from pairs of DECNET's name and ours.
func goldenSame(pairs ...string) goldenShape {
	var s goldenShape
	for i := 0; i < len(pairs); i += 2 {
		s = append(s, goldenCol(pairs[i], pairs[i+1]))
	}
	return s
}

func (s goldenShape) with(columns ...goldenColumn) goldenShape {
	return append(slices.Clip(s), columns...)
}

func (s goldenShape) column(name string) (goldenColumn, bool) {
	for _, c := range s {
		if c.name == name {
			return c, true
		}
	}
	return goldenColumn{}, false
}

// selection is the GraphQL selection of all columns.
func (s goldenShape) selection() string {
	var fields []string
	for _, c := range s {
		path := c.path()
		if len(path) == 0 {
			continue
		}
		rest := c.field[len(strings.Join(path, ".")):]
		fields = append(fields, strings.Join(path, " { ")+rest+strings.Repeat(" }", len(path)-1))
	}
	return strings.Join(fields, " ")
}

func (c goldenColumn) path() []string {
	head := c.field
	if i := strings.IndexAny(head, " ({"); i >= 0 {
		head = head[:i]
	}
	if head == "" {
		return nil
	}
	return strings.Split(head, ".")
}

// answer is the value that GraphQL gave for the column.
func (c goldenColumn) answer(ours goldenRow) any {
	var value any = ours
	for _, name := range c.path() {
		object, ok := value.(goldenRow)
		if !ok {
			return nil
		}
		value = object[name]
	}
	return value
}

// wanted is the value that GraphQL should give for the column.
func (c goldenColumn) wanted(r *goldenRun, golden goldenRow) any {
	if c.want == nil {
		return golden[c.name]
	}
	return c.want(r, golden[c.name], golden)
}

// sameRow compares a row of DECNET's with ours, column by column.
func (r *goldenRun) sameRow(what string, s goldenShape, golden, ours any) {
	r.t.Helper()
	theirs, have := golden.(goldenRow)
	mine, found := ours.(goldenRow)
	if have != found {
		r.t.Errorf("%s: DECNET answers %s, we answer %s", what, goldenText(golden), goldenText(ours))
		return
	}
	if !have {
		r.values[r.file]++
		return
	}
	for name := range theirs {
		if _, known := s.column(name); !known {
			r.t.Errorf("%s: DECNET's %s is not compared", what, name)
		}
	}
	for _, c := range s {
		if _, there := theirs[c.name]; !there {
			r.t.Errorf("%s: DECNET does not answer %s", what, c.name)
			continue
		}
		if c.field != "" {
			r.sameValue(what+": "+c.name, c.wanted(r, theirs), c.answer(mine))
		}
	}
}

// sameValue compares a value that we should give with the one that we gave.
func (r *goldenRun) sameValue(what string, want, got any) {
	r.t.Helper()
	r.values[r.file]++
	switch {
	case !goldenEqual(want, got):
		r.t.Errorf("%s: we should answer %s, but we answer %s", what, goldenText(want), goldenText(got))
	case !goldenEqual(allDigits(want), got):
		r.differs("six digits")
	}
}

// allDigits is a value of which nothing may have been cut off.
func allDigits(want any) any {
	switch w := want.(type) {
	case goldenSeconds:
		w.digits = 0
		return w
	case goldenFloat:
		w.digits = 0
		return w
	}
	return want
}

// sameRows compares a list whose order DECNET fixes by one column only, or leaves open if sortBy is
// empty. ours is our whole list; golden is what DECNET answers from the offset on. Rows of one sort
// key may stand in any order, so they are told apart by the columns named in keys.
func (r *goldenRun) sameRows(what string, s goldenShape, sortBy string, keys []string, golden, ours []any, offset int) {
	r.t.Helper()
	if len(golden) > 0 && offset+len(golden) > len(ours) {
		r.t.Errorf("%s: DECNET answers %d rows from %d on, we have %d in all", what, len(golden), offset, len(ours))
		return
	}
	sorting, _ := s.column(sortBy)
	used := make([]bool, len(ours))
	for i, row := range golden {
		theirs := row.(goldenRow)
		first, last := 0, len(ours)
		if sortBy != "" {
			want := sorting.wanted(r, theirs)
			if !goldenEqual(want, sorting.answer(ours[offset+i].(goldenRow))) {
				r.t.Errorf("%s: row %d should have %s %s, but we have %s", what, offset+i, sortBy, goldenText(want), goldenText(ours[offset+i]))
				return
			}
			at := func(j int) bool { return goldenEqual(want, sorting.answer(ours[j].(goldenRow))) }
			for first = offset + i; first > 0 && at(first-1); first-- {
			}
			for last = offset + i + 1; last < len(ours) && at(last); last++ {
			}
		}
		found := -1
		for j := first; j < last && found < 0; j++ {
			if !used[j] && r.sameKey(s, keys, theirs, ours[j].(goldenRow)) {
				found = j
			}
		}
		if found < 0 {
			r.t.Errorf("%s: we do not have DECNET's row %s where it belongs", what, goldenText(row))
			return
		}
		used[found] = true
		r.sameRow(what, s, row, ours[found])
	}
}

func (r *goldenRun) sameKey(s goldenShape, keys []string, golden, ours goldenRow) bool {
	for _, key := range keys {
		c, _ := s.column(key)
		if !goldenEqual(c.wanted(r, golden), c.answer(ours)) {
			return false
		}
	}
	return true
}

// goldenSeconds is an instant that DECNET gives as seconds since 1970.
type goldenSeconds struct {
	seconds float64
	digits  int // as of a goldenFloat
}

// goldenFloat is a number that GraphQL serves as a Float, which may or may not write a point.
type goldenFloat struct {
	number float64
	digits int // that DECNET got to see; 0 for all
}

// sameDigits compares numbers of which the first may have been cut off after some digits.
func sameDigits(want, got float64, digits int) bool {
	return strconv.FormatFloat(want, 'g', digits, 64) == strconv.FormatFloat(got, 'g', digits, 64)
}

// goldenEqual compares decoded JSON, types included: 1, 1.0 and "1" are three values.
func goldenEqual(want, got any) bool {
	switch w := want.(type) {
	case goldenSeconds:
		text, _ := got.(string)
		at, err := time.Parse("2006-01-02T15:04:05Z", text)
		seconds := float64(at.UnixMicro()) / 1e6
		if w.digits > 0 {
			return err == nil && sameDigits(w.seconds, seconds, w.digits)
		}
		return err == nil && math.Abs(w.seconds-seconds) <= 1e-6 // to the microsecond
	case goldenFloat:
		n, ok := got.(json.Number)
		number, err := n.Float64()
		if w.digits > 0 {
			return ok && err == nil && sameDigits(w.number, number, w.digits)
		}
		return ok && err == nil && number == w.number
	case json.Number:
		n, ok := got.(json.Number)
		return ok && sameGoldenNumber(w, n)
	case []any:
		list, ok := got.([]any)
		if !ok || len(w) != len(list) {
			return false
		}
		for i := range w {
			if !goldenEqual(w[i], list[i]) {
				return false
			}
		}
		return true
	case goldenRow:
		object, ok := got.(goldenRow)
		if !ok || len(w) != len(object) {
			return false
		}
		for name := range w {
			if value, there := object[name]; !there || !goldenEqual(w[name], value) {
				return false
			}
		}
		return true
	default:
		return want == got
	}
}

// sameGoldenNumber tells integers, which keep all digits, from numbers with a fraction or an exponent.
func sameGoldenNumber(a, b json.Number) bool {
	if strings.ContainsAny(a.String(), ".eE") != strings.ContainsAny(b.String(), ".eE") {
		return false
	}
	if !strings.ContainsAny(a.String(), ".eE") {
		return a == b
	}
	first, errA := a.Float64()
	second, errB := b.Float64()
	return errA == nil && errB == nil && first == second
}

func goldenText(value any) string {
	content, err := json.Marshal(value)
	if err != nil {
		return err.Error()
	}
	if text := string(content); len(text) <= 600 {
		return text
	}
	return string(content[:600]) + "…"
}
