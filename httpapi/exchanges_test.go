package httpapi_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// exchange is a request and what is seen of its answer.
type exchange struct {
	fact        string
	method      string // POST if none is named
	target      string // /graphql if none is named
	body        string
	contentType string // application/json if none is named; "none" sends none
	accept      string
	want        string // status, content type, Allow if there is one, body
}

func byGET(members ...string) string {
	query := url.Values{}
	for i := 0; i+1 < len(members); i += 2 {
		query.Set(members[i], members[i+1])
	}
	return "/graphql?" + query.Encode()
}

func (e exchange) run(t *testing.T, handler http.Handler) *httptest.ResponseRecorder {
	t.Helper()
	method, target, contentType := e.method, e.target, e.contentType
	if method == "" {
		method = http.MethodPost
	}
	if target == "" {
		target = "/graphql"
	}
	if contentType == "" && method == http.MethodPost {
		contentType = "application/json"
	}
	request := httptest.NewRequestWithContext(t.Context(), method, target, strings.NewReader(e.body))
	if contentType != "" && contentType != "none" {
		request.Header.Set("Content-Type", contentType)
	}
	if e.accept != "" {
		request.Header.Set("Accept", e.accept)
	}
	recorder := httptest.NewRecorder()
	handler.ServeHTTP(recorder, request)
	return recorder
}

func seen(answer *httptest.ResponseRecorder) string {
	header := answer.Header()
	shown := fmt.Sprintf("%d %s", answer.Code, header.Get("Content-Type"))
	if allow := header.Get("Allow"); allow != "" {
		shown += " Allow: " + allow
	}
	return shown + " " + strings.TrimSuffix(answer.Body.String(), "\n")
}

// What many exchanges come to.
const (
	typeName    = `200 application/json {"data":{"__typename":"Query"}}`
	ofNewType   = `200 application/graphql-response+json {"data":{"__typename":"Query"}}`
	noObject    = `400 application/json {"errors":[{"message":"the request body is not a JSON object such as {\"query\": \"{ campaigns { totalCount } }\"}","extensions":{"code":"BAD_USER_INPUT"}}]}`
	noQuery     = `400 application/json {"errors":[{"message":"the request body has no text under \"query\"","extensions":{"code":"BAD_USER_INPUT"}}]}`
	noMembers   = `400 application/json {"errors":[{"message":"\"variables\" and \"extensions\" are objects, if they are given","extensions":{"code":"BAD_USER_INPUT"}}]}`
	otherType   = `415 application/json {"errors":[{"message":"send the query as application/json","extensions":{"code":"BAD_USER_INPUT"}}]}`
	otherMethod = `405 application/json Allow: GET, POST, OPTIONS {"errors":[{"message":"GraphQL is served by POST or GET","extensions":{"code":"BAD_USER_INPUT"}}]}`
)

