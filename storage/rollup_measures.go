package storage

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// measure is one value that a rollup reports for a group of tags. Every list of columns and of aggregates in the
// statements on rollup_part and rollup_total, and the triggers of the migrations, are made of the list below.
type measure struct {
	column    string // in rollup_part and rollup_total; a distinct count is in rollup_total alone
	aggregate aggregate
	tagColumn string      // the column of ttp_tag that is aggregated; empty for the number of tags
	text      bool        // whether the values are texts, which are compared byte by byte
	field     rollupField // where TechniqueRollup holds it; empty for a distinct count, which RollupCounts reads
}

// measures are in the order of the columns. To add a smallest or largest value, add its field to TechniqueRollup and
// its line here; TestMigrationsMaintainEveryMeasure then writes the migrations.
var measures = []measure{
	{"tactic", largest, "tactic", true, fieldOf(func(r *TechniqueRollup) *string { return &r.TacticID }, text, strings.Compare)},
	{"tags", numberOfTags, "", false, fieldOf(func(r *TechniqueRollup) *int { return &r.Count }, safeInt, cmp.Compare)},
	{"first_seen", smallest, "created_at", false, fieldOf(func(r *TechniqueRollup) *time.Time { return &r.FirstSeen }, instant, time.Time.Compare)},
	{"last_seen", largest, "created_at", false, fieldOf(func(r *TechniqueRollup) *time.Time { return &r.LastSeen }, instant, time.Time.Compare)},
	{"confidence", largest, "confidence", false, fieldOf(func(r *TechniqueRollup) *float64 { return &r.ConfidenceMax }, finite, cmp.Compare)},
	{string(RollupIdentities), distinctCount, "", false, rollupField{}},
	{string(RollupAttackers), distinctCount, "", false, rollupField{}},
}

var (
	// partMeasures are the measures that sums of any tags can hold.
	partMeasures = slices.DeleteFunc(slices.Clone(measures), func(m measure) bool { return m.aggregate == distinctCount })
	// dailyMeasures are the measures of sums by day and technique, which tell tactics apart.
	dailyMeasures = slices.DeleteFunc(slices.Clone(partMeasures), func(m measure) bool { return slices.Contains(byDayAndTechnique.columns, m.column) })
	// rollupCounts are the distinct counts, in the order of the measures.
	rollupCounts = []RollupCount{RollupIdentities, RollupAttackers}
)

// aggregate says how a measure follows from tags and from sums of tags, and what becomes of it when a tag goes.
type aggregate string

const (
	// numberOfTags is one for each tag. Sums add up, and each tag that goes takes one off. It is the one measure of
	// days, and a group whose number is 0 does not exist.
	numberOfTags aggregate = "COUNT"
	// smallest and largest are bounds. Where a tag has gone, they are read again from the tags that remain.
	smallest aggregate = "MIN"
	largest  aggregate = "MAX"
	// distinctCount does not add up: it is NULL in a total until RecountRollups has counted it.
	distinctCount aggregate = "COUNT DISTINCT"
)

// source is a kind of rows that measures are computed from.
type source int

const (
	fromTags source = iota // rows of ttp_tag
	fromSums               // rows of rollup_part or rollup_total
)

// sourceColumn returns the column that the measure is computed from, or an empty text if it needs none.
func (m measure) sourceColumn(from source) string {
	if from == fromTags {
		return m.tagColumn
	}
	return m.column
}

// over returns the SQL that aggregates the measure from rows with an alias, which may be empty. bytewise returns an
// expression that compares a text byte by byte.
func (m measure) over(from source, alias string, bytewise func(string) string) string {
	column := m.sourceColumn(from)
	if alias != "" {
		column = alias + "." + column
	}
	switch {
	case m.aggregate == numberOfTags && from == fromTags:
		return "COUNT(*)"
	case m.aggregate == numberOfTags:
		return "SUM(" + column + ")"
	case m.text:
		column = bytewise(column)
	}
	return string(m.aggregate) + "(" + column + ")"
}

// add adds the measure of another row of the same technique to a row.
func (m measure) add(to, other *TechniqueRollup) {
	switch m.aggregate {
	case numberOfTags:
		to.Count += other.Count
	case smallest:
		if m.field.compare(other, to) < 0 {
			m.field.copy(to, other)
		}
	case largest:
		if m.field.compare(other, to) > 0 {
			m.field.copy(to, other)
		}
	default: // no row holds it
	}
}

// rollupField is the field of TechniqueRollup that holds a measure.
type rollupField struct {
	cell    func(*TechniqueRollup) cell
	compare func(a, b *TechniqueRollup) int
	copy    func(to, from *TechniqueRollup)
}

func fieldOf[V any](at func(*TechniqueRollup) *V, cellOf func(*V) cell, compare func(a, b V) int) rollupField {
	return rollupField{
		cell:    func(r *TechniqueRollup) cell { return cellOf(at(r)) },
		compare: func(a, b *TechniqueRollup) int { return compare(*at(a), *at(b)) },
		copy:    func(to, from *TechniqueRollup) { *at(to) = *at(from) },
	}
}

// rollupScanners scan the group of a rollup's row and its measures. The columns of tags whose values did not fit are added
// to malformed.
func rollupScanners(row *TechniqueRollup, malformed *[]string) []scanner {
	dest := []scanner{{Into: text(&row.TechniqueID)}, {Into: optionalText(&row.SubTechniqueID)}}
	for _, m := range partMeasures {
		to := scanner{Into: m.field.cell(row)}
		if m.tagColumn != "" {
			to.Malformed, to.Column = malformed, m.tagColumn
		}
		dest = append(dest, to)
	}
	return dest
}

// measureList joins what one returns for each measure as a list of SQL expressions.
func measureList(of []measure, one func(measure) string) string {
	parts := make([]string, len(of))
	for i, m := range of {
		parts[i] = one(m)
	}
	return strings.Join(parts, ", ")
}

// nameColumn returns the column of a measure in rollup_part and rollup_total.
func nameColumn(m measure) string { return m.column }

// rollupColumns returns the columns, with the alias t, that a rollup by technique is computed from.
func rollupColumns(from source, d dialect) string {
	columns := []string{"t.technique_id", "t.sub_technique_id"}
	for _, m := range partMeasures {
		column := m.sourceColumn(from)
		if column == "" {
			continue
		}
		if column = "t." + column; from == fromTags {
			column = d.knownInstant(column)
		}
		if !slices.Contains(columns, column) {
			columns = append(columns, column)
		}
	}
	return strings.Join(columns, ", ")
}

// distinctList joins what one returns for each distinct count as a list of SQL expressions.
func distinctList(one func(RollupCount) string) string {
	parts := make([]string, len(rollupCounts))
	for i, count := range rollupCounts {
		parts[i] = one(count)
	}
	return strings.Join(parts, ", ")
}

// totalMeasures joins, in the order of the columns of a total, what sum returns for the measures that parts have, too, and
// what distinct returns for the distinct counts.
func totalMeasures(sum, distinct func(measure) string) string {
	return measureList(measures, func(m measure) string {
		if m.aggregate == distinctCount {
			return distinct(m)
		}
		return sum(m)
	})
}
