package resolvers_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"decnetgraph/attack"
	"decnetgraph/export"
	"decnetgraph/graph/model"
	"decnetgraph/httpapi"
	"decnetgraph/resolvers"
	"decnetgraph/resolvers/resolverstest"
	"decnetgraph/storage"
)

// twoWays takes tags by insertTags and by insert-tags, each on a copy of the sample.
type twoWays struct {
	handler  http.Handler
	mutated  *storage.Store // below the handler
	store    *storage.Store // below insert-tags
	attacker string
}

func newTwoWays(tb testing.TB) *twoWays {
	tb.Helper()
	limits, err := resolvers.Limits{Timeout: time.Minute}.Verify()
	require.NoError(tb, err)
	resolver := resolverstest.Open(tb, resolverstest.CopySample(tb), storage.Options{Write: true})
	w := &twoWays{
		handler: resolverstest.AsLocal(httpapi.NewHandler(resolvers.NewExecutor(resolver, limits, slog.New(slog.DiscardHandler)), limits)),
		mutated: resolver.Store, store: resolverstest.Open(tb, resolverstest.CopySample(tb), storage.Options{Write: true}).Store,
	}
	w.attacker = at(w.post(tb, `{"query": "{ attackers(first: 1) { nodes { uuid } } }"}`).Data, "attackers", "nodes", 0, "uuid").(string)
	return w
}

func (w *twoWays) post(t require.TestingT, body string) (answer response) {
	request := httptest.NewRequest(http.MethodPost, "/graphql", strings.NewReader(body))
	request.Header.Set("Content-Type", "application/json")
	recorder := httptest.NewRecorder()
	w.handler.ServeHTTP(recorder, request)
	require.NoError(t, json.Unmarshal(recorder.Body.Bytes(), &answer), "not JSON: %s", recorder.Body)
	return answer
}

// decision is what became of a row.
type decision struct {
	UUID            *string
	Outcome, Reason string
	Warnings        []string
	Evidence        string // of the tag that is now stored
}

// row makes the JSON of a sound row, with the text of some members replaced, or left out where it is empty.
func (w *twoWays) row(pairs ...string) string {
	members := map[string]string{
		"sourceKind": `"command"`, "sourceId": `"row"`, "attackerUuid": `"` + w.attacker + `"`, "tacticId": `"TA0006"`, "techniqueId": `"T1110"`,
		"confidence": "0.75", "ruleId": `"R9001"`, "ruleVersion": "1", "evidence": "{}",
	}
	for i := 0; i < len(pairs); i += 2 {
		members[pairs[i]] = pairs[i+1]
	}
	var row strings.Builder
	for name, text := range members {
		if text != "" {
			fmt.Fprintf(&row, ", %q: %s", name, text)
		}
	}
	return "{" + row.String()[2:] + "}"
}

// byMutation inserts a row by insertTags. refused is the message if the request failed.
func (w *twoWays) byMutation(t require.TestingT, row string, strict bool) (d decision, refused string) {
	const query = `mutation ($tags: [TagInput]!, $strict: Boolean!) { insertTags(input: {tags: $tags, strict: $strict}) {
		results { uuid outcome reason warnings { code } tag { evidence } } } }`
	text, err := json.Marshal(query)
	require.NoError(t, err)
	answer := w.post(t, fmt.Sprintf(`{"query": %s, "variables": {"strict": %v, "tags": [%s]}}`, text, strict, row))
	if len(answer.Errors) > 0 {
		require.Equal(t, "BAD_USER_INPUT", answer.Errors[0].Extensions["code"], answer.Errors[0].Message)
		return d, answer.Errors[0].Message
	}
	result := at(answer.Data, "insertTags", "results", 0).(map[string]any)
	if uuid, ok := result["uuid"].(string); ok {
		d.UUID = &uuid
	}
	d.Outcome = result["outcome"].(string)
	d.Reason, _ = result["reason"].(string)
	for _, warning := range result["warnings"].([]any) {
		d.Warnings = append(d.Warnings, at(warning, "code").(string))
	}
	if d.UUID != nil {
		d.Evidence = w.evidence(t, w.mutated, *d.UUID)
	}
	return d, ""
}

