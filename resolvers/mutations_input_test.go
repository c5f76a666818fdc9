package resolvers_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"decnetgraph/graph"
	"decnetgraph/storage"
)

func TestReadOnlyServersForbidWriting(t *testing.T) {
	a := onSample(t)
	schema := graph.NewExecutableSchema(graph.Config{}).Schema()
	calls := mutations(a.rows())
	require.Len(t, calls, len(schema.Mutation.Fields))
	tooMany := map[string]any{"tags": make([]any, storage.MaxNewTags+1)}
	for i := range tooMany["tags"].([]any) {
		tooMany["tags"].([]any)[i] = newTag(unknownUUID, i)
	}
	answers := map[string]response{
		"too many tags": a.send(insertTags, tooMany),
		"wrong state":   a.send(`mutation { setRuleState(input: {ruleId: "", state: CLIPPED}) { userErrors { code } } }`, nil),
		"long notes":    a.send(`mutation { setCampaignNotes(input: {uuid: "`+unknownUUID+`", notes: "`+strings.Repeat("x", 10_001)+`"}) { userErrors { code } } }`, nil),
	}
	for _, field := range schema.Mutation.Fields {
		answers[field.Name] = a.send("mutation { "+calls[field.Name]+" { userErrors { code } } }", nil)
	}
	for fact, answer := range answers {
		if assert.Len(t, answer.Errors, 1, fact) {
			assert.Equal(t, "FORBIDDEN", answer.Errors[0].Extensions["code"], fact)
			assert.Contains(t, answer.Errors[0].Message, "--write", fact)
		}
		for _, payload := range answer.Data {
			assert.Nil(t, payload, fact)
		}
	}
}

func TestBadInputOfMutations(t *testing.T) {
	a := onCopy(t)
	rows := a.rows()
	tag := func(changes ...any) map[string]any {
		return map[string]any{"tags": []any{with(newTag(rows.attacker, 1), changes...)}}
	}
	rule := func(input string) string {
		return `mutation { setRuleState(input: {` + input + `}) { ruleState { ruleId } userErrors { code message path } } }`
	}
	many := make([]any, storage.MaxNewTags+1)
	states := make([]any, storage.MaxNewStates+1)
	for i := range many {
		many[i] = newTag(rows.attacker, i)
		states[i] = map[string]any{
			"identityUuid": rows.identity, "primitive": "lab.a", "state": "STABLE", "confidence": 1, "observationCount": 1,
			"lastChangeAt": "2026-05-01T07:00:00Z", "lastObservationAt": "2026-05-01T07:00:00Z",
		}
	}
	for fact, bad := range map[string]struct {
		mutation  string
		variables map[string]any
		code      string // of a user error, or else BAD_USER_INPUT of an error
		path      string
	}{
		"unknown member":         {insertTags, tag("tactic", "TA0006"), "", ""},
		"malformed uuid inline":  {`mutation { ensureStubIdentity(input: {attackerUuid: "xyz"}) { userErrors { code } } }`, nil, "", "ensureStubIdentity.input.attackerUuid"},
		"unknown switch":         {rule(`ruleId: "R0014", state: MUTED`), nil, "", ""},
		"too many tags":          {insertTags, map[string]any{"tags": many}, "INVALID", "input.tags"},
		"too many states":        {`mutation ($states: [AttributionStateInput!]!) { upsertAttributionStates(input: {states: $states}) { results { outcome } userErrors { code message path } } }`, map[string]any{"states": states}, "INVALID", "input.states"},
		"clipped without a top":  {rule(`ruleId: "R0014", state: CLIPPED`), nil, "INVALID", "input"},
		"a top without clipping": {rule(`ruleId: "R0014", state: ENABLED, confidenceMax: 0.5`), nil, "INVALID", "input"},
		"a top over 1":           {rule(`ruleId: "R0014", state: CLIPPED, confidenceMax: 1.5`), nil, "INVALID", "input"},
		"rule without a name":    {rule(`ruleId: "", state: ENABLED`), nil, "INVALID", "input"},
		"expired from the start": {rule(`ruleId: "R0014", state: ENABLED, expiresAt: "2020-01-01T00:00:00Z"`), nil, "INVALID", "input"},
	} {
		t.Run(fact, func(t *testing.T) {
			answer := a.send(bad.mutation, bad.variables)
			if bad.code != "" {
				require.Empty(t, answer.Errors)
				for _, payload := range answer.Data {
					require.Len(t, at(payload, "userErrors"), 1)
					userError := at(payload, "userErrors", 0)
					assert.Equal(t, bad.code, at(userError, "code"))
					assert.Equal(t, bad.path, strings.Trim(strings.ReplaceAll(fmt.Sprint(at(userError, "path")), " ", "."), "[]"))
					assert.NotEmpty(t, at(userError, "message"))
					assert.Nil(t, at(payload, "results"))
					assert.Nil(t, at(payload, "ruleState"))
				}
				return
			}
			require.NotEmpty(t, answer.Errors)
			assert.Equal(t, map[string]any{"code": "BAD_USER_INPUT"}, answer.Errors[0].Extensions, answer.Errors[0].Message)
			if bad.path != "" {
				assert.Equal(t, bad.path, strings.Trim(strings.ReplaceAll(fmt.Sprint(answer.Errors[0].Path), " ", "."), "[]"))
			}
		})
	}
}

