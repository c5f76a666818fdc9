package storage

import (
	"slices"
	"strconv"
	"strings"
)

// grouping says how rows are counted in groups.
type grouping struct {
	rel        relation
	columns    string // of the rows, which have the alias t
	join       string // tables joined to these columns, which have the alias c; may be empty
	groups     string // SELECT and GROUP BY list
	aggregates string // SELECT list
	where      []condition
}

// groupsOf adds the rows to count as common table expressions, whose names begin with a text, and returns a SELECT of the
// aggregates of each group. Where the database would materialise the union of several arms, each arm is grouped on its own,
// and there may be several rows of one group.
func (q *statement) groupsOf(name string, g grouping) string {
	sides := []relation{g.rel}
	if q.GroupPerArm {
		sides = g.rel.perArm()
	}
	selects := make([]string, len(sides))
	for i, side := range sides {
		rows := name + strconv.Itoa(i)
		q.addRowsCTE(rows, side, g.columns, g.where)
		selects[i] = "SELECT " + g.groups + ", " + g.aggregates + " FROM " + rows + " c" + g.join + " GROUP BY " + g.groups
	}
	return strings.Join(selects, " UNION ALL ")
}

// ValueCount is the number of rows that have a value.
type ValueCount struct {
	Facet string  // what the rows are counted by, such as a TagFacet
	Key   *string // the value as text; nil for rows that have none
	Count int
}

// noValue stands for a missing value among the keys of maps. Values are valid UTF-8.
const noValue = "\xff"

// valueCounts lists counts, the largest first and then by value, the missing one last.
func valueCounts(facet string, counts map[string]int) []*ValueCount {
	values := make([]*ValueCount, 0, len(counts))
	for value, n := range counts {
		key := &value
		if value == noValue {
			key = nil
		}
		values = append(values, &ValueCount{facet, key, n})
	}
	slices.SortFunc(values, func(a, b *ValueCount) int {
		if a.Count != b.Count {
			return b.Count - a.Count
		}
		return strings.Compare(textOr(a.Key, noValue), textOr(b.Key, noValue))
	})
	return values
}
