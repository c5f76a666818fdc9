package resolvers

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"runtime"
	"runtime/debug"
	"slices"
	"sync/atomic"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/errcode"
	"github.com/99designs/gqlgen/graphql/executor"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"decnetgraph/auth"
	"decnetgraph/graph"
	"decnetgraph/graph/exec"
	"decnetgraph/graph/lru"
	"decnetgraph/graph/validate"
	"decnetgraph/observe"
	"decnetgraph/resolvers/loaders"
	"decnetgraph/storage"
)

// CostHeader is the header of requests whose answers show their cost.
const CostHeader = "Graphql-Cost" // in the form in which net/http stores it

// Executor parses, validates and runs operations. Unlike gqlgen's own, it takes extensions only when it is made, and
// prepares operations itself, within the bounds of package validate.
type Executor struct {
	gqlgen     *executor.Executor
	planned    graphql.ExecutableSchema
	schema     *ast.Schema
	limits     Limits
	documents  *lru.Cache[string, *ast.QueryDocument]
	trusted    atomic.Pointer[TrustedDocuments] // nil if there are none
	validating chan struct{}                    // held while a document is validated
	extensions []graphql.HandlerExtension
	recover    graphql.RecoverFunc
}

// Caches returns the state of the caches of documents and plans, by their names.
func (e *Executor) Caches() map[string]lru.Stats {
	caches := map[string]lru.Stats{"documents": e.documents.Stats()}
	if planned, ok := e.planned.(interface{ PlanCache() lru.Stats }); ok {
		caches["plans"] = planned.PlanCache()
	}
	return caches
}

// NewExecutor makes an Executor of the schema. Operations are held to the limits, which the caller has verified, and
// have their errors presented by the error table; causes go to log.
func NewExecutor(r *Resolver, limits Limits, log *slog.Logger) *Executor {
	return newExecutor(newSchema(r, limits, false), r, limits, log)
}

// NewExecutorWith is NewExecutor with extensions around operations, responses and fields of the root. It fails if one
// of them intercepts other fields.
func NewExecutorWith(r *Resolver, limits Limits, log *slog.Logger, extensions ...graphql.HandlerExtension) (*Executor, error) {
	for _, e := range extensions {
		if err := exec.CheckExtension(e); err != nil {
			return nil, err
		}
	}
	keepAnswers := slices.ContainsFunc(extensions, exec.KeepsAnswers)
	return newExecutor(newSchema(r, limits, keepAnswers), r, limits, log, extensions...), nil
}

// newSchema is the schema as package exec runs it.
func newSchema(r *Resolver, limits Limits, keepAnswers bool) graphql.ExecutableSchema {
	return graph.NewSchema(graph.Config{Resolvers: r.serving(limits)}, exec.Options{
		PlanBytes: limits.PlanBytes, Fields: limits.fields(), AnswerBytes: limits.AnswerBytes,
		Stops: func(err error) bool { return errors.Is(err, storage.ErrLimit) },
		Check: checkAccess, Charge: r.Charge, Admit: r.Admit, Level: r.Level, WantsLevels: r.WantsLevels, KeepAnswers: keepAnswers,
		Branches: loaders.CountBranches, Covers: rollupCovers,
		Paging:   exec.Paging{Sizes: []string{"first", "last", "top"}, Keys: []string{"ids"}, Default: DefaultPage, Max: limits.Page},
		ShowCost: func(operation *graphql.OperationContext) bool { return operation.Headers.Get(CostHeader) != "" },
	})
}

// newExecutor makes an Executor that holds the operations of a schema to the limits and gives each response its loaders.
func newExecutor(schema graphql.ExecutableSchema, r *Resolver, limits Limits, log *slog.Logger,
	extensions ...graphql.HandlerExtension,
) *Executor {
	server := executor.New(schema)
	e := &Executor{
		gqlgen: server, planned: schema, schema: schema.Schema(), limits: limits, documents: newDocumentCache(limits.DocumentBytes), extensions: extensions,
		validating: make(chan struct{}, runtime.GOMAXPROCS(0)),
	}
	e.recover = func(ctx context.Context, fault any) error {
		id := ""
		if r := observe.From(ctx); r != nil {
			id = r.ID
		}
		log.ErrorContext(ctx, "panic in a resolver", "request", id, "fault", fmt.Sprint(fault), "stack", string(debug.Stack()))
		return errors.New("panic")
	}
	present := presenter(log)
	server.SetErrorPresenter(present)
	server.SetRecoverFunc(e.recover)
	server.AroundResponses(func(ctx context.Context, next graphql.ResponseHandler) *graphql.Response {
		operation := graphql.GetOperationContext(ctx).Operation
		if operation == nil { // the request was refused before it had one
			return next(ctx)
		}
		if operation.Operation == ast.Mutation {
			ctx = storage.Primary(ctx) // a payload must show what was written, which a replica may not have yet
		}
		ctx, err := readAfter(ctx, r.Store)
		if err != nil {
			return &graphql.Response{Errors: gqlerror.List{present(ctx, err)}}
		}
		if limits.Page != MaxPage {
			ctx = context.WithValue(ctx, pageKey{}, limits.Page)
		}
		ctx, warnings := withWarnings(ctx)
		response := next(loaders.Attach(ctx, loaders.Options{
			MaxObjects: limits.Objects, MaxEdges: limits.Edges, MaxRowBytes: 2 * int64(min(limits.AnswerBytes, math.MaxInt64/2)),
			Memory: r.Memory, Parallel: limits.Parallel, Store: r.Store,
		}))
		warnings.addTo(response)
		addConsistency(ctx, response, r.Store)
		return response
	})
	for _, extension := range extensions {
		server.Use(extension)
	}
	return e
}

