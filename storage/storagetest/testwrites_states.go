package storagetest

import (
	"fmt"
	"math"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"decnetgraph/storage"
)

func newState(identity, primitive string) storage.NewAttributionState {
	return storage.NewAttributionState{
		IdentityUUID: identity, Primitive: primitive, CurrentValue: storage.JSON(`"pasted"`), State: storage.VerdictStable,
		Confidence: 0.5, ObservationCount: 3, LastChangeAt: tick(1), LastObservationAt: tick(2),
	}
}

// statesOf reads the states of an identity.
func statesOf(t *testing.T, s *storage.Store, identity string) []*storage.AttributionState {
	t.Helper()
	found, err := s.AttributionStates(storage.Literal, nil)(t.Context(), []string{identity})
	require.NoError(t, err)
	return found[identity]
}

func upsert(t *testing.T, s *storage.Store, rows ...storage.NewAttributionState) (outcomes []storage.StateOutcome) {
	t.Helper()
	results, err := s.UpsertAttributionStates(t.Context(), rows)
	require.NoError(t, err)
	for _, result := range results {
		require.Equal(t, result.Outcome == storage.StateRejected, result.Reason != nil)
		outcomes = append(outcomes, result.Outcome)
	}
	return outcomes
}

func testUpsertStates(t *testing.T, open Open, again Again) {
	g := family()
	old := fixtureStates()[0]
	g.States = []storage.AttributionState{with(old, func(a *storage.AttributionState) { a.Primitive, a.SchemaVersion = "old", 7 })}
	s := writable(t, open, again, g)
	const in, up, no = storage.StateInserted, storage.StateUpdated, storage.StateRejected

	later := with(newState("i1", "motor.pause"), func(n *storage.NewAttributionState) {
		n.CurrentValue, n.State, n.Confidence, n.ObservationCount = storage.JSON(`{"a": [1]}`), storage.VerdictMultiActor, 1, math.MaxInt32
		n.LastChangeAt, n.LastObservationAt = tick(5), tick(6)
	})
	require.Equal(t, []storage.StateOutcome{in, no, up, in, up}, upsert(
		t, s, newState("i1", "motor.pause"), newState("i-gone", "motor.pause"), later, newState("i2", "motor.pause"), newState("i1", "old")))
	states := statesOf(t, s, "i1")
	require.Len(t, states, 2)
	for _, row := range states {
		recent(t, row.UpdatedAt)
		row.UpdatedAt = time.Time{}
	}
	multi, stable := storage.VerdictMultiActor, storage.VerdictStable
	require.JSONEq(t, `{"a": [1]}`, string(states[0].CurrentValue))
	states[0].CurrentValue = nil
	same(t, []*storage.AttributionState{
		{
			IdentityUUID: "i1", Primitive: "motor.pause", State: &multi, Confidence: 1, ObservationCount: math.MaxInt32,
			LastChangeAt: tick(5), LastObservationAt: tick(6), SchemaVersion: 1,
		},
		{
			IdentityUUID: "i1", Primitive: "old", CurrentValue: storage.JSON(`"pasted"`), State: &stable, Confidence: 0.5, ObservationCount: 3,
			LastChangeAt: tick(1), LastObservationAt: tick(2), SchemaVersion: 1,
		},
	}, states, "the later row counts")
	require.Len(t, statesOf(t, s, "i2"), 1)

	t.Run("values are read as they were written", func(t *testing.T) {
		for written, read := range map[string]string{
			`"text"`: `"text"`, `true`: `true`, `null`: `null`, `[]`: `[]`, `1`: `1`, "-7\n": `-7`, `1.0`: `1.0`, `0.25`: `0.25`, `1e3`: `1e3`,
			`9007199254740993`: `9007199254740993`, `-0.0`: `-0.0`, `-0`: `-0`, `1E2`: `1E2`, `1e+06`: `1e+06`, `0.1000`: `0.1000`,
			`12345678901234567890`: `12345678901234567890`, `9223372036854775808`: `9223372036854775808`, `1e300`: `1e300`, `1e+300`: `1e+300`,
			`0.1000000000000000055511151231257827`: `0.1000000000000000055511151231257827`, `[1.0, -0, 1E2, 0.1000, 12345678901234567890]`: `[1.0, -0, 1E2, 0.1000, 12345678901234567890]`,
		} {
			upsert(t, s, with(newState("i2", "value"), func(n *storage.NewAttributionState) { n.CurrentValue = storage.JSON(written) }))
			require.Equal(t, read, string(statesOf(t, s, "i2")[1].CurrentValue), written)
		}
		upsert(t, s, with(newState("i2", "value"), func(n *storage.NewAttributionState) { n.CurrentValue = nil }))
		require.Equal(t, "null", string(statesOf(t, s, "i2")[1].CurrentValue))
	})
	t.Run("what is malformed is rejected beside what is not", func(t *testing.T) {
		rows := []storage.NewAttributionState{newState("i1", "sound")}
		want := []storage.StateOutcome{in}
		for _, change := range []func(*storage.NewAttributionState){
			func(n *storage.NewAttributionState) { n.IdentityUUID = "" },
			func(n *storage.NewAttributionState) { n.IdentityUUID = "I1" },
			func(n *storage.NewAttributionState) { n.Primitive = "" },
			func(n *storage.NewAttributionState) { n.Primitive = "Motor" },
			func(n *storage.NewAttributionState) { n.Primitive = "motor " },
			func(n *storage.NewAttributionState) { n.Primitive = "mótor" },
			func(n *storage.NewAttributionState) { n.CurrentValue = storage.JSON("NaN") },
			func(n *storage.NewAttributionState) { n.State = "stable" },
			func(n *storage.NewAttributionState) { n.State = "" },
			func(n *storage.NewAttributionState) { n.Confidence = 1.5 },
			func(n *storage.NewAttributionState) { n.Confidence = -0.5 },
			func(n *storage.NewAttributionState) { n.Confidence = math.NaN() },
			func(n *storage.NewAttributionState) { n.ObservationCount = -1 },
			func(n *storage.NewAttributionState) { n.ObservationCount = math.MaxInt32 + 1 },
			func(n *storage.NewAttributionState) { n.LastChangeAt = time.Time{} },
			func(n *storage.NewAttributionState) {
				n.LastObservationAt = time.Date(10_000, 1, 1, 0, 0, 0, 0, time.UTC)
			},
		} {
			rows, want = append(rows, with(newState("i1", "malformed"), change)), append(want, no)
		}
		require.Equal(t, want, upsert(t, s, rows...))
	})
	t.Run("many at once, twice", func(t *testing.T) {
		rows := make([]storage.NewAttributionState, storage.MaxNewStates)
		for n := range rows {
			rows[n] = newState("i2", fmt.Sprintf("many.%d", n))
		}
		for _, want := range []storage.StateOutcome{in, up} {
			for _, outcome := range upsert(t, s, rows...) {
				require.Equal(t, want, outcome)
			}
		}
		_, err := s.UpsertAttributionStates(t.Context(), slices.Concat(rows, rows[:1]))
		require.ErrorIs(t, err, storage.ErrInvalid)
	})
	t.Run("from all sides each is inserted once", func(t *testing.T) {
		var mu sync.Mutex
		inserted := map[int]int{}
		atOnce(t, s, again, func(s *storage.Store, caller int) error {
			rows := make([]storage.NewAttributionState, 30)
			for n := range rows {
				rows[n] = newState("i2", fmt.Sprintf("race.%d", (n*(1+2*caller)+caller)%30))
			}
			results, err := s.UpsertAttributionStates(t.Context(), rows)
			mu.Lock()
			defer mu.Unlock()
			for n, result := range results {
				if result.Outcome == storage.StateInserted {
					inserted[(n*(1+2*caller)+caller)%30]++
				}
			}
			return err
		})
		for n, times := range inserted {
			require.Equal(t, 1, times, n)
		}
	})
}
