package storagetest

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"decnetgraph/storage"
)

// movedClocks are instants around which clocks are moved in one of the zones: forward and back by an hour, by half an
// hour, over midnight, and over a whole day.
var movedClocks = []string{
	"2027-03-28T01:00:00Z", "2026-10-25T01:00:00Z", // Berlin
	"2026-10-03T15:30:00Z", "2026-04-04T15:00:00Z", // Lord Howe
	"2018-11-04T03:00:00Z", "2018-02-18T02:00:00Z", // São Paulo, midnight
	"2011-12-30T10:00:00Z", // Apia, which had no 30 December
	"2026-12-31T23:00:00Z", "2026-05-31T18:15:00Z",
}

var clockZones = []string{"UTC", "Europe/Berlin", "Australia/Lord_Howe", "America/Sao_Paulo", "Pacific/Apia", "Asia/Kathmandu", "Asia/Tokyo", "America/New_York"}

// clockGraph has tags around the instants of movedClocks.
func clockGraph() Graph {
	g := Graph{
		Campaigns:  []storage.Campaign{campaign("c1", "")},
		Identities: []storage.Identity{identity("i1", "c1", ""), identity("i2", "", "i1")},
		Attackers:  []Attacker{attacker("a1", "i1"), attacker("a2", "i2"), attacker("a3", "")},
	}
	for n, moved := range movedClocks {
		around, _ := time.Parse(time.RFC3339, moved)
		for i, distance := range []time.Duration{0, -time.Microsecond, time.Second, -29 * time.Minute, 31 * time.Minute, 59 * time.Minute, -time.Hour, 23 * time.Hour, 8 * 24 * time.Hour} {
			one := tag(fmt.Sprintf("t%02d-%d", n, i), "", []string{"a1", "a2", "a3"}[(n+i)%3])
			if i%4 == 0 {
				one.IdentityUUID = new("i2")
			}
			one.CreatedAt = around.Add(distance)
			one.TechniqueID, one.SubTechniqueID = []string{"T1110", "T1059", "t1110"}[i%3], link([]string{"", "T1110.001"}[n%2])
			one.TacticID, one.Decky = []string{"TA0006", "TA0001"}[(n*i)%2], link([]string{"", "decky-1", "decky-2"}[i%3])
			one.RuleID, one.SourceKind = fmt.Sprintf("R%d", n%3), []string{"command", "email"}[i%2]
			one.Confidence = float64(i%4) / 4
			g.Tags = append(g.Tags, one)
		}
	}
	return g
}

// testSeries compares series of any bucket, zone, split, selection and scope with those of the model.
func testSeries(t *testing.T, open Open) {
	g := clockGraph()
	s, m := open(t, g), newModel(g)
	rapid.Check(t, func(r *rapid.T) {
		zone, err := time.LoadLocation(oneOf(r, "zone", clockZones))
		require.NoError(r, err)
		series := seriesModel{of: anySelection(r), TagSeriesQuery: storage.TagSeriesQuery{
			Bucket: evenly(r, "bucket", []storage.Bucket{storage.BucketHour, storage.BucketDay, storage.BucketWeek, storage.BucketMonth}), Zone: zone,
			SplitBy: evenly(r, "split", []storage.TagFacet{
				"", "", storage.TagsByTechnique, storage.TagsByParent, storage.TagsByTactic, storage.TagsByRule, storage.TagsByDecky, storage.TagsBySourceKind,
			}),
		}}
		series.Selection = series.of.of()
		scope := evenly(r, "scope", scopes())
		owners := m.owners(scope.Of)
		owners = owners[:min(3, len(owners))]
		found, err := s.TagSeries(scope, series.TagSeriesQuery)(t.Context(), owners)
		if series.long() && errors.Is(err, storage.ErrLimit) {
			return
		}
		require.NoError(r, err)
		require.Len(r, found, len(owners))
		for _, owner := range owners {
			same(r, series.series(m.selected(scope, owner, series.of)), found[owner], nameOf(scope)+" "+owner)
		}
	})
}

