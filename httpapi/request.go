package httpapi

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"unicode/utf8"

	"github.com/99designs/gqlgen/graphql"

	"decnetgraph/resolvers"
)

// readBody reads the body of a POST: a JSON object of at most limit bytes.
func readBody(req *http.Request, limit int64) (*graphql.RawParams, *refusal) {
	if !isJSON(req.Header.Get("Content-Type")) {
		return nil, &refusal{http.StatusUnsupportedMediaType, resolvers.CodeBadUserInput, "send the query as application/json"}
	}
	const maxReserved, maxDrained = 64 << 10, 64 << 20
	var body bytes.Buffer
	body.Grow(int(min(max(req.ContentLength, 0), limit, maxReserved)) + bytes.MinRead) // a client may announce more than it sends
	_, err := body.ReadFrom(http.MaxBytesReader(nil, req.Body, limit))
	if _, tooLong := errors.AsType[*http.MaxBytesError](err); tooLong {
		_, _ = io.CopyN(io.Discard, req.Body, maxDrained) // a client does not read the answer while it still writes
		return nil, &refusal{http.StatusRequestEntityTooLarge, resolvers.CodeLimitExceeded, fmt.Sprintf("the request body is longer than %d bytes", limit)}
	}
	if err != nil {
		return nil, badInput("the request body could not be read")
	}
	return decodeBody(body.Bytes())
}

func isJSON(contentType string) bool {
	if contentType == typeJSON { // as most clients write it
		return true
	}
	kind, _, err := mime.ParseMediaType(contentType)
	return err == nil && kind == typeJSON
}

// readURL reads the operation of a GET from its URL, whose query may have at most limit bytes.
func readURL(req *http.Request, limit int64) (*graphql.RawParams, *refusal) {
	if int64(len(req.URL.RawQuery)) > limit {
		return nil, &refusal{http.StatusRequestURITooLong, resolvers.CodeLimitExceeded, "the query in the URL is too long; send it by POST"}
	}
	given, err := url.ParseQuery(req.URL.RawQuery)
	if err != nil {
		return nil, badInput("the query in the URL is malformed")
	}
	params := &graphql.RawParams{Query: given.Get("query"), OperationName: given.Get("operationName")}
	for name, members := range map[string]*map[string]any{"variables": &params.Variables, "extensions": &params.Extensions} {
		text := given.Get(name)
		if text == "" {
			continue
		}
		value, ok := decodeJSON([]byte(text))
		var isObject bool
		if *members, isObject = optional[map[string]any](value); !ok || !isObject {
			return nil, badInput(name + " is not a JSON object")
		}
	}
	return params, nil
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
	query, _ := given.query.(string)
	variables, asObject := optional[map[string]any](given.variables)
	extensions, asObjectToo := optional[map[string]any](given.extensions)
	operation, asText := optional[string](given.operationName)
	switch {
	case !isObject:
		return nil, badInput(`the request body is not a JSON object such as {"query": "{ campaigns { totalCount } }"}`)
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
