package export_test

import (
	"encoding/json"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"decnetgraph/export"
	"decnetgraph/graph"
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

func TestParseTagReadsALine(t *testing.T) {
	tag, err := export.ParseTag([]byte(leastTag))
	require.NoError(t, err)
	require.Equal(t, "v15.1", tag.AttackRelease)
	require.JSONEq(t, `{"n": 1.50}`, string(tag.Evidence))
	require.Contains(t, string(tag.Evidence), "1.50", "numbers keep their digits")
	require.Nil(t, tag.CreatedAt)
	for _, more := range [][]string{
		{"id", `"x"`, "cursor", `"y"`, "uuid", `"9aa491e5-f03b-5d8f-9eb5-161becedcdd6"`},
		{"sessionId", "null", "createdAt", `"2026-05-01T07:21:37.5+02:00"`},
		{"evidence", "null"},
		{"subTechniqueId", `"T1083.001"`},
	} {
		_, err := export.ParseTag(altered(t, more...))
		require.NoError(t, err, more)
	}
}

func TestParseTagExplainsInvalidLines(t *testing.T) {
	for says, line := range map[string][]byte{
		"not JSON": []byte(`{"sourceKind": "comm`), "not valid UTF-8": []byte("{\"sourceKind\": \"\xff\"}"),
		"one half of a character": []byte(`{"sourceKind": "\ud800"}`), "not a JSON object": []byte(`[1]`), "is missing": []byte(`{}`),
		"colour is not a field": altered(t, "colour", `"red"`), "uuid is": altered(t, "uuid", `"79084f41-98f9-59b1-9690-3ea972559e88"`),
		"evidence is missing": altered(t, "evidence", ""), "sourceId is missing": altered(t, "sourceId", "null"), "ruleVersion cannot be read": altered(t, "ruleVersion", `1.5`),
		"confidence cannot be read": altered(t, "confidence", `"0.5"`), "techniqueId cannot be read": altered(t, "techniqueId", `"1083"`),
		"createdAt cannot be read": altered(t, "createdAt", `"yesterday"`), "attackerUuid cannot be read": altered(t, "attackerUuid", `7`),
		"attackRelease is missing": altered(t, "attackRelease", `null`), "decky cannot be read": altered(t, "decky", `["a"]`), "SourceKind is not a field": altered(t, "SourceKind", `"x"`),
	} {
		_, err := export.ParseTag(line)
		require.ErrorContains(t, err, says)
	}
}

// TestALineHasTheFieldsOfTheInput compares the reader of lines with the schema's TagInput and with what
// is exported.
func TestALineHasTheFieldsOfTheInput(t *testing.T) {
	schema := graph.NewExecutableSchema(graph.Config{}).Schema()
	input := schema.Types["TagInput"]
	for _, field := range input.Fields {
		line := altered(t, field.Name, `{"no": "scalar"}`)
		if _, err := export.ParseTag(line); err != nil {
			require.NotContains(t, err.Error(), "not a field", field.Name)
		} else {
			require.Equal(t, "evidence", field.Name)
		}
		if field.Type.NonNull && field.DefaultValue == nil {
			_, err := export.ParseTag(altered(t, field.Name, ""))
			require.ErrorContains(t, err, field.Name+" is missing")
		}
	}
	require.Equal(t, export.DefaultRelease, input.Fields.ForName("attackRelease").DefaultValue.Raw)
	require.Len(t, input.Fields, reflect.TypeFor[storage.NewTag]().NumField())
	document, err := os.ReadFile("documents/tags.graphql")
	require.NoError(t, err)
	_, selection, _ := strings.Cut(string(document), "node {")
	selection, _, _ = strings.Cut(selection, "}")
	for name := range strings.FieldsSeq(selection) {
		_, err := export.ParseTag(altered(t, name, `"T1083"`))
		if err != nil {
			require.NotContains(t, err.Error(), "not a field", name)
		}
	}
}
