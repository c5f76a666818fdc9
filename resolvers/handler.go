package resolvers

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"runtime/debug"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/handler"
	"github.com/99designs/gqlgen/graphql/handler/extension"
	"github.com/99designs/gqlgen/graphql/handler/lru"
	"github.com/99designs/gqlgen/graphql/handler/transport"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"decnetgraph/graph"
	"decnetgraph/resolvers/loaders"
	"decnetgraph/storage"
)

// Handler serves the schema over HTTP: by POST with a JSON body, and queries by GET, too.
func Handler(r *Resolver, limits Limits, log *slog.Logger) http.Handler {
	return handlerOf(schemaOf(r), limits, log)
}

func handlerOf(schema graphql.ExecutableSchema, limits Limits, log *slog.Logger, extensions ...graphql.HandlerExtension) http.Handler {
	server := handler.New(schema)
	server.AddTransport(transport.Options{})
	server.AddTransport(readingGET{})
	server.AddTransport(transport.POST{})
	configure(server, limits, log)
	for _, e := range extensions {
		server.Use(e)
	}
	return bounded(limits, server)
}

func schemaOf(r *Resolver) graphql.ExecutableSchema {
	return graph.NewSchema(graph.Config{Resolvers: r})
}

// engine runs operations: a server for HTTP, or the executor inside of one.
type engine interface {
	SetQueryCache(cache graphql.Cache[*ast.QueryDocument])
	SetParserTokenLimit(limit int)
	SetErrorPresenter(present graphql.ErrorPresenterFunc)
	SetRecoverFunc(recovered graphql.RecoverFunc)
	Use(extension graphql.HandlerExtension)
	AroundOperations(run graphql.OperationMiddleware)
	AroundResponses(respond graphql.ResponseMiddleware)
}

// configure holds operations to the limits and gives them their loaders, whichever way they come.
func configure(server engine, limits Limits, log *slog.Logger) {
	server.SetQueryCache(shortDocuments{lru.New[*ast.QueryDocument](limits.CachedPlans)})
	server.SetParserTokenLimit(limits.Tokens)
	present := presenter(log, limits.Tokens)
	server.SetErrorPresenter(present)
	server.SetRecoverFunc(func(ctx context.Context, fault any) error {
		log.ErrorContext(ctx, "panic in a resolver", "fault", fmt.Sprint(fault), "stack", string(debug.Stack()))
		return errors.New("panic")
	})
	server.Use(extension.Introspection{})
	server.AroundOperations(func(ctx context.Context, next graphql.OperationHandler) graphql.ResponseHandler {
		if err := checkOneOf(graphql.GetOperationContext(ctx)); err != nil {
			return graphql.OneShot(&graphql.Response{Errors: gqlerror.List{present(ctx, err)}})
		}
		if graphql.GetOperationContext(ctx).Operation.Operation == ast.Mutation {
			ctx = storage.Primary(ctx) // what a payload shows must be what was written
		}
		ctx = context.WithValue(ctx, pageKey{}, limits.Page)
		return next(loaders.Attach(ctx, loaders.Options{
			Wait: limits.Wait, MaxObjects: limits.Objects, MaxEdges: limits.Edges, Parallel: limits.Parallel,
		}))
	})
	server.AroundResponses(func(ctx context.Context, next graphql.ResponseHandler) *graphql.Response {
		return shorten(next(ctx))
	})
}

// checkOneOf holds variables to @oneOf: the validator looks at literals only.
func checkOneOf(operation *graphql.OperationContext) error {
	for _, variable := range operation.Operation.VariableDefinitions {
		given, ok := operation.Variables[variable.Variable].(map[string]any)
		if !ok || variable.Definition == nil || variable.Definition.Directives.ForName("oneOf") == nil {
			continue
		}
		named := 0
		for _, value := range given {
			if value != nil {
				named++
			}
		}
		if len(given) != 1 || named != 1 {
			return storage.Invalid("variable $%s: give exactly one member of %s", variable.Variable, variable.Definition.Name)
		}
	}
	return nil
}

// shortDocuments keeps parsed documents, but not long ones: what is kept must not fill the memory.
type shortDocuments struct {
	graphql.Cache[*ast.QueryDocument]
}

// Add implements graphql.Cache.
func (c shortDocuments) Add(ctx context.Context, query string, document *ast.QueryDocument) {
	const longest = 16 << 10
	if len(query) <= longest {
		c.Cache.Add(ctx, query, document)
	}
}

