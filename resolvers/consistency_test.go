package resolvers_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"decnetgraph/storage"
)

const setNotes = `mutation ($uuid: UUID!, $notes: String) { setCampaignNotes(input: {uuid: $uuid, notes: $notes}) { campaign { notes } userErrors { code } } }`

// written sends a mutation and returns its token.
func (a *api) written(uuid, notes string) string {
	a.t.Helper()
	answer := a.send(setNotes, map[string]any{"uuid": uuid, "notes": notes})
	require.Empty(a.t, answer.Errors)
	token, _ := answer.Extensions["consistency"].(string)
	require.NotEmpty(a.t, token)
	return token
}

func TestAReadCarriesTheTokenOfAWrite(t *testing.T) {
	a, stranger := onCopy(t), onCopy(t)
	campaign := a.rows().campaign
	token, foreign := a.written(campaign, "seen"), stranger.written(campaign, "elsewhere")
	read := `{"query": "{ campaign(by: {uuid: \"` + campaign + `\"}) { notes } }", "extensions": %s}`
	const good = ""
	for fact, c := range map[string]struct {
		headers   []string
		extension any
		refusal   string
	}{
		"no token":                      {nil, nil, good},
		"a header":                      {[]string{token}, nil, good},
		"an extension":                  {nil, token, good},
		"both":                          {[]string{token}, token, good},
		"several in a header":           {[]string{token + ", " + token + ",", "", token}, nil, good},
		"a list in the extension":       {nil, []string{token, token}, good},
		"an empty list":                 {nil, []string{}, good},
		"text that is no token":         {[]string{"yes"}, nil, "malformed"},
		"a list with a bad one":         {nil, []string{token, ""}, "malformed"},
		"a long text":                   {[]string{strings.Repeat("A", 2000)}, nil, "malformed"},
		"a number":                      {nil, 7, "extensions.consistency is the text of a token"},
		"a list with a number":          {nil, []any{token, 7}, "extensions.consistency is the text of a token"},
		"an object":                     {nil, map[string]any{}, "extensions.consistency is the text of a token"},
		"too many":                      {[]string{strings.Repeat(token+",", storage.MaxConsistencyTokens+1)}, nil, "8 consistency tokens at most"},
		"a token of another database":   {[]string{foreign}, nil, "another database"},
		"its own and one of another":    {[]string{token}, foreign, "another database"},
		"a token with another's letter": {[]string{"x" + token[1:]}, nil, "malformed"},
	} {
		t.Run(fact, func(t *testing.T) {
			extensions, err := json.Marshal(map[string]any{"consistency": c.extension})
			require.NoError(t, err)
			request := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/graphql", strings.NewReader(strings.Replace(read, "%s", string(extensions), 1)))
			request.Header.Set("Content-Type", "application/json")
			request.Header["Graphql-Consistency"] = c.headers
			a.forget()
			answer := a.do(request)
			assert.NotContains(t, answer.Extensions, "consistency", "only writes return a token")
			if c.refusal == good {
				require.Empty(t, answer.Errors)
				assert.Equal(t, "seen", at(answer.Data, "campaign", "notes"))
				assert.Len(t, a.statements, 1, "a token costs no statement where every read is current")
				return
			}
			require.Len(t, answer.Errors, 1)
			assert.Contains(t, answer.Errors[0].Message, c.refusal)
			assert.Equal(t, "BAD_USER_INPUT", answer.Errors[0].Extensions["code"])
			assert.Nil(t, answer.Data)
			assert.Empty(t, a.statements)
		})
	}
}

func TestOnlyMutationsThatRanReturnATokenInTheAnswerAndTheHeader(t *testing.T) {
	a := onCopy(t)
	campaign := a.rows().campaign
	for fact, c := range map[string]struct {
		query     string
		variables map[string]any
		token     bool
	}{
		"a write":                  {setNotes, map[string]any{"uuid": campaign, "notes": "x"}, true},
		"a write that was refused": {setNotes, map[string]any{"uuid": unknownUUID, "notes": "x"}, true},
		"mutation without fields of the database": {`mutation { __typename }`, nil, true},
		"a mutation that does not validate":       {`mutation { nothing }`, nil, false},
		"a query":                                 {`{ campaigns { totalCount } }`, nil, false},
	} {
		t.Run(fact, func(t *testing.T) {
			body, err := json.Marshal(map[string]any{"query": c.query, "variables": c.variables})
			require.NoError(t, err)
			request := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/graphql", strings.NewReader(string(body)))
			request.Header.Set("Content-Type", "application/json")
			recorder := httptest.NewRecorder()
			a.handler.ServeHTTP(recorder, request)
			var answer struct{ Extensions struct{ Consistency string } }
			require.NoError(t, json.Unmarshal(recorder.Body.Bytes(), &answer))
			assert.Equal(t, c.token, answer.Extensions.Consistency != "")
			assert.Equal(t, answer.Extensions.Consistency, recorder.Header().Get("Graphql-Consistency"))
		})
	}
}

func TestAGETCarriesATokenAndIsValidated(t *testing.T) {
	a := onCopy(t)
	campaign := a.rows().campaign
	token := a.written(campaign, "first")
	target := "/graphql?" + url.Values{
		"query": {`{ campaign(by: {uuid: "` + campaign + `"}) { notes } }`}, "extensions": {`{"consistency": "` + token + `"}`},
	}.Encode()
	get := func(target, tag string) *httptest.ResponseRecorder {
		request := httptest.NewRequestWithContext(t.Context(), http.MethodGet, target, nil)
		request.Header.Set("Graphql-Require-Preflight", "1")
		request.Header.Set("Graphql-Consistency", token)
		request.Header.Set("If-None-Match", tag)
		recorder := httptest.NewRecorder()
		a.handler.ServeHTTP(recorder, request)
		return recorder
	}
	first := get(target, "")
	require.Equal(t, http.StatusOK, first.Code)
	assert.Contains(t, first.Body.String(), "first")
	assert.Contains(t, first.Header().Values("Vary"), "Graphql-Consistency")
	assert.Empty(t, first.Header().Get("Graphql-Consistency"))
	assert.Equal(t, http.StatusNotModified, get(target, first.Header().Get("ETag")).Code)
	token = a.written(campaign, "second")
	again := get(target, first.Header().Get("ETag"))
	assert.Equal(t, http.StatusOK, again.Code)
	assert.Contains(t, again.Body.String(), "second", "a tag of before the write does not hide it")
	token = "malformed"
	refused := get(target, "*")
	assert.Equal(t, http.StatusOK, refused.Code)
	assert.Empty(t, refused.Header().Get("ETag"))
	assert.Equal(t, "private, no-cache", refused.Header().Get("Cache-Control"))
}