// byCommand inserts a row as insert-tags does.
func (w *twoWays) byCommand(t require.TestingT, row string, strict bool) (d decision) {
	tag := export.ParseTag([]byte(row), model.TagReader{Catalogue: attack.Default(), Strict: strict, Now: time.Now()})
	results, err := w.store.InsertTags(context.Background(), []storage.NewTag{tag})
	require.NoError(t, err)
	d.UUID, d.Outcome = results[0].Key(), string(results[0].Outcome)
	if results[0].Reason != nil {
		d.Reason = *results[0].Reason
	}
	for _, warning := range results[0].Warnings {
		d.Warnings = append(d.Warnings, string(warning.Code))
	}
	if d.UUID != nil {
		d.Evidence = w.evidence(t, w.store, *d.UUID)
	}
	return d
}

// evidence reads the evidence of a tag with its numbers as stored; empty if there is no such tag.
func (w *twoWays) evidence(t require.TestingT, store *storage.Store, uuid string) string {
	found, err := store.Tags(context.Background(), []string{uuid})
	require.NoError(t, err)
	if found[uuid] == nil {
		return ""
	}
	decoder := json.NewDecoder(strings.NewReader(string(found[uuid].Evidence)))
	decoder.UseNumber()
	var value any
	require.NoError(t, decoder.Decode(&value))
	text, err := json.Marshal(value)
	require.NoError(t, err)
	return string(text)
}

