package exec

import (
	"context"
	"errors"
	"fmt"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// writer writes the objects fetched below one root field as JSON. It continues inside an object that has already become
// null, because the specification wants every error reported.
type writer[E any] struct {
	*execution[E]

	ctx  context.Context //nolint:containedctx // of the field of the root, which errors are reported to
	to   []byte
	path []step

	checked, check int   // length of the output at the last check of the limits, and at the next one
	ended          error // why writing stopped early; the root field fails with it
}

// checkBytes is the number of bytes written between two checks of the limits.
const checkBytes = 64 << 10

// ends reports whether writing must stop early.
func (w *writer[E]) ends() bool {
	if w.ended == nil && len(w.to) >= w.check {
		if err := w.ctx.Err(); err != nil {
			w.stop(err)
		}
		w.countBytes()
	}
	return w.ended != nil
}

// countBytes counts what was written since it last did, less what was dropped because null has taken its place, and stops
// the execution if all root fields have written too much.
func (w *writer[E]) countBytes() {
	written := int64(len(w.to) - w.checked)
	all := w.bytes.Add(written)
	if b := budgetOf(w.ctx); b != nil && written != 0 {
		if err := b.addAnswerBytes(written); err != nil {
			w.stop(err)
		}
	}
	w.checked, w.check = len(w.to), len(w.to)+checkBytes
	if all > int64(w.options.AnswerBytes) {
		w.stop(LimitError(fmt.Sprintf("the answer is larger than %d bytes; ask for smaller pages or fewer fields", w.options.AnswerBytes)))
	}
	w.ended = w.stopError()
}

// step is a part of a path: a field, or an index of a list.
type step struct {
	object string
	field  *graphql.CollectedField
	index  int
}

// object writes an object and reports whether it is not null: a null in a non-null field makes the object null.
func (w *writer[E]) object(n *node[E], at int) bool {
	start, whole := len(w.to), true
	w.to = append(w.to, '{')
	for i, f := range n.selection.fields {
		if w.ends() {
			whole = false
			break
		}
		if i > 0 {
			w.to = append(w.to, ',')
		}
		w.to = append(w.to, f.key...)
		if f.Append == nil || !w.plain(f, n.objects[at]) {
			whole = w.field(n, i, at) && whole
		}
	}
	w.to = append(w.to, '}')
	if !whole {
		w.to = append(w.to[:start], null...)
	}
	return whole
}

// plain writes a plain field and reports whether that succeeded. A field that fails is written again by the method
// field, which knows its path.
func (w *writer[E]) plain(f *planned[E], object any) (done bool) {
	defer func() {
		if recover() != nil {
			done = false // w.to is as it was
		}
	}()
	to, there := f.Append(w.to, object)
	switch {
	case there:
		w.to = to
	case f.NonNull:
		return false
	default:
		w.to = append(w.to, null...)
	}
	return true
}

const null = "null"

// errNull has the message of gqlgen.
var errNull = errors.New("the requested element is null which the schema does not allow")

// field writes the value of a field, or null. It reports false if null must propagate to the object.
func (w *writer[E]) field(n *node[E], i, at int) (stands bool) {
	f, start, depth := n.selection.fields[i], len(w.to), len(w.path)
	w.path = append(w.path, step{object: n.selection.of.Name, field: &f.collected})
	defer func() {
		if fault := recover(); fault != nil {
			w.path = w.path[:depth+1]
			if place := w.countError(); place <= MaxErrors {
				ctx := w.context()
				w.report(ctx, place, w.operation.Recover(ctx, fault))
			}
			w.to, stands = append(w.to[:start], null...), !f.NonNull
		}
		w.path = w.path[:depth]
	}()
	if w.value(f, n.column(i), n.objects[at], at) {
		return true
	}
	w.to = append(w.to[:start], null...)
	return !f.NonNull
}

// value writes the value of a field and reports whether there is one. If not, it reports the error to the client.
func (w *writer[E]) value(f *planned[E], c *column[E], object any, at int) (there bool) {
	err := c.failure(at)
	switch {
	case c.badArgs:
		w.reportArgs(f)
		return false
	case err != nil:
		w.fail(err)
		return false
	case f.List:
		return w.list(c, f, at)
	case len(f.Of) > 0:
		return w.item(c, at, f.NonNull)
	case f.Leaves != nil:
		w.to, there = f.AppendLeaf(w.to, c.items[at])
	default:
		w.to, there = f.Append(w.to, object)
	}
	if !there && f.NonNull {
		w.fail(errNull)
	}
	return there
}

// list writes the list of a parent and reports whether it is not null.
func (w *writer[E]) list(c *column[E], f *planned[E], parent int) bool {
	from, to, there := c.list(parent)
	if !there && !f.NonNull {
		w.to = append(w.to, null...)
		return false
	}
	start, whole := len(w.to), true
	w.to = append(w.to, '[')
	w.path = append(w.path, step{})
	for item := from; item < to; item++ {
		if item > from {
			w.to = append(w.to, ',')
		}
		w.path[len(w.path)-1].index = item - from
		whole = (w.item(c, item, f.Elements) || !f.Elements) && whole
	}
	w.path = w.path[:len(w.path)-1]
	w.to = append(w.to, ']')
	if !whole {
		w.to = append(w.to[:start], null...)
	}
	return whole
}

// item writes one object of a column, or null, and reports whether it is not null.
func (w *writer[E]) item(c *column[E], item int, required bool) bool {
	at := c.at(item)
	if at.index >= 0 {
		return w.object(c.below[at.node], int(at.index))
	}
	w.to = append(w.to, null...)
	if required {
		w.fail(errNull)
	}
	return false
}

// reportArgs reports why the arguments of the field that is being written are invalid: they are coerced again, since
// the path to the invalid value begins here.
func (w *writer[E]) reportArgs(f *planned[E]) {
	place := w.countError()
	if place > MaxErrors {
		return
	}
	ctx := w.context()
	_, err := f.Args(w.ec, ctx, arguments(f.collected.Field, w.operation.Variables))
	w.report(ctx, place, err)
}

// fail reports an error of the field or item that is being written. Of the errors of limits, an operation reports only
// the first: what it is about holds for all fields after it.
func (w *writer[E]) fail(err error) {
	if w.isLimit(err) {
		w.failAtEnd(err)
		return
	}
	if place := w.countError(); place <= MaxErrors {
		ctx := w.context()
		w.report(ctx, place, w.located(ctx, err))
	}
}

// failAtEnd reports the error that ends the operation, or a field of a mutation, however many errors there were before.
func (w *writer[E]) failAtEnd(err error) {
	if !w.isLimit(err) || w.limited.CompareAndSwap(false, true) {
		ctx := w.context()
		w.operation.Error(ctx, w.located(ctx, err))
	}
}

// located returns an error with the path and the place in the document of what is being written. It is a copy, because
// several fields may fail with the same error.
func (w *writer[E]) located(ctx context.Context, err error) error {
	report := gqlerror.Error{Message: err.Error()}
	if known, ok := errors.AsType[*gqlerror.Error](err); ok {
		report = *known
	}
	report.Err = err
	if report.Path == nil {
		report.Path = graphql.GetPath(ctx)
	}
	for i := len(w.path) - 1; i >= 0 && report.Locations == nil; i-- {
		if field := w.path[i].field; field != nil {
			report.Locations = []gqlerror.Location{{Line: field.Position.Line, Column: field.Position.Column}}
		}
	}
	return &report
}

// context returns the context that gqlgen would have at the writer's position: errors take their path from it.
func (w *writer[E]) context() context.Context {
	ctx := w.ctx
	for _, s := range w.path {
		at := &graphql.FieldContext{Object: s.object}
		if s.field != nil {
			at.Field = *s.field
		} else {
			at.Index = &s.index
		}
		ctx = graphql.WithFieldContext(ctx, at) //nolint:fatcontext // one for each part of the path, as gqlgen has it
	}
	return ctx
}
