package httpapi_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// askByGET asks with headers: name, value, name, value.
func askByGET(t *testing.T, handler http.Handler, target string, headers ...string) *httptest.ResponseRecorder {
	t.Helper()
	request := httptest.NewRequestWithContext(t.Context(), http.MethodGet, target, nil)
	request.Header.Set("Graphql-Require-Preflight", "1")
	for i := 0; i+1 < len(headers); i += 2 {
		request.Header.Add(headers[i], headers[i+1])
	}
	recorder := httptest.NewRecorder()
	handler.ServeHTTP(recorder, request)
	return recorder
}

func TestAnswersByGETCanBeValidated(t *testing.T) {
	handler := onSample(t)
	target := byGET("query", "{ campaigns { totalCount } }")
	first := askByGET(t, handler, target)
	tag := first.Header().Get("ETag")
	require.Regexp(t, `^W/"[^"]+"$`, tag)
	assert.Equal(t, "private, no-cache", first.Header().Get("Cache-Control"))
	strong := strings.TrimPrefix(tag, "W/")
	for fact, c := range map[string]struct {
		lines   []string
		matches bool
	}{
		"the tag":                       {[]string{tag}, true},
		"the tag, taken for strong":     {[]string{strong}, true},
		"any":                           {[]string{" * "}, true},
		"last of a list":                {[]string{`"a", W/"b,c" ,,` + tag}, true},
		"first of a list":               {[]string{tag + `, "a"`}, true},
		"in another line":               {[]string{`"a"`, tag}, true},
		"another tag":                   {[]string{`W/"a"`}, false},
		"the tag inside of another":     {[]string{`"a, ` + strings.Trim(strong, `"`) + `"`}, false},
		"the tag without quotes":        {[]string{strings.Trim(strong, `"`)}, false},
		"the tag in other letters":      {[]string{strings.ToUpper(tag)}, false},
		"an open quote":                 {[]string{strings.TrimSuffix(tag, `"`)}, false},
		"the tag after what is none":    {[]string{"a, " + tag}, false},
		"the tag after what is none, 2": {[]string{"a", tag}, true},
		"empty":                         {[]string{"", "W/", " , "}, false},
	} {
		t.Run(fact, func(t *testing.T) {
			headers := []string{}
			for _, line := range c.lines {
				headers = append(headers, "If-None-Match", line)
			}
			again := askByGET(t, handler, target, headers...)
			assert.Equal(t, tag, again.Header().Get("ETag"))
			if !c.matches {
				assert.Equal(t, http.StatusOK, again.Code)
				assert.Equal(t, first.Body.String(), again.Body.String())
				return
			}
			assert.Equal(t, http.StatusNotModified, again.Code)
			assert.Empty(t, again.Body.String())
			assert.Equal(t, "private, no-cache", again.Header().Get("Cache-Control"))
			assert.Equal(t, first.Header().Values("Vary"), again.Header().Values("Vary"))
			assert.Empty(t, again.Header().Get("Content-Length"))
		})
	}
	other := askByGET(t, handler, byGET("query", "{ campaigns { nodes { uuid } } }"), "If-None-Match", tag)
	assert.Equal(t, http.StatusOK, other.Code, "another answer has another tag")
}

func TestOnlyGoodAnswersByGETHaveTags(t *testing.T) {
	handler := onSample(t)
	for fact, target := range map[string]string{
		"error of a field": byGET("query", `{ node(id: "!!!") { id } }`),
		"syntax error":     byGET("query", `{`),
		"mutation":         byGET("query", `mutation { setRuleState(input: {ruleId: "R0001", state: DISABLED}) { ruleState { state } } }`),
		"malformed URL":    "/graphql?query=%zz",
	} {
		answer := askByGET(t, handler, target, "If-None-Match", "*")
		assert.NotEqual(t, http.StatusNotModified, answer.Code, fact)
		assert.Empty(t, answer.Header().Get("ETag"), fact)
		assert.Equal(t, "private, no-cache", answer.Header().Get("Cache-Control"), fact)
	}
	posted := exchange{body: `{"query": "{ __typename }"}`}.run(t, handler)
	assert.Empty(t, posted.Header().Get("ETag"))
}

func TestRequestMayOfferAnotherProtocol(t *testing.T) {
	answer := askByGET(t, onSample(t), byGET("query", "{ __typename }"), "Connection", "Upgrade, HTTP2-Settings", "Upgrade", "h2c")
	assert.Equal(t, http.StatusOK, answer.Code, "the server may stay with HTTP/1.1, and clients in Java offer it in each request")
}

func TestRequestWhoseTimeIsOverSaysSo(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	request := httptest.NewRequestWithContext(ctx, http.MethodPost, "/graphql", strings.NewReader(`{"query": "{ __typename }"}`))
	request.Header.Set("Content-Type", "application/json")
	recorder := httptest.NewRecorder()
	onSample(t).ServeHTTP(recorder, request)
	var answer struct {
		Errors []struct{ Extensions struct{ Code string } }
	}
	require.NoError(t, json.Unmarshal(recorder.Body.Bytes(), &answer))
	require.Len(t, answer.Errors, 1)
	assert.Equal(t, "TIMEOUT", answer.Errors[0].Extensions.Code)
}
