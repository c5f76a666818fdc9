package storage

import (
	"context"
	"maps"
	"slices"
	"time"

	"decnetgraph/storage/engine"
)

// TagSeriesQuery says how tags are counted over time.
type TagSeriesQuery struct {
	Bucket    Bucket
	Zone      *time.Location
	SplitBy   TagFacet // empty for none
	Selection *TagSelection
}

// TagSeries are the numbers of an owner's tags over time.
type TagSeries struct {
	Buckets []*TagBucket
	Values  []*ValueCount // of all buckets together, by the value that they are split by; the largest count first
	Total   int
}

// Len is the number of objects.
func (s *TagSeries) Len() int {
	n := 1 + len(s.Buckets) + len(s.Values)
	for _, b := range s.Buckets {
		n += len(b.Values)
	}
	return n
}

// TagBucket is the number of tags from one instant until another.
type TagBucket struct {
	Day          time.Time // on the zone's calendar: midnight in UTC
	Start, Until time.Time
	Count        int
	Values       []*ValueCount // by the value that the series is split by; the largest count first
}

// TagSeries counts the tags of each owner over time, in one statement for all owners. The buckets of an owner go without
// gaps from the selection's first instant to its last or, where it has none, from the owner's first tag to its last; an
// owner without tags has none if the selection has not both. More than MostBuckets are ErrLimit. Tags whose instant is
// malformed are left out and logged.
//
// A zone whose clocks are moved needs a range: if the selection leaves it open, a statement before finds the first and the
// last tag.
func (s *Store) TagSeries(scope Scope, series TagSeriesQuery) func(ctx context.Context, owners []string) (map[string]TagSeries, error) {
	return func(ctx context.Context, owners []string) (map[string]TagSeries, error) {
		if err := s.checkInstants(ctx); err != nil {
			return nil, err
		}
		counter := seriesCounter{Store: s, TagSeriesQuery: series, scope: scope, calendar: calendar{series.Bucket, series.Zone}}
		if err := counter.checkLength(); err != nil {
			return nil, err
		}
		if err := counter.findSpans(ctx, owners); err != nil {
			return nil, err
		}
		if err := counter.count(ctx, owners); err != nil {
			return nil, err
		}
		return counter.answers(owners)
	}
}

// seriesCounter counts the tags of the owners of a level over time.
type seriesCounter struct {
	*Store
	TagSeriesQuery
	calendar

	scope  Scope
	where  and // on the tags
	spans  []clockSpan
	counts map[string]map[time.Time]map[string]int // by owner, label and value
}

// given returns the range of the selection, within the instants that can be read; nil where it is open.
func (c *seriesCounter) given() (from, until *time.Time) {
	if c.Selection == nil {
		return nil, nil
	}
	earliest, latest := engine.Range()
	within := func(at *time.Time) *time.Time {
		if at == nil || !at.Before(earliest) && !at.After(latest) {
			return at
		}
		if at.Before(earliest) {
			return &earliest
		}
		return &latest
	}
	return within(c.Selection.from), within(c.Selection.until)
}

// labelBefore returns the label of the last bucket before an instant.
func (c *seriesCounter) labelBefore(at time.Time) time.Time { return c.label(at.Add(-time.Nanosecond)) }

// checkLength refuses a range of too many buckets before any statement runs.
func (c *seriesCounter) checkLength() error {
	if from, until := c.given(); from != nil && until != nil {
		if _, few := c.labels(c.label(*from), c.labelBefore(*until)); !few {
			return tooManyBuckets()
		}
	}
	return nil
}

func tooManyBuckets() error {
	return &Error{Kind: ErrLimit, Message: "a series has at most 10,000 buckets; ask for a shorter range or for wider buckets"}
}

// findSpans finds out where the clocks of the zone are moved, and which tags to count.
func (c *seriesCounter) findSpans(ctx context.Context, owners []string) (err error) {
	const few, many = 8, 2_000
	if c.where, err = c.selectionConditions(c.Selection); err != nil {
		return err
	}
	first, last := engine.Range()
	var ok bool
	if c.spans, ok = c.calendar.spans(first, last, few); ok { // they are not, or no longer
		return nil
	}
	from, until := c.given()
	if from == nil || until == nil {
		if from, until, err = c.findRange(ctx, owners); err != nil {
			return err
		}
		c.where = append(c.where, createdWithin(from, until)...)
	}
	if c.spans, ok = c.calendar.spans(*from, *until, many); !ok {
		return &Error{Kind: ErrLimit, Message: "the clocks of the zone are moved too often in the range of the series; ask for a shorter range"}
	}
	return nil
}

// findRange finds the first and the last of the tags of all owners. The buckets of an owner still begin and end with its
// own tags.
func (c *seriesCounter) findRange(ctx context.Context, owners []string) (from, until *time.Time, err error) {
	rel := c.dialect.tags(c.scope)
	q, err := c.keyedWhere(owners, rel.with, c.where...)
	if err != nil {
		return nil, nil, err
	}
	start, end := engine.Range() // leaves out what is no instant
	where := append(slices.Clone(c.where), createdWithin(&start, nil)...)
	where = append(where, comparison{"created_at", instantValues, atMost, end})
	q.addRowsCTE("c", rel, q.instantKey("t.created_at")+" AS at", where)
	q.add("SELECT MIN(c.at), MAX(c.at) FROM c")
	from, until = &start, &start
	var first, last *time.Time
	err = c.scanRows(ctx, q, []scanner{{Into: optional(instant, &first)}, {Into: optional(instant, &last)}}, func() error {
		if first != nil && last != nil {
			from, until = first, new(last.Add(time.Microsecond))
		}
		return nil
	})
	return from, until, err
}

