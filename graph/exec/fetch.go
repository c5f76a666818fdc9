package exec

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

// node holds the objects of one type at one path of the answer, across all lists on that path.
type node[E any] struct {
	selection *selection[E]
	objects   []any
	columns   []column[E] // by field; nil where all are plain
}

// column is what a field returned; nothing if all fields are plain.
func (n *node[E]) column(i int) *column[E] {
	if n.columns == nil {
		return &column[E]{}
	}
	return &n.columns[i]
}

// column is what one field returned for all objects of a node.
type column[E any] struct {
	Objects

	badArgs bool       // whether coercion of the arguments failed
	err     error      // of all parents
	below   []*node[E] // by possible type of the field
	places  []place    // where each item stands below; nil if each stands at its own index in below[0]
}

// place is where an item is: below[node].objects[index]. The index of null is -1.
type place struct{ node, index int32 }

// execution is one run of an operation.
type execution[E any] struct {
	operation *graphql.OperationContext
	ec        E
	options   *Options
	level     func(ctx context.Context, level Level) (context.Context, func(Outcome)) // Options.Level if this operation wants it
	cancel    context.CancelFunc
	bytes     atomic.Int64          // approximate number written by all root fields so far
	stopped   atomic.Pointer[error] // why nothing more is fetched or written; nil while the execution runs
	reported  atomic.Bool           // whether a root field has reported the error
	limited   atomic.Bool           // whether an error of a limit was reported
	errors    atomic.Int64          // errors so far, whether they are reported or not
	last      func(more int)        // reports the last error that an operation reports
	bill      bill                  // what the operation costs
}

// stop ends the execution: root fields that are not written yet become null, and one of them reports the error. In a
// query it also cancels the statements that resolvers are running.
func (x *execution[E]) stop(why error) {
	x.stopped.CompareAndSwap(nil, &why)
	if x.operation.Operation.Operation == ast.Query {
		x.cancel()
	}
}

// limit handles the error of a resolver that may be that of a limit. It stops a query. A mutation goes on, because what
// was written before is worth an answer, but a budget that is overdrawn lets no later field run.
func (x *execution[E]) limit(err error) error {
	if x.operation.Operation.Operation == ast.Query {
		if x.isLimit(err) {
			x.stop(err)
		}
	} else if exceeded, ok := errors.AsType[LimitError](err); ok {
		return exceeded + "; later fields of the mutation are not run"
	}
	return err
}

// isLimit reports whether an error says that the operation passes a limit.
func (x *execution[E]) isLimit(err error) bool {
	if err == nil {
		return false
	}
	_, isLimit := errors.AsType[LimitError](err)
	_, isOverload := errors.AsType[OverloadError](err)
	return isLimit || isOverload || (x.options.Stops != nil && x.options.Stops(err))
}

// stopError is why the execution was stopped, or nil.
func (x *execution[E]) stopError() error {
	if why := x.stopped.Load(); why != nil {
		return *why
	}
	return nil
}

// fetch resolves what lies below the objects of a node, level by level: one call of each resolver for all of them.
// Fields that need resolvers run side by side.
func (x *execution[E]) fetch(ctx context.Context, n *node[E]) {
	s := n.selection
	if len(s.derived)+len(s.edges) == 0 {
		return
	}
	n.columns = make([]column[E], len(s.fields))
	for _, i := range s.derived {
		x.fillColumn(ctx, n, i)
	}
	x.parallel(ctx, len(s.edges), func(edge int) { x.fillColumn(ctx, n, s.edges[edge]) })
}

// parallel calls do for the indices 0 to n-1 at the same time, and returns when all calls have returned. The last one
// runs in this goroutine, so that a single call, the usual case, allocates nothing.
func (x *execution[E]) parallel(ctx context.Context, n int, do func(int)) {
	if n > 1 {
		var left atomic.Int64
		left.Store(int64(n))
		end := func() {
			if left.Add(-1) > 0 { // the last one goes on as the goroutine that waits for all
				x.countBranches(ctx, -1)
			}
		}
		var others sync.WaitGroup
		defer others.Wait()
		x.countBranches(ctx, n-1)
		defer end()
		for i := range n - 1 {
			others.Go(func() {
				defer end()
				do(i)
			})
		}
	}
	if n > 0 {
		do(n - 1)
	}
}

// countBranches reports a change of the number of goroutines that resolve fields.
func (x *execution[E]) countBranches(ctx context.Context, change int) {
	if x.options.Branches != nil {
		x.options.Branches(ctx, change)
	}
}