// anySelection draws a selection of tags of clockGraph.
func anySelection(r *rapid.T) selection {
	of := selection{matches: everything[storage.TTPTag]}
	switch upTo(r, "filter", 4) {
	case 0, 1:
	case 2:
		of.filter, of.matches = &TagFilter{Tactic: new("TA0006")}, ofCredentialAccess
	default:
		of.filter = &TagFilter{Confidence: &storage.ConfidenceRange{From: new(0.5)}}
		of.matches = func(t *storage.TTPTag) bool { return t.Confidence >= 0.5 }
	}
	some := func(label string) *time.Time {
		around, _ := time.Parse(time.RFC3339, evenly(r, label, movedClocks))
		return new(around.Add(evenly(r, label+" distance", []time.Duration{0, -time.Hour, -2 * time.Hour, 30 * time.Minute, 26 * time.Hour, -90 * 24 * time.Hour})))
	}
	switch upTo(r, "range", 3) {
	case 0:
	case 1:
		of.from = some("from")
	case 2:
		of.until = some("until")
	default:
		of.from = some("from")
		of.until = new(of.from.Add(evenly(r, "length", []time.Duration{0, time.Second, 5 * time.Hour, 49 * time.Hour, 25 * 24 * time.Hour})))
	}
	return of
}

// long reports whether a series may have too many buckets: its range is open, and the tags lie years apart.
func (m seriesModel) long() bool { return m.of.from == nil || m.of.until == nil }

// testSeriesLimits checks what a series refuses.
func testSeriesLimits(t *testing.T, open Open) {
	s := open(t, clockGraph())
	fleet := storage.Scope{Of: storage.KindFleet, Membership: resolved}
	from := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	hours := storage.TagSeriesQuery{Bucket: storage.BucketHour, Zone: time.UTC}
	t.Run("a range of too many buckets costs no statement", func(t *testing.T) {
		var err error
		hours.Selection, err = storage.SelectTags(nil, &from, new(from.Add((storage.MostBuckets+1)*time.Hour)))
		require.NoError(t, err)
		statements, err := Statements(t.Context(), func(ctx context.Context) error {
			_, err := s.TagSeries(fleet, hours)(ctx, []string{""})
			return err
		})
		require.ErrorIs(t, err, storage.ErrLimit)
		require.Empty(t, statements)
	})
	t.Run("a range that the tags make too long is refused", func(t *testing.T) {
		_, err := s.TagSeries(fleet, storage.TagSeriesQuery{Bucket: storage.BucketHour, Zone: time.UTC})(t.Context(), []string{""})
		require.ErrorIs(t, err, storage.ErrLimit)
	})
	t.Run("the longest series that the rows of one level allow is answered", func(t *testing.T) {
		var err error
		hours.Selection, err = storage.SelectTags(nil, &from, new(from.Add(MaxRows*time.Hour)))
		require.NoError(t, err)
		found, err := s.TagSeries(fleet, hours)(t.Context(), []string{""})
		require.NoError(t, err)
		require.Len(t, found[""].Buckets, MaxRows)
		hours.Selection, err = storage.SelectTags(nil, &from, new(from.Add((MaxRows+1)*time.Hour)))
		require.NoError(t, err)
		_, err = s.TagSeries(fleet, hours)(t.Context(), []string{""})
		require.ErrorIs(t, err, storage.ErrLimit)
	})
	t.Run("the first and the last instants that can be read make a series of months", func(t *testing.T) {
		selection, err := storage.SelectTags(nil, new(time.Date(9990, 1, 1, 0, 0, 0, 0, time.UTC)), new(time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)))
		require.NoError(t, err)
		found, err := s.TagSeries(fleet, storage.TagSeriesQuery{Bucket: storage.BucketMonth, Zone: time.UTC, Selection: selection})(t.Context(), []string{""})
		require.NoError(t, err)
		require.Len(t, found[""].Buckets, 120)
	})
}