func TestCommandAndMutationDecideAlikeAboutEachRow(t *testing.T) {
	w := newTwoWays(t)
	const half = "has an escape for one half of a character"
	for fact, c := range map[string]struct {
		row      string
		outcome  string
		says     string // a part of the reason
		warnings string
		evidence string
	}{
		"sound":                             {w.row("sourceId", `"1"`), "INSERTED", "", "", "{}"},
		"a confidence beyond any double":    {w.row("confidence", "1e999"), "REJECTED", "the confidence is not a number from 0 to 1", "", ""},
		"one below any double":              {w.row("confidence", "-1e999"), "REJECTED", "the confidence is not a number from 0 to 1", "", ""},
		"a tiny confidence":                 {w.row("confidence", "1e-999"), "BELOW_FLOOR", "", "", ""},
		"a confidence over 1":               {w.row("confidence", "1.00001"), "REJECTED", "the confidence is not", "", ""},
		"a confidence of 0.3":               {w.row("confidence", "3e-1", "sourceId", `"2"`), "INSERTED", "", "", "{}"},
		"no confidence":                     {w.row("confidence", ""), "REJECTED", "confidence is missing", "", ""},
		"a confidence that is null":         {w.row("confidence", "null"), "REJECTED", "confidence is missing", "", ""},
		"a confidence that is a text":       {w.row("confidence", `"0.5"`), "REJECTED", `confidence: "0.5" is not a number`, "", ""},
		"a confidence that is a list":       {w.row("confidence", `[0.5]`), "REJECTED", `confidence: a list is not a number`, "", ""},
		"a confidence that is given twice":  {w.row("confidence", `0.5, "confidence": 0.9`), "REJECTED", "confidence is given more than once", "", ""},
		"a version that is not whole":       {w.row("ruleVersion", "1.5"), "REJECTED", "ruleVersion: 1.5 is not a whole number", "", ""},
		"a version that is written as such": {w.row("ruleVersion", "2.0"), "REJECTED", "ruleVersion: 2.0 is not a whole number", "", ""},
		"a version over 32 bits":            {w.row("ruleVersion", "3000000000"), "REJECTED", "ruleVersion: 3000000000 is not", "", ""},
		"a version below 1":                 {w.row("ruleVersion", "0"), "REJECTED", "the rule version is not a number from 1", "", ""},
		"a version that is a text":          {w.row("ruleVersion", `"2"`), "REJECTED", `ruleVersion: "2" is not`, "", ""},
		"an empty sub-technique":            {w.row("subTechniqueId", `""`, "sourceId", `"3"`), "INSERTED", "", "", "{}"},
		"evidence that is null":             {w.row("evidence", "null", "sourceId", `"4"`), "INSERTED", "", "", "null"},
		"no evidence":                       {w.row("evidence", "", "sourceId", `"5"`), "INSERTED", "", "", "null"},
		"evidence that is a list":           {w.row("evidence", "[]"), "REJECTED", "the evidence is not an object", "", ""},
		"numbers with their digits": {
			w.row("sourceId", `"6"`, "evidence", `{"a": [1.0, 1e2, 12345678901234567890, 0.1000, -0, 1E+2, 0.30000000000000000001]}`), "INSERTED", "", "",
			`{"a":[1.0,1e2,12345678901234567890,0.1000,-0,1E+2,0.30000000000000000001]}`,
		},
		"a number that no double holds":     {w.row("evidence", `{"a": 1E400}`), "REJECTED", "the evidence has a number that is too large", "", ""},
		"a name twice in evidence":          {w.row("evidence", `{"a": 1, "b": {"c": 1, "\u0063": 2}}`), "REJECTED", "the evidence has the same name twice in one object", "", ""},
		"half of a pair in evidence":        {w.row("evidence", `{"a": "\ud800"}`), "REJECTED", "the evidence " + half, "", ""},
		"half of a pair in a name":          {w.row("evidence", `{"\udc00": 1}`), "REJECTED", "the evidence " + half, "", ""},
		"both halves":                       {w.row("evidence", `{"a": "\ud83d\udd11 \u0000 <&>"}`, "sourceId", `"7"`), "INSERTED", "", "", `{"a":"🔑 \u0000 \u003c\u0026\u003e"}`},
		"evidence of escapes":               {w.row("evidence", `{"a": "`+strings.Repeat(`\u0041`, 1<<17)+`"}`, "sourceId", `"8"`), "INSERTED", "", "", `{"a":"` + strings.Repeat("A", 1<<17) + `"}`},
		"evidence of markup":                {w.row("evidence", `{"a": "`+strings.Repeat(`<`, 1<<18)+`"}`, "sourceId", `"9"`), "INSERTED", "", "", `{"a":"` + strings.Repeat(`\u003c`, 1<<18) + `"}`},
		"half of a pair":                    {w.row("sourceId", `"a\ud800"`), "REJECTED", "the source id is not valid UTF-8", "", ""},
		"a zero byte":                       {w.row("sourceId", `"a\u0000"`), "REJECTED", "the source id has a character U+0000", "", ""},
		"a long text":                       {w.row("decky", `"`+strings.Repeat("é", 256)+`"`), "REJECTED", "the decky is longer than 255 characters", "", ""},
		"a source that is null":             {w.row("sourceId", "null"), "REJECTED", "the source id is missing", "", ""},
		"an empty source":                   {w.row("sourceId", `""`), "REJECTED", "the source id is missing", "", ""},
		"a technique that is null":          {w.row("techniqueId", "null"), "REJECTED", "the technique id is missing", "", ""},
		"a malformed technique":             {w.row("techniqueId", `"t1110"`), "REJECTED", `techniqueId: "t1110" is not an ATT&CK technique number`, "", ""},
		"a technique with space":            {w.row("techniqueId", `"T1110 "`), "REJECTED", `techniqueId: "T1110 " is not`, "", ""},
		"a malformed sub-technique":         {w.row("subTechniqueId", `"T1110.1"`), "REJECTED", `subTechniqueId: "T1110.1" is not`, "", ""},
		"a malformed attacker":              {w.row("attackerUuid", `"xyz"`), "REJECTED", `attackerUuid: "xyz" is not a UUID`, "", ""},
		"an empty attacker":                 {w.row("attackerUuid", `""`), "REJECTED", `attackerUuid: "" is not a UUID`, "", ""},
		"no attacker":                       {w.row("attackerUuid", "null"), "REJECTED", "the tag names neither an attacker nor an identity", "", ""},
		"an unknown attacker":               {w.row("attackerUuid", `"`+unknownUUID+`"`), "REJECTED", "there is no attacker", "", ""},
		"a malformed instant":               {w.row("createdAt", `"yesterday"`), "REJECTED", `createdAt: "yesterday" is not an RFC 3339 instant`, "", ""},
		"an instant before the year 1":      {w.row("createdAt", `"0000-12-31T23:59:59Z"`), "REJECTED", "not within the years 1000 to 9999", "", ""},
		"an instant whose zone leads there": {w.row("createdAt", `"9999-12-31T23:59:59-01:00"`), "REJECTED", "not within the years 1000 to 9999", "", ""},
		"a release that is null":            {w.row("attackRelease", "null"), "REJECTED", "the ATT&CK release is missing", "", ""},
		"a sub-technique as technique":      {w.row("techniqueId", `"T1110.001"`, "sourceId", `"10"`), "INSERTED", "", "SUB_TECHNIQUE_AS_TECHNIQUE", "{}"},
		"a pair that does not fit":          {w.row("subTechniqueId", `"T1059.004"`, "sourceId", `"11"`), "INSERTED", "", "SUB_TECHNIQUE_MISMATCH", "{}"},
		"a technique as sub-technique":      {w.row("subTechniqueId", `"T1110"`, "sourceId", `"12"`), "INSERTED", "", "SUB_TECHNIQUE_MISMATCH", "{}"},
		"the same sub-technique twice":      {w.row("techniqueId", `"T1110.001"`, "subTechniqueId", `"T1110.001"`, "sourceId", `"13"`), "INSERTED", "", "SUB_TECHNIQUE_AS_TECHNIQUE, SUB_TECHNIQUE_MISMATCH", "{}"},
		"a name of a tactic":                {w.row("tacticId", `"credential-access"`, "sourceId", `"14"`), "INSERTED", "", "TACTIC_MALFORMED", "{}"},
		"a tactic in lower case":            {w.row("tacticId", `"ta0006"`, "sourceId", `"15"`), "INSERTED", "", "TACTIC_MALFORMED", "{}"},
		"a tactic that ATT&CK has not":      {w.row("tacticId", `"TA9999"`, "sourceId", `"16"`), "INSERTED", "", "TACTIC_UNKNOWN", "{}"},
		"an instant ahead of now":           {w.row("createdAt", `"2999-01-01T00:00:00Z"`, "sourceId", `"17"`), "INSERTED", "", "CREATED_IN_FUTURE", "{}"},
		"an empty session":                  {w.row("sessionId", `""`, "decky", `""`, "sourceId", `"18"`), "INSERTED", "", "EMPTY_TEXT, EMPTY_TEXT", "{}"},
		"a warning below the floor":         {w.row("tacticId", `"x"`, "confidence", "0.1"), "BELOW_FLOOR", "", "TACTIC_MALFORMED", ""},
		"a technique that the catalogue has not, and a tactic of others": {w.row("techniqueId", `"T9999"`, "tacticId", `"TA0040"`, "sourceId", `"19"`), "INSERTED", "", "", "{}"},
	} {
		t.Run(fact, func(t *testing.T) {
			want := decision{Outcome: c.outcome, Evidence: c.evidence}
			command := w.byCommand(t, c.row, false)
			mutation, refused := w.byMutation(t, c.row, false)
			require.Empty(t, refused)
			require.Equal(t, command, mutation)
			require.Contains(t, command.Reason, c.says)
			require.Equal(t, c.outcome != "REJECTED", command.Reason == "")
			require.Equal(t, c.warnings, strings.Join(command.Warnings, ", "))
			require.Equal(t, want.Outcome, command.Outcome)
			require.Equal(t, want.Evidence, command.Evidence)
			if c.outcome == "INSERTED" {
				again, _ := w.byMutation(t, c.row, false)
				require.Equal(t, "DUPLICATE", again.Outcome)
			}
			strict := w.byCommand(t, c.row, true)
			mutation, refused = w.byMutation(t, c.row, true)
			require.Empty(t, refused)
			require.Equal(t, strict, mutation)
			require.Equal(t, c.outcome == "REJECTED" || c.warnings != "", strict.Outcome == "REJECTED")
			require.Empty(t, strict.Warnings)
		})
	}
	w.byCommand(t, w.row("subTechniqueId", `""`, "sourceId", `"3"`), false)
	require.Equal(t, "DUPLICATE", w.byCommand(t, w.row("sourceId", `"3"`), false).Outcome, "an empty sub-technique is none")
}

