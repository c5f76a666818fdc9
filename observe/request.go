// Package observe watches requests: it keeps what is known of each, from its arrival to its answer, and writes the log line
// of those that failed, were slow or were refused. Metrics and traces are made of the same record.
package observe

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"decnetgraph/auth"
	"decnetgraph/storage"
)

// Request is what is known of an HTTP request, and of the operation that it asked for. The parts of the server that the
// request passes fill it in, one after the other. Its methods may be called on nil, which stands for a request that is not
// observed, and while fields of the operation are resolved in parallel.
type Request struct {
	ID     string    // as the client has sent it, or random
	Start  time.Time // when its headers had arrived
	Took   time.Duration
	Method string
	Route  string // the pattern that serves it, such as /graphql; empty if it was refused before
	Client string // the address that it came from
	Status int    // of the answer
	Bytes  int64  // of the answer's body, before compression by a proxy
	Trace  string // id of the trace that it belongs to; empty without traces

	// Principal is the key of who sent it; empty before authentication.
	Principal string
	// Reason is why a request was refused before an operation was found, as the client was told.
	Reason string
	// Operation is nil for a request that asked for none.
	Operation *Operation

	observer          *Observer
	finish            func(*Request)
	cost              atomic.Int64
	statements, rows  atomic.Int64
	mu                sync.Mutex
	failures          int
	causes            []string
	firstPath, failed string // of the first failure: its path and its code
}

// Operation is the operation of a request.
type Operation struct {
	Name     string // as the client wrote it: any text, and the name of no operation if Type is empty
	Type     string // query or mutation; empty if the document was refused
	Document string // as the client wrote it
	Codes    []string
}

type requestKey struct{}

// From returns the request of a context; nil if it has none.
func From(ctx context.Context) *Request {
	r, _ := ctx.Value(requestKey{}).(*Request)
	return r
}

// With returns a context with a request.
func With(ctx context.Context, r *Request) context.Context {
	return context.WithValue(ctx, requestKey{}, r)
}

// BeginOperation notes who has sent a request to the API, and returns the context in which its operation runs. It begins the
// trace, which headers may continue, and answers with its id.
func BeginOperation(ctx context.Context, headers, answer http.Header) context.Context {
	r := From(ctx)
	if r == nil {
		return ctx
	}
	if p := auth.From(ctx); p != nil {
		r.Principal = p.Key()
	}
	if trace := r.observer.Trace; trace != nil {
		ctx = trace(ctx, r, headers, answer)
	}
	return ctx
}

// OnEnd sets the function that is called when the request has ended.
func (r *Request) OnEnd(finish func(*Request)) { r.finish = finish }

// SetOperation notes the operation that the request asks for.
func (r *Request) SetOperation(name, kind, document string) {
	if r != nil {
		r.Operation = &Operation{Name: name, Type: kind, Document: document}
	}
}

// SetCodes notes the codes of the errors in the answer to the operation, each once.
func (r *Request) SetCodes(codes []string) {
	if r != nil && r.Operation != nil && len(codes) > 0 {
		slices.Sort(codes)
		r.Operation.Codes = slices.Compact(codes)
	}
}

// Refuse notes why the request was refused before it became an operation.
func (r *Request) Refuse(reason string) {
	if r != nil {
		r.Reason = cut(reason, mostReason)
	}
}

// SetRoute notes the pattern that serves the request.
func (r *Request) SetRoute(pattern string) {
	if r != nil && r.Route == "" { // otherwise a mux inside of another one has set it
		_, path, hasMethod := strings.Cut(pattern, " ")
		if !hasMethod {
			path = pattern
		}
		r.Route = strings.TrimSuffix(path, "{$}")
	}
}

// The lengths in characters, and numbers, that a log line has at most.
const (
	mostCauses = 3
	mostCause  = 1_000
	mostPath   = 300
	mostReason = 300
)

// Fail notes an error whose cause the client does not get to know, and returns the id by which the operator finds it in the
// log. recorded is false without a request, so that the caller has to log the cause by itself.
func (r *Request) Fail(code, path string, cause error) (id string, recorded bool) {
	if r == nil {
		return "", false
	}
	text := cut(cause.Error(), mostCause)
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.failures++; r.failures == 1 {
		r.firstPath, r.failed = cut(path, mostPath), code
	}
	if len(r.causes) < mostCauses && !slices.Contains(r.causes, text) {
		r.causes = append(r.causes, text)
	}
	return r.ID, true
}

// Admit returns an exec.Options.Admit that notes the cost of each operation before it calls another one.
func Admit(next func(ctx context.Context, cost int) (func(), error)) func(context.Context, int) (func(), error) {
	return func(ctx context.Context, cost int) (func(), error) {
		if r := From(ctx); r != nil {
			r.cost.Store(int64(cost))
		}
		return next(ctx, cost)
	}
}

// CountStatement is a storage.Options.Observe that counts the statements of each request, and their rows.
func CountStatement(ctx context.Context, s storage.Statement) {
	if r := From(ctx); r != nil {
		r.statements.Add(1)
		r.rows.Add(int64(s.Rows))
	}
}

// Cost is the cost of the operation; 0 if it was not planned.
func (r *Request) Cost() int64 { return r.cost.Load() }

// Statements is how many statements the request has run, and Rows how many rows they returned.
func (r *Request) Statements() int64 { return r.statements.Load() }

// Rows is how many rows the statements of the request have returned.
func (r *Request) Rows() int64 { return r.rows.Load() }

// Outcome is ok, or the code that says best why the operation failed: one whose cause is in the log, or else the first.
func (r *Request) Outcome() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.failed != "":
		return r.failed
	case r.Operation != nil && len(r.Operation.Codes) > 0:
		return r.Operation.Codes[0]
	default:
		return "ok"
	}
}
