// Package httpapi is everything between the socket and the executor: the server with its routes, the host
// check and the health checks, and GraphQL over HTTP with its requests, answers, compression and entity tags.
package httpapi

import (
	"context"
	"errors"
	"math"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"decnetgraph/graph/buffer"
	"decnetgraph/graph/exec"
	"decnetgraph/graph/memory"
	"decnetgraph/observe"
	"decnetgraph/resolvers"
)

// Executor parses, validates and runs operations, as what resolvers.NewExecutor returns does.
type Executor interface {
	graphql.GraphExecutor
	// PresentRecoveredError logs a panic and returns the *gqlerror.Error that a client may see of it.
	PresentRecoveredError(ctx context.Context, fault any) error
}

// handler is GraphQL over HTTP.
type handler struct {
	executor  Executor
	limits    resolvers.Limits
	bodies    *memory.Budget // of the requests that are read or run
	documents *documentChooser
}

// API is an executor, and what requests to it may be.
type API struct {
	Executor  Executor
	Limits    resolvers.Limits
	Documents Documents
}

// Handler serves the executor over HTTP: by POST with a JSON body, and by GET and HEAD for queries alone, because
// following a link must change nothing. A request may take as long and be as large as the limits say.
func (a API) Handler() http.Handler {
	h := newHandler(a.Executor, a.Limits)
	h.documents = newDocumentChooser(a.Documents)
	return h
}

// NewHandler serves an executor as API.Handler does, for any documents.
func NewHandler(executor Executor, limits resolvers.Limits) http.Handler {
	return newHandler(executor, limits)
}

func newHandler(executor Executor, limits resolvers.Limits) *handler {
	return &handler{executor, limits, memory.NewBudget(bodiesBytes(limits.BodyBytes)), newDocumentChooser(Documents{})}
}

// BodyMemory is the memory that the bodies of requests to a handler share; nil if it is none of NewHandler.
func BodyMemory(api http.Handler) *memory.Budget {
	if h, ok := api.(*handler); ok {
		return h.bodies
	}
	return nil
}

// ServeHTTP implements http.Handler.
func (h *handler) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	ctx, cancel := context.WithTimeout(req.Context(), h.limits.Timeout)
	defer cancel()
	ctx = graphql.StartOperationTrace(observe.BeginOperation(ctx, req.Header, w.Header()))
	defer func() {
		if fault := recover(); fault != nil {
			h.refusePanic(ctx, w, fault)
		}
	}()
	start := graphql.Now()
	vary(w.Header(), varyHeader)
	switch req.Method {
	case http.MethodOptions:
		w.Header().Set("Allow", allowedMethods)
		return
	case http.MethodGet, http.MethodHead:
		w.Header().Set("Cache-Control", "private, no-cache") // a browser may store it, and must validate it before each use
	}
	held := memory.Reservation{Budget: h.bodies}
	defer held.Release()
	wanted, refused := chooseForm(req.Header)
	var asked *request
	if refused == nil {
		asked, refused = h.read(req, &held)
	}
	if refused == nil {
		refused = h.documents.choose(ctx, asked, wanted.contentType)
	}
	if refused == nil && req.Method != http.MethodPost {
		refused = requireCustomHeader(req.Header)
	}
	if refused != nil {
		held.Release()
		refused.writeEarly(w, req, wanted.contentType)
		return
	}
	endReadDeadline(req)
	asked.Headers = req.Header
	asked.ReadTime = graphql.TraceTiming{Start: start, End: graphql.Now()}
	h.run(ctx, w, req, asked, wanted)
}

// vary adds the names of request headers that an answer depends on to those that are there already.
func vary(header http.Header, names []string) {
	if before := header["Vary"]; len(before) > 0 {
		names = append(slices.Clip(before), names...)
	}
	header["Vary"] = names
}

const allowedMethods = "GET, HEAD, POST, OPTIONS"