// count runs the statement.
func (c *seriesCounter) count(ctx context.Context, owners []string) error {
	of := c.countable(c.scope, c.where, c.dimensions()...)
	q, err := c.keyedWhere(owners, of.rel.with, of.where...)
	if err != nil {
		return err
	}
	q.sums = of.from == fromSums
	bucket := c.expression(c.dialect, q.instantKey("t.created_at"), c.spans)
	if q.sums {
		bucket = "t.day"
	}
	g := grouping{rel: of.rel, columns: of.columns(bucket + " AS bucket"), groups: "c.owner, c.bucket", aggregates: of.number(), where: of.where}
	var row seriesRow
	dest := []scanner{{Into: text(&row.owner)}, {Into: text(&row.bucket)}}
	if c.SplitBy != "" {
		split := facets[tags.name][string(c.SplitBy)]
		g.columns += ", " + split.columns("value")
		g.groups += ", " + split.group("value", q.dialect)
		g.join = split.join("value", q.dialect)
		dest = append(dest, scanner{Into: facetValue(&row.value)})
	}
	q.add(q.groupsOf("c", g))
	c.counts = make(map[string]map[time.Time]map[string]int, len(owners))
	for _, owner := range owners {
		c.counts[owner] = map[time.Time]map[string]int{}
	}
	err = c.scanRows(ctx, q, append(dest, scanner{Into: safeInt(&row.tags)}), func() error {
		c.add(row)
		return nil
	})
	c.dropZeros()
	return err
}

// seriesRow is a row of the statement of a series.
type seriesRow struct {
	owner, bucket string
	value         *string
	tags          int
}

// add adds a row to the counts.
func (c *seriesCounter) add(row seriesRow) {
	buckets, wanted := c.counts[row.owner]
	label, ok := c.parse(row.bucket, c.spans)
	switch {
	case !ok: // SQLite holds any text as an instant
		c.warned.malformedColumns(tags.name, &[]string{"created_at"}, row.owner)
	case wanted:
		if buckets[label] == nil {
			buckets[label] = map[string]int{}
		}
		buckets[label][textOr(row.value, noValue)] += row.tags
	}
}

// dropZeros leaves out the days whose tags are gone: sums of them may still be there.
func (c *seriesCounter) dropZeros() {
	for _, buckets := range c.counts {
		maps.DeleteFunc(buckets, func(_ time.Time, values map[string]int) bool {
			maps.DeleteFunc(values, func(_ string, n int) bool { return n == 0 })
			return len(values) == 0
		})
	}
}

// dimensions are those of sums that the series can be added up from: its buckets must be made of days in UTC.
func (c *seriesCounter) dimensions() []dimension {
	switch split := facets[tags.name][string(c.SplitBy)]; {
	case c.Bucket == BucketHour || len(c.spans) != 1 || c.spans[0].offset != 0:
		return nil
	case c.SplitBy == "":
		return []dimension{byDay, byDayAndTechnique}
	case split.summed:
		return []dimension{byDayAndTechnique}
	default:
		return nil
	}
}

// answers makes the series of the owners.
func (c *seriesCounter) answers(owners []string) (map[string]TagSeries, error) {
	found := make(map[string]TagSeries, len(owners))
	objects := 0
	for _, owner := range owners {
		first, last, ok := c.ownBounds(c.counts[owner])
		if !ok {
			found[owner] = TagSeries{Buckets: []*TagBucket{}, Values: []*ValueCount{}}
			continue
		}
		labels, few := c.labels(first, last)
		if !few {
			return nil, tooManyBuckets()
		}
		if objects += len(labels); objects > c.options.MaxRows {
			return nil, tooMuch("%d buckets", c.options.MaxRows)
		}
		found[owner] = c.series(labels, c.counts[owner])
	}
	return found, nil
}

// ownBounds returns the labels of an owner's first and last bucket; ok is false if it has no buckets.
func (c *seriesCounter) ownBounds(counts map[time.Time]map[string]int) (first, last time.Time, ok bool) {
	from, until := c.given()
	if len(counts) == 0 && (from == nil || until == nil) {
		return first, last, false
	}
	labels := slices.Collect(maps.Keys(counts))
	if from != nil {
		first = c.label(*from)
	} else {
		first = slices.MinFunc(labels, time.Time.Compare)
	}
	if until != nil {
		last = c.labelBefore(*until)
	} else {
		last = slices.MaxFunc(labels, time.Time.Compare)
	}
	return first, last, from == nil || until == nil || from.Before(*until)
}

// series makes the series of one owner. A day that the zone's calendar does not have is left out.
func (c *seriesCounter) series(labels []time.Time, counts map[time.Time]map[string]int) TagSeries {
	series := TagSeries{Buckets: make([]*TagBucket, 0, len(labels))}
	all := map[string]int{}
	start := c.start(labels[0])
	for _, label := range labels {
		bucket := &TagBucket{Day: dayIn(start, c.zone), Start: start, Until: c.start(c.next(label))}
		start = bucket.Until
		if !bucket.Start.Before(bucket.Until) && counts[label] == nil {
			continue
		}
		for value, n := range counts[label] {
			bucket.Count += n
			all[value] += n
		}
		series.Total += bucket.Count
		bucket.Values = c.values(counts[label])
		series.Buckets = append(series.Buckets, bucket)
	}
	series.Values = c.values(all)
	return series
}

// values lists the numbers of tags by value; none if the series is not split.
func (c *seriesCounter) values(counts map[string]int) []*ValueCount {
	if c.SplitBy == "" {
		return []*ValueCount{}
	}
	return valueCounts(string(c.SplitBy), counts)
}