// fillColumn resolves a field for all objects of a node, and then the fields below it.
func (x *execution[E]) fillColumn(ctx context.Context, n *node[E], i int) {
	f, c := n.selection.fields[i], &n.columns[i]
	defer func() {
		if fault := recover(); fault != nil {
			c.err = x.operation.RecoverFunc(ctx, fault)
		}
	}()
	if c.err = ctx.Err(); c.err != nil || x.stopError() != nil {
		return
	}
	var args map[string]any
	if f.edges || f.Args != nil { // resolvers may read the path from the context
		at := &graphql.FieldContext{Object: n.selection.of.Name, Field: f.collected, IsMethod: true, IsResolver: f.Derive == nil}
		ctx = graphql.WithFieldContext(ctx, at)
		if f.Args != nil {
			var err error
			if args, err = f.Args(x.ec, ctx, arguments(f.collected.Field, x.operation.Variables)); err != nil {
				c.badArgs = true
				return
			}
			at.Args = args
		}
		if f.resolver() != nil {
			c.err = x.resolve(context.WithValue(ctx, fieldUseKey{}, &f.use), at, f, n.objects, c)
			c.err = x.limit(c.err)
			if f.Counted {
				x.charge(ctx, f, len(c.items))
			}
		}
	}
	if f.Derive != nil {
		x.deriveAll(ctx, f, n, c, args)
	}
	x.bill.addField(f.resolver() != nil, f.weight, len(n.objects))
	if c.err == nil && len(f.Of) > 0 && x.stopError() == nil {
		c.spread(f)
		for _, below := range c.below {
			x.bill.addObjects(len(below.objects))
		}
		x.fetchAll(ctx, c.below)
	}
}

// fetchAll is fetch for the objects of several types, side by side.
func (x *execution[E]) fetchAll(ctx context.Context, nodes []*node[E]) {
	if len(nodes) == 1 {
		if len(nodes[0].objects) > 0 {
			x.fetch(ctx, nodes[0])
		}
		return
	}
	var some []*node[E]
	for _, n := range nodes {
		if len(n.objects) > 0 && len(n.selection.derived)+len(n.selection.edges) > 0 {
			some = append(some, n)
		}
	}
	x.parallel(ctx, len(some), func(i int) { x.fetch(ctx, some[i]) })
}

// deriveAll adds the objects of all parents, unless the request ends meanwhile.
func (x *execution[E]) deriveAll(ctx context.Context, f *planned[E], n *node[E], c *column[E], args map[string]any) {
	const checkInterval = 1 << 10 // parents between two checks of the context, and objects between two of the budget
	charged, limited := 0, f.List || f.Counted
	for parent := range n.objects {
		if parent%checkInterval == checkInterval-1 && ctx.Err() != nil {
			x.stop(ctx.Err())
			return
		}
		x.derive(ctx, f, n, c, parent, args)
		if fresh := len(c.items) - charged; limited && (fresh >= checkInterval || parent == len(n.objects)-1) {
			x.charge(ctx, f, fresh)
			charged += fresh
		}
		if x.stopError() != nil {
			return
		}
	}
}

// charge takes objects that no loader has counted from the budget, and stops the execution if that is overdrawn.
func (x *execution[E]) charge(ctx context.Context, f *planned[E], objects int) {
	b := budgetOf(ctx)
	if b == nil {
		return
	}
	add := b.addDerived
	if f.Counted {
		add = b.AddObjects
	}
	if err := add(objects); err != nil {
		x.stop(err)
	}
}

// derive adds the objects of one parent. A panic fails this parent alone.
func (x *execution[E]) derive(ctx context.Context, f *planned[E], n *node[E], c *column[E], parent int, args map[string]any) {
	had := len(c.items)
	defer func() {
		if fault := recover(); fault != nil {
			if c.errs == nil {
				c.errs = make([]error, len(n.objects))
			}
			c.errs[parent] = x.operation.RecoverFunc(ctx, fault)
			c.items = c.items[:had]
			if f.List {
				c.endList(true)
			} else {
				c.items = append(c.items, nil)
			}
		}
	}()
	f.Derive(n.objects[parent], args, &c.Objects)
}

// resolver is the resolver of the field, or nil.
func (f *planned[E]) resolver() func(context.Context, E, []any, map[string]any, *Objects) error {
	if f.Leaves != nil {
		return f.Leaves
	}
	return f.Resolve
}

// spread divides the items of a column by type and leaves out null.
func (c *column[E]) spread(f *planned[E]) {
	c.below = make([]*node[E], len(f.Of))
	for i, name := range f.Of {
		c.below[i] = &node[E]{selection: f.below[name]}
	}
	if len(f.Of) == 1 && !c.holdsNull() {
		c.below[0].objects = c.items
		return
	}
	kinds := make(map[string]int32, len(f.Of))
	for i, name := range f.Of {
		kinds[name] = int32(i)
	}
	c.places = make([]place, len(c.items))
	for i, item := range c.items {
		if item == nil {
			c.places[i].index = -1
			continue
		}
		var kind int32
		if f.TypeOf != nil {
			var known bool
			if kind, known = kinds[f.TypeOf(item)]; !known {
				panic(fmt.Sprintf("%T is no type of %s.%s", item, f.collected.ObjectDefinition.Name, f.collected.Name))
			}
		}
		below := c.below[kind]
		c.places[i] = place{kind, int32(len(below.objects))} //nolint:gosec // memory ends before
		below.objects = append(below.objects, item)
	}
}

func (c *column[E]) holdsNull() bool {
	for _, item := range c.items {
		if item == nil {
			return true
		}
	}
	return false
}

// at returns the place of an item; the index of null is -1.
func (c *column[E]) at(item int) place {
	if c.places == nil {
		return place{0, int32(item)} //nolint:gosec // memory ends before
	}
	return c.places[item]
}

// failure is the error of a parent.
func (c *column[E]) failure(parent int) error {
	if c.err == nil && c.errs != nil {
		return c.errs[parent]
	}
	return c.err
}
