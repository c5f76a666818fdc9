package resolvers

import (
	"context"
	"errors"
	"net/http"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/errcode"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"decnetgraph/graph/buffer"
	"decnetgraph/storage"
)

// runner is what the transport needs of gqlgen's executor.
type runner interface {
	graphql.GraphExecutor
	PresentRecoveredError(ctx context.Context, fault any) error
}

// transport is GraphQL over HTTP: POST with a JSON body, and GET for queries alone, since following
// a link must change nothing.
type transport struct {
	runner runner
	limits Limits
}

// ServeHTTP implements http.Handler.
func (t *transport) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	ctx, cancel := context.WithTimeout(req.Context(), t.limits.Timeout)
	defer cancel()
	ctx = graphql.StartOperationTrace(ctx)
	defer func() {
		if fault := recover(); fault != nil {
			t.presentFault(ctx, w, fault)
		}
	}()
	var params *graphql.RawParams
	var refused *refusal
	start := graphql.Now()
	switch req.Method {
	case http.MethodPost:
		params, refused = readBody(req, t.limits.BodyBytes)
	case http.MethodGet:
		w.Header().Set("Cache-Control", "private, no-cache") // kept, but asked for again before each use
		params, refused = readURL(req, t.limits.BodyBytes)
	case http.MethodOptions:
		w.Header().Set("Allow", "OPTIONS, GET, POST")
		return
	default:
		w.Header().Set("Allow", "GET, POST, OPTIONS")
		refused = &refusal{http.StatusMethodNotAllowed, CodeBadUserInput, "GraphQL is served by POST or GET"}
	}
	if refused != nil {
		refused.write(w)
		return
	}
	params.Headers = req.Header
	params.ReadTime = graphql.TraceTiming{Start: start, End: graphql.Now()}
	t.run(ctx, w, req, params)
}

// run runs the operation that was read and writes what it answers.
func (t *transport) run(ctx context.Context, w http.ResponseWriter, req *http.Request, params *graphql.RawParams) {
	out := answer{contentType: chooseType(req.Header.Get("Accept")), status: http.StatusOK}
	operation, faults := t.runner.CreateOperationContext(ctx, params)
	switch {
	case len(faults) > 0:
		out.status = statusOf(faults, out.contentType)
	case req.Method == http.MethodGet && operation.Operation.Operation != ast.Query:
		faults = gqlerror.List{gqlerror.Wrap(storage.Invalid("GET only reads; send mutations by POST"))}
		out.status = http.StatusMethodNotAllowed
		w.Header().Set("Allow", "POST")
	}
	if len(faults) > 0 {
		out.response = t.runner.DispatchError(graphql.WithOperationContext(ctx, operation), faults)
		out.write(w, req)
		return
	}
	ctx = buffer.WithLease(ctx, &out.lease)
	defer out.lease.Release()
	respond, running := t.runner.DispatchOperation(ctx, operation)
	out.response = respond(running)
	if out.response == nil { // time was over, or the client gone, before it began
		out.response = t.runner.DispatchError(running, gqlerror.List{gqlerror.Wrap(running.Err())})
	}
	out.write(w, req)
}

// statusOf is the status of a request that was not run. Clients that take the new type get the
// statuses that came with it.
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

// presentFault answers for what panicked outside of the resolvers.
func (t *transport) presentFault(ctx context.Context, w http.ResponseWriter, fault any) {
	ctx = graphql.WithOperationContext(ctx, &graphql.OperationContext{}) // without one the request is taken to be at fault
	refused := &refusal{http.StatusInternalServerError, CodeInternal, "internal error"}
	if shown, ok := errors.AsType[*gqlerror.Error](t.runner.PresentRecoveredError(ctx, fault)); ok {
		refused.message = shown.Message
	}
	refused.write(w)
}
