package storagetest

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"decnetgraph/storage"
)

// callers is the number of concurrent callers. They use two stores, like two servers on one database.
const callers = 8

// atOnce runs work for every caller concurrently, even ones on one store and odd ones on the other.
func atOnce(t *testing.T, s *storage.Store, again Again, work func(s *storage.Store, caller int) error) {
	t.Helper()
	stores := []*storage.Store{s, again(t, s, true)}
	failures := make([]error, callers)
	start := make(chan struct{})
	var wait sync.WaitGroup
	for caller := range callers {
		wait.Go(func() {
			<-start
			failures[caller] = work(stores[caller%2], caller)
		})
	}
	close(start)
	wait.Wait()
	require.NoError(t, errors.Join(failures...))
}

// anyBatches draws the tags of every caller from a few sources, so that several callers insert most of the tags, each
// with a different confidence.
var anyBatches = rapid.Custom(func(r *rapid.T) [callers][]storage.NewTag {
	var batches [callers][]storage.NewTag
	for caller := range batches {
		for n := range rapid.IntRange(1, 120).Draw(r, "rows") {
			row := newTag(fmt.Sprint(rapid.IntRange(0, 150).Draw(r, "source")))
			row.Evidence = storage.JSON(fmt.Sprintf(`{"caller": %d, "row": %d}`, caller, n))
			row.Confidence = evenly(r, "confidence", []float64{0.25, 0.5, 0.5, 0.75, 1, 1.5})
			row.AttackerUUID = new(evenly(r, "attacker", []string{"a1", "a2", "a1", "a2", "a3", "a-gone"}))
			batches[caller] = append(batches[caller], row)
		}
	}
	return batches
})

// testTagsFromAllSides lets several callers insert the same tags concurrently.
func testTagsFromAllSides(t *testing.T, open Open, again Again) {
	seed := int(time.Now().UnixNano() % 1e9)
	for n := range 3 {
		batches := anyBatches.Example(seed + n)
		s := writable(t, open, again, family())
		var results [callers][]storage.TagResult
		atOnce(t, s, again, func(s *storage.Store, caller int) (err error) {
			results[caller], err = s.InsertTags(t.Context(), batches[caller])
			return err
		})
		want, sound := map[string]*storage.TTPTag{}, map[string]bool{}
		for caller, batch := range batches {
			for i, row := range batch {
				result, uuid := results[caller][i], uuidOf(row)
				require.Equal(t, uuid, result.UUID)
				if result.Outcome == storage.TagInserted {
					require.NotContains(t, want, uuid, "seed %d: inserted twice", seed+n)
					want[uuid] = stored(row)
				}
				switch {
				case row.Confidence > 1 || *row.AttackerUUID == "a-gone" && row.Confidence >= storage.ConfidenceFloor:
					require.Equal(t, storage.TagRejected, result.Outcome)
				case row.Confidence < storage.ConfidenceFloor:
					require.Equal(t, storage.TagBelowFloor, result.Outcome)
				default:
					require.Contains(t, []storage.TagOutcome{storage.TagInserted, storage.TagDuplicate}, result.Outcome)
					sound[uuid] = true
				}
			}
		}
		require.Len(t, want, len(sound), "seed %d", seed+n)
		found := allTags(t, s)
		require.Len(t, found, len(want), "seed %d", seed+n)
		for uuid, row := range want {
			sameTag(t, row, found[uuid])
		}
		require.NoError(t, s.Close())
	}
}