func TestARowThatIsNullIsRejectedByItself(t *testing.T) {
	w := newTwoWays(t)
	d, refused := w.byMutation(t, "null", false)
	require.Empty(t, refused)
	require.Equal(t, decision{Outcome: "REJECTED", Reason: "the row is null"}, d)
	answer := w.post(t, fmt.Sprintf(`{"query": "mutation ($tags: [TagInput]!) { insertTags(input: {tags: $tags}) { insertedCount rejectedCount results { outcome } } }", "variables": {"tags": [null, %s, {}, %s]}}`,
		w.row(), w.row("techniqueId", `"x"`)))
	require.Empty(t, answer.Errors)
	require.Equal(t, []any{"REJECTED", "INSERTED", "REJECTED", "REJECTED"}, each(at(answer.Data, "insertTags", "results"), "outcome"))
}

func TestNumbersOfADocumentKeepTheirDigits(t *testing.T) {
	w := newTwoWays(t)
	identity := at(w.post(t, `{"query": "{ identities(first: 1) { nodes { uuid } } }"}`).Data, "identities", "nodes", 0, "uuid").(string)
	tag := `sourceKind: "command", sourceId: "literal", attackerUuid: "` + w.attacker + `", tacticId: "TA0006", techniqueId: "T1110", ruleId: "R1"`
	document, err := json.Marshal(`mutation {
		insertTags(input: {tags: [{` + tag + `, confidence: 1.5e0, ruleVersion: 3000000000},
			{` + tag + `, confidence: 0.75, ruleVersion: 1, evidence: {a: [1.0, 1e2, 1234567890123456789, 0.1000, -0]}}]}) { results { outcome reason } }
		upsertAttributionStates(input: {states: [{identityUuid: "` + identity + `", primitive: "lab.digits", currentValue: 1.0, state: STABLE,
			confidence: 0.5, observationCount: 1, lastChangeAt: "2026-05-01T07:00:00Z", lastObservationAt: "2026-05-01T07:00:00Z"}]}) { results { outcome attributionState { primitive } } } }`)
	require.NoError(t, err)
	answer := w.post(t, `{"query": `+string(document)+`}`)
	require.Empty(t, answer.Errors)
	require.Equal(t, []any{"REJECTED", "INSERTED"}, each(at(answer.Data, "insertTags", "results"), "outcome"))
	require.Equal(t, []any{"INSERTED"}, each(at(answer.Data, "upsertAttributionStates", "results"), "outcome"))
	require.Equal(t, `{"a":[1.0,1e2,1234567890123456789,0.1000,-0]}`, w.evidence(t, w.mutated, storage.TagUUID("command", "literal", "R1", 1, "T1110", nil))) //nolint:testifylint // the digits count, not the value
	states, err := w.mutated.AttributionStateRows(t.Context(), []storage.StateKey{{IdentityUUID: identity, Primitive: "lab.digits"}})
	require.NoError(t, err)
	for _, state := range states {
		require.Equal(t, "1.0", string(state.CurrentValue))
	}
	require.Len(t, states, 1)
}

