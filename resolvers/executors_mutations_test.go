package resolvers_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/vektah/gqlparser/v2/ast"
	"pgregory.net/rapid"

	"decnetgraph/graph"
	"decnetgraph/storage"
)

// changes is how many random mutations both executors answer.
const changes = 200

// TestExecutorsChangeAlike sends random mutations to gqlgen's executor and to ours, each on a copy of the
// sample. What the database makes of its own is left out of the comparison.
func TestExecutorsChangeAlike(t *testing.T) {
	theirs, own := bothOn(t, sampleCopy(t), storage.Options{Write: true}).gqlgens, bothOn(t, sampleCopy(t), storage.Options{Write: true}).ours
	sample := onSample(t)
	known := namesOf(sample)
	mask := masker{start: time.Now().Add(-time.Second), known: map[string]bool{}}
	for _, uuid := range known.identities {
		mask.known[uuid] = true
	}
	schema := graph.NewExecutableSchema(graph.Config{}).Schema()
	generator := rapid.Custom(func(t *rapid.T) operation {
		d := document{t: t, schema: schema, wild: true}
		var fields strings.Builder
		for i := range rapid.IntRange(1, 4).Draw(t, "mutations") {
			fmt.Fprintf(&fields, " m%d: %s", i, d.mutation(known))
		}
		return d.operation("mutation", "{"+fields.String()+" }")
	})
	told, types := map[string]int{}, map[string]bool{}
	for i := range changes {
		o := generator.Example(i)
		want, have := answerOf(t, theirs, o), answerOf(t, own, o)
		wanted, had := mask.masked(t, want.Data), mask.masked(t, have.Data)
		if at := firstDifference(wanted, had); at >= 0 {
			t.Fatalf("document %d: data differ:\n%s\n%s\n%.3000s\n%v", i, around(wanted, at), around(had, at), o.Query, o.Variables)
		}
		requireSameErrors(t, want, have, o)
		for _, sign := range regexp.MustCompile(`"(?:o|c)":"([A-Z_]+)"`).FindAllStringSubmatch(have.Data, -1) {
			told[sign[1]]++
		}
		for _, name := range typenames.FindAllStringSubmatch(have.Data, -1) {
			types[name[1]] = true
		}
	}
	t.Logf("%d documents told %v", changes, told)
	for _, sign := range []string{"INSERTED", "DUPLICATE", "BELOW_FLOOR", "REJECTED", "UPDATED", "NOT_FOUND", "CONFLICT", "INVALID"} {
		require.NotZero(t, told[sign], sign)
	}
	for _, definition := range schema.Types {
		if definition.Kind == ast.Object && ofPayload(definition.Name) {
			require.True(t, types[definition.Name], "no document met %s", definition.Name)
		}
	}
}

// names are keys of rows.
type names struct{ campaigns, identities, attackers []string }

func namesOf(a *api) names {
	const rows = `(first: 200) { pageInfo { hasNextPage } nodes { uuid } }`
	found := a.ask(`{ campaigns(first: 200, includeMerged: true) { nodes { uuid } } attackers` + rows +
		` identities(first: 200, includeMerged: true) { pageInfo { hasNextPage } nodes { uuid } } }`)
	require.Equal(a.t, false, at(found, "identities", "pageInfo", "hasNextPage"), "a new identity must be told from all")
	keys := func(list string) []string {
		var uuids []string
		for _, uuid := range each(at(found, list, "nodes"), "uuid") {
			uuids = append(uuids, uuid.(string))
		}
		slices.Sort(uuids)
		return uuids
	}
	return names{keys("campaigns"), keys("identities"), keys("attackers")}
}

