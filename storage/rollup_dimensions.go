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
	freshPart    partKind = 0 // by technique and by day; no total includes it yet
	mergedPart   partKind = 1 // by technique; included in the totals
	freshDayPart partKind = 2 // by day alone, below zero where tags have gone; no total includes it yet
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

// dimension is what sums count by: a technique or a day.
type dimension struct {
	complete []partKind // the kinds of parts that together count every tag; none if parts do not count all of them
	fresh    []partKind // the kinds of parts that count by the dimension and that no total includes
	totals   string     // the condition on rows of rollup_total
	marks    []markKind // the kinds of marks that make totals outdated
}

// Merged parts have no days: days are in the totals, or else counted from the tags.
var (
	byTechnique = dimension{
		complete: []partKind{freshPart, mergedPart},
		fresh:    []partKind{freshPart},
		totals:   "day = ''",
		marks:    []markKind{markIdentity, markCampaign, markTags, markFleet},
	}
	byDay = dimension{
		fresh:  []partKind{freshPart, freshDayPart},
		totals: "day > ''",
		marks:  []markKind{markIdentity, markCampaign}, // a tag that goes leaves a part with its day
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
