package golden_test

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"

	"github.com/stretchr/testify/require"

	"decnetgraph/attack"
)

// goldenRollup is a row of any technique rollup; each scope adds its own columns.
var goldenRollup = goldenSame("technique_id", "techniqueId", "sub_technique_id", "subTechniqueId", "tactic", "tacticId", "count", "count").with(
	goldenCol("last_seen", "lastSeen", goldenInstant),
	goldenCol("technique_name", "technique.name", goldenName("technique_id")),
	goldenCol("sub_technique_name", "subTechnique.name", goldenName("sub_technique_id")),
	goldenCol("mitre_url", "technique.url", func(_ *goldenRun, _ any, row goldenRow) any {
		return attack.TechniqueURL(row["technique_id"].(string))
	}),
)

var goldenSpans = goldenRollup.with(goldenCol("first_seen", "firstSeen", goldenInstant), goldenCol("confidence_max", "confidenceMax", goldenReal))

// goldenName expects the catalogue's name: DECNET had no bundle loaded when it answered.
func goldenName(number string) goldenWant {
	return func(r *goldenRun, value any, row goldenRow) any {
		require.Nil(r.t, value)
		id, ok := row[number].(string)
		if !ok {
			return nil
		}
		known, ok := attack.Default().Technique(id)
		if !ok {
			return nil
		}
		r.differs("names")
		return known.Name
	}
}

func (r *goldenRun) fleetTechniques() {
	var golden []any
	r.load(&golden)
	answer := r.ask("{ literal: techniques(membership: LITERAL) { "+goldenRollup.selection()+" } resolved: techniques { "+goldenRollup.selection()+" } }", nil)
	r.sameRollup("the fleet", goldenRollup, golden, answer["literal"])
	require.Equal(r.t, answer["literal"], answer["resolved"], "no merge changes the fleet")
	for range golden {
		r.answered()
	}
}

func (r *goldenRun) attackerTechniques() { r.techniques("Attacker", goldenSpans) }

func (r *goldenRun) identityTechniques() { r.techniques("Identity", goldenSpans) }

func (r *goldenRun) sessionTechniques() { r.techniques("Session", goldenSpans) }

func (r *goldenRun) campaignTechniques() {
	r.techniques("Campaign", goldenRollup.with(goldenCol("identity_count", "identityCount")))
}

// techniques compares the rollups of many rows of one kind.
func (r *goldenRun) techniques(kind string, s goldenShape) {
	var golden goldenRow
	r.load(&golden)
	selection := "techniques(membership: LITERAL) { " + s.selection() + " }"
	ours := r.nodes(kind, goldenKeys(golden), selection)
	if kind == "Attacker" || kind == "Session" {
		const counts = "techniques(membership: LITERAL) { techniqueId subTechniqueId count }"
		literal := r.nodes(kind, goldenKeys(golden), counts)
		require.Equal(r.t, literal, r.nodes(kind, goldenKeys(golden), strings.Replace(counts, "(membership: LITERAL)", "", 1)),
			"no merge changes the tags of an attacker or a session")
		if kind == "Session" {
			for key, session := range r.lookups(`session(id: %q)`, kind, goldenKeys(golden), counts) {
				object, _ := session.(goldenRow)
				require.Equal(r.t, literal[key], object, "the same session by either way")
			}
		}
	}
	for key, rows := range golden {
		if ours[key] == nil {
			r.differs("unknown owner")
			require.Empty(r.t, rows, key)
		} else {
			r.sameRollup(kind+" "+key, s, rows.([]any), ours[key]["techniques"])
		}
		r.answered()
	}
}

// sameRollup compares a rollup, for which DECNET has no order, and checks that ours has the order
// that the schema promises.
func (r *goldenRun) sameRollup(what string, s goldenShape, golden []any, answer any) {
	r.t.Helper()
	ours := answer.([]any)
	require.Len(r.t, ours, len(golden), what)
	r.sameRows(what, s, "", []string{"technique_id", "sub_technique_id"}, golden, ours, 0)
	r.differs("total order")
	require.True(r.t, slices.IsSortedFunc(ours, func(a, b any) int {
		first, second := a.(goldenRow), b.(goldenRow)
		sub := func(row goldenRow) string { text, _ := row["subTechniqueId"].(string); return text }
		return cmp.Or(
			cmp.Compare(goldenCount(second), goldenCount(first)),
			cmp.Compare(first["techniqueId"].(string), second["techniqueId"].(string)),
			cmp.Compare(sub(first), sub(second)))
	}), what)
}

func goldenCount(row goldenRow) int64 { return goldenNumber(row["count"]) }

func goldenNumber(value any) int64 {
	n, _ := value.(json.Number).Int64()
	return n
}
