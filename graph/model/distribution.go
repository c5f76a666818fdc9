package model

import (
	"slices"

	"decnetgraph/storage"
)

// Division is a list of tags that is counted by several values, one after the other.
type Division struct {
	List  storage.Divisible
	Owner string
	By    []string  // what the tags are counted by
	Keys  []*string // the values of the tags that count, of all but the last of By
}

// TagDistribution is how the tags of a Division are distributed over the last of its values.
type TagDistribution struct {
	storage.Distribution

	Division Division
}

// Values returns the values that are listed.
func (d *TagDistribution) Values() []*TagValueCount {
	values := make([]*TagValueCount, len(d.Distribution.Values))
	for i, value := range d.Distribution.Values {
		values[i] = &TagValueCount{value, d.Division}
		values[i].Division.Keys = slices.Concat(d.Division.Keys, []*string{value.Key})
	}
	return values
}

// DistinctCount returns the number of different values.
func (d *TagDistribution) DistinctCount() int { return d.Distinct }

// TagValueCount counts the tags of a Division that have one value.
type TagValueCount struct {
	*storage.ValueCount

	Division Division // with the value
}
