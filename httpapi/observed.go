package httpapi

import (
	"net/http"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"decnetgraph/observe"
)

// observed has an observer watch all requests, and answers each with its id. It must be around everything that may refuse a
// request. Without an observer it does nothing.
func observed(observer *observe.Observer, next http.Handler) http.Handler {
	if observer == nil {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		o := &observation{ResponseWriter: w}
		r := &o.request
		observer.Begin(r, req.Header.Get("X-Request-ID"))
		r.Method, r.Client = req.Method, clientOf(req)
		o.id[0] = r.ID
		w.Header()[idHeader] = o.id[:]
		ctx := observe.With(req.Context(), r)
		defer func() {
			if r.Status == 0 && ctx.Err() == nil {
				r.Status = http.StatusOK // what net/http sends for a handler that wrote nothing
			}
			observer.End(ctx, r)
		}()
		next.ServeHTTP(o, req.WithContext(ctx))
	})
}

// idHeader is the header X-Request-ID, the id of a request, in the form in which net/http stores it.
const idHeader = "X-Request-Id"

// observation is a request and the writer of its answer, in one piece of memory.
type observation struct {
	http.ResponseWriter

	request observe.Request
	id      [1]string
}

// WriteHeader implements http.ResponseWriter.
func (o *observation) WriteHeader(status int) {
	if o.request.Status == 0 && status >= http.StatusOK {
		o.request.Status = status
	}
	o.ResponseWriter.WriteHeader(status)
}

// Write implements io.Writer.
func (o *observation) Write(p []byte) (int, error) {
	if o.request.Status == 0 {
		o.request.Status = http.StatusOK
	}
	n, err := o.ResponseWriter.Write(p)
	o.request.Bytes += int64(n)
	return n, err
}

// Unwrap lets http.ResponseController find the methods of the writer inside.
func (o *observation) Unwrap() http.ResponseWriter { return o.ResponseWriter }

// observationOf returns the observation of the request that a writer answers; nil if it is not observed.
func observationOf(w http.ResponseWriter) *observe.Request {
	for {
		switch writer := w.(type) {
		case *observation:
			return &writer.request
		case interface{ Unwrap() http.ResponseWriter }:
			w = writer.Unwrap()
		default:
			return nil
		}
	}
}

// clientOf is the address of the client as the log shows it.
func clientOf(req *http.Request) string {
	if address := ClientAddress(req); address.IsValid() {
		return address.String()
	}
	return req.RemoteAddr
}

// noteRoute notes the pattern by which a mux serves a request. next must be the mux itself.
func noteRoute(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if r := observe.From(req.Context()); r != nil {
			r.Client = clientOf(req)                   // which a proxy may have named
			defer func() { r.SetRoute(req.Pattern) }() // which the mux sets
		}
		next.ServeHTTP(w, req)
	})
}

// noteOperation notes an operation that was prepared, or refused with errors.
func noteOperation(r *observe.Request, params *graphql.RawParams, operation *graphql.OperationContext) {
	if r == nil {
		return
	}
	name, kind, document := params.OperationName, "", operation.RawQuery
	if document == "" { // an extension has refused the request
		document = params.Query
	}
	if chosen := operation.Operation; chosen != nil {
		name, kind = chosen.Name, string(chosen.Operation)
	}
	r.SetOperation(name, kind, document)
}

// noteErrors notes the codes of the errors of an answer.
func noteErrors(r *observe.Request, errs gqlerror.List) {
	if r == nil || len(errs) == 0 {
		return
	}
	codes := make([]string, 0, len(errs))
	for _, e := range errs {
		code, _ := e.Extensions["code"].(string)
		codes = append(codes, code)
	}
	r.SetCodes(codes)
}
