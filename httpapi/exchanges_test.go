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
	header      map[string]string // further headers; a GET without any has one that shows that no other site sent it
	want        string            // status, content type without its charset, Allow if there is one, body
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
	if e.header == nil {
		request.Header.Set("Graphql-Require-Preflight", "1")
	}
	for name, value := range e.header {
		request.Header.Set(name, value)
	}
	recorder := httptest.NewRecorder()
	handler.ServeHTTP(recorder, request)
	if method == http.MethodHead {
		recorder.Body.Reset() // net/http does not send it
	}
	return recorder
}

func seen(answer *httptest.ResponseRecorder) string {
	header := answer.Header()
	contentType, named := strings.CutSuffix(header.Get("Content-Type"), "; charset=utf-8")
	if contentType != "" && !named {
		contentType += " without charset"
	}
	shown := fmt.Sprintf("%d %s", answer.Code, contentType)
	if allow := header.Get("Allow"); allow != "" {
		shown += " Allow: " + allow
	}
	return shown + " " + strings.TrimSuffix(answer.Body.String(), "\n")
}

// What many exchanges come to.
const (
	typeName  = `200 application/json {"data":{"__typename":"Query"}}`
	ofNewType = `200 application/graphql-response+json {"data":{"__typename":"Query"}}`
	noObject  = `400 application/json {"errors":[{"message":"the request body is not a JSON object such as {\"query\": \"{ campaigns { totalCount } }\"}","extensions":{"code":"BAD_USER_INPUT"}}]}`
	noQuery   = `400 application/json {"errors":[{"message":"the request body has no text under \"query\"","extensions":{"code":"BAD_USER_INPUT"}}]}`
	noMembers = `400 application/json {"errors":[{"message":"\"variables\" and \"extensions\" are objects, if they are given","extensions":{"code":"BAD_USER_INPUT"}}]}`
	tooDeeply = `400 application/json {"errors":[{"message":"the JSON of the request is nested deeper than 200 levels","extensions":{"code":"LIMIT_EXCEEDED"}}]}`
)

const (
	notPersisted = `200 application/json {"errors":[{"message":"PersistedQueryNotSupported","extensions":{"code":"PERSISTED_QUERY_NOT_SUPPORTED"}}]}`
	needsHeader  = `403 application/json {"errors":[{"message":"a GET must show that no page of another site sent it; add the header \"GraphQL-Require-Preflight: 1\", or send the query by POST as application/json","extensions":{"code":"FORBIDDEN"}}]}`

	hashAlone = `{"extensions": {"persistedQuery": {"version": 1, "sha256Hash": "ecf4edb46db40b5132295c0291d62fb65d6759a9eedfa4d5d612dd5ec54a6b38"}}}`
	hash      = `{"persistedQuery":{"version":1,"sha256Hash":"ecf4edb46db40b5132295c0291d62fb65d6759a9eedfa4d5d612dd5ec54a6b38"}}`
	simple    = `{"query": "{ __typename }"}`
	syntax    = `{"query": "{"}`
	unknown   = `{"query": "{ x }"}`
	coercion  = `{"query": "query ($id: ID!) { node(id: $id) { id } }", "variables": {"id": null}}`
)

