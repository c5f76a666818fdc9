package storage

import (
	"slices"
	"strings"
	"time"

	"decnetgraph/storage/engine"
)

// countable are rows that add up to the tags of a scope that some conditions choose: tags, or sums of tags.
type countable struct {
	rel   relation
	from  source
	where and // the conditions that the rows must still meet
}

// number is the aggregate that counts the tags of rows c.
func (c countable) number() string {
	if c.from == fromSums {
		return "SUM(c.tags)"
	}
	return "COUNT(*)"
}

// columns returns a list of columns, which may be empty, with the column of the number of tags if the rows are sums.
func (c countable) columns(list string) string {
	switch {
	case c.from == fromTags:
		return list
	case list == "":
		return "t.tags"
	default:
		return list + ", t.tags"
	}
}

// countable returns the rows that add up to the tags of a scope that meet the conditions. They are sums of the first of the
// dimensions that can serve; otherwise they are the tags themselves. Sums by day are those of the whole days, in UTC,
// between the bounds on the time of creation, together with the tags of the parts of days at the edges.
func (s *shared) countable(scope Scope, where and, dimensions ...dimension) countable {
	rest, span := takeSpan(where)
	if s.usesSums(scope) {
		for _, by := range dimensions {
			if rel, ok := s.dialect.sums(scope, by, span); ok && about(rest, by.columns) {
				return countable{rel, fromSums, rest}
			}
		}
	}
	return s.countableTags(scope, where)
}

// countableTags is countable without sums. Where an index finds tags inside of a fence, the bounds on their time must be
// inside of it, too.
func (s *shared) countableTags(scope Scope, where and) countable {
	rest, span := takeSpan(where)
	if s.dialect.LateralFence == "" || span.open() {
		return countable{s.dialect.tags(scope), fromTags, where}
	}
	condition, args := s.dialect.spanCondition(span)
	rel := s.dialect.tagsIn(scope, "(SELECT * FROM "+tags.name+condition+")")
	return countable{rel.withArgs(args), fromTags, rest}
}

// sums returns the relation of the sums by a dimension of the tags of a scope that were created in a span; false if they
// cannot tell these from others.
func (d dialect) sums(scope Scope, by dimension, span tagSpan) (relation, bool) {
	days, edges, ok := span.split()
	switch {
	case !by.days && span.open():
		return d.sumsByTechnique(scope), true
	case !by.days || !scope.hasTotals() || !ok:
		return relation{}, false
	default:
		return d.sumsByDay(scope, by, span, days, edges), true
	}
}

// sumsByDay is the relation of sums by a dimension that tells days apart. Owners whose totals are up to date have the
// totals and the fresh parts of the whole days of a span, the others the tags of these days. All have the tags of the edges.
func (d dialect) sumsByDay(scope Scope, by dimension, span tagSpan, days wholeDays, edges []tagSpan) relation {
	owners := scope.totalOwners()
	fresh, marks := d.freshCondition(by.fresh...), owners.marksOf(by)
	upToDate := ""
	if len(marks) > 0 {
		upToDate = upToDateCondition
	}
	parts := owners.requestedPartsArm(d, fresh, upToDate)
	if within, args := days.condition("t.day"); within != "" {
		parts.only = and{raw(within, args...)}
	}
	rel := relation{arms: []arm{parts}}
	addTotals := func(by dimension, days wholeDays) {
		totals := totalsArm(scope, by)
		within, args := days.condition("day")
		totals.steps[0].table, totals.args = totalsSubquery(scope, by, within)+" t", args
		if upToDate != "" {
			totals = totals.withCondition(upToDate)
		}
		rel.arms = append(rel.arms, totals)
	}
	rest := []wholeDays{days}
	if months, around, ok := days.months(); ok && by.months {
		addTotals(byMonthAndTechnique, months)
		rest = around
	}
	for _, days := range rest {
		addTotals(by, days)
	}
	for _, edge := range edges {
		rel.arms = append(rel.arms, d.tagsAsSums("requested", scope, edge).arms...)
	}
	members := d.tagsAsSums("requested", scope, span.within(edges))
	if len(marks) == 0 { // the totals of these owners are never outdated
		rel.with = members.with
		return rel
	}
	for _, a := range members.arms {
		rel.arms = append(rel.arms, owners.outdatedArm(d, a))
	}
	rel.with = expressions(owners.ancestorsCTE(d, marks, fresh), outdatedCTE(owners.outdatedSelect(by)), members.with, owners.outdatedArmsCTE())
	return rel
}

// tagsAsSums is the relation of the tags of a span with the columns of sums by day and technique, for the owners of the
// expression of(k, owner).
func (d dialect) tagsAsSums(of string, scope Scope, span tagSpan) relation {
	condition, args := d.spanCondition(span)
	columns := measureList(partMeasures, func(m measure) string {
		if m.aggregate == numberOfTags {
			return "1 AS " + m.column
		}
		return m.tagColumn + " AS " + m.column
	})
	table := "(SELECT attacker_uuid, identity_uuid, technique_id, sub_technique_id, " + d.DayOf("created_at") + " AS day, " + columns +
		" FROM " + tags.name + condition + ")"
	return d.anchored(of, scope, table).withArgs(args)
}

// withArgs returns the relation with the values of the placeholders that the last table of each arm has.
func (r relation) withArgs(args []any) relation {
	r.arms = slices.Clone(r.arms)
	for i := range r.arms {
		r.arms[i].args = args
	}
	return r
}

// tagSpan is a span of the time in which tags were created: from is included, until is not, and nil is no bound.
type tagSpan struct{ from, until *time.Time }

