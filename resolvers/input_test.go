package resolvers_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"decnetgraph/resolvers"
)

const unknownUUID = "00000000-0000-4000-8000-000000000000"

func TestWhatDoesNotExistIsNull(t *testing.T) {
	a := onSample(t)
	for field, query := range map[string]string{
		"campaign": `campaign(by: {uuid: "` + unknownUUID + `"}) { uuid }`,
		"identity": `identity(by: {uuid: "` + strings.ReplaceAll(unknownUUID, "-", "") + `"}) { uuid }`,
		"attacker": `attacker(by: {uuid: "` + unknownUUID + `"}) { uuid }`,
		"byIp":     `byIp: attacker(by: {ip: "2001:db8::dead:beef"}) { uuid }`,
		"session":  `session(id: "no such session") { tags { totalCount } }`,
		"empty":    `empty: session(id: "") { sessionId }`,
		"tag":      `tag(uuid: "` + unknownUUID + `") { uuid }`,
		"node":     `node(id: "Q2FtcGFpZ246eA") { id }`,
		"foreign":  `foreign: node(id: "VXNlcjp4") { id }`,
		"rollup":   `rollup: node(id: "VGVjaG5pcXVlUm9sbHVwOng") { id }`,
		"tactic":   `tactic: node(id: "VGFjdGljOlRBOTk5OQ") { id }`,
	} {
		found := a.ask("{ " + query + " }")
		value, there := found[field]
		assert.True(t, there && value == nil, "%s answers %v", query, value)
	}
	found := a.ask(`{ technique(attackId: "T9999.123") { attackId name url parent { attackId name } tactics { name } tags { totalCount } } }`)
	assert.Equal(t, map[string]any{
		"attackId": "T9999.123", "name": nil, "url": "https://attack.mitre.org/techniques/T9999/123",
		"parent": map[string]any{"attackId": "T9999", "name": nil}, "tactics": []any{}, "tags": map[string]any{"totalCount": 0.0},
	}, found["technique"], "an unknown number is answered without a name")
}

