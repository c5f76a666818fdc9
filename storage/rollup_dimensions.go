package storage

import (
	"slices"
	"strconv"
	"strings"
)

// partKind is a value of rollup_part.dimension. It says what a part counts by, and whether the totals include the
// part. Existing databases and the triggers of the migrations hold these numbers, so they never change.
type partKind int

const (
	freshPart    partKind = 0 // by technique, tactic and day; no total includes it yet
	mergedPart   partKind = 1 // by technique; included in the totals
	freshDayPart partKind = 2 // as freshPart, but only for sums by day: tags of its group have gone, and its bounds mean nothing
)

// replacedOffset is the distance from each kind to the kind that marks a part for replacement.
const replacedOffset = 3

// replaced is the kind of a part that the running transaction is about to replace. No other transaction ever sees it.
func (k partKind) replaced() partKind { return k + replacedOffset }

// markReplaced is the assignment that marks a part for replacement.
var markReplaced = "dimension = dimension + " + strconv.Itoa(replacedOffset)

// partCondition is the condition that a part, with an alias that may be empty, is of one of the kinds.
func partCondition(alias string, kinds ...partKind) string {
	numbers := make([]string, len(kinds))
	for i, k := range kinds {
		numbers[i] = strconv.Itoa(int(k))
	}
	if alias != "" {
		alias += "."
	}
	return oneOfCondition(alias+"dimension", numbers)
}

// freshCondition is partCondition of parts t that are fresh. They are few; statistics that were made when there were none
// say that an index on the kind leads to all parts.
func (d dialect) freshCondition(kinds ...partKind) string {
	if d.Selective == nil {
		return partCondition("t", kinds...)
	}
	return d.Selective(partCondition("t", kinds...))
}

// oneOfCondition is the condition that a column has one of some values, which are SQL. No row meets it without values.
func oneOfCondition(column string, values []string) string {
	switch len(values) {
	case 0:
		return "1 = 0"
	case 1:
		return column + " = " + values[0]
	default:
		return column + " IN (" + strings.Join(values, ", ") + ")"
	}
}

// replacedKinds are the kinds of parts that were of the kinds given before they were marked for replacement.
func replacedKinds(kinds []partKind) []partKind {
	marked := make([]partKind, len(kinds))
	for i, k := range kinds {
		marked[i] = k.replaced()
	}
	return marked
}

// dimension is what sums count by: technique, day, or both with the tactic.
type dimension struct {
	complete []partKind // the kinds of parts that together count every tag; none if parts do not count all of them
	fresh    []partKind // the kinds of parts that count by the dimension and that no total includes
	table    string     // the table of the totals
	totals   string     // the condition on its rows; empty for all
	marks    []markKind // the kinds of marks that make totals outdated
	columns  []string   // the columns of tags that totals and parts tell apart
	days     bool       // whether they tell days apart
	months   bool       // whether totals by month may stand for those of the days
}

// Merged parts have no days: days are in the totals, or else counted from the tags.
var (
	byTechnique = dimension{
		complete: []partKind{freshPart, mergedPart},
		fresh:    []partKind{freshPart},
		table:    "rollup_total",
		totals:   "day = ''",
		marks:    []markKind{markIdentity, markCampaign, markTags, markFleet},
		columns:  []string{"technique_id", "sub_technique_id"},
	}
	byDay = dimension{
		fresh:  []partKind{freshPart, freshDayPart},
		table:  "rollup_total",
		totals: "day > ''",
		marks:  []markKind{markIdentity, markCampaign}, // a tag that goes leaves a part with its day
		days:   true,
	}
	// byDayAndTechnique counts by day, technique, sub-technique and tactic.
	byDayAndTechnique = dimension{
		fresh:   byDay.fresh,
		table:   "rollup_daily",
		totals:  "grain = 'day'",
		marks:   byDay.marks,
		columns: []string{"technique_id", "sub_technique_id", "tactic"},
		days:    true,
	}
	// byMonthAndTechnique has the totals of byDayAndTechnique, added up by month.
	byMonthAndTechnique = dimension{table: byDayAndTechnique.table, totals: "grain = 'month'", marks: byDay.marks}
	// inSpan is byDayAndTechnique where nobody asks for single days.
	inSpan = dimension{
		fresh:   byDay.fresh,
		table:   byDayAndTechnique.table,
		totals:  byDayAndTechnique.totals,
		marks:   byDay.marks,
		columns: byDayAndTechnique.columns,
		days:    true,
		months:  true,
	}
	// inSpanWithBounds is inSpan where bounds are read as well: where tags have gone, they no longer hold.
	inSpanWithBounds = dimension{
		fresh:   byTechnique.fresh,
		table:   byDayAndTechnique.table,
		totals:  byDayAndTechnique.totals,
		marks:   byTechnique.marks,
		columns: byDayAndTechnique.columns,
		days:    true,
		months:  true,
	}
)

// markKind is a value of rollup_stale.kind: what has changed since the last refresh. Existing databases and the
// triggers of the migrations hold these words.
type markKind string

const (
	markIdentity markKind = "Identity" // a link of the identity, or one that led to it
	markCampaign markKind = "Campaign" // a link of the campaign, or one that led to it
	markTags     markKind = "Tags"     // tags of the identity have gone
	markFleet    markKind = "Fleet"    // any tags have gone
	markMerges   markKind = "Faces"    // a merge link: another identity may represent merged ones in counts
)

// markCondition is the condition that a mark is of one of the kinds.
func markCondition(kinds []markKind) string {
	words := make([]string, len(kinds))
	for i, k := range kinds {
		words[i] = "'" + string(k) + "'"
	}
	return oneOfCondition("kind", words)
}

// marksAmong returns those of the kinds that make totals by a dimension outdated.
func marksAmong(by dimension, kinds ...markKind) []markKind {
	return slices.DeleteFunc(kinds, func(k markKind) bool { return !slices.Contains(by.marks, k) })
}