// exchanges are what clients meet, whoever reads the request and writes the answer.
var exchanges = []exchange{
	{fact: "a query", body: `{"query": "{ __typename }"}`, want: typeName},
	{fact: "white space around the object", body: " \n\t{\"query\" : \"{ __typename }\"}\r\n ", want: typeName},
	{fact: "charset of JSON", body: `{"query": "{ __typename }"}`, contentType: "application/json; charset=utf-8", want: typeName},
	{fact: "content type in capitals", body: `{"query": "{ __typename }"}`, contentType: "Application/JSON", want: typeName},
	{fact: "malformed parameter of the type", body: `{"query": "{ __typename }"}`, contentType: "application/json; charset", want: `415 application/json {"errors":[{"message":"the Content-Type of the request is \"application/json; charset\"; send the query as JSON, with \"Content-Type: application/json\"","extensions":{"code":"BAD_USER_INPUT"}}]}`},
	{fact: "escapes in a query", body: `{"query": "{\n\t\u0061: __typename \u00e9 }"}`, want: `200 application/json {"errors":[{"message":"Expected Name, found \u003cInvalid\u003e","locations":[{"line":2,"column":16}],"extensions":{"code":"BAD_USER_INPUT"}}]}`},
	{fact: "half a surrogate", body: `{"query": "{ a(\ud800: 1) }"}`, want: `400 application/json {"errors":[{"message":"the text under \"query\" has bytes or escapes that are not a character of Unicode","extensions":{"code":"BAD_USER_INPUT"}}]}`},
	{fact: "bytes that are no UTF-8", body: "{\"query\": \"{ a\xff }\"}", want: `400 application/json {"errors":[{"message":"the text under \"query\" has bytes or escapes that are not a character of Unicode","extensions":{"code":"BAD_USER_INPUT"}}]}`},
	{fact: "named operation", body: `{"query": "query A { __typename } query B { b: __typename }", "operationName": "B"}`, want: `200 application/json {"data":{"b":"Query"}}`},
	{fact: "empty operation name", body: `{"query": "query A { __typename } query B { b: __typename }", "operationName": ""}`, want: `200 application/json {"errors":[{"message":"the document has several operations; say in operationName which one to run","extensions":{"code":"BAD_USER_INPUT"}}]}`},
	{fact: "null operation name", body: `{"query": "query A { __typename }", "operationName": null}`, want: typeName},
	{fact: "operation that there is not", body: `{"query": "query A { __typename }", "operationName": "C"}`, want: `200 application/json {"errors":[{"message":"operation C not found","extensions":{"code":"BAD_USER_INPUT"}}]}`},
	{fact: "variables", body: `{"query": "query ($by: TechniqueX) { __typename }", "variables": {"by": 1}}`, want: `200 application/json {"errors":[{"message":"Unknown type \"TechniqueX\".","locations":[{"line":1,"column":8}],"extensions":{"code":"BAD_USER_INPUT"}},{"message":"Variable \"$by\" is never used.","locations":[{"line":1,"column":8}],"extensions":{"code":"BAD_USER_INPUT"}}]}`},
	{fact: "null variables", body: `{"query": "{ __typename }", "variables": null, "extensions": null}`, want: typeName},
	{fact: "members nobody knows", body: `{"query": "{ __typename }", "id": [1, {"a": null}], "extensions": {"persistedQuery": {"version": 1}}}`, want: typeName},
	{fact: "variable used", body: `{"query": "query ($id: ID!) { node(id: $id) { id } }", "variables": {"id": "VXNlcjp4"}}`, want: `200 application/json {"data":{"node":null}}`},
	{fact: "whole number for a variable", body: `{"query": "query ($n: Int) { campaigns(first: $n) { pageInfo { hasPreviousPage } } }", "variables": {"n": 5}}`, want: `200 application/json {"data":{"campaigns":{"pageInfo":{"hasPreviousPage":false}}}}`},
	{fact: "number with an exponent", body: `{"query": "query ($n: Int) { campaigns(first: $n) { pageInfo { hasPreviousPage } } }", "variables": {"n": 1e1}}`, want: `200 application/json {"errors":[{"message":"the variable $n is 1e1, which is no Int; give a number of digits alone, from -2147483648 to 2147483647","locations":[{"line":1,"column":8}],"extensions":{"code":"BAD_USER_INPUT"}}]}`},
	{fact: "number with a fraction", body: `{"query": "query ($n: Int) { campaigns(first: $n) { pageInfo { hasPreviousPage } } }", "variables": {"n": 5.0}}`, want: `200 application/json {"errors":[{"message":"the variable $n is 5.0, which is no Int; give a number of digits alone, from -2147483648 to 2147483647","locations":[{"line":1,"column":8}],"extensions":{"code":"BAD_USER_INPUT"}}]}`},
	{fact: "number beyond all bits", body: `{"query": "query ($n: Int) { campaigns(first: $n) { pageInfo { hasPreviousPage } } }", "variables": {"n": 123456789012345678901234567890}}`, want: `200 application/json {"errors":[{"message":"the variable $n is 123456789012345678901234567890, which is no Int; give a number of digits alone, from -2147483648 to 2147483647","locations":[{"line":1,"column":8}],"extensions":{"code":"BAD_USER_INPUT"}}]}`},
	{fact: "number for an ID", body: `{"query": "query ($id: ID!) { node(id: $id) { id } }", "variables": {"id": 7}}`, want: `200 application/json {"errors":[{"message":"\"7\" is not an id that this server gave out","path":["node"],"locations":[{"line":1,"column":20}],"extensions":{"code":"BAD_USER_INPUT"}}],"data":{"node":null}}`},
	{fact: "missing variable", body: `{"query": "query ($id: ID!) { node(id: $id) { id } }"}`, want: `200 application/json {"errors":[{"message":"the variable $id is missing; give a value of type ID!","locations":[{"line":1,"column":8}],"extensions":{"code":"BAD_USER_INPUT"}}]}`},
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
	{fact: "query of white space", body: `{"query": " "}`, want: `200 application/json {"errors":[{"message":"no operation provided","extensions":{"code":"BAD_USER_INPUT"}}]}`},
	{fact: "null query", body: `{"query": null}`, want: noQuery},
	{fact: "number for the query", body: `{"query": 5}`, want: noQuery},
	{fact: "object for the query", body: `{"query": {}}`, want: noQuery},
	{fact: "list of variables", body: `{"query": "{ __typename }", "variables": []}`, want: noMembers},
	{fact: "text for variables", body: `{"query": "{ __typename }", "variables": "{}"}`, want: noMembers},
	{fact: "list of extensions", body: `{"query": "{ __typename }", "extensions": []}`, want: noMembers},
	{fact: "number for the operation", body: `{"query": "{ __typename }", "operationName": 5}`, want: `400 application/json {"errors":[{"message":"\"operationName\" is a text, if it is given","extensions":{"code":"BAD_USER_INPUT"}}]}`},
	{fact: "query in capitals", body: `{"QUERY": "{ __typename }"}`, want: noQuery},
	{fact: "lists too deep", body: `{"query": "{ __typename }", "variables": {"a": ` + strings.Repeat("[", 20_000) + strings.Repeat("]", 20_000) + `}}`, want: tooDeeply},
	{fact: "unknown lists too deep", body: `{"query": "{ __typename }", "x": ` + strings.Repeat("[", 20_000) + strings.Repeat("]", 20_000) + `}`, want: tooDeeply},
	{fact: "unclosed lists", body: `{"query": "{ __typename }", "variables": ` + strings.Repeat("[", 500_000), want: tooDeeply},

	{fact: "syntax error", body: `{"query": "{ campaigns {"}`, want: `200 application/json {"errors":[{"message":"Expected Name, found \u003cEOF\u003e","locations":[{"line":1,"column":14}],"extensions":{"code":"BAD_USER_INPUT"}}]}`},
	{fact: "unknown field", body: `{"query": "{ nothing }"}`, want: `200 application/json {"errors":[{"message":"Cannot query field \"nothing\" on type \"Query\".","locations":[{"line":1,"column":3}],"extensions":{"code":"BAD_USER_INPUT"}}]}`},
	{fact: "syntax error for the new type", body: `{"query": "{ campaigns {"}`, accept: "application/graphql-response+json", want: `400 application/graphql-response+json {"errors":[{"message":"Expected Name, found \u003cEOF\u003e","locations":[{"line":1,"column":14}],"extensions":{"code":"BAD_USER_INPUT"}}]}`},
	{fact: "unknown field for the new type", body: `{"query": "{ nothing }"}`, accept: "application/graphql-response+json", want: `422 application/graphql-response+json {"errors":[{"message":"Cannot query field \"nothing\" on type \"Query\".","locations":[{"line":1,"column":3}],"extensions":{"code":"BAD_USER_INPUT"}}]}`},
	{fact: "error of a field", body: `{"query": "{ node(id: \"!!!\") { id } __typename }"}`, want: `200 application/json {"errors":[{"message":"\"!!!\" is not an id that this server gave out","path":["node"],"locations":[{"line":1,"column":3}],"extensions":{"code":"BAD_USER_INPUT"}}],"data":{"node":null,"__typename":"Query"}}`},
	{fact: "error of a field for the new type", body: `{"query": "{ node(id: \"!!!\") { id } __typename }"}`, accept: "application/graphql-response+json", want: `200 application/graphql-response+json {"errors":[{"message":"\"!!!\" is not an id that this server gave out","path":["node"],"locations":[{"line":1,"column":3}],"extensions":{"code":"BAD_USER_INPUT"}}],"data":{"node":null,"__typename":"Query"}}`},
	{fact: "subscription", body: `{"query": "subscription { x }"}`, want: `200 application/json {"errors":[{"message":"Schema does not support operation type \"subscription\"","locations":[{"line":1,"column":1}],"extensions":{"code":"BAD_USER_INPUT"}}]}`},
	{fact: "mutation while reading only", body: `{"query": "mutation { setRuleState(input: {ruleId: \"R0001\", state: DISABLED}) { ruleState { state } } }"}`, want: `200 application/json {"errors":[{"message":"this server only reads its database; it must be started with --write to change anything","path":["setRuleState"],"locations":[{"line":1,"column":12}],"extensions":{"code":"FORBIDDEN"}}],"data":{"setRuleState":null}}`},

	{fact: "accept anything", body: `{"query": "{ __typename }"}`, accept: "*/*", want: typeName},
	{fact: "accept any application", body: `{"query": "{ __typename }"}`, accept: "application/*", want: typeName},
	{fact: "accept JSON", body: `{"query": "{ __typename }"}`, accept: "application/json", want: typeName},
	{fact: "accept the new type", body: `{"query": "{ __typename }"}`, accept: "application/graphql-response+json", want: ofNewType},
	{fact: "accept both, the new first", body: `{"query": "{ __typename }"}`, accept: "application/graphql-response+json; charset=utf-8, application/json;q=0.9", want: ofNewType},
	{fact: "accept both, JSON first", body: `{"query": "{ __typename }"}`, accept: "application/json;q=0.1, application/graphql-response+json", want: ofNewType},
	{fact: "accept as a browser does", body: `{"query": "{ __typename }"}`, accept: "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", want: typeName},
	{fact: "accept what is not served", body: `{"query": "{ __typename }"}`, accept: "text/html", want: `406 application/json {"errors":[{"message":"the request accepts nothing that this server sends (Accept: \"text/html\"); accept application/graphql-response+json or application/json","extensions":{"code":"BAD_USER_INPUT"}}]}`},
	{fact: "accept nonsense", body: `{"query": "{ __typename }"}`, accept: ";;,,", want: typeName},

	{fact: "no content type", body: `{"query": "{ __typename }"}`, contentType: "none", want: `415 application/json {"errors":[{"message":"the request has no Content-Type; send the query as JSON, with \"Content-Type: application/json\"","extensions":{"code":"BAD_USER_INPUT"}}]}`},
	{fact: "plain text", body: `{"query": "{ __typename }"}`, contentType: "text/plain", want: `415 application/json {"errors":[{"message":"the Content-Type of the request is \"text/plain\"; send the query as JSON, with \"Content-Type: application/json\"","extensions":{"code":"BAD_USER_INPUT"}}]}`},
	{fact: "a form", body: `query={__typename}`, contentType: "application/x-www-form-urlencoded", want: `415 application/json {"errors":[{"message":"the Content-Type of the request is \"application/x-www-form-urlencoded\"; send the query as JSON, with \"Content-Type: application/json\"","extensions":{"code":"BAD_USER_INPUT"}}]}`},
	{fact: "GraphQL itself", body: `{ __typename }`, contentType: "application/graphql", want: `415 application/json {"errors":[{"message":"the Content-Type of the request is \"application/graphql\"; send the query as JSON, with \"Content-Type: application/json\"","extensions":{"code":"BAD_USER_INPUT"}}]}`},

	{fact: "GET", method: http.MethodGet, target: byGET("query", "{ __typename }"), want: typeName},
	{fact: "GET, named", method: http.MethodGet, target: byGET("query", "query A { __typename } query B { b: __typename }", "operationName", "B"), want: `200 application/json {"data":{"b":"Query"}}`},
	{fact: "GET, variables", method: http.MethodGet, target: byGET("query", "query ($id: ID!) { node(id: $id) { id } }", "variables", `{"id": "VXNlcjp4"}`), want: `200 application/json {"data":{"node":null}}`},
	{fact: "GET, number for a variable", method: http.MethodGet, target: byGET("query", "query ($n: Int) { campaigns(first: $n) { totalCount } }", "variables", `{"n": 5.5}`), want: `200 application/json {"errors":[{"message":"the variable $n is 5.5, which is no Int; give a number of digits alone, from -2147483648 to 2147483647","locations":[{"line":1,"column":8}],"extensions":{"code":"BAD_USER_INPUT"}}]}`},
	{fact: "GET, null variables", method: http.MethodGet, target: byGET("query", "{ __typename }", "variables", `null`), want: typeName},
	{fact: "GET, empty variables", method: http.MethodGet, target: byGET("query", "{ __typename }", "variables", ``, "extensions", ``), want: typeName},
	{fact: "GET, list of variables", method: http.MethodGet, target: byGET("query", "{ __typename }", "variables", `[]`), want: `400 application/json {"errors":[{"message":"variables is not a JSON object","extensions":{"code":"BAD_USER_INPUT"}}]}`},
	{fact: "GET, something after the variables", method: http.MethodGet, target: byGET("query", "{ __typename }", "variables", `{} x`), want: `400 application/json {"errors":[{"message":"variables is not a JSON object","extensions":{"code":"BAD_USER_INPUT"}}]}`},
	{fact: "GET, list of extensions", method: http.MethodGet, target: byGET("query", "{ __typename }", "extensions", `[]`), want: `400 application/json {"errors":[{"message":"extensions is not a JSON object","extensions":{"code":"BAD_USER_INPUT"}}]}`},
	{fact: "GET, nothing", method: http.MethodGet, want: `400 application/json {"errors":[{"message":"the URL has no text under \"query\"","extensions":{"code":"BAD_USER_INPUT"}}]}`},
	{fact: "GET, query twice", method: http.MethodGet, target: "/graphql?query={a:__typename}&query={b:__typename}", want: `200 application/json {"data":{"a":"Query"}}`},
	{fact: "GET, malformed URL", method: http.MethodGet, target: "/graphql?query={__typename}&x=%zz", want: `400 application/json {"errors":[{"message":"the query in the URL is malformed","extensions":{"code":"BAD_USER_INPUT"}}]}`},
	{fact: "GET, semicolon", method: http.MethodGet, target: "/graphql?query={__typename};x=1", want: `400 application/json {"errors":[{"message":"the query in the URL is malformed","extensions":{"code":"BAD_USER_INPUT"}}]}`},
	{fact: "GET, syntax error", method: http.MethodGet, target: byGET("query", "{"), want: `200 application/json {"errors":[{"message":"Expected Name, found \u003cEOF\u003e","locations":[{"line":1,"column":2}],"extensions":{"code":"BAD_USER_INPUT"}}]}`},
	{fact: "GET, syntax error for the new type", method: http.MethodGet, target: byGET("query", "{"), accept: "application/graphql-response+json", want: `400 application/graphql-response+json {"errors":[{"message":"Expected Name, found \u003cEOF\u003e","locations":[{"line":1,"column":2}],"extensions":{"code":"BAD_USER_INPUT"}}]}`},
	{fact: "GET, mutation", method: http.MethodGet, target: byGET("query", `mutation { setRuleState(input: {ruleId: "R0001", state: DISABLED}) { ruleState { state } } }`), want: `405 application/json Allow: POST {"errors":[{"message":"GET only reads; send mutations by POST","extensions":{"code":"BAD_USER_INPUT"}}]}`},
	{fact: "GET, the query of two", method: http.MethodGet, target: byGET("query", `query A { __typename } mutation B { setRuleState(input: {ruleId: "R0001", state: DISABLED}) { ruleState { state } } }`, "operationName", "A"), want: typeName},
	{fact: "GET, the mutation of two, for the new type", method: http.MethodGet, target: byGET("query", `query A { __typename } mutation B { setRuleState(input: {ruleId: "R0001", state: DISABLED}) { ruleState { state } } }`, "operationName", "B"), accept: "application/graphql-response+json", want: `405 application/graphql-response+json Allow: POST {"errors":[{"message":"GET only reads; send mutations by POST","extensions":{"code":"BAD_USER_INPUT"}}]}`},
	{fact: "GET, mutation that is not valid", method: http.MethodGet, target: byGET("query", `mutation { x }`), want: `200 application/json {"errors":[{"message":"Cannot query field \"x\" on type \"Mutation\".","locations":[{"line":1,"column":12}],"extensions":{"code":"BAD_USER_INPUT"}}]}`},
	{fact: "GET with a content type", method: http.MethodGet, target: byGET("query", "{ __typename }"), contentType: "text/plain", want: typeName},
	{fact: "OPTIONS", method: http.MethodOptions, want: `200  Allow: GET, HEAD, POST, OPTIONS `},
	{fact: "OPTIONS with variables that are none", method: http.MethodOptions, target: byGET("variables", "x"), want: `200  Allow: GET, HEAD, POST, OPTIONS `},
	{fact: "HEAD", method: http.MethodHead, target: byGET("query", "{ __typename }"), want: `200 application/json `},
	{fact: "PUT", method: http.MethodPut, body: `{"query": "{ __typename }"}`, want: `405 application/json Allow: GET, HEAD, POST, OPTIONS {"errors":[{"message":"GraphQL is served by POST or GET, not by \"PUT\"","extensions":{"code":"BAD_USER_INPUT"}}]}`},
	{fact: "DELETE", method: http.MethodDelete, want: `405 application/json Allow: GET, HEAD, POST, OPTIONS {"errors":[{"message":"GraphQL is served by POST or GET, not by \"DELETE\"","extensions":{"code":"BAD_USER_INPUT"}}]}`},
	{fact: "accept, both by weight", body: simple, accept: `application/json;q=0.9, application/graphql-response+json;q=0.91`, want: ofNewType},
	{fact: "accept, both by weight, JSON more", body: simple, accept: `application/graphql-response+json;q=0.5, application/json;q=0.51`, want: typeName},
	{fact: "accept, both alike, JSON first", body: simple, accept: `application/json, application/graphql-response+json`, want: typeName},
	{fact: "accept, both alike, the new first", body: simple, accept: `application/graphql-response+json, application/json`, want: ofNewType},
	{fact: "accept, as Apollo Client 4 does", body: simple, accept: `application/graphql-response+json,application/json;q=0.9`, want: ofNewType},
	{fact: "accept, as clients of deferred answers do", body: simple, accept: `multipart/mixed;deferSpec=20220824, application/graphql-response+json, application/json`, want: ofNewType},
	{fact: "accept, JSON refused", body: simple, accept: `application/json;q=0, */*`, want: ofNewType},
	{fact: "accept, JSON refused in three digits", body: simple, accept: `application/json;q=0.000, */*`, want: ofNewType},
	{fact: "accept, the new refused", body: simple, accept: `application/graphql-response+json;q=0, */*`, want: typeName},
	{fact: "accept, the new, and anything less", body: simple, accept: `application/graphql-response+json, */*;q=0.1`, want: ofNewType},
	{fact: "accept, the new, and anything alike", body: simple, accept: `*/*, application/graphql-response+json`, want: ofNewType},
	{fact: "accept, the more specific range counts", body: simple, accept: `application/json;q=0.1, application/*, application/graphql-response+json;q=0.2`, want: ofNewType},
	{fact: "accept, nothing but JSON", body: simple, accept: `*/*;q=0, application/json`, want: typeName},
	{fact: "accept, capitals", body: simple, accept: `Application/GraphQL-Response+JSON;Q=1`, want: ofNewType},
	{fact: "accept, charset in quotes", body: simple, accept: `application/json; charset="UTF-8"`, want: typeName},
	{fact: "accept, another charset", body: simple, accept: `application/json; charset=utf-16`, want: `406 application/json {"errors":[{"message":"the request accepts nothing that this server sends (Accept: \"application/json; charset=utf-16\"); accept application/graphql-response+json or application/json","extensions":{"code":"BAD_USER_INPUT"}}]}`},
	{fact: "accept, a comma in quotes", body: simple, accept: `application/json;x="a,b;q=0", text/html`, want: typeName},
	{fact: "accept, a weight that is none", body: simple, accept: `application/json;q=high, application/graphql-response+json;q=0.1`, want: ofNewType},
	{fact: "accept, a weight over one", body: simple, accept: `application/json;q=2`, want: typeName},
	{fact: "accept, everything refused", body: simple, accept: `*/*;q=0`, want: `406 application/json {"errors":[{"message":"the request accepts nothing that this server sends (Accept: \"*/*;q=0\"); accept application/graphql-response+json or application/json","extensions":{"code":"BAD_USER_INPUT"}}]}`},
	{fact: "accept, both refused", body: simple, accept: `application/json;q=0, application/graphql-response+json;q=0, */*`, want: `406 application/json {"errors":[{"message":"the request accepts nothing that this server sends (Accept: \"application/json;q=0, application/graphql-response+json;q=0, */*\"); accept application/graphql-response+json or application/json","extensions":{"code":"BAD_USER_INPUT"}}]}`},
	{fact: "accept, a stream", body: simple, accept: `text/event-stream`, want: `406 application/json {"errors":[{"message":"the request accepts nothing that this server sends (Accept: \"text/event-stream\"); accept application/graphql-response+json or application/json","extensions":{"code":"BAD_USER_INPUT"}}]}`},
	{fact: "accept, a name without a slash", body: simple, accept: `json`, want: `406 application/json {"errors":[{"message":"the request accepts nothing that this server sends (Accept: \"json\"); accept application/graphql-response+json or application/json","extensions":{"code":"BAD_USER_INPUT"}}]}`},
	{fact: "accept what is not served, for a syntax error", body: syntax, accept: "text/html", want: `406 application/json {"errors":[{"message":"the request accepts nothing that this server sends (Accept: \"text/html\"); accept application/graphql-response+json or application/json","extensions":{"code":"BAD_USER_INPUT"}}]}`},
	{fact: "no JSON, for the new type", body: "x", accept: "application/graphql-response+json", want: `400 application/graphql-response+json {"errors":[{"message":"the request body is not a JSON object such as {\"query\": \"{ campaigns { totalCount } }\"}","extensions":{"code":"BAD_USER_INPUT"}}]}`},
	{fact: "coercion", body: coercion, want: `200 application/json {"errors":[{"message":"the variable $id is null, which its type ID! does not allow","locations":[{"line":1,"column":8}],"extensions":{"code":"BAD_USER_INPUT"}}]}`},
	{fact: "coercion for the new type", body: coercion, accept: "application/graphql-response+json", want: `422 application/graphql-response+json {"errors":[{"message":"the variable $id is null, which its type ID! does not allow","locations":[{"line":1,"column":8}],"extensions":{"code":"BAD_USER_INPUT"}}]}`},

	{fact: "charset in capitals and quotes", body: simple, contentType: `application/json; charset="UTF-8"`, want: typeName},
	{fact: "charset of ASCII", body: simple, contentType: "application/json;charset=us-ascii", want: typeName},
	{fact: "charset of Windows", body: simple, contentType: "application/json; charset=windows-1252", want: `415 application/json {"errors":[{"message":"the charset of the request body is \"windows-1252\"; send it in UTF-8","extensions":{"code":"BAD_USER_INPUT"}}]}`},
	{fact: "charset UTF-16", body: simple, contentType: "application/json; charset=utf-16le", want: `415 application/json {"errors":[{"message":"the charset of the request body is \"utf-16le\"; send it in UTF-8","extensions":{"code":"BAD_USER_INPUT"}}]}`},
	{fact: "byte order mark", body: "\xef\xbb\xbf" + simple, want: typeName},
	{fact: "two types", body: simple, contentType: "application/json, text/plain", want: `415 application/json {"errors":[{"message":"the Content-Type of the request is \"application/json, text/plain\"; send the query as JSON, with \"Content-Type: application/json\"","extensions":{"code":"BAD_USER_INPUT"}}]}`},
	{fact: "type of an answer", body: simple, contentType: "application/graphql-response+json", want: `415 application/json {"errors":[{"message":"the Content-Type of the request is \"application/graphql-response+json\"; send the query as JSON, with \"Content-Type: application/json\"","extensions":{"code":"BAD_USER_INPUT"}}]}`},
	{fact: "upload of files", body: simple, contentType: "multipart/form-data; boundary=x", want: `415 application/json {"errors":[{"message":"the Content-Type of the request is \"multipart/form-data; boundary=x\"; send the query as JSON, with \"Content-Type: application/json\"","extensions":{"code":"BAD_USER_INPUT"}}]}`},
	{fact: "compressed", body: "\x1f\x8b", header: map[string]string{"Content-Encoding": "gzip"}, want: `415 application/json {"errors":[{"message":"the request body is compressed (Content-Encoding: \"gzip\"); send it uncompressed, without this header","extensions":{"code":"BAD_USER_INPUT"}}]}`},
	{fact: "compressed twice", body: "\x1f\x8b", header: map[string]string{"Content-Encoding": "gzip, br"}, want: `415 application/json {"errors":[{"message":"the request body is compressed (Content-Encoding: \"gzip, br\"); send it uncompressed, without this header","extensions":{"code":"BAD_USER_INPUT"}}]}`},
	{fact: "said not to be compressed", body: simple, header: map[string]string{"Content-Encoding": "Identity"}, want: typeName},

	{fact: "a hash alone", body: hashAlone, want: notPersisted},
	{fact: "a hash alone, with an operation", body: `{"operationName": "A", "variables": {}, "query": null, ` + hashAlone[1:], want: notPersisted},
	{fact: "a hash alone, for the new type", body: hashAlone, accept: "application/graphql-response+json", want: strings.ReplaceAll(notPersisted, "application/json", "application/graphql-response+json")},
	{fact: "a hash with a text", body: `{"query": "{ __typename }", ` + hashAlone[1:], want: typeName},
	{fact: "a hash with a text that is empty", body: `{"query": "", ` + hashAlone[1:], want: notPersisted},
	{fact: "a hash with a text that is none", body: `{"query": 5, ` + hashAlone[1:], want: noQuery},
	{fact: "a text for a hash", body: `{"extensions": {"persistedQuery": "abc"}}`, want: noQuery},
	{fact: "GET, a hash alone", method: http.MethodGet, target: byGET("extensions", hash), want: notPersisted},
	{fact: "GET, a hash alone, without a header", method: http.MethodGet, target: byGET("extensions", hash), header: map[string]string{}, want: notPersisted},
	{fact: "GET, a hash with a text", method: http.MethodGet, target: byGET("query", "{ __typename }", "extensions", hash), want: typeName},

	{fact: "GET, without a header", method: http.MethodGet, target: byGET("query", "{ __typename }"), header: map[string]string{}, want: needsHeader},
	{fact: "GET, the header is empty", method: http.MethodGet, target: byGET("query", "{ __typename }"), header: map[string]string{"X-Requested-With": ""}, want: needsHeader},
	{fact: "GET, as a form", method: http.MethodGet, target: byGET("query", "{ __typename }"), header: map[string]string{"Content-Type": "text/plain; application/json"}, want: needsHeader},
	{fact: "GET, mutation without a header", method: http.MethodGet, target: byGET("query", "mutation { __typename }"), header: map[string]string{}, want: needsHeader},
	{fact: "GET, with a token", method: http.MethodGet, target: byGET("query", "{ __typename }"), header: map[string]string{"Authorization": "Bearer x"}, want: typeName},
	{fact: "GET, with a password", method: http.MethodGet, target: byGET("query", "{ __typename }"), header: map[string]string{"Authorization": "Basic x"}, want: needsHeader},
	{fact: "GET, with Apollo-Require-Preflight true", method: http.MethodGet, target: byGET("query", "{ __typename }"), header: map[string]string{"Apollo-Require-Preflight": "true"}, want: typeName},
	{fact: "GET, with X-Apollo-Operation-Name A", method: http.MethodGet, target: byGET("query", "{ __typename }"), header: map[string]string{"X-Apollo-Operation-Name": "A"}, want: typeName},
	{fact: "GET, with X-Requested-With XMLHttpRequest", method: http.MethodGet, target: byGET("query", "{ __typename }"), header: map[string]string{"X-Requested-With": "XMLHttpRequest"}, want: typeName},
	{fact: "GET, with Content-Type application/json; charset=utf-8", method: http.MethodGet, target: byGET("query", "{ __typename }"), header: map[string]string{"Content-Type": "application/json; charset=utf-8"}, want: typeName},
	{fact: "GET, with Sec-Fetch-Site same-origin", method: http.MethodGet, target: byGET("query", "{ __typename }"), header: map[string]string{"Sec-Fetch-Site": "same-origin"}, want: typeName},
	{fact: "GET, with Sec-Fetch-Site none", method: http.MethodGet, target: byGET("query", "{ __typename }"), header: map[string]string{"Sec-Fetch-Site": "none"}, want: typeName},
	{fact: "GET with a body", method: http.MethodGet, target: byGET("query", "{ __typename }"), body: "{}", want: `400 application/json {"errors":[{"message":"a GET has no body; send the query in the URL, or by POST as application/json","extensions":{"code":"BAD_USER_INPUT"}}]}`},
	{fact: "GET, variables too deep", method: http.MethodGet, target: byGET("query", "{ __typename }", "variables", strings.Repeat("[", 300)), want: tooDeeply},
	{fact: "HEAD, mutation", method: http.MethodHead, target: byGET("query", "mutation { __typename }"), want: `405 application/json Allow: POST `},
	{fact: "HEAD, nothing", method: http.MethodHead, want: `400 application/json `},
	{fact: "body at the limit", body: `{"query": "{ __typename }", "x": "` + strings.Repeat("x", 4<<20-36) + `"}`, want: typeName},
	{fact: "body over the limit", body: `{"query": "{ __typename }", "x": "` + strings.Repeat("x", 4<<20-35) + `"}`, want: `413 application/json {"errors":[{"message":"the request body is longer than 4194304 bytes; send less at once","extensions":{"code":"LIMIT_EXCEEDED"}}]}`},
}

func TestExchanges(t *testing.T) {
	handler := onSample(t)
	for _, e := range exchanges {
		t.Run(e.fact, func(t *testing.T) {
			assert.Equal(t, e.want, seen(e.run(t, handler)))
		})
	}
}
