package storage

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// TestRollupRowsFromSeveralArmsAreAddedUp splits the rows of a rollup at random. inOrder must return the rows of one sum,
// by count, largest first, then by technique and sub-technique, none first.
func TestRollupRowsFromSeveralArmsAreAddedUp(t *testing.T) {
	t.Parallel()
	empty, sub := "", "T1.001"
	instant := rapid.Custom(func(t *rapid.T) time.Time { return time.Unix(rapid.Int64Range(0, 9).Draw(t, "second"), 0) })
	part := rapid.Custom(func(t *rapid.T) *TechniqueRollup {
		return &TechniqueRollup{
			TechniqueID:    rapid.SampledFrom([]string{"T1", "T2"}).Draw(t, "technique"),
			SubTechniqueID: rapid.SampledFrom([]*string{nil, &empty, &sub}).Draw(t, "sub"),
			TacticID:       rapid.SampledFrom([]string{"", "TA0001", "TA0002"}).Draw(t, "tactic"),
			Count:          rapid.IntRange(1, 3).Draw(t, "count"),
			FirstSeen:      instant.Draw(t, "first"),
			LastSeen:       instant.Draw(t, "last"),
			ConfidenceMax:  rapid.Float64Range(0, 1).Draw(t, "confidence"),
		}
	})
	rapid.Check(t, func(t *rapid.T) {
		parts := rapid.SliceOfN(part, 0, 12).Draw(t, "parts")
		copies := make([]*TechniqueRollup, len(parts))
		for i, p := range parts {
			kept := *p
			copies[i] = &kept
		}
		rows := inOrder(copies)
		total := 0
		for i, row := range rows {
			count, first, last, tactic, confidence := 0, time.Time{}, time.Time{}, "", 0.0
			for _, p := range parts {
				if p.TechniqueID != row.TechniqueID || p.SubTechniqueID != row.SubTechniqueID {
					continue
				}
				if count == 0 || p.FirstSeen.Before(first) {
					first = p.FirstSeen
				}
				if p.LastSeen.After(last) {
					last = p.LastSeen
				}
				count, tactic, confidence = count+p.Count, max(tactic, p.TacticID), max(confidence, p.ConfidenceMax)
			}
			require.Equal(t, []any{count, first, last, tactic, confidence}, []any{row.Count, row.FirstSeen, row.LastSeen, row.TacticID, row.ConfidenceMax})
			total += count
			if i > 0 {
				before := rows[i-1]
				require.True(t, before.Count > row.Count || before.Count == row.Count && before.compare(row) < 0, "row %d", i)
			}
		}
		for _, p := range parts {
			total -= p.Count
		}
		require.Zero(t, total)
	})
}
