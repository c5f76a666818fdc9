package golden_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/stretchr/testify/require"

	"decnetgraph/resolvers"
)

// Observations as DECNET's four reads of them give them.
var (
	goldenLatest = goldenSame("value", "value", "source", "source").with(
		goldenCol("confidence", "confidence", goldenReal), goldenCol("ts", "at", goldenEpoch))
	goldenPoint  = goldenSame("value", "value").with(goldenCol("confidence", "confidence", goldenReal), goldenCol("ts", "at", goldenEpoch))
	goldenWindow = goldenSame(
		"primitive", "primitive", "value", "value", "source", "source", "evidence_ref", "evidenceRef", "identity_ref", "identityRef",
	).with(
		goldenCol("confidence", "confidence", goldenReal),
		goldenCol("start_ts", "windowStart", goldenEpoch), goldenCol("end_ts", "windowEnd", goldenEpoch))
	goldenState = goldenSame(
		"identity_uuid", "identityUuid", "primitive", "primitive", "current_value", "currentValue",
		"observation_count", "observationCount", "schema_version", "schemaVersion",
	).with(
		goldenCol("state", "state", func(r *goldenRun, value any, _ goldenRow) any {
			r.differs("verdicts")
			return strings.ToUpper(value.(string))
		}),
		goldenCol("confidence", "confidence", goldenReal), goldenCol("last_change_ts", "lastChangeAt", goldenEpoch),
		goldenCol("last_observation_ts", "lastObservationAt", goldenEpoch), goldenCol("updated_at", "updatedAt", goldenInstant),
	)
)

func (r *goldenRun) latestObservations() {
	var golden map[string]map[string]any
	r.load(&golden)
	ours := r.nodes("Attacker", goldenKeys(golden), "observations { primitive "+goldenLatest.selection()+" }")
	for key, behaviours := range golden {
		var names []string
		for _, row := range ours[key]["observations"].([]any) {
			name := row.(goldenRow)["primitive"].(string)
			names = append(names, name)
			r.sameRow(name+" of "+key, goldenLatest, behaviours[name], row)
		}
		require.Equal(r.t, goldenKeys(behaviours), append([]string(nil), names...), "behaviours of %s in order", key)
		r.answered()
	}
}

// goldenSeries is DECNET's answer for one behaviour of one attacker.
type goldenSeries struct {
	AttackerUUID string `json:"attacker_uuid"`
	Primitive    string
	Rows         []any
}

func (r *goldenRun) observationSeries() {
	var golden []goldenSeries
	r.load(&golden)
	for _, g := range golden {
		list := goldenList{
			kind: "Attacker", key: g.AttackerUUID, field: "observationSeries",
			arguments: fmt.Sprintf("primitive: %q", g.Primitive), rows: goldenPoint,
		}
		ours, ok := r.walk(list, 2)
		require.True(r.t, ok)
		require.Len(r.t, ours.rows, len(g.Rows))
		r.sameRows(g.Primitive+" of "+g.AttackerUUID, goldenPoint, "ts", []string{"ts", "value", "confidence"}, g.Rows, ours.rows, 0)
		r.answered()
	}
}

// attackerObservations: DECNET lists all behaviours together; we ask for each of them.
func (r *goldenRun) attackerObservations() {
	var golden map[string][]goldenRow
	r.load(&golden)
	var behaviours []string
	for _, rows := range golden {
		for _, row := range rows {
			maps.Copy(row, row["window"].(goldenRow))
			delete(row, "window")
			if _, named := row["identity_ref"]; !named {
				row["identity_ref"] = nil
			}
			if !slices.Contains(behaviours, row["primitive"].(string)) {
				behaviours = append(behaviours, row["primitive"].(string))
			}
		}
	}
	var selection strings.Builder
	for i, name := range behaviours {
		fmt.Fprintf(&selection, "s%d: observationSeries(first: %d, primitive: %q) { nodes { at %s } } ", i, resolvers.MaxPage, name, goldenWindow.selection())
	}
	ours := r.nodes("Attacker", goldenKeys(golden), selection.String())
	for key, rows := range golden {
		var all []any
		for i := range behaviours {
			series := ours[key][fmt.Sprintf("s%d", i)].(goldenRow)["nodes"].([]any)
			require.True(r.t, slices.IsSortedFunc(series, goldenByTime("at")), key)
			all = append(all, series...)
		}
		slices.SortStableFunc(all, goldenByTime("windowEnd"))
		require.Len(r.t, all, len(rows), key)
		list := make([]any, len(rows))
		for i, row := range rows {
			list[i] = row
		}
		r.differs("one behaviour at a time")
		r.sameRows("observations of "+key, goldenWindow, "end_ts", []string{"evidence_ref", "primitive"}, list, all, 0)
		r.answered()
	}
}

func goldenByTime(field string) func(a, b any) int {
	return func(a, b any) int {
		return strings.Compare(goldenTimeText(a.(goldenRow)[field]), goldenTimeText(b.(goldenRow)[field]))
	}
}

// goldenTimeText writes an instant so that the order of texts is that of time.
func goldenTimeText(value any) string {
	text := strings.TrimSuffix(value.(string), "Z")
	if !strings.Contains(text, ".") {
		text += ".000000"
	}
	return text
}

func (r *goldenRun) attributionStates() {
	var golden goldenRow
	r.load(&golden)
	ours := r.nodes("Identity", goldenKeys(golden), "attributionStates(membership: LITERAL) { "+goldenState.selection()+" }")
	for key, rows := range golden {
		states := ours[key]["attributionStates"].([]any)
		require.Len(r.t, states, len(rows.([]any)), key)
		for i, row := range rows.([]any) { // DECNET orders them by behaviour
			r.sameRow("attribution of "+key, goldenState, row, states[i])
		}
		r.answered()
	}
}

func (r *goldenRun) multiActorIdentities() {
	var golden []any
	r.load(&golden)
	s := goldenSame("identity_uuid", "identityUuid", "primitives", "primitives")
	ours, _ := r.walk(goldenList{field: "multiActorIdentities", rows: s}, 3)
	require.Len(r.t, ours.rows, len(golden))
	for i, row := range golden {
		r.sameRow("multi-actor identity", s, row, ours.rows[i])
		r.answered()
	}
}
