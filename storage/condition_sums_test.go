package storage_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"decnetgraph/storage"
	"decnetgraph/storage/storagetest"
)

// filterOfTags is a filter of tags, and whether sums tell which rows have a tag that meets it.
type filterOfTags struct {
	filter *storagetest.TTPTagFilter
	told   bool
}

func filtersOfTags() []filterOfTags {
	sub, technique, tactic := "T1.1", "T1", "TA1"
	half := 0.5
	noon := time.Date(2026, 5, 1, 8, 0, 0, 0, time.UTC)
	since, until := &storage.InstantRange{From: &noon}, &storage.InstantRange{Until: &noon}
	sure := &storage.ConfidenceRange{From: new(0.6)}
	return []filterOfTags{
		{&storagetest.TTPTagFilter{}, true},
		{&storagetest.TTPTagFilter{Technique: &technique}, true},
		{&storagetest.TTPTagFilter{Technique: &sub}, true},
		{&storagetest.TTPTagFilter{Not: &storagetest.TTPTagFilter{Technique: &technique}}, true},
		{&storagetest.TTPTagFilter{Technique: &technique, CreatedAt: since}, true},
		{&storagetest.TTPTagFilter{CreatedAt: until}, true},
		{&storagetest.TTPTagFilter{Technique: &technique, Confidence: sure}, true},
		{&storagetest.TTPTagFilter{CreatedAt: since, Confidence: sure}, false},
		{&storagetest.TTPTagFilter{CreatedAt: &storage.InstantRange{From: &noon, Until: new(noon.Add(time.Hour))}}, false},
		{&storagetest.TTPTagFilter{Not: &storagetest.TTPTagFilter{CreatedAt: since}}, false},
		{&storagetest.TTPTagFilter{Confidence: &storage.ConfidenceRange{To: &half}}, false},
		{&storagetest.TTPTagFilter{Tactic: storage.Tactics{tactic}}, false},
	}
}

// matching lists the keys of attackers, identities and campaigns that have tags that meet a filter, or a number of them.
func matching(ctx context.Context, t require.TestingT, s *storage.Store, filter *storagetest.TTPTagFilter, count *storage.IntRange) (lines []string) {
	list := func(kind string, keys []string) { lines = append(lines, kind+": "+strings.Join(keys, " ")) }
	list("attackers", keysOf(ctx, t, s.AllAttackers(storage.ListOptions{
		Filter: &storagetest.AttackerFilter{Tags: &storagetest.AttackerTagsFilter{Some: filter, Count: count}},
	})))
	for _, m := range []storage.Membership{storage.Resolved, storage.Literal} {
		tags := &storagetest.MemberTagsFilter{Some: filter, Count: count, Membership: m}
		list("identities "+string(m), keysOf(ctx, t, s.AllIdentities(storage.ListOptions{Filter: &storagetest.IdentityFilter{Tags: tags}})))
		list("campaigns "+string(m), keysOf(ctx, t, s.AllCampaigns(storage.ListOptions{Filter: &storagetest.CampaignFilter{Tags: tags}})))
	}
	return lines
}

// checkFilters compares which rows have tags that meet one of the filters, as sums and as the tags tell it.
func (b summing) checkFilters(r *rapid.T) {
	filter := rapid.SampledFrom(filtersOfTags()).Draw(r, "filter").filter
	var count *storage.IntRange
	if least := rapid.IntRange(0, 3).Draw(r, "count"); least > 0 {
		count = &storage.IntRange{From: &least}
	}
	require.Equal(r, matching(b.Context(), r, b.store.OfTags(), filter, count), matching(b.Context(), r, b.store, filter, count))
}

func keysOf[T any](ctx context.Context, t require.TestingT, list storage.List[T]) (keys []string) {
	found, err := list.Page(ctx, []string{""}, storage.Page{Limit: 100})
	require.NoError(t, err)
	for i := range found[""].Rows {
		keys = append(keys, found[""].Position(i).Key)
	}
	return keys
}

func TestFiltersOfTagsThatSumsCanTellReadNoTags(t *testing.T) {
	t.Parallel()
	for _, b := range ownBackends() {
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			var last string
			s := openStore(t, b.create(t), storage.Options{Observe: func(_ context.Context, one storage.Statement) { last = one.SQL }})
			readsTags := func(f *storagetest.AttackerTagsFilter) bool {
				keysOf(t.Context(), t, s.AllAttackers(storage.ListOptions{Filter: &storagetest.AttackerFilter{Tags: f}}))
				require.NotEqual(t, strings.Contains(last, "rollup_part"), strings.Contains(last, "ttp_tag"), last)
				return strings.Contains(last, "ttp_tag")
			}
			for n, f := range filtersOfTags() {
				require.NotEqual(t, f.told, readsTags(&storagetest.AttackerTagsFilter{Some: f.filter}), n)
				require.NotEqual(t, f.told, readsTags(&storagetest.AttackerTagsFilter{None: f.filter}), n)
			}
		})
	}
}
