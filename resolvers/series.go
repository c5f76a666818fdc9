package resolvers

import (
	"context"
	"slices"
	"strings"
	"time"
	_ "time/tzdata" // so that zones are known on machines without their own copy

	"decnetgraph/graph/model"
	"decnetgraph/resolvers/loaders"
	"decnetgraph/storage"
)

// seriesArguments are the arguments of tagTimeSeries.
type seriesArguments struct {
	bucket      storage.Bucket
	from, until *time.Time
	splitBy     *storage.TagFacet
	zone        string
	filter      *model.TTPTagFilter
}

// series answers tagTimeSeries: the tags of each owner over time.
func (r *Resolver) series(ctx context.Context, owners []string, in storage.Scope, args seriesArguments) ([]*storage.TagSeries, error) {
	zone, err := timeZone(args.zone)
	if err != nil {
		return nil, err
	}
	selection, err := storage.SelectTags(args.filter, args.from, args.until)
	if err != nil {
		return nil, err
	}
	query := storage.TagSeriesQuery{Bucket: args.bucket, Zone: zone, Selection: selection}
	if args.splitBy != nil {
		query.SplitBy = *args.splitBy
	}
	found, err := loaders.LoadMany(ctx, owners, r.Store.TagSeries(in, query))
	if err != nil {
		return nil, err
	}
	return pointersTo(found), r.warnOfNoTags(ctx, args.filter, slices.ContainsFunc(found, func(s storage.TagSeries) bool { return s.Total > 0 }))
}

// timeZone returns the zone with an IANA name. Go also knows Local, and an empty name, which are none.
func timeZone(name string) (*time.Location, error) {
	zone, err := time.LoadLocation(name)
	if err != nil || name == "" || strings.EqualFold(name, "local") {
		return nil, storage.Invalid("zone must be the IANA name of a time zone, such as Europe/Berlin, not %q", cut(name, maxQuoted))
	}
	return zone, nil
}

// changeArguments are the arguments of techniqueChanges.
type changeArguments struct {
	from, until               time.Time
	againstFrom, againstUntil *time.Time
	filter                    *model.TTPTagFilter
	top                       *int
	order                     storage.ChangeOrder
}

// maxChanges is the largest number of rows that techniqueChanges can be limited to.
const maxChanges = 1_000

// changes answers techniqueChanges: how the techniques of each owner have changed.
func (r *Resolver) changes(ctx context.Context, owners []string, in storage.Scope, args changeArguments) ([][]*storage.TechniqueChange, error) {
	against := args.from
	if args.againstUntil != nil {
		against = *args.againstUntil
	}
	start := against.Add(args.from.Sub(args.until))
	if args.againstFrom != nil {
		start = *args.againstFrom
	}
	switch {
	case !args.from.Before(args.until):
		return nil, storage.Invalid("from must be earlier than until")
	case !start.Before(against):
		return nil, storage.Invalid("againstFrom must be earlier than the end of its span, %s", against.UTC().Format(time.RFC3339Nano))
	case args.top != nil && (*args.top < 1 || *args.top > maxChanges):
		return nil, storage.Invalid("top lies between 1 and %d, not %d", maxChanges, *args.top)
	}
	before, err := storage.SelectTags(args.filter, &start, &against)
	if err != nil {
		return nil, err
	}
	after, err := storage.SelectTags(args.filter, &args.from, &args.until)
	if err != nil {
		return nil, err
	}
	query := r.Store.TechniqueChanges(in, before, after)
	changes, err := loaders.LoadMany(ctx, owners, func(ctx context.Context, owners []string) (map[string][]*storage.TechniqueChange, error) {
		found, err := query(ctx, owners)
		for owner, rows := range found {
			storage.SortChanges(rows, args.order)
			if args.top != nil {
				found[owner] = rows[:min(len(rows), *args.top)]
			}
		}
		return found, err
	})
	if err != nil {
		return nil, err
	}
	return changes, r.warnOfNoTags(ctx, args.filter, slices.ContainsFunc(changes, func(rows []*storage.TechniqueChange) bool { return len(rows) > 0 }))
}

// pointersTo returns pointers to the elements of a list.
func pointersTo[V any](values []V) []*V {
	pointers := make([]*V, len(values))
	for i := range values {
		pointers[i] = &values[i]
	}
	return pointers
}
