package storage

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestTheFieldOfAColumnIsTheOneItShows holds what tables say of their columns to what the cells do: a
// column that can be left out fills the field that is named first, and no other.
func TestTheFieldOfAColumnIsTheOneItShows(t *testing.T) {
	t.Parallel()
	shows(t, campaigns)
	shows(t, identities)
	shows(t, attackers)
	shows(t, tags)
	shows(t, deckyPhases)
	shows(t, attributionStates)
	shows(t, observations)
	shows(t, behaviors)
	shows(t, intels)
	shows(t, intelReports)
	shows(t, fingerprintStates)
	shows(t, smtpTargets)
	shows(t, ruleStates)
	shows(t, canaryTokens)
	shows(t, canaryTriggers)
	shows(t, canaryBlobs)
}

func shows[T any](t *testing.T, of table[T]) {
	t.Helper()
	require.Empty(t, of.fields[0].shown, "the key of %s is always read", of.name)
	leftOut := 0
	for _, f := range of.fields {
		if f.shown == "" {
			continue
		}
		leftOut++
		var filled []string
		for _, stored := range []any{int64(1), "x", `["x"]`, `[{"iid": "x"}]`, `[1]`, `{"window": 1, "event_count": 1, "large_payload_count": 1}`, "2026-05-01 12:00:00", "stable", "clipped", "enabled"} {
			var row T
			takes(f.into(&row), stored)
			v := reflect.ValueOf(row)
			for i := range v.NumField() {
				if name := v.Type().Field(i).Name; !v.Field(i).IsZero() && !slices.Contains(filled, name) {
					filled = append(filled, name)
				}
			}
		}
		field, _, _ := strings.Cut(f.shown, "|") // links by the column follow
		require.Equal(t, []string{field}, filled, "%s.%s", of.name, f.column)
	}
	require.Positive(t, leftOut, of.name)
}
