// Package exec executes operations level by level. gqlgen's own executor resolves object by object,
// each field through contexts, closures and goroutines of its own; that costs ten times what the data
// does. Here a document becomes a plan once, resolvers are asked for all parents of a level at
// once, and the answer is written in one pass, plain fields straight from their structs.
//
// What a field means is decided by gqlgen's configuration and the structs it binds: package graph
// generates the Types of this package from the same data that gqlgen generates its code from. Parsing,
// validation, arguments, introspection and errors are gqlgen's.
package exec

import (
	"context"
	"errors"
	"fmt"

	"github.com/99designs/gqlgen/graphql"
)

// Type is an object type of the schema. E is gqlgen's execution context, through which resolvers and
// arguments are reached.
type Type[E any] struct {
	Name string
	// Satisfies are the names that a fragment on an object of the type may bear.
	Satisfies []string
	Fields    map[string]*Field[E]
}

// Field is a field of an object type. Exactly one of Append, Derive, Resolve, Leaves and Marshal is
// set: it says how the field gets its value.
type Field[E any] struct {
	// Reads is the struct field or method that the value comes from.
	Reads string
	// NonNull tells that null makes the object null.
	NonNull bool

	// Append writes the value of a plain field and reports whether it is there; null is not written.
	Append func(to []byte, obj any) ([]byte, bool)
	// Derive adds the objects of a field that needs no resolver.
	Derive func(obj any, into *Objects)
	// Resolve adds the objects of a field for all parents.
	Resolve func(ctx context.Context, ec E, parents []any, args map[string]any, into *Objects) error
	// Leaves is Resolve for a field of scalars: one value per parent, which AppendLeaf writes.
	Leaves     func(ctx context.Context, ec E, parents []any, args map[string]any, into *Objects) error
	AppendLeaf func(to []byte, leaf any) ([]byte, bool)
	// Marshal has gqlgen resolve the field, as for introspection.
	Marshal func(ctx context.Context, ec E, field graphql.CollectedField, obj any) graphql.Marshaler

	// Args reads the arguments of Resolve and Leaves; nil if there are none.
	Args func(ec E, ctx context.Context, raw map[string]any) (map[string]any, error)
	// Of names the possible types of the objects, and TypeOf the type of one of several.
	Of     []string
	TypeOf func(obj any) string
	// List tells that the field has a list of objects, and Elements that none of them may be null.
	List, Elements bool
}

// Objects are what a field brought for its parents, in their order.
type Objects struct {
	items []any   // nil is null
	ends  []int   // of a list: where the items of each parent end, inverted for a list that is null
	errs  []error // of single parents; nil if there are none
}

// One adds the object of a parent.
func One[T any](into *Objects, obj *T) {
	if obj == nil {
		into.items = append(into.items, nil)
		return
	}
	into.items = append(into.items, obj)
}

// Any adds the object of a parent, of an interface's type.
func Any[T any](into *Objects, obj T) { into.items = append(into.items, obj) }

// Pointers adds the list of a parent.
func Pointers[T any](into *Objects, list []*T) {
	for _, obj := range list {
		One(into, obj)
	}
	into.endList(list == nil)
}

// Values adds the list of a parent, of values.
func Values[T any](into *Objects, list []T) {
	for i := range list {
		into.items = append(into.items, &list[i])
	}
	into.endList(list == nil)
}

// Anys adds the list of a parent, of an interface's type.
func Anys[T any](into *Objects, list []T) {
	for _, obj := range list {
		Any(into, obj)
	}
	into.endList(list == nil)
}

func (o *Objects) endList(null bool) {
	end := len(o.items)
	if null {
		end = ^end
	}
	o.ends = append(o.ends, end)
}

// Brought adds what a resolver answered for all parents, each by add.
func Brought[T any](into *Objects, parents int, answers []T, err error, add func(*Objects, T)) error {
	if err != nil {
		each, ok := errors.AsType[graphql.BatchErrors](err)
		if !ok {
			return err
		}
		if into.errs = each.Errors(); len(into.errs) != parents {
			return fmt.Errorf("a resolver gave %d errors for %d parents", len(into.errs), parents)
		}
	}
	if len(answers) != parents {
		return fmt.Errorf("a resolver gave %d answers for %d parents", len(answers), parents)
	}
	for _, answer := range answers {
		add(into, answer)
	}
	return nil
}

// Parents are the parents of a field, as its resolver takes them.
func Parents[T any](parents []any) []T {
	typed := make([]T, len(parents))
	for i, parent := range parents {
		typed[i] = parent.(T)
	}
	return typed
}

// list is the range of a parent's items, and whether the list is there.
func (o *Objects) list(parent int) (from, to int, there bool) {
	if parent > 0 {
		from, _ = o.end(parent - 1)
	}
	to, there = o.end(parent)
	return from, to, there
}

func (o *Objects) end(parent int) (end int, there bool) {
	if end = o.ends[parent]; end < 0 {
		return ^end, false
	}
	return end, true
}

// Optional writes what a pointer points to.
func Optional[T any](to []byte, value *T, write func([]byte, T) []byte) ([]byte, bool) {
	if value == nil {
		return to, false
	}
	return write(to, *value), true
}

// Elements writes a list of scalars.
func Elements[T any](to []byte, list []T, write func([]byte, T) []byte) []byte {
	to = append(to, '[')
	for i, element := range list {
		if i > 0 {
			to = append(to, ',')
		}
		to = write(to, element)
	}
	return append(to, ']')
}

// Marshaled writes a value that knows how to write itself.
func Marshaled[T graphql.Marshaler](to []byte, value T) []byte {
	w := buffer(to)
	value.MarshalGQL(&w)
	return w
}

// buffer is a writer that appends.
type buffer []byte

// Write implements io.Writer.
func (b *buffer) Write(p []byte) (int, error) {
	*b = append(*b, p...)
	return len(p), nil
}