// read reads the operation of a request.
func (h *handler) read(req *http.Request, held *memory.Reservation) (*request, *refusal) {
	switch req.Method {
	case http.MethodPost:
		return readBody(req, h.limits.BodyBytes, held)
	case http.MethodGet, http.MethodHead:
		return readURL(req)
	default:
		refused := refuse(http.StatusMethodNotAllowed, resolvers.CodeBadUserInput, "GraphQL is served by POST or GET, not by "+quote(req.Method))
		return nil, refused.with("Allow", allowedMethods)
	}
}

// run runs the operation of a request and writes the answer in the form that the client wants.
func (h *handler) run(ctx context.Context, w http.ResponseWriter, req *http.Request, asked *request, wanted form) {
	out := answer{form: wanted, status: http.StatusOK}
	watched := observe.From(ctx)
	operation, faults := h.executor.CreateOperationContext(ctx, &asked.RawParams)
	noteOperation(watched, &asked.RawParams, operation)
	if len(faults) > 0 {
		out.response = h.executor.DispatchError(graphql.WithOperationContext(ctx, operation), faults)
		noteErrors(watched, out.response.Errors)
		out.status = statusOf(out.response, isSyntaxError(faults), wanted.contentType)
		out.write(w, req)
		return
	}
	h.documents.accept(ctx, asked)
	if req.Method != http.MethodPost && operation.Operation.Operation != ast.Query {
		refused := refuse(http.StatusMethodNotAllowed, resolvers.CodeBadUserInput, "GET only reads; send mutations by POST")
		refused.with("Allow", http.MethodPost).write(w, wanted.contentType)
		return
	}
	ctx = buffer.WithLease(ctx, &out.lease)
	defer out.lease.Release()
	respond, running := h.executor.DispatchOperation(ctx, operation)
	out.response = respond(running)
	if out.response == nil { // the deadline passed or the client left before the operation began
		out.response = h.executor.DispatchError(running, gqlerror.List{gqlerror.Wrap(running.Err())})
	}
	noteErrors(watched, out.response.Errors)
	if out.response.Data == nil {
		out.status = statusOf(out.response, false, wanted.contentType)
	}
	if token := resolvers.ConsistencyToken(out.response); token != "" {
		w.Header().Set(resolvers.ConsistencyHeader, token)
	}
	if overload, ok := overloadOf(operation, out.response); ok {
		out.status = http.StatusServiceUnavailable
		setRetryAfter(w, overload.RetryAfter)
	} else if limited, ok := rateErrorOf(out.response); ok {
		setRetryAfter(w, limited.RetryAfter)
	}
	out.write(w, req)
}

// overloadOf returns the error of an operation that was refused because the server has too much to do. A mutation that has
// data is none: it may have written something, so a proxy must not send it again.
func overloadOf(operation *graphql.OperationContext, response *graphql.Response) (overload exec.OverloadError, ok bool) {
	if len(response.Errors) != 1 || response.Data != nil && operation.Operation.Operation == ast.Mutation {
		return overload, false
	}
	return errors.AsType[exec.OverloadError](response.Errors[0])
}

// rateErrorOf returns the error of an operation that was refused because its sender has spent what it may.
func rateErrorOf(response *graphql.Response) (limited exec.RateError, ok bool) {
	if len(response.Errors) != 1 || response.Data != nil {
		return limited, false
	}
	return errors.AsType[exec.RateError](response.Errors[0])
}

// setRetryAfter says when the client may send the same request again, in whole seconds.
func setRetryAfter(w http.ResponseWriter, after time.Duration) {
	w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(after.Seconds()))))
}

// refusePanic answers a request that panicked outside of the resolvers, whose panics gqlgen recovers itself.
func (h *handler) refusePanic(ctx context.Context, w http.ResponseWriter, fault any) {
	// The error table blames the request for errors that have no operation.
	ctx = graphql.WithOperationContext(ctx, &graphql.OperationContext{})
	refused := refuse(http.StatusInternalServerError, resolvers.CodeInternal, "internal error")
	if shown, ok := errors.AsType[*gqlerror.Error](h.executor.PresentRecoveredError(ctx, fault)); ok {
		refused.message = shown.Message
	}
	refused.write(w, typeJSON)
}
