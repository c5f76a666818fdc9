package storagetest

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"decnetgraph/storage"
)

// ruleNames returns the rules that have a state, read page by page.
func ruleNames(t *testing.T, s *storage.Store) []string {
	t.Helper()
	names := []string{}
	page := storage.Page{Limit: 1}
	for {
		found, err := s.AllRuleStates(storage.ListOptions{}).Page(t.Context(), fleet, page)
		require.NoError(t, err)
		slice := found[""]
		for i, row := range slice.Rows {
			names = append(names, row.RuleID)
			page.After = new(slice.Position(i))
		}
		if !slice.More {
			break
		}
	}
	counts, err := s.AllRuleStates(storage.ListOptions{}).Count(t.Context(), fleet)
	require.NoError(t, err)
	require.Equal(t, len(names), counts[""])
	return names
}

func testRules(t *testing.T, open Open, again Again) {
	s := writable(t, open, again, Graph{Rules: []storage.RuleState{{RuleID: "odd", SetAt: at(0)}}})
	require.Equal(t, []string{"odd"}, ruleNames(t, s))
	odd, err := s.ClearRuleState(t.Context(), "odd")
	require.NoError(t, err)
	require.Nil(t, odd.State, "a word that is none of the three")
	require.Empty(t, ruleNames(t, s))
	expires := time.Now().Add(time.Hour).UTC().Truncate(time.Second)
	clipped := with(ruleState("R0002", storage.RuleClipped), func(r *storage.RuleState) {
		r.ConfidenceMax, r.ExpiresAt, r.Reason, r.SetBy = new(0.5), &expires, new("too loud"), new("operator")
	})
	for _, state := range []storage.RuleState{
		clipped, ruleState("R0001", storage.RuleDisabled), ruleState("R0002", storage.RuleEnabled), clipped, ruleState(strings.Repeat("🔑", 255), storage.RuleEnabled),
	} {
		set, err := s.SetRuleState(t.Context(), state)
		require.NoError(t, err)
		recent(t, set.SetAt)
		found, err := s.RuleStates(t.Context(), []string{state.RuleID, "R-gone"})
		require.NoError(t, err)
		require.Len(t, found, 1)
		same(t, set, found[state.RuleID], "what was answered is there")
		state.SetAt = set.SetAt
		same(t, state, set, "all that was given, and nothing of before")
	}
	require.Equal(t, []string{"R0001", "R0002", strings.Repeat("🔑", 255)}, ruleNames(t, s))

	t.Run("what is malformed is refused", func(t *testing.T) {
		const long = 256
		for name, state := range map[string]storage.RuleState{
			"no rule":             ruleState("", storage.RuleEnabled),
			"long rule":           ruleState(strings.Repeat("x", long), storage.RuleEnabled),
			"rule with NUL":       ruleState("a\x00", storage.RuleEnabled),
			"rule not UTF-8":      ruleState("a\xff", storage.RuleEnabled),
			"no state":            {RuleID: "R0001"},
			"unknown state":       ruleState("R0001", "enabled"),
			"clipped to nothing":  ruleState("R0001", storage.RuleClipped),
			"clipped to too much": with(clipped, func(r *storage.RuleState) { r.ConfidenceMax = new(1.5) }),
			"clipped below zero":  with(clipped, func(r *storage.RuleState) { r.ConfidenceMax = new(-0.5) }),
			"clipped to no value": with(clipped, func(r *storage.RuleState) { r.ConfidenceMax = new(math.NaN()) }),
			"enabled, clipped":    with(clipped, func(r *storage.RuleState) { r.State = new(storage.RuleEnabled) }),
			"expired":             with(clipped, func(r *storage.RuleState) { r.ExpiresAt = new(time.Now().Add(-time.Second)) }),
			"expires never":       with(clipped, func(r *storage.RuleState) { r.ExpiresAt = new(time.Date(10_000, 1, 1, 0, 0, 0, 0, time.UTC)) }),
			"long reason":         with(clipped, func(r *storage.RuleState) { r.Reason = new(strings.Repeat("x", long)) }),
			"long name":           with(clipped, func(r *storage.RuleState) { r.SetBy = new(strings.Repeat("x", long)) }),
		} {
			_, err := s.SetRuleState(t.Context(), state)
			require.ErrorIs(t, err, storage.ErrInvalid, name)
		}
	})
	t.Run("a rule whose name another one bears in other letters never takes its place", func(t *testing.T) {
		_, err := s.SetRuleState(t.Context(), ruleState("r0001", storage.RuleEnabled))
		if err != nil { // the collation of the key ignores case
			require.ErrorIs(t, err, storage.ErrInvalid)
			require.ErrorContains(t, err, `"R0001"`)
		}
		found, err := s.RuleStates(t.Context(), []string{"R0001"})
		require.NoError(t, err)
		require.Equal(t, storage.RuleDisabled, *found["R0001"].State)
	})
	t.Run("a state is cleared once", func(t *testing.T) {
		for _, nobody := range append(strange, "r0002", "R-gone", "") {
			cleared, err := s.ClearRuleState(t.Context(), nobody)
			require.NoError(t, err)
			require.Nil(t, cleared, nobody)
		}
		cleared, err := s.ClearRuleState(t.Context(), "R0002")
		require.NoError(t, err)
		clipped.SetAt = cleared.SetAt
		same(t, clipped, cleared, "the row that was there")
		cleared, err = s.ClearRuleState(t.Context(), "R0002")
		require.NoError(t, err)
		require.Nil(t, cleared)
	})
	t.Run("from all sides one of them is set", func(t *testing.T) {
		atOnce(t, s, again, func(s *storage.Store, _ int) error {
			_, err := s.SetRuleState(t.Context(), ruleState("race", storage.RuleEnabled))
			return err
		})
		atOnce(t, s, again, func(s *storage.Store, _ int) error {
			_, err := s.ClearRuleState(t.Context(), "race")
			return err
		})
		require.NotContains(t, ruleNames(t, s), "race")
	})
}
