// Package httpapi is everything between the socket and the executor: the server with its routes, the host
// check and the health checks, and GraphQL over HTTP with its requests, answers, compression and entity tags.
package httpapi

import (
	"context"
	"errors"
	"net/http"
	"strconv"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/errcode"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"decnetgraph/graph/buffer"
	"decnetgraph/graph/exec"
	"decnetgraph/resolvers"
	"decnetgraph/storage"
)

// Executor parses, validates and runs operations, as what resolvers.NewExecutor returns does.
type Executor interface {
	graphql.GraphExecutor
	// PresentRecoveredError logs a panic and returns the *gqlerror.Error that a client may see of it.
	PresentRecoveredError(ctx context.Context, fault any) error
}

// handler is GraphQL over HTTP.
type handler struct {
	executor Executor
	limits   resolvers.Limits
}

// NewHandler serves an executor over HTTP: by POST with a JSON body, and by GET for queries alone, because
// following a link must change nothing. A request may take as long and be as large as the limits say.
func NewHandler(executor Executor, limits resolvers.Limits) http.Handler {
	return &handler{executor, limits}
}

// ServeHTTP implements http.Handler.
func (h *handler) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	ctx, cancel := context.WithTimeout(req.Context(), h.limits.Timeout)
	defer cancel()
	ctx = graphql.StartOperationTrace(ctx)
	defer func() {
		if fault := recover(); fault != nil {
			h.refusePanic(ctx, w, fault)
		}
	}()
	var params *graphql.RawParams
	var refused *refusal
	start := graphql.Now()
	switch req.Method {
	case http.MethodPost:
		params, refused = readBody(req, h.limits.BodyBytes)
	case http.MethodGet:
		w.Header().Set("Cache-Control", "private, no-cache") // a browser may store it, and must validate it before each use
		params, refused = readURL(req, h.limits.BodyBytes)
	case http.MethodOptions:
		w.Header().Set("Allow", "OPTIONS, GET, POST")
		return
	default:
		w.Header().Set("Allow", "GET, POST, OPTIONS")
		refused = &refusal{http.StatusMethodNotAllowed, resolvers.CodeBadUserInput, "GraphQL is served by POST or GET"}
	}
	if refused != nil {
		refused.write(w)
		return
	}
	params.Headers = req.Header
	params.ReadTime = graphql.TraceTiming{Start: start, End: graphql.Now()}
	h.run(ctx, w, req, params)
}

// run runs the operation of a request and writes the answer.
func (h *handler) run(ctx context.Context, w http.ResponseWriter, req *http.Request, params *graphql.RawParams) {
	out := answer{contentType: chooseType(req.Header.Get("Accept")), status: http.StatusOK}
	operation, faults := h.executor.CreateOperationContext(ctx, params)
	switch {
	case len(faults) > 0:
		out.status = statusOf(faults, out.contentType)
	case req.Method == http.MethodGet && operation.Operation.Operation != ast.Query:
		faults = gqlerror.List{gqlerror.Wrap(storage.Invalid("GET only reads; send mutations by POST"))}
		out.status = http.StatusMethodNotAllowed
		w.Header().Set("Allow", "POST")
	}
	if len(faults) > 0 {
		out.response = h.executor.DispatchError(graphql.WithOperationContext(ctx, operation), faults)
		out.write(w, req)
		return
	}
	ctx = buffer.WithLease(ctx, &out.lease)
	defer out.lease.Release()
	respond, running := h.executor.DispatchOperation(ctx, operation)
	out.response = respond(running)
	if out.response == nil { // the deadline passed or the client left before the operation began
		out.response = h.executor.DispatchError(running, gqlerror.List{gqlerror.Wrap(running.Err())})
	}
	if overload, ok := overloadOf(out.response); ok {
		out.status = http.StatusServiceUnavailable
		w.Header().Set("Retry-After", strconv.Itoa(int(overload.RetryAfter.Seconds())))
	}
	out.write(w, req)
}

// overloadOf returns the error of an operation that was refused because the server has too much to do.
func overloadOf(response *graphql.Response) (overload exec.OverloadError, ok bool) {
	if len(response.Errors) != 1 {
		return overload, false
	}
	return errors.AsType[exec.OverloadError](response.Errors[0])
}

// statusOf is the status of a request whose operation was not run. GraphQL over HTTP asks for status 400
// where the content type is its own, and clients of plain JSON expect 422.
func statusOf(faults gqlerror.List, contentType string) int {
	switch {
	case errcode.GetErrorKind(faults) != errcode.KindProtocol:
		return http.StatusOK
	case contentType == typeGraphQL:
		return http.StatusBadRequest
	default:
		return http.StatusUnprocessableEntity
	}
}

// refusePanic answers a request that panicked outside of the resolvers, whose panics gqlgen recovers itself.
func (h *handler) refusePanic(ctx context.Context, w http.ResponseWriter, fault any) {
	// The error table blames the request for errors that have no operation.
	ctx = graphql.WithOperationContext(ctx, &graphql.OperationContext{})
	refused := &refusal{http.StatusInternalServerError, resolvers.CodeInternal, "internal error"}
	if shown, ok := errors.AsType[*gqlerror.Error](h.executor.PresentRecoveredError(ctx, fault)); ok {
		refused.message = shown.Message
	}
	refused.write(w)
}