func TestStatesAreRejectedRowByRow(t *testing.T) {
	a := onCopy(t)
	identity := a.rows().identity
	state := func(changes ...any) map[string]any {
		return with(map[string]any{
			"identityUuid": identity, "primitive": "lab.rows", "currentValue": 1, "state": "STABLE", "confidence": 0.5, "observationCount": 3,
			"lastChangeAt": "2026-05-01T07:00:00Z", "lastObservationAt": "2026-05-01T08:00:00Z",
		}, changes...)
	}
	rows := []any{
		nil,
		map[string]any{},
		state("identityUuid", "xyz"), state("identityUuid", nil), state("primitive", nil), state("state", nil), state("confidence", json.Number("1e999")),
		state("confidence", "0.5"), state("observationCount", json.Number("3000000000")), state("observationCount", 1.5), state("lastChangeAt", "yesterday"), state("lastObservationAt", nil),
		state("lastChangeAt", "0000-01-01T00:00:00Z"), state("currentValue", json.Number("1e400")), state(),
	}
	written := a.change(`mutation ($states: [AttributionStateInput]!) { upsertAttributionStates(input: {states: $states}) { rejectedCount results { outcome reason attributionState { primitive } } } }`,
		map[string]any{"states": rows})
	require.EqualValues(t, len(rows)-1, written["rejectedCount"])
	for i, says := range []string{
		"the row is null", "confidence is missing", `identityUuid: "xyz" is not a UUID`, "the identity's uuid is missing", "the primitive is missing", "the state is none of",
		"the confidence is not a number from 0 to 1", `confidence: "0.5" is not a number`, "observationCount: 3000000000 is not a whole number", "observationCount: 1.5 is not",
		`lastChangeAt: "yesterday" is not`, "lastObservationAt is missing", "not within the years", "the current value has a number that is too large",
	} {
		require.Contains(t, at(written, "results", i, "reason"), says)
	}
	require.Equal(t, "INSERTED", at(written, "results", len(rows)-1, "outcome"))
}

func TestTextsThatAreNoUnicodeAreRefused(t *testing.T) {
	a := onCopy(t)
	campaign := a.rows().campaign
	for fact, variables := range map[string]string{
		"half of a pair": `{"notes": "a\ud800"}`, "the other half": `{"notes": "\udc00"}`, "bytes that are not UTF-8": "{\"notes\": \"caf\xe9\"}",
	} {
		answer := a.post(`{"query": "mutation ($notes: String) { setCampaignNotes(input: {uuid: \"` + campaign + `\", notes: $notes}) { campaign { notes } } }", "variables": ` + variables + `}`)
		require.Len(t, answer.Errors, 1, fact)
		require.Equal(t, "BAD_USER_INPUT", answer.Errors[0].Extensions["code"], answer.Errors[0].Message)
	}
	for fact, query := range map[string]string{"half of a pair": `{ __typename } # \ud800`, "bytes that are not UTF-8": "{ __typename } # caf\xe9"} {
		answer := a.post(`{"query": "` + query + `"}`)
		require.Len(t, answer.Errors, 1, fact)
		require.Equal(t, "BAD_USER_INPUT", answer.Errors[0].Extensions["code"], answer.Errors[0].Message)
	}
}