func (s tagSpan) open() bool { return s.from == nil && s.until == nil }

// spanCondition is the WHERE clause of tags of a span, with the values of its placeholders.
func (d dialect) spanCondition(span tagSpan) (string, []any) {
	if span.open() {
		return "", nil
	}
	q := &statement{dialect: d}
	q.condition(createdWithin(span.from, span.until), row{alias: tags.name})
	return " WHERE " + q.text.String(), q.args
}

// within returns the span without its edges.
func (s tagSpan) within(edges []tagSpan) tagSpan {
	for _, edge := range edges {
		if edge.from == s.from {
			s.from = edge.until
		} else {
			s.until = edge.from
		}
	}
	return s
}

const wholeDay = 24 * time.Hour

// split returns the whole days of a span, in UTC, and its edges, which are parts of days. ok is false if there is no whole
// day, or if days of the span have no text.
func (s tagSpan) split() (days wholeDays, edges []tagSpan, ok bool) {
	if s.open() {
		return days, nil, true
	}
	first, last := engine.Range()
	if s.from != nil {
		midnight := s.from.UTC().Truncate(wholeDay)
		if midnight.Before(*s.from) {
			midnight = midnight.Add(wholeDay)
			edges = append(edges, tagSpan{s.from, &midnight})
		}
		if midnight.Before(first) || !midnight.Before(last) {
			return days, nil, false
		}
		first = midnight
	}
	if s.until != nil {
		midnight := s.until.UTC().Truncate(wholeDay)
		if midnight.Before(*s.until) {
			edges = append(edges, tagSpan{&midnight, s.until})
		}
		if !first.Before(midnight) || midnight.After(last) {
			return days, nil, false
		}
		days.beyond = midnight.Format(time.DateOnly)
	}
	days.first = first.Format(time.DateOnly)
	return days, edges, true
}

// wholeDays are the days from one on and before another, as texts; an empty text is no bound. Days of what is no instant
// are within no bounds.
type wholeDays struct{ first, beyond string }

// condition is the condition on a column with days, and the values of its placeholders; empty if it has no bounds.
func (w wholeDays) condition(column string) (string, []any) {
	switch {
	case w.first == "":
		return "", nil
	case w.beyond == "":
		return column + " >= ?", []any{w.first}
	default:
		return column + " >= ? AND " + column + " < ?", []any{w.first, w.beyond}
	}
}

// months returns the whole months among the days, from the first day of one on, and the days around them; false if there is
// no whole month.
func (w wholeDays) months() (months wholeDays, around []wholeDays, ok bool) {
	months = w
	if w.first != "" {
		if first := firstOfMonth(w.first); first < w.first {
			months.first = firstOfMonth(dayAfter(first, daysOfLongestMonth))
			if len(months.first) != len(w.first) { // there is no year 10,000
				return w, nil, false
			}
			around = append(around, wholeDays{w.first, months.first})
		}
	}
	if w.beyond != "" {
		if months.beyond = firstOfMonth(w.beyond); months.beyond < w.beyond {
			around = append(around, wholeDays{months.beyond, w.beyond})
		}
	}
	return months, around, months.beyond == "" || months.first < months.beyond
}

const daysOfLongestMonth = 31

// firstOfMonth returns the first day of the month of a day.
func firstOfMonth(day string) string { return day[:len("2006-01-")] + "01" }

// dayAfter returns the day that is a number of days after another one.
func dayAfter(day string, days int) string {
	at, _ := time.Parse(time.DateOnly, day)
	return at.AddDate(0, 0, days).Format(time.DateOnly)
}

// takeSpan takes from conditions that all must hold the bounds on the time of creation. The other conditions are the rest.
func takeSpan(where and) (rest and, span tagSpan) {
	for _, c := range where {
		switch c := c.(type) {
		case narrowing:
			inner, of := takeSpan(and{c.inner})
			for _, one := range inner {
				rest = append(rest, narrowing{one})
			}
			span = span.both(of)
		case and:
			inner, of := takeSpan(c)
			rest, span = append(rest, inner...), span.both(of)
		case comparison:
			at, ok := c.value.(time.Time)
			switch {
			case ok && c.column == "created_at" && c.operator == atLeast:
				span = span.both(tagSpan{from: &at})
			case ok && c.column == "created_at" && c.operator == lessThan:
				span = span.both(tagSpan{until: &at})
			default:
				rest = append(rest, c)
			}
		default:
			rest = append(rest, c)
		}
	}
	return rest, span
}

// both returns what two spans have in common.
func (s tagSpan) both(other tagSpan) tagSpan {
	if s.from == nil || other.from != nil && other.from.After(*s.from) {
		s.from = other.from
	}
	if s.until == nil || other.until != nil && other.until.Before(*s.until) {
		s.until = other.until
	}
	return s
}

// about reports whether a condition is about nothing but some columns.
func about(c condition, columns []string) bool {
	all := func(parts []condition) bool {
		return !slices.ContainsFunc(parts, func(part condition) bool { return !about(part, columns) })
	}
	switch c := c.(type) {
	case and:
		return all(c)
	case or:
		return all(c)
	case not:
		return about(c.inner, columns)
	case narrowing:
		return about(c.inner, columns)
	case comparison:
		return slices.Contains(columns, c.column)
	case inList:
		return slices.Contains(columns, c.column)
	case isNull:
		return slices.Contains(columns, c.column)
	case containsText:
		return slices.Contains(columns, c.column)
	case amongTexts:
		return slices.Contains(columns, strings.TrimPrefix(c.expression, "t."))
	default:
		return false
	}
}
