package storage_test

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/stretchr/testify/require"

	"decnetgraph/storage"
	"decnetgraph/storage/storagetest"
)

// countedSelections are selections of the tags of someTag: whole days, parts of days, open ranges, and filters.
func countedSelections() []*storage.TagSelection {
	at := func(month time.Month, day, hour int) *time.Time {
		return new(time.Date(2026, month, day, hour, 0, 0, 0, time.UTC))
	}
	may := func(day, hour int) *time.Time { return at(time.May, day, hour) }
	tactic, technique := &storagetest.TTPTagFilter{Tactic: storage.Tactics{"TA1"}}, &storagetest.TTPTagFilter{Technique: new("T1")}
	created := &storagetest.TTPTagFilter{CreatedAt: &storage.InstantRange{From: may(1, 0), Until: may(4, 0)}}
	confident := &storagetest.TTPTagFilter{Confidence: &storage.ConfidenceRange{From: new(0.6)}}
	of := func(filter *storagetest.TTPTagFilter, from, until *time.Time) *storage.TagSelection {
		var given any
		if filter != nil {
			given = filter
		}
		selection, err := storage.SelectTags(given, from, until)
		if err != nil {
			panic(err)
		}
		return selection
	}
	return []*storage.TagSelection{
		of(nil, may(1, 0), may(3, 0)), of(nil, may(3, 0), may(5, 0)), of(nil, may(1, 8), may(3, 8)), of(nil, may(1, 8), may(4, 0)), of(nil, may(1, 0), may(3, 7)),
		of(nil, may(1, 7), may(1, 9)), of(nil, may(2, 0), nil), of(nil, may(1, 9), nil), of(nil, nil, may(3, 7)), of(nil, nil, may(3, 0)),
		of(tactic, nil, nil), of(technique, nil, nil), of(tactic, may(1, 8), may(4, 1)), of(technique, may(1, 0), may(4, 0)), of(created, may(1, 8), nil),
		of(confident, may(1, 0), may(4, 0)), of(nil, at(time.March, 31, 8), may(4, 0)), of(nil, at(time.March, 1, 0), may(1, 0)),
		of(nil, at(time.March, 31, 0), may(1, 8)), of(tactic, at(time.April, 1, 0), may(3, 7)), of(nil, at(time.April, 2, 0), nil), nil,
	}
}

// countings are all answers of a store that count the selected tags of a scope.
func countings(ctx context.Context, t require.TestingT, s *storage.Store, scope storage.Scope, selection *storage.TagSelection) (lines []string) {
	add := func(format string, values ...any) { lines = append(lines, fmt.Sprintf(format, values...)) }
	ctx, owners := storage.WithSelections(ctx, selection), ownersOf(scope)
	rows, err := s.Techniques(scope, selection)(ctx, owners)
	require.NoError(t, err)
	var keys []string
	for _, owner := range owners {
		for n, row := range rows[owner] {
			keys = append(keys, row.Key())
			add("%d of %s: %s %q %d %s %s %g", n, owner, row.Key(), row.TacticID, row.Count, row.FirstSeen, row.LastSeen, row.ConfidenceMax)
		}
	}
	tactics, err := s.RollupTactics(ctx, keys)
	require.NoError(t, err)
	attackers, err := s.RollupCounts(storage.RollupAttackers)(ctx, keys)
	require.NoError(t, err)
	for _, key := range keys {
		for _, tactic := range tactics[key] {
			add("%s: %+v", key, *tactic)
		}
		add("%s: %d attackers", key, attackers[key])
	}
	changes, err := s.TechniqueChanges(scope, selection, countedSelections()[2])(ctx, owners)
	require.NoError(t, err)
	for _, owner := range owners {
		for n, change := range changes[owner] {
			add("%d of %s: %s %v: %d to %d", n, owner, change.TechniqueID, change.SubTechniqueID != nil, change.Before, change.After)
		}
	}
	for _, split := range []storage.TagFacet{"", storage.TagsByTechnique, storage.TagsByTactic, storage.TagsByRule} {
		for _, bucket := range []storage.Bucket{storage.BucketDay, storage.BucketMonth} {
			series, err := s.TagSeries(scope, storage.TagSeriesQuery{Bucket: bucket, Zone: time.UTC, SplitBy: split, Selection: selection})(ctx, owners)
			require.NoError(t, err)
			for _, owner := range owners {
				add("%s by %s, %s: %d %s", owner, bucket, split, series[owner].Total, valuesOf(series[owner].Values))
				for _, one := range series[owner].Buckets {
					add("  %s: %d %s", one.Start, one.Count, valuesOf(one.Values))
				}
			}
		}
	}
	return append(lines, facetsOf(ctx, t, s, scope)...)
}

func valuesOf(values []*storage.ValueCount) (text string) {
	for _, v := range values {
		key := "none"
		if v.Key != nil {
			key = *v.Key
		}
		text += fmt.Sprintf("%s=%d ", key, v.Count)
	}
	return text
}

// facetsOf are the numbers of tags in lists of tags, and their distributions.
func facetsOf(ctx context.Context, t require.TestingT, s *storage.Store, scope storage.Scope) (lines []string) {
	from, until := time.Date(2026, 5, 1, 8, 0, 0, 0, time.UTC), time.Date(2026, 5, 4, 0, 0, 0, 0, time.UTC)
	for _, filter := range []*storagetest.TTPTagFilter{
		nil,
		{CreatedAt: &storage.InstantRange{From: &from, Until: &until}},
		{CreatedAt: &storage.InstantRange{Until: &until}, Tactic: storage.Tactics{"TA2"}},
	} {
		list := s.ScopeTags(scope, storage.ListOptions{Filter: filter})
		if scope.Of == storage.KindFleet {
			list = s.AllTags(storage.ListOptions{Filter: filter})
		}
		counts, err := list.Count(ctx, ownersOf(scope))
		require.NoError(t, err)
		for _, by := range [][]string{{"TECHNIQUE"}, {"TACTIC", "PARENT_TECHNIQUE"}, {"RULE"}} {
			groups, err := list.(storage.Divisible).Groups(ctx, ownersOf(scope), by)
			require.NoError(t, err)
			for _, owner := range ownersOf(scope) {
				var begin []*string
				if len(by) > 1 {
					begin = []*string{new("TA2")}
				}
				d := storage.Distribute(by[len(by)-1], groups[owner], begin, 2)
				lines = append(lines, fmt.Sprintf("%s by %v: %d, %s other %d, distinct %d, total %d", owner, by, counts[owner], valuesOf(d.Values), d.Other, d.Distinct, d.Total))
			}
		}
	}
	return slices.Clip(lines)
}