func TestBadInputIsRefusedWithThePathOfItsField(t *testing.T) {
	a := onSample(t)
	cursor := at(a.ask(`{ campaigns(first: 1) { pageInfo { endCursor } } }`), "campaigns", "pageInfo", "endCursor").(string)
	byCreation := at(a.ask(`{ campaigns(first: 1, orderBy: {field: CREATED_AT}) { pageInfo { endCursor } } }`), "campaigns", "pageInfo", "endCursor").(string)
	for fact, refused := range map[string]struct {
		query, path string
	}{
		"malformed uuid":                 {`{ campaign(by: {uuid: "xyz"}) { uuid } }`, "campaign"},
		"uuid with odd hyphens":          {`{ campaign(by: {uuid: "0000-0000000040008000000000000000"}) { uuid } }`, "campaign"},
		"number for a uuid":              {`{ campaign(by: {uuid: 12}) { uuid } }`, "campaign"},
		"malformed address":              {`{ attacker(by: {ip: "300.1.1.1"}) { uuid } }`, "attacker"},
		"malformed technique":            {`{ technique(attackId: "TA0001") { name } }`, "technique"},
		"malformed id":                   {`{ node(id: "!!!") { id } }`, "node"},
		"id of no kind":                  {`{ node(id: "eA") { id } }`, "node"},
		"too many ids":                   {`{ nodes(ids: [` + strings.Repeat(`"Q2FtcGFpZ246eA",`, 101) + `]) { id } }`, "nodes"},
		"zero first":                     {`{ campaigns(first: 0) { totalCount } }`, "campaigns"},
		"negative first":                 {`{ campaigns(first: -1) { totalCount } }`, "campaigns"},
		"first over the cap":             {`{ campaigns(first: 201) { totalCount } }`, "campaigns"},
		"huge first":                     {`{ campaigns(first: 2147483647) { totalCount } }`, "campaigns"},
		"first over 32 bits":             {`{ campaigns(first: 2147483648) { totalCount } }`, ""},
		"last over the cap":              {`{ campaigns(last: 201) { totalCount } }`, "campaigns"},
		"first and last":                 {`{ campaigns(first: 1, last: 1) { totalCount } }`, "campaigns"},
		"negative offset":                {`{ campaigns(offset: -1) { totalCount } }`, "campaigns"},
		"offset over the cap":            {`{ campaigns(offset: 10001) { totalCount } }`, "campaigns"},
		"offset with a cursor":           {`{ campaigns(offset: 1, after: "` + cursor + `") { totalCount } }`, "campaigns"},
		"offset with last":               {`{ campaigns(offset: 1, last: 1) { totalCount } }`, "campaigns"},
		"garbage for a cursor":           {`{ campaigns(after: "nonsense") { totalCount } }`, "campaigns"},
		"empty cursor":                   {`{ campaigns(before: "") { totalCount } }`, "campaigns"},
		"cursor of another list":         {`{ identities(after: "` + cursor + `") { totalCount } }`, "identities"},
		"cursor of another direction":    {`{ campaigns(after: "` + cursor + `", orderBy: {field: UPDATED_AT, direction: ASC}) { totalCount } }`, "campaigns"},
		"cursor of another order":        {`{ campaigns(after: "` + byCreation + `") { totalCount } }`, "campaigns"},
		"cursor in a nested list":        {`{ campaigns(first: 1) { nodes { tags(after: "` + cursor + `") { totalCount } } } }`, "campaigns.nodes.0.tags"},
		"bad page in a nested list":      {`{ campaigns(first: 1) { nodes { tags(first: 500) { totalCount } } } }`, "campaigns.nodes.0.tags"},
		"cursor beside its order":        {`{ attackers(first: 1) { nodes { commands(after: "` + cursor + `") { totalCount } } } }`, "attackers.nodes.0.commands"},
		"malformed day":                  {`{ tagsByDay(from: "2026-5-1") { count } }`, "tagsByDay"},
		"instant for a day":              {`{ tagsByDay(to: "2026-05-01T00:00:00Z") { count } }`, "tagsByDay"},
		"days from late to early":        {`{ tagsByDay(from: "2026-05-02", to: "2026-05-01") { count } }`, "tagsByDay"},
		"such days in a nested field":    {`{ campaigns(first: 1) { nodes { tagsByDay(from: "2026-05-02", to: "2026-05-01") { count } } } }`, "campaigns.nodes.0.tagsByDay"},
		"infinite confidence":            {`{ campaigns(first: 1) { nodes { tags(filter: {confidence: {from: 1e999}}) { totalCount } } } }`, ""},
		"unknown field":                  {`{ campaigns { nodez { uuid } } }`, ""},
		"unknown membership":             {`{ techniques(membership: SOME) { count } }`, ""},
		"nothing to look up":             {`{ campaign(by: {}) { uuid } }`, ""},
		"two ways to look up":            {`{ attacker(by: {uuid: "` + unknownUUID + `", ip: "::1"}) { uuid } }`, ""},
		"null to look up":                {`{ campaign(by: {uuid: null}) { uuid } }`, ""},
		"syntax error":                   {`{ campaigns {`, ""},
		"no operation":                   {`fragment f on Campaign { uuid }`, ""},
		"mutation where there are none":  {`mutation { x }`, ""},
		"variable without a declaration": {`{ campaigns(first: $n) { totalCount } }`, ""},
		"deferred fragment":              {`{ campaigns { nodes { ... @defer { uuid } } } }`, ""},
	} {
		t.Run(fact, func(t *testing.T) {
			answer := a.send(refused.query, nil)
			require.NotEmpty(t, answer.Errors)
			first := answer.Errors[0]
			assert.Equal(t, map[string]any{"code": "BAD_USER_INPUT"}, first.Extensions)
			path := strings.Trim(strings.ReplaceAll(strings.Trim(fmt.Sprint(first.Path), "[]"), " ", "."), ".")
			if refused.path != "" {
				assert.True(t, path == refused.path || strings.HasPrefix(path, refused.path+"."), "path %s of %s", path, first.Message)
			}
			for _, internal := range []string{"sql", "SELECT", "storage", "goroutine", "0x", "strconv"} {
				assert.NotContains(t, first.Message, internal)
			}
		})
	}
}