// TestNothingIsChangedByALinkOrAForm sends a mutation in the ways that a stranger's page can use
// without asking the browser for leave.
func TestNothingIsChangedByALinkOrAForm(t *testing.T) {
	a := onCopy(t)
	campaign := a.rows().campaign
	mutation := `mutation { setCampaignNotes(input: {uuid: "` + campaign + `", notes: "gotcha"}) { campaign { notes } } }`
	get := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/graphql?query="+url.QueryEscape(mutation), nil)
	refused := a.do(get)
	assert.Equal(t, http.StatusMethodNotAllowed, refused.status)
	require.Len(t, refused.Errors, 1)
	assert.Equal(t, "BAD_USER_INPUT", refused.Errors[0].Extensions["code"])
	several := `query A { __typename } ` + strings.Replace(mutation, "mutation", "mutation B", 1)
	get = httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/graphql?operationName=B&query="+url.QueryEscape(several), nil)
	assert.Equal(t, http.StatusMethodNotAllowed, a.do(get).status)

	body, err := json.Marshal(map[string]any{"query": mutation})
	require.NoError(t, err)
	for _, kind := range []string{"", "text/plain", "text/plain; charset=application/json", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded", "application/graphql"} {
		request := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/graphql", strings.NewReader(string(body)))
		request.Header.Set("Content-Type", kind)
		request.Header.Set("Origin", "https://attacker.example")
		assert.Equal(t, http.StatusUnsupportedMediaType, a.do(request).status, kind)
	}
	form := url.Values{"query": {mutation}}
	request := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/graphql?"+form.Encode(), nil)
	assert.Equal(t, http.StatusUnsupportedMediaType, a.do(request).status)

	asked := httptest.NewRecorder() // the browser's question before a request that is not simple
	request = httptest.NewRequestWithContext(t.Context(), http.MethodOptions, "/graphql", nil)
	request.Header.Set("Origin", "https://attacker.example")
	request.Header.Set("Access-Control-Request-Method", http.MethodPost)
	request.Header.Set("Access-Control-Request-Headers", "content-type")
	a.handler.ServeHTTP(asked, request)
	for name := range asked.Header() {
		assert.NotContains(t, name, "Access-Control", "no leave is given")
	}
	assert.Nil(t, at(a.ask(`{ campaign(by: {uuid: "`+campaign+`"}) { notes } }`), "campaign", "notes"))
}
