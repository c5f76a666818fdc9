package engine

// A Cell takes one value and reports whether it fits. SQLite checks no types and DECNET no contents, so a cell
// never fails: it leaves its target empty if the value does not fit.
type Cell interface {
	Take(v *Value) bool
}

// Scanner fills a cell from a column and records the columns whose values did not fit.
type Scanner struct {
	Into      Cell
	Malformed *[]string // takes the names of such columns, if it is not nil
	Column    string
}

// take is the only call for each value of a row, so it stays small enough to be inlined.
func (s *Scanner) take(v *Value) {
	if !s.Into.Take(v) && s.Malformed != nil {
		*s.Malformed = append(*s.Malformed, s.Column)
	}
}