// TestABadIDNullsItsPlaceAlone asks for nodes by ids of which some were never given out.
func TestABadIDNullsItsPlaceAlone(t *testing.T) {
	a := onSample(t)
	ids := []any{"VGVjaG5pcXVlOlQxMTEw", "!!!", "Q2FtcGFpZ246eA", 7, "VGFjdGljOlRBMDAwMQ", strings.Repeat("ü", 1_000)}
	answer := a.send("query ($ids: [ID!]!) { n: nodes(ids: $ids) { id } }", map[string]any{"ids": ids})
	assert.Equal(t, []any{map[string]any{"id": ids[0]}, nil, nil, nil, map[string]any{"id": ids[4]}, nil}, answer.Data["n"])
	require.Len(t, answer.Errors, 3)
	for i, want := range []struct {
		path    []any
		message string
	}{
		{[]any{"n", 1.0}, `"!!!" is not an id that this server gave out`},
		{[]any{"n", 3.0}, `"7" is not an id that this server gave out`},
		{[]any{"n", 5.0}, `"` + strings.Repeat("ü", 200) + `…" is not an id that this server gave out`},
	} {
		assert.Equal(t, want.path, answer.Errors[i].Path)
		assert.Equal(t, want.message, answer.Errors[i].Message)
		assert.Equal(t, "BAD_USER_INPUT", answer.Errors[i].Extensions["code"])
	}
	answer = a.send(`{ nodes(ids: ["VGVjaG5pcXVlOlQxMTEw", "x"]) { id } }`, nil)
	require.Len(t, answer.Errors, 1)
	assert.Equal(t, []any{map[string]any{"id": ids[0]}, nil}, answer.Data["nodes"])
}

func TestVariablesAreHeldToTheSameRules(t *testing.T) {
	a := onSample(t)
	for _, variables := range []map[string]any{{"n": 0}, {"n": 201}, {"n": 2147483648}, {"n": "5"}, {"n": 1.5}, {"n": []int{1}}} {
		answer := a.send(`query ($n: Int) { campaigns(first: $n) { totalCount } }`, variables)
		require.NotEmpty(t, answer.Errors, "variables %v", variables)
		assert.Equal(t, "BAD_USER_INPUT", answer.Errors[0].Extensions["code"], answer.Errors[0].Message)
	}
	answer := a.send(`query ($by: AttackerLookup!) { attacker(by: $by) { uuid } }`, map[string]any{"by": map[string]any{"uuid": unknownUUID, "ip": "::1"}})
	require.NotEmpty(t, answer.Errors, "two ways to look up")
	answer = a.send(`query ($by: AttackerLookup!) { attacker(by: $by) { uuid } }`, map[string]any{"by": map[string]any{"uuid": nil, "ip": "::1"}})
	require.NotEmpty(t, answer.Errors, "a null beside the one way")
	answer = a.send(`query ($by: CampaignLookup!) { campaign(by: $by) { uuid } }`, map[string]any{"by": map[string]any{"uuid": "xyz"}})
	require.NotEmpty(t, answer.Errors)
	assert.Equal(t, "BAD_USER_INPUT", answer.Errors[0].Extensions["code"])
}

