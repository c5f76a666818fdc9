package httpapi

import (
	"net/http"
	"net/url"
	"unicode/utf8"

	"github.com/99designs/gqlgen/graphql"

	"decnetgraph/resolvers"
)

// readURL reads the operation of a GET from its URL.
func readURL(req *http.Request) (*graphql.RawParams, *refusal) {
	if req.ContentLength != 0 {
		return nil, badInput("a GET has no body; send the query in the URL, or by POST as application/json")
	}
	given, err := url.ParseQuery(req.URL.RawQuery)
	if err != nil {
		return nil, badInput("the query in the URL is malformed")
	}
	params := &graphql.RawParams{Query: given.Get("query"), OperationName: given.Get("operationName")}
	for name, members := range map[string]*map[string]any{"variables": &params.Variables, "extensions": &params.Extensions} {
		text := []byte(given.Get(name))
		if len(text) == 0 {
			continue
		}
		var size jsonSize
		if size.add(text); size.tooDeep {
			return nil, tooDeep()
		}
		value, ok := decodeJSON(text)
		var isObject bool
		if *members, isObject = optional[map[string]any](value); !ok || !isObject {
			return nil, badInput(name + " is not a JSON object")
		}
	}
	switch {
	case params.Query == "" && hasPersistedQuery(params.Extensions):
		return nil, notPersisted()
	case params.Query == "":
		return nil, badInput(`the URL has no text under "query"`)
	}
	return params, requireCustomHeader(req.Header)
}

// hasPersistedQuery reports whether extensions have the hash of a document, which clients of Apollo send alone at first.
func hasPersistedQuery(extensions map[string]any) bool {
	_, given := extensions["persistedQuery"].(map[string]any)
	return given
}

// notPersisted answers a hash without a text so that clients of Apollo send the text and no more hashes. Its status is that of
// Apollo's server: some clients read the answer only then.
func notPersisted() *refusal {
	return refuse(http.StatusOK, resolvers.CodePersistedQueryNotSupported, "PersistedQueryNotSupported")
}

// decodeBody reads the members that GraphQL over HTTP defines from a JSON object, and ignores all others.
func decodeBody(body []byte) (*graphql.RawParams, *refusal) {
	var given struct{ query, variables, extensions, operationName any }
	isObject := decodeObject(body, func(name string, value any) {
		switch name {
		case "query":
			given.query = value
		case "variables":
			given.variables = value
		case "extensions":
			given.extensions = value
		case "operationName":
			given.operationName = value
		}
	})
	query, textOrNone := optional[string](given.query)
	variables, asObject := optional[map[string]any](given.variables)
	extensions, asObjectToo := optional[map[string]any](given.extensions)
	operation, asText := optional[string](given.operationName)
	switch {
	case !isObject:
		return nil, badInput(`the request body is not a JSON object such as {"query": "{ campaigns { totalCount } }"}`)
	case query == "" && textOrNone && hasPersistedQuery(extensions):
		return nil, notPersisted()
	case query == "":
		return nil, badInput(`the request body has no text under "query"`)
	case !utf8.ValidString(query):
		return nil, badInput(`the text under "query" has bytes or escapes that are not a character of Unicode`)
	case !asObject || !asObjectToo:
		return nil, badInput(`"variables" and "extensions" are objects, if they are given`)
	case !asText:
		return nil, badInput(`"operationName" is a text, if it is given`)
	}
	return &graphql.RawParams{Query: query, OperationName: operation, Variables: variables, Extensions: extensions}, nil
}

// optional converts a member to its type. The zero value stands for null and for a member that is missing; ok is
// false for a value of another type.
func optional[T any](value any) (typed T, ok bool) {
	typed, ok = value.(T)
	return typed, ok || value == nil
}
