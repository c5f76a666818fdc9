package storagetest

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"decnetgraph/storage"
)

// testInsertTags inserts all cases in one call, so that invalid rows are mixed with valid ones.
func testInsertTags(t *testing.T, open Open, again Again) {
	s := writable(t, open, again, family())
	cases := tagCases()
	rows := make([]storage.NewTag, len(cases))
	want := map[string]*storage.TTPTag{}
	for n, c := range cases {
		rows[n] = with(newTag(fmt.Sprintf("source %d", n)), c.change)
		if c.outcome == storage.TagInserted {
			row := stored(rows[n])
			want[row.UUID] = row
		}
	}
	results, err := s.InsertTags(t.Context(), rows)
	require.NoError(t, err)
	require.Len(t, results, len(rows))
	for n, c := range cases {
		require.Equal(t, c.outcome, results[n].Outcome, "%s: %s", c.sentence, deref(results[n].Reason))
		require.Equal(t, c.reason == "", results[n].Reason == nil, c.sentence)
		require.Contains(t, deref(results[n].Reason), c.reason, c.sentence)
		if results[n].UUID != "" || c.outcome != storage.TagRejected {
			require.Equal(t, uuidOf(rows[n]), results[n].UUID, c.sentence)
		}
	}
	found := allTags(t, s)
	require.Len(t, found, len(want))
	for uuid, row := range want {
		sameTag(t, row, found[uuid])
	}

	t.Run("all of them again are all duplicates", func(t *testing.T) {
		results, err := s.InsertTags(t.Context(), rows)
		require.NoError(t, err)
		for n, c := range cases {
			if c.outcome == storage.TagInserted {
				c.outcome = storage.TagDuplicate
			}
			require.Equal(t, c.outcome, results[n].Outcome, c.sentence)
		}
	})
	t.Run("no tags are none", func(t *testing.T) {
		results, err := s.InsertTags(t.Context(), nil)
		require.NoError(t, err)
		require.Empty(t, results)
	})
	t.Run("a tag whose key cannot be computed has none", func(t *testing.T) {
		results, err := s.InsertTags(t.Context(), []storage.NewTag{newTag("\xff")})
		require.NoError(t, err)
		require.Empty(t, results[0].UUID)
	})
}

// sameTag compares tags. JSON is compared by its content, because MySQL stores it in its own format.
func sameTag(t *testing.T, want, got *storage.TTPTag) {
	t.Helper()
	require.NotNil(t, got)
	require.JSONEq(t, string(want.Evidence), string(got.Evidence))
	copied := *got
	copied.Evidence = want.Evidence
	same(t, want, &copied, want.SourceID)
}

func testTagThere(t *testing.T, open Open, again Again) {
	s := writable(t, open, again, family())
	first := newTag("s")
	insert := func(rows ...storage.NewTag) (outcomes []storage.TagOutcome) {
		results, err := s.InsertTags(t.Context(), rows)
		require.NoError(t, err)
		for _, result := range results {
			outcomes = append(outcomes, result.Outcome)
		}
		return outcomes
	}
	other := with(first, func(n *storage.NewTag) {
		n.SubTechniqueID, n.Confidence, n.Evidence, n.AttackerUUID, n.CreatedAt = new(""), 0.9, storage.JSON(`{}`), new("a2"), new(at(9))
	})
	const in, there, no = storage.TagInserted, storage.TagDuplicate, storage.TagRejected

	lost := with(first, func(n *storage.NewTag) { n.AttackerUUID = new("a-gone") })
	require.Equal(t, []storage.TagOutcome{no, in, there, there}, insert(lost, first, other, first), "the first sound one counts")
	require.Equal(t, []storage.TagOutcome{there, in}, insert(other, newTag("S")), "letter case tells sources apart")
	sameTag(t, stored(first), allTags(t, s)[uuidOf(first)])

	now := with(newTag("now"), func(n *storage.NewTag) { n.CreatedAt = nil })
	second := with(now, func(n *storage.NewTag) { n.SourceID = "now, too" })
	require.Equal(t, []storage.TagOutcome{in, in}, insert(now, second))
	tags := allTags(t, s)
	recent(t, tags[uuidOf(now)].CreatedAt)
	require.Equal(t, tags[uuidOf(now)].CreatedAt, tags[uuidOf(second)].CreatedAt, "one clock for one call")

	zone := with(newTag("zone"), func(n *storage.NewTag) { n.CreatedAt = new(at(0).In(time.FixedZone("", 5*3600))) })
	insert(zone)
	require.Equal(t, at(0), allTags(t, s)[uuidOf(zone)].CreatedAt)
}

func testManyTags(t *testing.T, open Open, again Again) {
	s := writable(t, open, again, family())
	rows := make([]storage.NewTag, storage.MaxNewTags)
	for n := range rows {
		rows[n] = newTag(fmt.Sprint(n))
	}
	results, err := s.InsertTags(t.Context(), rows[:storage.MaxNewTags-1])
	require.NoError(t, err)
	for _, result := range results {
		require.Equal(t, storage.TagInserted, result.Outcome)
	}
	results, err = s.InsertTags(t.Context(), rows)
	require.NoError(t, err)
	require.Equal(t, storage.TagInserted, results[len(rows)-1].Outcome)
	require.Len(t, allTags(t, s), len(rows))
	_, err = s.InsertTags(t.Context(), slices.Concat(rows, rows[:1]))
	require.ErrorIs(t, err, storage.ErrInvalid)
	require.ErrorContains(t, err, "at most 1000 tags")

	for n := range rows[:20] { // together they exceed MariaDB's limit for one statement
		rows[n] = newTag(fmt.Sprint("large ", n))
		rows[n].Evidence = storage.JSON(`{"a": "` + strings.Repeat("x", 1<<20-100) + `"}`)
	}
	results, err = s.InsertTags(t.Context(), rows[:20])
	require.NoError(t, err)
	for _, result := range results {
		require.Equal(t, storage.TagInserted, result.Outcome)
	}
}