func TestRequestsThatAreNoGraphQL(t *testing.T) {
	a := onSample(t)
	for fact, c := range map[string]struct {
		body   string
		status int
		code   string
	}{
		"no JSON":          {`query { campaigns }`, http.StatusBadRequest, "BAD_USER_INPUT"},
		"a list":           {`[]`, http.StatusBadRequest, "BAD_USER_INPUT"},
		"null":             {`null`, http.StatusBadRequest, "BAD_USER_INPUT"},
		"no query":         {`{"variables": {}}`, http.StatusBadRequest, "BAD_USER_INPUT"},
		"query is no text": {`{"query": 5}`, http.StatusBadRequest, "BAD_USER_INPUT"},
		"trailing garbage": {`{"query": "{ __typename }"} x`, http.StatusBadRequest, "BAD_USER_INPUT"},
		"variables list":   {`{"query": "{ __typename }", "variables": []}`, http.StatusBadRequest, "BAD_USER_INPUT"},
		"operation number": {`{"query": "{ __typename }", "operationName": 5}`, http.StatusBadRequest, "BAD_USER_INPUT"},
		"which operation":  {`{"query": "query A { __typename } query B { __typename }"}`, http.StatusOK, "BAD_USER_INPUT"},
		"deep JSON":        {`{"query": "{ __typename }", "variables": ` + strings.Repeat("[", 500_000) + `}`, http.StatusBadRequest, "LIMIT_EXCEEDED"},
		"6 MiB of braces":  {`{"query": "` + strings.Repeat("{", 6<<20) + `"}`, http.StatusRequestEntityTooLarge, "LIMIT_EXCEEDED"},
		"1 MiB of braces":  {`{"query": "` + strings.Repeat("{a", 1<<18) + `"}`, http.StatusOK, ""},
		"1 MiB of lists":   {`{"query": "{ node(id: ` + strings.Repeat("[", 1<<19) + `"}`, http.StatusOK, ""},
		"too many tokens":  {`{"query": "{` + strings.Repeat(" __typename", 5_000) + `}"}`, http.StatusOK, "LIMIT_EXCEEDED"},
	} {
		t.Run(fact, func(t *testing.T) {
			answer := a.post(c.body)
			assert.Equal(t, c.status, answer.status)
			require.NotEmpty(t, answer.Errors)
			if c.code != "" {
				assert.Equal(t, c.code, answer.Errors[0].Extensions["code"], answer.Errors[0].Message)
			}
		})
	}
	a.ask(`{ campaigns { totalCount } }`) // still alive
}

