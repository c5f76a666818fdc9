package export_test

import (
	"bytes"
	"encoding/json"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"decnetgraph/attack"
	"decnetgraph/export"
	"decnetgraph/graph"
	"decnetgraph/graph/model"
	"decnetgraph/storage"
)

const leastTag = `{"sourceKind": "command", "sourceId": "cmd_42", "attackerUuid": "76e99afd-d579-44c9-8777-b54b2790ae2c", "tacticId": "TA0007",
	"techniqueId": "T1083", "confidence": 0.9, "ruleId": "R0014", "ruleVersion": 2, "evidence": {"n": 1.50}}`

// altered is leastTag with some members set, or left out where the text is empty.
func altered(t *testing.T, pairs ...string) []byte {
	t.Helper()
	var members map[string]json.RawMessage
	require.NoError(t, json.Unmarshal([]byte(leastTag), &members))
	for n := 0; n < len(pairs); n += 2 {
		if members[pairs[n]] = json.RawMessage(pairs[n+1]); pairs[n+1] == "" {
			delete(members, pairs[n])
		}
	}
	line, err := json.Marshal(members)
	require.NoError(t, err)
	return line
}

// parse reads a tag as insert-tags does without --strict.
func parse(object []byte) storage.NewTag {
	return export.ParseTag(object, model.TagReader{Catalogue: attack.Default(), Now: time.Now()})
}

func TestParseTagReadsALine(t *testing.T) {
	tag := parse([]byte(leastTag))
	require.Empty(t, tag.Problem)
	require.Equal(t, "v15.1", tag.AttackRelease)
	require.JSONEq(t, `{"n": 1.50}`, string(tag.Evidence))
	require.Contains(t, string(tag.Evidence), "1.50", "numbers keep their digits")
	require.Nil(t, tag.CreatedAt)
	for _, more := range [][]string{
		{"id", `"x"`, "cursor", `"y"`, "uuid", `"9aa491e5-f03b-5d8f-9eb5-161becedcdd6"`},
		{"sessionId", "null", "createdAt", `"2026-05-01T07:21:37.5+02:00"`},
		{"evidence", "null"},
		{"evidence", ""},
		{"subTechniqueId", `"T1083.001"`},
		{"subTechniqueId", `""`},
		{"confidence", "1e999"}, // for storage to reject
	} {
		require.Empty(t, parse(altered(t, more...)).Problem, more)
	}
}

func TestParseTagExplainsInvalidLines(t *testing.T) {
	for says, line := range map[string][]byte{
		"not JSON": []byte(`{"sourceKind": "comm`), "not valid UTF-8": []byte("{\"sourceKind\": \"\xff\"}"),
		"not a JSON object": []byte(`[1]`), "confidence is missing": []byte(`{}`),
		`"colour" is not a field`: altered(t, "colour", `"red"`), "uuid is": altered(t, "uuid", `"79084f41-98f9-59b1-9690-3ea972559e88"`), "uuid is 7,": altered(t, "uuid", "7"),
		"ruleVersion: 1.5 is not a whole number": altered(t, "ruleVersion", `1.5`), "ruleVersion: 3000000000 is not": altered(t, "ruleVersion", `3000000000`),
		`confidence: "0.5" is not a number`: altered(t, "confidence", `"0.5"`), `techniqueId: "1083" is not`: altered(t, "techniqueId", `"1083"`),
		`createdAt: "yesterday" is not`: altered(t, "createdAt", `"yesterday"`), "attackerUuid: the value is not": altered(t, "attackerUuid", `7`),
		"decky: a list is not a text": altered(t, "decky", `["a"]`), "sessionId: an object is not a text": altered(t, "sessionId", `{}`),
		`"SourceKind" is not a field`: altered(t, "SourceKind", `"x"`), "sourceId: true is not a text": altered(t, "sourceId", "true"),
		"ruleId is given more than once":   bytes.Replace([]byte(leastTag), []byte(`{`), []byte(`{"ruleId": "R1", "ruleId": "R2", `), 1),
		"evidence is given more than once": bytes.Replace([]byte(leastTag), []byte(`{`), []byte(`{"evidence": {}, `), 1),
	} {
		require.Contains(t, parse(line).Problem, says)
	}
}

func TestParseTagRefusesAKeyOfOtherFieldsOnlyIfTheFieldsAreSound(t *testing.T) {
	require.Contains(t, parse(altered(t, "uuid", `"x"`, "confidence", `"high"`)).Problem, "confidence")
}

// TestALineHasTheFieldsOfTheInput compares the reader of lines with the schema's TagInput and with what
// is exported.
func TestALineHasTheFieldsOfTheInput(t *testing.T) {
	schema := graph.NewExecutableSchema(graph.Config{}).Schema()
	input := schema.Types["TagInput"]
	for _, field := range input.Fields {
		require.False(t, field.Type.NonNull, "null rejects a row, not the request: %s", field.Name)
		problem := parse(altered(t, field.Name, `{"no": "scalar"}`)).Problem
		if field.Name == "evidence" {
			require.Empty(t, problem)
			continue
		}
		require.Contains(t, problem, field.Name+": ")
	}
	require.Equal(t, model.DefaultRelease, input.Fields.ForName("attackRelease").DefaultValue.Raw)
	require.Len(t, input.Fields, reflect.TypeFor[model.TagInput]().NumField())
	document, err := os.ReadFile("documents/tags.graphql")
	require.NoError(t, err)
	_, selection, _ := strings.Cut(string(document), "node {")
	selection, _, _ = strings.Cut(selection, "}")
	for name := range strings.FieldsSeq(selection) {
		require.NotContains(t, parse(altered(t, name, `"T1083"`)).Problem, "not a field", name)
	}
}