// exchanges are what clients meet, whoever reads the request and writes the answer.
var exchanges = []exchange{
	{fact: "a query", body: `{"query": "{ __typename }"}`, want: typeName},
	{fact: "white space around the object", body: " \n\t{\"query\" : \"{ __typename }\"}\r\n ", want: typeName},
	{fact: "charset of JSON", body: `{"query": "{ __typename }"}`, contentType: "application/json; charset=utf-8", want: typeName},
	{fact: "content type in capitals", body: `{"query": "{ __typename }"}`, contentType: "Application/JSON", want: typeName},
	{fact: "malformed parameter of the type", body: `{"query": "{ __typename }"}`, contentType: "application/json; charset", want: otherType},
	{fact: "escapes in a query", body: `{"query": "{\n\t\u0061: __typename \u00e9 }"}`, want: `422 application/json {"errors":[{"message":"Expected Name, found \u003cInvalid\u003e","locations":[{"line":2,"column":16}],"extensions":{"code":"BAD_USER_INPUT"}}],"data":null}`},
	{fact: "half a surrogate", body: `{"query": "{ a(\ud800: 1) }"}`, want: `400 application/json {"errors":[{"message":"the text under \"query\" has bytes or escapes that are not a character of Unicode","extensions":{"code":"BAD_USER_INPUT"}}]}`},
	{fact: "bytes that are no UTF-8", body: "{\"query\": \"{ a\xff }\"}", want: `400 application/json {"errors":[{"message":"the text under \"query\" has bytes or escapes that are not a character of Unicode","extensions":{"code":"BAD_USER_INPUT"}}]}`},
	{fact: "named operation", body: `{"query": "query A { __typename } query B { b: __typename }", "operationName": "B"}`, want: `200 application/json {"data":{"b":"Query"}}`},
	{fact: "empty operation name", body: `{"query": "query A { __typename } query B { b: __typename }", "operationName": ""}`, want: `422 application/json {"errors":[{"message":"the document has several operations; say in operationName which one to run","extensions":{"code":"BAD_USER_INPUT"}}],"data":null}`},
	{fact: "null operation name", body: `{"query": "query A { __typename }", "operationName": null}`, want: typeName},
	{fact: "operation that there is not", body: `{"query": "query A { __typename }", "operationName": "C"}`, want: `422 application/json {"errors":[{"message":"operation C not found","extensions":{"code":"BAD_USER_INPUT"}}],"data":null}`},
	{fact: "variables", body: `{"query": "query ($by: TechniqueX) { __typename }", "variables": {"by": 1}}`, want: `422 application/json {"errors":[{"message":"Unknown type \"TechniqueX\".","locations":[{"line":1,"column":8}],"extensions":{"code":"BAD_USER_INPUT"}},{"message":"Variable \"$by\" is never used.","locations":[{"line":1,"column":8}],"extensions":{"code":"BAD_USER_INPUT"}}],"data":null}`},
	{fact: "null variables", body: `{"query": "{ __typename }", "variables": null, "extensions": null}`, want: typeName},
	{fact: "members nobody knows", body: `{"query": "{ __typename }", "id": [1, {"a": null}], "extensions": {"persistedQuery": {"version": 1}}}`, want: typeName},
	{fact: "variable used", body: `{"query": "query ($id: ID!) { node(id: $id) { id } }", "variables": {"id": "VXNlcjp4"}}`, want: `200 application/json {"data":{"node":null}}`},
	{fact: "whole number for a variable", body: `{"query": "query ($n: Int) { campaigns(first: $n) { pageInfo { hasPreviousPage } } }", "variables": {"n": 5}}`, want: `200 application/json {"data":{"campaigns":{"pageInfo":{"hasPreviousPage":false}}}}`},
	{fact: "number with an exponent", body: `{"query": "query ($n: Int) { campaigns(first: $n) { pageInfo { hasPreviousPage } } }", "variables": {"n": 1e1}}`, want: `422 application/json {"errors":[{"message":"cannot use value 0 as Int","path":["variable","n"],"extensions":{"code":"BAD_USER_INPUT"}}],"data":null}`},
	{fact: "number with a fraction", body: `{"query": "query ($n: Int) { campaigns(first: $n) { pageInfo { hasPreviousPage } } }", "variables": {"n": 5.0}}`, want: `422 application/json {"errors":[{"message":"cannot use value 0 as Int","path":["variable","n"],"extensions":{"code":"BAD_USER_INPUT"}}],"data":null}`},
	{fact: "number beyond all bits", body: `{"query": "query ($n: Int) { campaigns(first: $n) { pageInfo { hasPreviousPage } } }", "variables": {"n": 123456789012345678901234567890}}`, want: `422 application/json {"errors":[{"message":"cannot use value 9223372036854775807 as Int","path":["variable","n"],"extensions":{"code":"BAD_USER_INPUT"}}],"data":null}`},
	{fact: "number for an ID", body: `{"query": "query ($id: ID!) { node(id: $id) { id } }", "variables": {"id": 7}}`, want: `200 application/json {"errors":[{"message":"the value is not an id that this server gave out","path":["node","id"],"extensions":{"code":"BAD_USER_INPUT"}}],"data":{"node":null}}`},
	{fact: "missing variable", body: `{"query": "query ($id: ID!) { node(id: $id) { id } }"}`, want: `422 application/json {"errors":[{"message":"must be defined","path":["variable","id"],"extensions":{"code":"BAD_USER_INPUT"}}],"data":null}`},
	{fact: "query twice, the last counts", body: `{"query": "{ a: __typename }", "query": "{ b: __typename }"}`, want: `200 application/json {"data":{"b":"Query"}}`},
	{fact: "query twice, the last is null", body: `{"query": "{ a: __typename }", "query": null}`, want: noQuery},
	{fact: "query twice, the first is null", body: `{"query": null, "query": "{ a: __typename }"}`, want: `200 application/json {"data":{"a":"Query"}}`},
	{fact: "variables twice", body: `{"query": "query ($n: Int, $id: ID!) { campaigns(first: $n) { totalCount } node(id: $id) { id } }", "variables": {"n": 0}, "variables": {"id": "VXNlcjp4"}}`, want: `200 application/json {"data":{"campaigns":{"totalCount":8},"node":null}}`},

	{fact: "empty body", body: ``, want: noObject},
	{fact: "no JSON", body: `query { campaigns }`, want: noObject},
	{fact: "a list", body: `[{"query": "{ __typename }"}]`, want: noObject},
	{fact: "a text", body: `"{ __typename }"`, want: noObject},
	{fact: "null", body: `null`, want: noObject},
	{fact: "open object", body: `{"query": "{ __typename }"`, want: noObject},
	{fact: "open object after a comma", body: `{"query": "{ __typename }",`, want: noObject},
	{fact: "comma before the end", body: `{"query": "{ __typename }",}`, want: noObject},
	{fact: "no comma", body: `{"query": "{ __typename }" "variables": {}}`, want: noObject},
	{fact: "no colon", body: `{"query" "{ __typename }"}`, want: noObject},
	{fact: "name without quotes", body: `{query: "{ __typename }"}`, want: noObject},
	{fact: "control character in a text", body: "{\"query\": \"{ __typename\n}\"}", want: noObject},
	{fact: "unknown escape", body: `{"query": "{ __typename \x }"}`, want: noObject},
	{fact: "something after the object", body: `{"query": "{ __typename }"} x`, want: noObject},
	{fact: "two objects", body: `{"query": "{ __typename }"}{"query": "{ __typename }"}`, want: noObject},
	{fact: "malformed value of an unknown member", body: `{"query": "{ __typename }", "id": [1,]}`, want: noObject},
	{fact: "malformed value in variables", body: `{"query": "{ __typename }", "variables": {"a": 01}}`, want: noObject},
	{fact: "no query", body: `{"variables": {}}`, want: noQuery},
	{fact: "empty object", body: `{}`, want: noQuery},
	{fact: "empty query", body: `{"query": ""}`, want: noQuery},
	{fact: "query of white space", body: `{"query": " "}`, want: `422 application/json {"errors":[{"message":"no operation provided","extensions":{"code":"BAD_USER_INPUT"}}],"data":null}`},
	{fact: "null query", body: `{"query": null}`, want: noQuery},
	{fact: "number for the query", body: `{"query": 5}`, want: noQuery},
	{fact: "object for the query", body: `{"query": {}}`, want: noQuery},
	{fact: "list of variables", body: `{"query": "{ __typename }", "variables": []}`, want: noMembers},
	{fact: "text for variables", body: `{"query": "{ __typename }", "variables": "{}"}`, want: noMembers},
	{fact: "list of extensions", body: `{"query": "{ __typename }", "extensions": []}`, want: noMembers},
	{fact: "number for the operation", body: `{"query": "{ __typename }", "operationName": 5}`, want: `400 application/json {"errors":[{"message":"\"operationName\" is a text, if it is given","extensions":{"code":"BAD_USER_INPUT"}}]}`},
	{fact: "query in capitals", body: `{"QUERY": "{ __typename }"}`, want: noQuery},
	{fact: "lists too deep", body: `{"query": "{ __typename }", "variables": {"a": ` + strings.Repeat("[", 20_000) + strings.Repeat("]", 20_000) + `}}`, want: noObject},
	{fact: "unknown lists too deep", body: `{"query": "{ __typename }", "x": ` + strings.Repeat("[", 20_000) + strings.Repeat("]", 20_000) + `}`, want: noObject},
	{fact: "unclosed lists", body: `{"query": "{ __typename }", "variables": ` + strings.Repeat("[", 500_000), want: noObject},

	{fact: "syntax error", body: `{"query": "{ campaigns {"}`, want: `422 application/json {"errors":[{"message":"Expected Name, found \u003cEOF\u003e","locations":[{"line":1,"column":14}],"extensions":{"code":"BAD_USER_INPUT"}}],"data":null}`},
	{fact: "unknown field", body: `{"query": "{ nothing }"}`, want: `422 application/json {"errors":[{"message":"Cannot query field \"nothing\" on type \"Query\".","locations":[{"line":1,"column":3}],"extensions":{"code":"BAD_USER_INPUT"}}],"data":null}`},
	{fact: "syntax error for the new type", body: `{"query": "{ campaigns {"}`, accept: "application/graphql-response+json", want: `400 application/graphql-response+json {"errors":[{"message":"Expected Name, found \u003cEOF\u003e","locations":[{"line":1,"column":14}],"extensions":{"code":"BAD_USER_INPUT"}}],"data":null}`},
	{fact: "unknown field for the new type", body: `{"query": "{ nothing }"}`, accept: "application/graphql-response+json", want: `400 application/graphql-response+json {"errors":[{"message":"Cannot query field \"nothing\" on type \"Query\".","locations":[{"line":1,"column":3}],"extensions":{"code":"BAD_USER_INPUT"}}],"data":null}`},
	{fact: "error of a field", body: `{"query": "{ node(id: \"!!!\") { id } __typename }"}`, want: `200 application/json {"errors":[{"message":"\"!!!\" is not an id that this server gave out","path":["node","id"],"extensions":{"code":"BAD_USER_INPUT"}}],"data":{"node":null,"__typename":"Query"}}`},
	{fact: "error of a field for the new type", body: `{"query": "{ node(id: \"!!!\") { id } __typename }"}`, accept: "application/graphql-response+json", want: `200 application/graphql-response+json {"errors":[{"message":"\"!!!\" is not an id that this server gave out","path":["node","id"],"extensions":{"code":"BAD_USER_INPUT"}}],"data":{"node":null,"__typename":"Query"}}`},
	{fact: "subscription", body: `{"query": "subscription { x }"}`, want: `422 application/json {"errors":[{"message":"Schema does not support operation type \"subscription\"","locations":[{"line":1,"column":1}],"extensions":{"code":"BAD_USER_INPUT"}}],"data":null}`},
	{fact: "mutation while reading only", body: `{"query": "mutation { setRuleState(input: {ruleId: \"R0001\", state: DISABLED}) { ruleState { state } } }"}`, want: `200 application/json {"errors":[{"message":"this server only reads its database; it must be started with --write to change anything","path":["setRuleState"],"locations":[{"line":1,"column":12}],"extensions":{"code":"FORBIDDEN"}}],"data":{"setRuleState":null}}`},

	{fact: "accept anything", body: `{"query": "{ __typename }"}`, accept: "*/*", want: typeName},
	{fact: "accept any application", body: `{"query": "{ __typename }"}`, accept: "application/*", want: typeName},
	{fact: "accept JSON", body: `{"query": "{ __typename }"}`, accept: "application/json", want: typeName},
	{fact: "accept the new type", body: `{"query": "{ __typename }"}`, accept: "application/graphql-response+json", want: ofNewType},
	{fact: "accept both, the new first", body: `{"query": "{ __typename }"}`, accept: "application/graphql-response+json; charset=utf-8, application/json;q=0.9", want: ofNewType},
	{fact: "accept both, JSON first", body: `{"query": "{ __typename }"}`, accept: "application/json;q=0.1, application/graphql-response+json", want: typeName},
	{fact: "accept as a browser does", body: `{"query": "{ __typename }"}`, accept: "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", want: typeName},
	{fact: "accept what is not served", body: `{"query": "{ __typename }"}`, accept: "text/html", want: ofNewType},
	{fact: "accept nonsense", body: `{"query": "{ __typename }"}`, accept: ";;,,", want: ofNewType},

	{fact: "no content type", body: `{"query": "{ __typename }"}`, contentType: "none", want: otherType},
	{fact: "plain text", body: `{"query": "{ __typename }"}`, contentType: "text/plain", want: otherType},
	{fact: "a form", body: `query={__typename}`, contentType: "application/x-www-form-urlencoded", want: otherType},
	{fact: "GraphQL itself", body: `{ __typename }`, contentType: "application/graphql", want: otherType},

	{fact: "GET", method: http.MethodGet, target: byGET("query", "{ __typename }"), want: typeName},
	{fact: "GET, named", method: http.MethodGet, target: byGET("query", "query A { __typename } query B { b: __typename }", "operationName", "B"), want: `200 application/json {"data":{"b":"Query"}}`},
	{fact: "GET, variables", method: http.MethodGet, target: byGET("query", "query ($id: ID!) { node(id: $id) { id } }", "variables", `{"id": "VXNlcjp4"}`), want: `200 application/json {"data":{"node":null}}`},
	{fact: "GET, number for a variable", method: http.MethodGet, target: byGET("query", "query ($n: Int) { campaigns(first: $n) { totalCount } }", "variables", `{"n": 5.5}`), want: `422 application/json {"errors":[{"message":"cannot use value 0 as Int","path":["variable","n"],"extensions":{"code":"BAD_USER_INPUT"}}],"data":null}`},
	{fact: "GET, null variables", method: http.MethodGet, target: byGET("query", "{ __typename }", "variables", `null`), want: typeName},
	{fact: "GET, empty variables", method: http.MethodGet, target: byGET("query", "{ __typename }", "variables", ``, "extensions", ``), want: typeName},
	{fact: "GET, list of variables", method: http.MethodGet, target: byGET("query", "{ __typename }", "variables", `[]`), want: `400 application/json {"errors":[{"message":"variables is not a JSON object","extensions":{"code":"BAD_USER_INPUT"}}]}`},
	{fact: "GET, something after the variables", method: http.MethodGet, target: byGET("query", "{ __typename }", "variables", `{} x`), want: `400 application/json {"errors":[{"message":"variables is not a JSON object","extensions":{"code":"BAD_USER_INPUT"}}]}`},
	{fact: "GET, list of extensions", method: http.MethodGet, target: byGET("query", "{ __typename }", "extensions", `[]`), want: `400 application/json {"errors":[{"message":"extensions is not a JSON object","extensions":{"code":"BAD_USER_INPUT"}}]}`},
	{fact: "GET, nothing", method: http.MethodGet, want: `422 application/json {"errors":[{"message":"no operation provided","extensions":{"code":"BAD_USER_INPUT"}}],"data":null}`},
	{fact: "GET, query twice", method: http.MethodGet, target: "/graphql?query={a:__typename}&query={b:__typename}", want: `200 application/json {"data":{"a":"Query"}}`},
	{fact: "GET, malformed URL", method: http.MethodGet, target: "/graphql?query={__typename}&x=%zz", want: `400 application/json {"errors":[{"message":"the query in the URL is malformed","extensions":{"code":"BAD_USER_INPUT"}}]}`},
	{fact: "GET, semicolon", method: http.MethodGet, target: "/graphql?query={__typename};x=1", want: `400 application/json {"errors":[{"message":"the query in the URL is malformed","extensions":{"code":"BAD_USER_INPUT"}}]}`},
	{fact: "GET, syntax error", method: http.MethodGet, target: byGET("query", "{"), want: `422 application/json {"errors":[{"message":"Expected Name, found \u003cEOF\u003e","locations":[{"line":1,"column":2}],"extensions":{"code":"BAD_USER_INPUT"}}],"data":null}`},
	{fact: "GET, syntax error for the new type", method: http.MethodGet, target: byGET("query", "{"), accept: "application/graphql-response+json", want: `400 application/graphql-response+json {"errors":[{"message":"Expected Name, found \u003cEOF\u003e","locations":[{"line":1,"column":2}],"extensions":{"code":"BAD_USER_INPUT"}}],"data":null}`},
	{fact: "GET, mutation", method: http.MethodGet, target: byGET("query", `mutation { setRuleState(input: {ruleId: "R0001", state: DISABLED}) { ruleState { state } } }`), want: `405 application/json Allow: POST {"errors":[{"message":"GET only reads; send mutations by POST","extensions":{"code":"BAD_USER_INPUT"}}],"data":null}`},
	{fact: "GET, the query of two", method: http.MethodGet, target: byGET("query", `query A { __typename } mutation B { setRuleState(input: {ruleId: "R0001", state: DISABLED}) { ruleState { state } } }`, "operationName", "A"), want: typeName},
	{fact: "GET, the mutation of two, for the new type", method: http.MethodGet, target: byGET("query", `query A { __typename } mutation B { setRuleState(input: {ruleId: "R0001", state: DISABLED}) { ruleState { state } } }`, "operationName", "B"), accept: "application/graphql-response+json", want: `405 application/graphql-response+json Allow: POST {"errors":[{"message":"GET only reads; send mutations by POST","extensions":{"code":"BAD_USER_INPUT"}}],"data":null}`},
	{fact: "GET, mutation that is not valid", method: http.MethodGet, target: byGET("query", `mutation { x }`), want: `422 application/json {"errors":[{"message":"Cannot query field \"x\" on type \"Mutation\".","locations":[{"line":1,"column":12}],"extensions":{"code":"BAD_USER_INPUT"}}],"data":null}`},
	{fact: "GET, too long", method: http.MethodGet, target: "/graphql?query=" + strings.Repeat("x", 4<<20), want: `414 application/json {"errors":[{"message":"the query in the URL is too long; send it by POST","extensions":{"code":"LIMIT_EXCEEDED"}}]}`},
	{fact: "GET with a content type", method: http.MethodGet, target: byGET("query", "{ __typename }"), contentType: "text/plain", want: typeName},
	{fact: "OPTIONS", method: http.MethodOptions, want: `200  Allow: OPTIONS, GET, POST `},
	{fact: "OPTIONS with variables that are none", method: http.MethodOptions, target: byGET("variables", "x"), want: `200  Allow: OPTIONS, GET, POST `},
	{fact: "HEAD", method: http.MethodHead, target: byGET("query", "{ __typename }"), want: otherMethod},
	{fact: "PUT", method: http.MethodPut, body: `{"query": "{ __typename }"}`, want: otherMethod},
	{fact: "DELETE", method: http.MethodDelete, want: otherMethod},
	{fact: "body at the limit", body: `{"query": "{ __typename }", "x": "` + strings.Repeat("x", 4<<20-36) + `"}`, want: typeName},
	{fact: "body over the limit", body: `{"query": "{ __typename }", "x": "` + strings.Repeat("x", 4<<20-35) + `"}`, want: `413 application/json {"errors":[{"message":"the request body is longer than 4194304 bytes","extensions":{"code":"LIMIT_EXCEEDED"}}]}`},
}

func TestExchanges(t *testing.T) {
	handler := onSample(t)
	for _, e := range exchanges {
		t.Run(e.fact, func(t *testing.T) {
			assert.Equal(t, e.want, seen(e.run(t, handler)))
		})
	}
}