func TestMethodsAndContentTypes(t *testing.T) {
	a := onSample(t)
	get := a.do(httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/graphql?query="+url.QueryEscape("{ campaigns { totalCount } }"), nil))
	assert.Empty(t, get.Errors)
	assert.Equal(t, http.StatusOK, get.status)
	bad := a.do(httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/graphql?query="+url.QueryEscape("{ campaigns { totalCount } }")+"&variables=x", nil))
	assert.Equal(t, http.StatusBadRequest, bad.status)
	assert.Equal(t, "BAD_USER_INPUT", bad.Errors[0].Extensions["code"])
	put := a.do(httptest.NewRequestWithContext(t.Context(), http.MethodPut, "/graphql", strings.NewReader("{}")))
	assert.Equal(t, http.StatusMethodNotAllowed, put.status)
	for _, kind := range []string{"", "text/plain", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded"} {
		request := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/graphql", strings.NewReader(`{"query": "{ __typename }"}`))
		request.Header.Set("Content-Type", kind)
		assert.Equal(t, http.StatusUnsupportedMediaType, a.do(request).status, "%q could be sent by a stranger's page without asking first", kind)
	}
}

// TestCyclesDoNotMultiplyWithoutBound asks for far more objects than there are rows.
func TestCyclesDoNotMultiplyWithoutBound(t *testing.T) {
	a := onSample(t)
	answer := a.send(`{ campaigns { nodes { `+strings.Repeat(`identities { nodes { campaign { `, 8)+`uuid`+strings.Repeat(` } } }`, 8)+` } } }`, nil)
	requireLimit(t, answer, "more than 50000 objects")
	requireNothing(t, answer)
}

// requireLimit shows that an operation passed a limit, and that its only error says so with the number that is allowed.
func requireLimit(t *testing.T, answer response, message string) {
	t.Helper()
	require.Len(t, answer.Errors, 1)
	require.Equal(t, "LIMIT_EXCEEDED", answer.Errors[0].Extensions["code"], answer.Errors[0].Message)
	require.Contains(t, answer.Errors[0].Message, message)
}

func TestLimitsAreVerified(t *testing.T) {
	for fact, limits := range map[string]resolvers.Limits{
		"a body nothing fits in": {BodyBytes: 10},
		"a body without bound":   {BodyBytes: 1 << 40},
		"too few tokens":         {Tokens: 5},
		"too many tokens":        {Tokens: 1 << 30},
		"no time":                {Timeout: 1},
		"no objects":             {Objects: 1},
		"negative edges":         {Edges: -1},
		"negative objects":       {Objects: -1},
		"negative documents":     {DocumentBytes: -1},
		"documents of no bytes":  {DocumentBytes: 1},
		"answers of no bytes":    {AnswerBytes: 1},
	} {
		_, err := limits.Verify()
		require.Error(t, err, fact)
	}
	limits, err := resolvers.Limits{}.Verify()
	require.NoError(t, err)
	assert.Equal(t, resolvers.DefaultLimits, limits)
}

func TestAddressesAreFoundInAnySpelling(t *testing.T) {
	a := onSample(t)
	for _, ip := range each(at(a.ask(`{ attackers(first: 200) { nodes { ip } } }`), "attackers", "nodes"), "ip") {
		address, err := netip.ParseAddr(ip.(string))
		require.NoError(t, err)
		for _, spelling := range []string{address.String(), address.StringExpanded(), strings.ToUpper(address.StringExpanded())} {
			found := a.ask(`{ attacker(by: {ip: "` + spelling + `"}) { ip } }`)
			assert.Equal(t, ip, at(found, "attacker", "ip"), spelling)
		}
	}
}

// TestFragmentsCannotCircumventTheTokenLimit: twenty of them that spread each other twice select a million fields.
func TestFragmentsCannotCircumventTheTokenLimit(t *testing.T) {
	var document strings.Builder
	document.WriteString("{ campaigns { nodes { ...f0 } } }")
	for i := range 20 {
		fmt.Fprintf(&document, " fragment f%d on Campaign { a: survivor { ...f%d } b: survivor { ...f%d } }", i, i+1, i+1)
	}
	document.WriteString(" fragment f20 on Campaign { uuid }")
	a := onSample(t)
	a.forget()
	answer := a.send(document.String(), nil)
	require.Len(t, answer.Errors, 1)
	assert.Equal(t, "LIMIT_EXCEEDED", answer.Errors[0].Extensions["code"])
	assert.Contains(t, answer.Errors[0].Message, "more than 40000 fields")
	assert.Empty(t, a.statements)
}

// TestAnswersAreBounded: few rows with a field selected a thousand times are a large answer.
func TestAnswersAreBounded(t *testing.T) {
	path, err := samplePath()
	require.NoError(t, err)
	a := serve(t, path, resolvers.Limits{AnswerBytes: 1 << 20})
	var fields strings.Builder
	for i := range 500 {
		fmt.Fprintf(&fields, " a%d: id", i)
	}
	answer := a.send("{ attackers(first: 100) { nodes {"+fields.String()+" } } }", nil)
	require.Len(t, answer.Errors, 1)
	assert.Equal(t, "LIMIT_EXCEEDED", answer.Errors[0].Extensions["code"])
	assert.Equal(t, []any{"attackers"}, answer.Errors[0].Path)
	assert.Equal(t, map[string]any{"attackers": nil}, answer.Data)
}
