package exec

import (
	"context"
	"errors"
	"fmt"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// writer writes what was fetched below one field of the root. It goes through all of it, also where
// null has made an object null already: each error is told, as the specification wants it.
type writer[E any] struct {
	*execution[E]

	ctx  context.Context //nolint:containedctx // of the root, for the few fields that gqlgen resolves
	to   []byte
	path []step

	checked, check int   // the lengths at the last look at the bounds and at the next
	ended          error // why nothing more is written; the field of the root fails by it
}

// checkBytes is how much is written between two looks at the bounds.
const checkBytes = 64 << 10

// ends reports whether writing is over before all is written.
func (w *writer[E]) ends() bool {
	if w.ended == nil && len(w.to) >= w.check {
		all := w.bytes.Add(int64(len(w.to) - w.checked))
		w.checked, w.check = len(w.to), len(w.to)+checkBytes
		if w.ended = w.ctx.Err(); w.ended == nil && all > int64(w.bounds.AnswerBytes) {
			w.ended = TooMuchError(fmt.Sprintf("the answer is larger than %d bytes; ask for smaller pages or fewer fields", w.bounds.AnswerBytes))
		}
	}
	return w.ended != nil
}

// step is a part of a path: a field, or a place in a list.
type step struct {
	object string
	field  *graphql.CollectedField
	index  int
}

// object writes an object and reports whether it is there: a field that must not be null but is
// makes it null.
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

// plain writes a plain field and reports whether that was all. What fails here is done again by field,
// which can tell where it stands.
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

// errNull is what gqlgen says of it.
var errNull = errors.New("the requested element is null which the schema does not allow")

// field writes the value of a field, or null, and reports whether its object can stand.
func (w *writer[E]) field(n *node[E], i, at int) (stands bool) {
	f, start, depth := n.selection.fields[i], len(w.to), len(w.path)
	w.path = append(w.path, step{object: n.selection.of.Name, field: &f.collected})
	defer func() {
		if fault := recover(); fault != nil {
			w.path = w.path[:depth+1]
			ctx := w.context()
			w.operation.Error(ctx, w.operation.Recover(ctx, fault))
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

// value writes the value of a field and reports whether it is there; what is missing is told here.
func (w *writer[E]) value(f *planned[E], c *column[E], object any, at int) (there bool) {
	err := c.failure(at)
	switch {
	case c.misread:
		w.misread(f)
		return false
	case err != nil:
		w.fail(err)
		return false
	case f.List:
		return w.list(c, f, at)
	case len(f.Of) > 0:
		return w.item(c, at, f.NonNull)
	case f.Marshal != nil:
		return w.marshaled(f, object)
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

// list writes the list of a parent and reports whether it is there.
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

// item writes one object of a column, or null, and reports whether it is there.
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

// marshaled has gqlgen resolve a field and reports whether its value is there.
func (w *writer[E]) marshaled(f *planned[E], object any) bool {
	field := w.path[len(w.path)-1]
	w.path = w.path[:len(w.path)-1] // gqlgen adds the field itself
	ctx := w.context()
	w.path = append(w.path, field)
	value := f.Marshal(ctx, w.ec, f.collected, object)
	w.to = Marshaled(w.to, value)
	return value != graphql.Null
}

// misread tells what is wrong with the arguments of the field that is being written: they are read
// again, since the path to what is wrong with them begins here.
func (w *writer[E]) misread(f *planned[E]) {
	ctx := w.context()
	_, err := f.Args(w.ec, ctx, f.collected.ArgumentMap(w.operation.Variables))
	w.operation.Error(ctx, err)
}

// fail tells an error of the field or item that is being written. Others may fail by the same error, so
// that it is not written to.
func (w *writer[E]) fail(err error) {
	ctx := w.context()
	told := gqlerror.Error{Message: err.Error()}
	if known, ok := errors.AsType[*gqlerror.Error](err); ok {
		told = *known
	}
	told.Err = err
	if told.Path == nil {
		told.Path = graphql.GetPath(ctx)
	}
	for i := len(w.path) - 1; i >= 0 && told.Locations == nil; i-- {
		if field := w.path[i].field; field != nil {
			told.Locations = []gqlerror.Location{{Line: field.Position.Line, Column: field.Position.Column}}
		}
	}
	w.operation.Error(ctx, &told)
}

// context is what gqlgen's context would be where the writer stands.
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
