package storagetest

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"decnetgraph/storage"
)

// seriesModel counts tags over time by looking at clocks, one instant after the other.
type seriesModel struct {
	storage.TagSeriesQuery
	of selection
}

// label is what all instants of one bucket have in common.
func (m seriesModel) label(at time.Time) string {
	local := at.In(m.Zone)
	switch m.Bucket {
	case storage.BucketHour:
		return m.hour(at).Format(time.RFC3339)
	case storage.BucketWeek:
		for local.Weekday() != time.Monday { // by the calendar, whatever clocks do
			year, month, date := local.Date()
			local = time.Date(year, month, date-1, 12, 0, 0, 0, time.UTC)
		}
		return local.Format(time.DateOnly)
	case storage.BucketMonth:
		return local.Format("2006-01") + "-01"
	default:
		return local.Format(time.DateOnly)
	}
}

// hour goes back, minute by minute, to where an hour begins.
func (m seriesModel) hour(at time.Time) time.Time {
	for at = at.Truncate(time.Minute); !m.beginsHour(at); at = at.Add(-time.Minute) {
	}
	return at.UTC()
}

// beginsHour reports whether an hour begins at a full minute: by the clock, or because clocks are moved by a part of one.
func (m seriesModel) beginsHour(at time.Time) bool {
	const hour = 3600
	minutes := func(at time.Time) int {
		_, offset := at.In(m.Zone).Zone()
		return (offset%hour + hour) % hour
	}
	return at.In(m.Zone).Minute() == 0 || minutes(at) != minutes(at.Add(-time.Second))
}

// start is the first minute whose day is not before that of a label.
func (m seriesModel) start(label string) time.Time {
	if m.Bucket == storage.BucketHour {
		at, _ := time.Parse(time.RFC3339, label)
		return at
	}
	of, _ := time.Parse(time.DateOnly, label)
	reached := func(at time.Time) bool {
		year, month, date := at.In(m.Zone).Date()
		return !time.Date(year, month, date, 0, 0, 0, 0, time.UTC).Before(of)
	}
	at := of.Add(-28 * time.Hour)
	for !reached(at.Add(time.Hour)) {
		at = at.Add(time.Hour)
	}
	for !reached(at) {
		at = at.Add(time.Minute)
	}
	return at
}

// next is the label after another.
func (m seriesModel) next(label string) string {
	if m.Bucket == storage.BucketHour {
		at := m.start(label).Add(time.Minute)
		for !m.beginsHour(at) {
			at = at.Add(time.Minute)
		}
		return at.UTC().Format(time.RFC3339)
	}
	of, _ := time.Parse(time.DateOnly, label)
	step := map[storage.Bucket][2]int{storage.BucketDay: {0, 1}, storage.BucketWeek: {0, 7}, storage.BucketMonth: {1, 0}}[m.Bucket]
	return of.AddDate(0, step[0], step[1]).Format(time.DateOnly)
}

// series counts tags.
func (m seriesModel) series(all []*storage.TTPTag) storage.TagSeries {
	series := storage.TagSeries{Buckets: []*storage.TagBucket{}, Values: []*storage.ValueCount{}}
	first, last := "", ""
	tags := map[string][]*storage.TTPTag{}
	for _, t := range all {
		label := m.label(t.CreatedAt)
		tags[label] = append(tags[label], t)
		if first == "" || label < first {
			first = label
		}
		last = max(last, label)
	}
	bounded := m.of.from != nil && m.of.until != nil
	if len(all) == 0 && !bounded || bounded && !m.of.from.Before(*m.of.until) {
		return series
	}
	if m.of.from != nil {
		first = m.label(*m.of.from)
	}
	if m.of.until != nil {
		last = m.label(m.of.until.Add(-time.Nanosecond))
	}
	until := m.start(first)
	for label := first; label <= last; label = m.next(label) {
		start := until
		until = m.start(m.next(label))
		if !start.Before(until) {
			continue
		}
		day, _ := time.Parse(time.DateOnly, start.In(m.Zone).Format(time.DateOnly))
		series.Buckets = append(series.Buckets, &storage.TagBucket{Day: day, Start: start, Until: until, Count: len(tags[label]), Values: m.values(tags[label])})
	}
	series.Total, series.Values = len(all), m.values(all)
	return series
}

func (m seriesModel) values(tags []*storage.TTPTag) []*storage.ValueCount {
	if m.SplitBy == "" {
		return []*storage.ValueCount{}
	}
	return valuesOf(string(m.SplitBy), tags, func(t *storage.TTPTag) []string { return tagFacets[m.SplitBy](t) })
}

// valuesOf counts rows by the values that each of them has; none is a missing value.
func valuesOf[T any](facet string, rows []*T, of func(*T) []string) []*storage.ValueCount {
	counts, missing := map[string]int{}, 0
	for _, row := range rows {
		values := slices.Compact(slices.Sorted(slices.Values(of(row))))
		for _, value := range values {
			counts[value]++
		}
		if len(values) == 0 {
			missing++
		}
	}
	found := []*storage.ValueCount{}
	for value, n := range counts {
		found = append(found, &storage.ValueCount{Facet: facet, Key: &value, Count: n})
	}
	slices.SortFunc(found, func(a, b *storage.ValueCount) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), strings.Compare(*a.Key, *b.Key))
	})
	if missing == 0 {
		return found
	}
	place := slices.IndexFunc(found, func(v *storage.ValueCount) bool { return v.Count < missing })
	if place < 0 {
		place = len(found)
	}
	return slices.Insert(found, place, &storage.ValueCount{Facet: facet, Count: missing})
}

// tagFacets has what tags can be counted by without looking at other rows.
var tagFacets = map[storage.TagFacet]func(*storage.TTPTag) []string{
	storage.TagsByTechnique: func(t *storage.TTPTag) []string {
		if deref(t.SubTechniqueID) != "" {
			return []string{*t.SubTechniqueID}
		}
		return []string{t.TechniqueID}
	},
	storage.TagsByParent:        func(t *storage.TTPTag) []string { return []string{t.TechniqueID} },
	storage.TagsByTactic:        func(t *storage.TTPTag) []string { return []string{t.TacticID} },
	storage.TagsByRule:          func(t *storage.TTPTag) []string { return []string{t.RuleID} },
	storage.TagsBySourceKind:    func(t *storage.TTPTag) []string { return []string{t.SourceKind} },
	storage.TagsByAttackRelease: func(t *storage.TTPTag) []string { return []string{t.AttackRelease} },
	storage.TagsByDecky:         func(t *storage.TTPTag) []string { return present(t.Decky) },
}

// present is a list of a text that may be missing.
func present(text *string) []string {
	if text == nil {
		return nil
	}
	return []string{*text}
}
