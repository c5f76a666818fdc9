package httpapi

import (
	"cmp"
	"net/http"
	"net/url"
	"unicode/utf8"

	"github.com/99designs/gqlgen/graphql"
)

// request is the operation that a request asks for.
type request struct {
	graphql.RawParams

	// documentID names the document in place of its text; empty if the request has none.
	documentID string
	// register says that the text may be named by its SHA-256 from now on, if it is valid.
	register bool
}

// readURL reads the operation of a GET from its URL.
func readURL(req *http.Request) (*request, *refusal) {
	if req.ContentLength != 0 {
		return nil, badInput("a GET has no body; send the query in the URL, or by POST as application/json")
	}
	given, err := url.ParseQuery(req.URL.RawQuery)
	if err != nil {
		return nil, badInput("the query in the URL is malformed")
	}
	r := &request{documentID: cmp.Or(given.Get(documentID), given.Get(relayDocumentID))}
	r.Query, r.OperationName = given.Get("query"), given.Get("operationName")
	for name, members := range map[string]*map[string]any{"variables": &r.Variables, "extensions": &r.Extensions} {
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
	if r.Query == "" && !r.namesDocument() {
		return nil, badInput(`the URL has no text under "query"`)
	}
	return r, nil
}

// The members that name a document: that of GraphQL over HTTP, and that of Relay's guide.
const (
	documentID      = "documentId"
	relayDocumentID = "doc_id"
)

// namesDocument reports whether the request names a document in place of a text: by its id, or by a hash as clients of Apollo do.
func (r *request) namesDocument() bool { return r.documentID != "" || hasPersistedQuery(r.Extensions) }

// hasPersistedQuery reports whether extensions have the hash of a document, which clients of Apollo send alone at first.
func hasPersistedQuery(extensions map[string]any) bool {
	_, given := extensions["persistedQuery"].(map[string]any)
	return given
}

// decodeBody reads the members that GraphQL over HTTP defines from a JSON object, and ignores all others.
func decodeBody(body []byte) (*request, *refusal) {
	var given struct{ query, variables, extensions, operationName, id, relayID any }
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
		case documentID:
			given.id = value
		case relayDocumentID:
			given.relayID = value
		}
	})
	query, textOrNone := optional[string](given.query)
	variables, asObject := optional[map[string]any](given.variables)
	extensions, asObjectToo := optional[map[string]any](given.extensions)
	operation, asText := optional[string](given.operationName)
	id, idAsText := optional[string](given.id)
	relayID, relayIDAsText := optional[string](given.relayID)
	r := &request{documentID: cmp.Or(id, relayID)}
	r.Query, r.OperationName, r.Variables, r.Extensions = query, operation, variables, extensions
	switch {
	case !isObject:
		return nil, badInput(`the request body is not a JSON object such as {"query": "{ campaigns { totalCount } }"}`)
	case !idAsText || !relayIDAsText:
		return nil, badInput(`"documentId" is a text, if it is given`)
	case query == "" && (!textOrNone || !r.namesDocument()):
		return nil, badInput(`the request body has no text under "query"`)
	case !utf8.ValidString(query):
		return nil, badInput(`the text under "query" has bytes or escapes that are not a character of Unicode`)
	case !asObject || !asObjectToo:
		return nil, badInput(`"variables" and "extensions" are objects, if they are given`)
	case !asText:
		return nil, badInput(`"operationName" is a text, if it is given`)
	}
	return r, nil
}

// optional converts a member to its type. The zero value stands for null and for a member that is missing; ok is
// false for a value of another type.
func optional[T any](value any) (typed T, ok bool) {
	typed, ok = value.(T)
	return typed, ok || value == nil
}
