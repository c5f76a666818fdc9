package resolvers

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"

	"github.com/99designs/gqlgen/graphql"
)

// readBody reads the JSON object of at most limit bytes that a POST brings.
func readBody(req *http.Request, limit int64) (*graphql.RawParams, *refusal) {
	if !isJSON(req.Header.Get("Content-Type")) {
		return nil, &refusal{http.StatusUnsupportedMediaType, CodeBadUserInput, "send the query as application/json"}
	}
	const trusted, drain = 64 << 10, 64 << 20
	var body bytes.Buffer
	body.Grow(int(min(max(req.ContentLength, 0), limit, trusted)) + bytes.MinRead) // what a header promises may never come
	_, err := body.ReadFrom(http.MaxBytesReader(nil, req.Body, limit))
	if _, tooLong := errors.AsType[*http.MaxBytesError](err); tooLong {
		_, _ = io.CopyN(io.Discard, req.Body, drain) // a client that is still writing would not read the answer
		return nil, &refusal{http.StatusRequestEntityTooLarge, CodeLimitExceeded, fmt.Sprintf("the request body is longer than %d bytes", limit)}
	}
	if err != nil {
		return nil, badInput("the request body could not be read")
	}
	return decodeBody(body.Bytes())
}

func isJSON(contentType string) bool {
	if contentType == typeJSON { // as most say it
		return true
	}
	kind, _, err := mime.ParseMediaType(contentType)
	return err == nil && kind == typeJSON
}

// readURL reads what a GET asks.
func readURL(req *http.Request, limit int64) (*graphql.RawParams, *refusal) {
	if int64(len(req.URL.RawQuery)) > limit {
		return nil, &refusal{http.StatusRequestURITooLong, CodeLimitExceeded, "the query in the URL is too long; send it by POST"}
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

// decodeBody takes the members that GraphQL knows out of a JSON object.
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
	case !asObject || !asObjectToo:
		return nil, badInput(`"variables" and "extensions" are objects, if they are given`)
	case !asText:
		return nil, badInput(`"operationName" is a text, if it is given`)
	}
	return &graphql.RawParams{Query: query, OperationName: operation, Variables: variables, Extensions: extensions}, nil
}

// optional accepts a value of the type, null and nothing.
func optional[T any](value any) (T, bool) {
	given, ok := value.(T)
	return given, ok || value == nil
}