// CreateOperationContext parses and validates a document, chooses its operation and coerces the variables. The errors
// are those of package validate, and name nothing that the caller may not use; an operation that there is not has
// errcode.ValidationFailed as well. A context without a principal is refused with auth.ErrUnauthenticated.
//
// gqlgen's method of this name would parse, validate and coerce without bounds, and has no place to do otherwise.
func (e *Executor) CreateOperationContext(ctx context.Context, params *graphql.RawParams) (*graphql.OperationContext, gqlerror.List) {
	operation := &graphql.OperationContext{
		RecoverFunc:            e.recover,
		ResolverMiddleware:     func(ctx context.Context, next graphql.Resolver) (any, error) { return next(ctx) },
		RootResolverMiddleware: e.aroundRootField,
		Stats:                  graphql.Stats{Read: params.ReadTime, OperationStart: graphql.GetStartTime(ctx)},
	}
	ctx = graphql.WithOperationContext(ctx, operation)
	if auth.From(ctx) == nil { // not even errors, which name elements of the schema, are for everybody
		return operation, gqlerror.List{gqlerror.Wrap(auth.ErrUnauthenticated)}
	}
	for _, extension := range e.extensions {
		if mutator, ok := extension.(graphql.OperationParameterMutator); ok {
			if err := mutator.MutateOperationParameters(ctx, params); err != nil {
				return operation, gqlerror.List{err}
			}
		}
	}
	operation.RawQuery, operation.OperationName = params.Query, params.OperationName
	operation.Extensions, operation.Headers = params.Extensions, params.Headers
	if errs := e.prepare(ctx, operation, params); len(errs) > 0 {
		return operation, errs
	}
	for _, extension := range e.extensions {
		if mutator, ok := extension.(graphql.OperationContextMutator); ok {
			if err := mutator.MutateOperationContext(ctx, operation); err != nil {
				return operation, gqlerror.List{err}
			}
		}
	}
	return operation, nil
}

// prepare sets the document, the operation and the variables of an operation context.
func (e *Executor) prepare(ctx context.Context, operation *graphql.OperationContext, params *graphql.RawParams) gqlerror.List {
	stats := &operation.Stats
	stats.Parsing.Start = graphql.Now()
	document, known := e.trusted.Load().document(params.Query)
	if !known {
		document, known = e.documents.Get(params.Query)
	}
	if !known {
		var errs gqlerror.List
		if document, errs = e.validate(ctx, params.Query); len(errs) > 0 {
			return errs
		}
		e.documents.Add(params.Query, document)
	}
	stats.Parsing.End = graphql.Now() // of the document's validation as well
	stats.Validation.Start = stats.Parsing.End
	chosen, err := choose(document, params.OperationName)
	if err != nil {
		return gqlerror.List{err}
	}
	variables, errs := validate.Variables(ctx, e.schema, chosen, params.Variables)
	stats.Validation.End = graphql.Now()
	if len(errs) > 0 {
		return e.variableFaultsFor(ctx, chosen, params.Variables, errs)
	}
	operation.Doc, operation.Operation, operation.Variables = document, chosen, variables
	return nil
}

// validate parses and validates a document. No more documents are validated at a time than there are cores, so that many
// hostile ones take turns instead of slowing down everything.
func (e *Executor) validate(ctx context.Context, text string) (*ast.QueryDocument, gqlerror.List) {
	select {
	case e.validating <- struct{}{}:
		defer func() { <-e.validating }()
		document, errs := validate.Document(ctx, e.schema, text, e.limits.Tokens)
		if len(errs) > 0 {
			errs = e.faultsFor(ctx, text, errs)
		}
		return document, errs
	case <-ctx.Done():
		return nil, gqlerror.List{gqlerror.Wrap(ctx.Err())}
	}
}

// choose returns the operation of a name, or the only one.
func choose(document *ast.QueryDocument, name string) (*ast.OperationDefinition, *gqlerror.Error) {
	chosen := document.Operations.ForName(name)
	if chosen != nil {
		return chosen, nil
	}
	refused := gqlerror.Errorf("the document has several operations; say in operationName which one to run")
	if name != "" {
		refused = gqlerror.Errorf("operation %s not found", cut(name, maxQuoted))
	}
	errcode.Set(refused, errcode.ValidationFailed)
	return nil, refused
}

// aroundRootField resolves a field of the root inside the extensions that intercept it, the first one outermost.
func (e *Executor) aroundRootField(ctx context.Context, next graphql.RootResolver) graphql.Marshaler {
	for _, extension := range slices.Backward(e.extensions) {
		if interceptor, ok := extension.(graphql.RootFieldInterceptor); ok {
			inner := next
			next = func(ctx context.Context) graphql.Marshaler { return interceptor.InterceptRootField(ctx, inner) }
		}
	}
	return next(ctx)
}

// DispatchOperation returns the handler that answers an operation, and the context to call it with.
func (e *Executor) DispatchOperation(ctx context.Context, operation *graphql.OperationContext) (graphql.ResponseHandler, context.Context) {
	return e.gqlgen.DispatchOperation(ctx, operation)
}

// DispatchError makes the response of an operation that does not run.
func (e *Executor) DispatchError(ctx context.Context, errs gqlerror.List) *graphql.Response {
	return e.gqlgen.DispatchError(ctx, errs)
}

// PresentRecoveredError logs a panic and returns the error that a client may see of it.
func (e *Executor) PresentRecoveredError(ctx context.Context, fault any) error {
	return e.gqlgen.PresentRecoveredError(ctx, fault)
}