// mutation draws a field of the root of mutations with its selection.
func (d *document) mutation(known names) string {
	nobody := "00000000000000000000000000000000"
	one := func(uuids []string) string {
		if d.chance("nobody", 6) {
			return nobody
		}
		return rapid.SampledFrom(uuids[:min(4, len(uuids))]).Draw(d.t, "row")
	}
	notes := func(uuids []string) map[string]any {
		input := map[string]any{"uuid": one(uuids), "notes": rapid.SampledFrom([]any{nil, "", "seen", "\xc3\xa9 \"\\\n😀", strings.Repeat("long ", 20_000)}).Draw(d.t, "notes")}
		if d.chance("written since", 4) {
			input["expectedUpdatedAt"] = "2001-01-01T00:00:00Z"
		}
		if d.chance("another revision", 6) {
			input["expectedRevision"] = "none"
		}
		return input
	}
	rule := func() string { return fmt.Sprintf("R%d", rapid.IntRange(0, 3).Draw(d.t, "rule")) }
	name := rapid.SampledFrom([]string{
		"setCampaignNotes", "setIdentityNotes", "setRuleState", "clearRuleState", "insertTags", "ensureStubIdentity", "upsertAttributionStates",
	}).Draw(d.t, "mutation")
	input := map[string]any{}
	switch name {
	case "setCampaignNotes":
		input = notes(known.campaigns)
	case "setIdentityNotes":
		input = notes(known.identities)
	case "setRuleState":
		input["ruleId"], input["state"] = rule(), rapid.SampledFrom([]string{"ENABLED", "DISABLED", "CLIPPED"}).Draw(d.t, "state")
		if rapid.Bool().Draw(d.t, "clipped") {
			input["confidenceMax"] = rapid.SampledFrom([]float64{0.5, 2}).Draw(d.t, "at most")
		}
	case "clearRuleState":
		input["ruleId"] = rule()
	case "insertTags":
		var tags []any
		for range rapid.IntRange(0, 3).Draw(d.t, "tags") {
			tag := newTag(one(known.attackers), rapid.IntRange(0, 20).Draw(d.t, "event"))
			tag["confidence"] = rapid.SampledFrom([]float64{0.01, 0.75, 0.75, 0.75, 7}).Draw(d.t, "confidence")
			tag["createdAt"] = "2026-01-01T00:00:00Z"
			tag["tacticId"] = rapid.SampledFrom([]string{"TA0006", "credential-access"}).Draw(d.t, "tactic")
			tags = append(tags, tag)
		}
		input["tags"] = append([]any{}, tags...)
		input["strict"] = d.chance("strict", 6)
	case "ensureStubIdentity":
		input["attackerUuid"] = one(known.attackers)
	case "upsertAttributionStates":
		var states []any
		for range rapid.IntRange(1, 3).Draw(d.t, "states") {
			states = append(states, map[string]any{
				"identityUuid": one(known.identities), "primitive": "motor.keystroke_cadence", "currentValue": map[string]any{"a": 1},
				"state": "STABLE", "confidence": rapid.SampledFrom([]float64{0.5, 0.9, 3}).Draw(d.t, "confidence"), "observationCount": 3,
				"lastChangeAt": "2026-01-01T00:00:00Z", "lastObservationAt": "2026-01-02T00:00:00Z",
			})
		}
		input["states"] = states
	}
	field := d.schema.Mutation.Fields.ForName(name)
	payload := d.schema.Types[field.Type.Name()]
	kind := field.Arguments.ForName("input").Type.String()
	results := ""
	if payload.Fields.ForName("results") != nil {
		results = " results { __typename o: outcome reason }"
	}
	return name + "(input: " + d.variable(kind, input) + ") { __typename userErrors { __typename c: code message path }" + results + d.selection(payload, 3) + " }"
}

// masker hides what a database makes of its own: instants of now, keys of new identities, and what
// tells of them without being read by people.
type masker struct {
	start time.Time
	known map[string]bool
}

var (
	minted  = regexp.MustCompile(`^[0-9a-f]{32}$`)
	version = regexp.MustCompile(`^[0-9A-Za-z_-]{20}$`)
)

// masked is data without what may differ.
func (m masker) masked(t *testing.T, data string) string {
	t.Helper()
	var value any
	require.NoError(t, json.Unmarshal([]byte(data), &value))
	text, err := json.MarshalIndent(m.value(value), "", " ")
	require.NoError(t, err)
	return string(text)
}

func (m masker) value(value any) any {
	switch v := value.(type) {
	case map[string]any:
		for name, member := range v {
			v[name] = m.value(member)
		}
	case []any:
		for i, element := range v {
			v[i] = m.value(element)
		}
	case string:
		at, err := time.Parse(time.RFC3339Nano, v)
		content, notOpaque := base64.RawURLEncoding.DecodeString(v)
		switch {
		case err == nil && at.After(m.start):
			return "now"
		case minted.MatchString(v) && !m.known[v]:
			return "a new identity"
		case version.MatchString(v):
			return "a revision"
		case notOpaque == nil && bytes.ContainsAny(content, `:[`):
			return "a cursor or an id"
		}
	}
	return value
}
