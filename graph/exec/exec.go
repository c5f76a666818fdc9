package exec

import (
	"context"
	"io"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

// Executor runs the queries and mutations of a schema.
type Executor[E any] struct {
	types  map[string]*Type[E]
	bounds Bounds
	plans  *plans[E]
}

// Bounds are what operations may take.
type Bounds struct {
	PlanBytes   int // memory that plans of documents may keep
	Fields      int // fields that an operation may select, with its fragments spread
	AnswerBytes int // size of the data that an operation may write, about
}

// TooMuchError is the error of an operation that passes a bound. Its text is for the person who asked.
type TooMuchError string

// Error implements error.
func (t TooMuchError) Error() string { return string(t) }

// New makes an Executor of the types of a schema.
func New[E any](types map[string]*Type[E], bounds Bounds) *Executor[E] {
	return &Executor[E]{types, bounds, newPlans[E](bounds.PlanBytes)}
}

// Run answers the operation of a context. ec is gqlgen's execution context for it.
func (e *Executor[E]) Run(ctx context.Context, root *ast.Definition, ec E) *graphql.Response {
	x := &execution[E]{operation: graphql.GetOperationContext(ctx), ec: ec, bounds: e.bounds}
	plan, err := e.plans.of(x.operation, e.types, root.Name, e.bounds.Fields)
	if err != nil {
		graphql.AddError(ctx, err)
		return &graphql.Response{}
	}
	n := &node[E]{selection: plan.selection, objects: []any{nil}, columns: make([]column[E], len(plan.fields))}
	values := make([]graphql.Marshaler, len(plan.fields))
	answer := func(i int) { values[i] = x.root(ctx, n, i) }
	if x.operation.Operation.Operation == ast.Mutation {
		for i := range values {
			answer(i)
		}
	} else {
		sideBySide(len(values), answer)
	}
	return &graphql.Response{Data: join(plan.fields, values)}
}

// root answers one field of the root, inside of what extensions put around it.
func (x *execution[E]) root(ctx context.Context, n *node[E], i int) graphql.Marshaler {
	f := n.selection.fields[i]
	field := f.collected
	if field.Name == typename {
		to, from := begin(f.key)
		to, _ = f.Append(to, nil)
		return written{to, from}
	}
	ctx = graphql.WithRootFieldContext(ctx, &graphql.RootFieldContext{Object: field.Name, Field: field})
	return x.operation.RootResolverMiddleware(ctx, func(ctx context.Context) graphql.Marshaler {
		if f.Resolve != nil || f.Leaves != nil {
			x.bring(ctx, n, i)
		}
		to, from := begin(f.key)
		w := &writer[E]{execution: x, ctx: ctx, check: checkBytes, to: to}
		stands := w.field(n, i, 0)
		if w.ended != nil {
			w.path = append(w.path, step{object: n.selection.of.Name, field: &f.collected})
			w.fail(w.ended)
		}
		if !stands || w.ended != nil || string(w.to[from:]) == null {
			return graphql.Null
		}
		return written{w.to, from}
	})
}

// written is the JSON of a field of the root, behind what an object of this field alone begins with:
// most documents have no other, and need no copy then.
type written struct {
	to   []byte
	from int // where the value begins
}

func begin(key []byte) (to []byte, from int) {
	to = append(append(takeBuffer(), '{'), key...)
	return to, len(to)
}

// MarshalGQL implements graphql.Marshaler.
func (d written) MarshalGQL(w io.Writer) { _, _ = w.Write(d.to[d.from:]) }

// join makes an object of the root's fields. One that must not be null but is makes it null.
func join[E any](fields []*planned[E], values []graphql.Marshaler) []byte {
	if len(values) == 1 {
		if only, there := values[0].(written); there {
			return append(only.to, '}')
		}
	}
	data := buffer(append(takeBuffer(), '{'))
	for i, f := range fields {
		if values[i] == graphql.Null && f.NonNull {
			return []byte(null)
		}
		if i > 0 {
			data = append(data, ',')
		}
		data = append(data, f.key...)
		values[i].MarshalGQL(&data)
		if copied, there := values[i].(written); there {
			Recycle(copied.to)
		}
	}
	return append(data, '}')
}