// shorten keeps the first errors of a response: an edge that fails for thousands of parents fails
// for one reason.
func shorten(response *graphql.Response) *graphql.Response {
	const most = 50
	if response == nil || len(response.Errors) <= most {
		return response
	}
	last := *response.Errors[most-1]
	last.Message += fmt.Sprintf(" (and %d more errors)", len(response.Errors)-most)
	response.Errors = append(response.Errors[:most-1:most-1], &last)
	return response
}

// bounded holds requests to the limits before the parser sees them.
func bounded(limits Limits, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		ctx, cancel := context.WithTimeout(req.Context(), limits.Timeout)
		defer cancel()
		req = req.WithContext(ctx)
		switch req.Method {
		case http.MethodPost:
			body, ok := readBody(w, req, limits.BodyBytes)
			if !ok {
				return
			}
			req.Body = io.NopCloser(bytes.NewReader(body))
		case http.MethodGet, http.MethodOptions:
			if int64(len(req.URL.RawQuery)) > limits.BodyBytes {
				refuse(w, http.StatusRequestURITooLong, CodeLimitExceeded, "the query in the URL is too long; send it by POST")
				return
			}
			for _, name := range []string{"variables", "extensions"} {
				if given := req.URL.Query().Get(name); given != "" && !isObject(json.RawMessage(given)) {
					refuse(w, http.StatusBadRequest, CodeBadUserInput, name+" is not a JSON object")
					return
				}
			}
		default:
			w.Header().Set("Allow", "GET, POST, OPTIONS")
			refuse(w, http.StatusMethodNotAllowed, CodeBadUserInput, "GraphQL is served by POST or GET")
			return
		}
		next.ServeHTTP(w, req)
	})
}

// readBody reads a JSON object of at most limit bytes, or answers the request itself.
func readBody(w http.ResponseWriter, req *http.Request, limit int64) ([]byte, bool) {
	if kind, _, err := mime.ParseMediaType(req.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		refuse(w, http.StatusUnsupportedMediaType, CodeBadUserInput, "send the query as application/json")
		return nil, false
	}
	const drain = 64 << 20
	body, err := io.ReadAll(http.MaxBytesReader(nil, req.Body, limit))
	var tooLong *http.MaxBytesError
	var object map[string]json.RawMessage
	switch {
	case errors.As(err, &tooLong):
		_, _ = io.CopyN(io.Discard, req.Body, drain) // a client that is still writing would not read the answer
		refuse(w, http.StatusRequestEntityTooLarge, CodeLimitExceeded, fmt.Sprintf("the request body is longer than %d bytes", limit))
	case err != nil:
		refuse(w, http.StatusBadRequest, CodeBadUserInput, "the request body could not be read")
	case json.Unmarshal(body, &object) != nil || object == nil:
		refuse(w, http.StatusBadRequest, CodeBadUserInput, `the request body is not a JSON object such as {"query": "{ campaigns { totalCount } }"}`)
	case !isText(object["query"]):
		refuse(w, http.StatusBadRequest, CodeBadUserInput, `the request body has no text under "query"`)
	case !isObject(object["variables"]) || !isObject(object["extensions"]):
		refuse(w, http.StatusBadRequest, CodeBadUserInput, `"variables" and "extensions" are objects, if they are given`)
	case !isOptionalText(object["operationName"]):
		refuse(w, http.StatusBadRequest, CodeBadUserInput, `"operationName" is a text, if it is given`)
	default:
		return body, true
	}
	return nil, false
}

func isText(value json.RawMessage) bool {
	var content string
	return json.Unmarshal(value, &content) == nil && content != ""
}

// isObject accepts an object, null and nothing.
func isObject(value json.RawMessage) bool {
	var members map[string]json.RawMessage
	return value == nil || json.Unmarshal(value, &members) == nil
}

// isOptionalText accepts a text, null and nothing.
func isOptionalText(value json.RawMessage) bool {
	var content *string
	return value == nil || json.Unmarshal(value, &content) == nil
}

// refuse answers a request that is not let through, in the form of a GraphQL response.
func refuse(w http.ResponseWriter, status int, code Code, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]any{"errors": gqlerror.List{{
		Message: message, Extensions: map[string]any{"code": string(code)},
	}}})
}
