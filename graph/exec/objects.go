package exec

import (
	"errors"
	"fmt"

	"github.com/99designs/gqlgen/graphql"
)

// Objects are what a field returned for its parents, in their order.
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

// AddAnswers adds what a resolver returned for all parents, each by add. It fails if that is not one answer, and
// not one error if there are errors of single parents, for each of them.
func AddAnswers[T any](into *Objects, parents int, answers []T, err error, add func(*Objects, T)) error {
	if err != nil {
		perParent, ok := errors.AsType[graphql.BatchErrors](err)
		if !ok {
			return err
		}
		if into.errs = perParent.Errors(); len(into.errs) != parents {
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
