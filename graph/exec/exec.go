package exec

import (
	"context"
	"io"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"decnetgraph/graph/buffer"
	"decnetgraph/graph/lru"
)

// Executor runs the queries and mutations of a schema.
type Executor[E any] struct {
	schema  Schema[E]
	inputs  *inputSchema
	options Options
	plans   *plans[E]
}

// New makes an Executor of a schema.
func New[E any](schema Schema[E], options Options) *Executor[E] {
	return &Executor[E]{schema, newInputSchema(schema.Inputs), options, newPlans[E](options.PlanBytes)}
}

// PlanCache is the state of the cache of plans.
func (e *Executor[E]) PlanCache() lru.Stats { return e.plans.cache.Stats() }

// Run answers the operation of a context. ec is gqlgen's execution context for it. An operation that may not run
// is refused before any resolver is called; the response then has errors and no data.
func (e *Executor[E]) Run(ctx context.Context, root *ast.Definition, ec E) *graphql.Response {
	x := &execution[E]{operation: graphql.GetOperationContext(ctx), ec: ec, options: &e.options, level: e.options.Level}
	if e.options.WantsLevels != nil && !e.options.WantsLevels(ctx) {
		x.level = nil
	}
	ctx, x.cancel = context.WithCancel(ctx)
	defer x.cancel()
	plan, err := e.plans.of(ctx, x.operation, e.schema, e.inputs, root.Name, &e.options)
	if err == nil {
		err = plan.arguments.check(x.operation.Variables, valuesPerField*e.options.Fields)
	}
	if err == nil {
		err = e.check(ctx, plan, x.operation.Variables)
	}
	if err == nil {
		err = x.admit(ctx, plan)
	}
	if err != nil {
		graphql.AddError(ctx, err)
		return &graphql.Response{}
	}
	defer x.bill.end(ctx)
	if budget := budgetOf(ctx); budget != nil {
		defer func() { budget.end(buffer.LeaseOf(ctx)) }()
	}
	n := &node[E]{selection: plan.selection, objects: []any{nil}, columns: make([]column[E], len(plan.fields))}
	values := make([]rootValue, len(plan.fields))
	answer := func(i int) { values[i] = x.root(ctx, n, i) }
	if x.operation.Operation.Operation == ast.Mutation {
		for i := range values { // each is a write of its own: if one is stopped, the next one still runs
			answer(i)
			x.stopped.Store(nil)
			x.reported.Store(false)
		}
	} else {
		x.parallel(ctx, len(values), answer)
		if x.stopError() != nil { // reported already by one field
			x.discard(values)
		}
	}
	x.reportLast()
	return &graphql.Response{Data: x.respond(ctx, plan.fields, values)}
}

// valuesPerField is how many values the arguments of an operation may have for each field that it may select.
const valuesPerField = 4

// respond makes the data of a response. If the context has a lease, the buffer of the data is lent to the sender.
func (x *execution[E]) respond(ctx context.Context, fields []*planned[E], values []rootValue) []byte {
	b, data := x.join(fields, values)
	if lease := buffer.LeaseOf(ctx); lease != nil && !x.options.KeepAnswers {
		lease.Lend(b, data)
		return data
	}
	kept := append(make([]byte, 0, len(data)), data...)
	x.release(b, data)
	return kept
}

// release recycles a buffer, unless an extension may have kept its content.
func (x *execution[E]) release(b *buffer.Buffer, data []byte) {
	if b != nil && !x.options.KeepAnswers {
		b.Release(data)
	}
}

// rootValue is the value of a field of the root.
type rootValue struct {
	graphql.Marshaler

	buffer *buffer.Buffer // nil if an extension has replaced the value
	bytes  []byte         // {"key":value
}

// discard makes the values of all root fields null. A stopped query answers nothing, because a partial answer would look
// as if the missing values were null in the database.
func (x *execution[E]) discard(values []rootValue) {
	for i, v := range values {
		x.release(v.buffer, v.bytes)
		values[i] = rootValue{Marshaler: graphql.Null}
	}
}

// root answers one root field, inside the middleware of extensions.
func (x *execution[E]) root(ctx context.Context, n *node[E], i int) (value rootValue) {
	f := n.selection.fields[i]
	field := f.collected
	b := buffer.Take()
	to := append(append(b.Empty(), '{'), f.key...)
	from := len(to)
	if field.Name == typename {
		to, _ = f.Append(to, nil)
		return rootValue{written{to, from}, b, to}
	}
	ctx = graphql.WithRootFieldContext(ctx, &graphql.RootFieldContext{Object: field.Name, Field: field})
	handedOut := false
	value.Marshaler = x.operation.RootResolverMiddleware(ctx, func(ctx context.Context) graphql.Marshaler {
		to, n.columns[i] = to[:from], column[E]{} // middleware may call this again
		if f.resolver() != nil {
			x.fillColumn(ctx, n, i)
		}
		w := &writer[E]{execution: x, ctx: ctx, check: checkBytes, to: to, ended: x.stopError()}
		stands := w.ended == nil && w.field(n, i, 0)
		w.countBytes()
		to = w.to
		if w.ended != nil && x.reported.CompareAndSwap(false, true) {
			w.path = append(w.path, step{object: n.selection.of.Name, field: &f.collected})
			w.failAtEnd(w.ended) //nolint:contextcheck // the writer has it
		}
		if !stands || w.ended != nil || string(to[from:]) == null {
			return graphql.Null
		}
		handedOut = true
		return written{to, from}
	})
	switch _, own := value.Marshaler.(written); {
	case own:
		value.buffer, value.bytes = b, to
	case !handedOut: // otherwise middleware wraps the value and will read it later
		x.release(b, to)
	}
	return value
}

// written is the JSON of a root field. Its bytes already start with {"key": as an object that has only this field does:
// most documents have a single root field, and then need no copy.
type written struct {
	bytes []byte
	from  int // where the value begins
}

// MarshalGQL implements graphql.Marshaler.
func (w written) MarshalGQL(to io.Writer) { _, _ = to.Write(w.bytes[w.from:]) }

// join makes an object of the root fields. Null in a non-null field makes the whole object null.
func (x *execution[E]) join(fields []*planned[E], values []rootValue) (*buffer.Buffer, []byte) {
	if len(values) == 1 && values[0].buffer != nil {
		return values[0].buffer, append(values[0].bytes, '}')
	}
	b := buffer.Take()
	data := appender(append(b.Empty(), '{'))
	whole := true
	for i, f := range fields {
		if whole = whole && (values[i].Marshaler != graphql.Null || !f.NonNull); whole {
			if i > 0 {
				data = append(data, ',')
			}
			data = append(data, f.key...)
			values[i].MarshalGQL(&data)
		}
		x.release(values[i].buffer, values[i].bytes)
	}
	if !whole {
		return b, append(data[:0], null...)
	}
	return b, append(data, '}')
}