// TestAThousandTagsWithAKilobyteOfEvidenceFit sends them with the limits that serve has by default.
func TestAThousandTagsWithAKilobyteOfEvidenceFit(t *testing.T) {
	a := onCopy(t)
	attacker := a.rows().attacker
	for script, letter := range map[string]string{"ASCII": "x", "escapes, as Python writes them": "\u0436"} {
		tags := make([]any, storage.MaxNewTags)
		for i := range tags {
			evidence := strings.Repeat(letter, 1<<10/len(letter))
			tags[i] = with(newTag(attacker, i), "sourceId", fmt.Sprintf("%s %d", script, i), "evidence", map[string]any{"command_text": evidence})
		}
		body, err := json.MarshalIndent(map[string]any{"query": `mutation ($tags: [TagInput]!) { insertTags(input: {tags: $tags}) { insertedCount } }`, "variables": map[string]any{"tags": tags}}, "", "  ")
		require.NoError(t, err)
		answer := a.post(strings.ReplaceAll(string(body), "\u0436", `\u0436`))
		require.Empty(t, answer.Errors)
		require.EqualValues(t, storage.MaxNewTags, at(answer.Data, "insertTags", "insertedCount"))
	}
}

// FuzzTagRows compares what insert-tags and insertTags decide about any row. A request fails as a whole only for a row that
// the command rejects, too.
func FuzzTagRows(f *testing.F) {
	for _, seed := range []string{
		`{}`, `null`, `[]`, `1`, `{"sourceKind": "command"}`, `{"confidence": 1e999, "ruleVersion": 1.0}`, `{"a": 1}`, `{"sourceKind":"c","sourceId":"f","attackerUuid":"ATTACKER","tacticId":"TA0001","techniqueId":"T1110","confidence":0.9,"ruleId":"R","ruleVersion":1,"":{}}`, `{"sourceId": "\ud800", "sourceId": 1}`,
		`{"sourceKind":"command","sourceId":"fuzz","attackerUuid":"ATTACKER","tacticId":"TA0006","techniqueId":"T1110","confidence":0.75,"ruleId":"R1","ruleVersion":1,"evidence":{"a":[1.0,-0,1E2,"\u0000",{"b":null}]}}`,
		`{"sourceKind":"command","sourceId":"fuzz","attackerUuid":"ATTACKER","tacticId":"x","techniqueId":"T1110.001","subTechniqueId":"","confidence":1e-1,"ruleId":"R1","ruleVersion":2,"evidence":{"a":1,"a":2}}`,
		`{"sourceKind":"c","sourceId":"f","identityUuid":"ATTACKER","sessionId":"","decky":"","tacticId":"TA9999","techniqueId":"T1110","confidence":1,"ruleId":"R","ruleVersion":1,"createdAt":"9999-12-31T23:59:59.999999999Z","evidence":null}`,
	} {
		f.Add(seed, false)
	}
	w := newTwoWays(f)
	f.Fuzz(func(t *testing.T, row string, strict bool) {
		w.compare(t, strings.ReplaceAll(row, "ATTACKER", w.attacker), strict)
	})
}

// compare requires that both ways decide alike about a row.
func (w *twoWays) compare(t *testing.T, row string, strict bool) {
	t.Helper()
	command := w.byCommand(t, row, strict)
	if !json.Valid([]byte(row)) {
		require.Equal(t, "REJECTED", command.Outcome)
		return
	}
	mutation, refused := w.byMutation(t, row, strict)
	switch {
	case refused != "" && strings.Contains(row, `"`): // members of an export, which only the command accepts
		if members := map[string]any{}; json.Unmarshal([]byte(row), &members) == nil {
			for _, name := range []string{"id", "cursor", "uuid"} {
				if _, given := members[name]; given {
					return
				}
			}
		}
		fallthrough
	case refused != "":
		require.Equal(t, "REJECTED", command.Outcome, refused)
	case !utf8.ValidString(row): // the command names the line, the mutation the field
		require.Equal(t, command.Outcome, mutation.Outcome)
	default:
		require.Equal(t, command, mutation)
	}
}
