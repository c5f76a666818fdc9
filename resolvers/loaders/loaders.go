// Package loaders batches the edges of one operation: every edge of a level is one keyed query,
// whatever the number of parents.
//
// A level is a field at one path of the operation, list indices left out: all its parents ask with
// the same arguments. The executor of package exec asks for all parents of a level at once. That of
// gqlgen, which serves where fields are intercepted, asks list by list; then the dataloader collects
// what is asked at one path for a moment.
package loaders

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/graph-gophers/dataloader/v7"

	"decnetgraph/graph/exec"
	"decnetgraph/storage"
)

// Query answers for many keys at once. A key that it leaves out gets the zero value.
type Query[K comparable, V any] func(ctx context.Context, keys []K) (map[K]V, error)

// Options bound the loaders of an operation.
type Options struct {
	// Wait is the time that a batch collects where a level is asked for list by list.
	Wait time.Duration
	// MaxEdges is the number of edges, each a statement, that an operation may have.
	MaxEdges int
	// Parallel is the number of statements that an operation may run at a time, so that one request
	// does not hold all connections.
	Parallel int
	// MaxObjects is the number of objects that an operation may hold, however few rows they were
	// made of: cycles in the graph multiply objects.
	MaxObjects int
}

// Attach gives an operation its loaders. They must not outlive it: what they have read stays read.
func Attach(ctx context.Context, options Options) context.Context {
	return context.WithValue(ctx, operationKey{}, &operation{
		Options: options, slots: make(chan struct{}, options.Parallel),
	})
}

// Load asks, for a field of the root, for the value of one key: there is nothing to batch.
func Load[K comparable, V any](ctx context.Context, key K, query Query[K, V]) (V, error) {
	op := ctx.Value(operationKey{}).(*operation)
	found, err := alone(ctx, op, []K{key}, query)
	value := found[key]
	if err == nil {
		err = op.hold(count(&value))
	}
	if err != nil {
		var none V
		return none, err
	}
	return value, nil
}

// LoadMany asks, for the field that is being resolved, for a value for each key, in their order.
func LoadMany[K comparable, V any](ctx context.Context, keys []K, query Query[K, V]) ([]V, error) {
	op := ctx.Value(operationKey{}).(*operation)
	values := make([]V, len(keys))
	if len(keys) == 0 {
		return values, nil
	}
	var found map[K]V
	var err error
	if len(keys) == 1 && whole(graphql.GetFieldContext(ctx)) { // as at the root
		found, err = alone(ctx, op, keys, query)
	} else {
		found, err = batched(ctx, op, keys, query)
	}
	if err != nil {
		return nil, err
	}
	objects := 0
	for i, key := range keys {
		values[i] = found[key]
		objects += count(&values[i])
	}
	return values, op.hold(objects)
}

// LoadOptional is LoadMany for links that may be missing, which get the zero value.
func LoadOptional[K comparable, V any](ctx context.Context, links []*K, query Query[K, V]) ([]V, error) {
	keys, places := make([]K, 0, len(links)), make([]int, 0, len(links))
	for i, link := range links {
		if link != nil {
			keys, places = append(keys, *link), append(places, i)
		}
	}
	found, err := LoadMany(ctx, keys, query)
	if err != nil {
		return nil, err
	}
	values := make([]V, len(links))
	for i, place := range places {
		values[place] = found[i]
	}
	return values, nil
}

// Pages asks, for the field that is being resolved, for the same page of each owner's list.
func Pages[T any](ctx context.Context, owners []string, list storage.List[T], page storage.Page) ([]storage.Slice[T], error) {
	return LoadMany(ctx, owners, func(ctx context.Context, owners []string) (map[string]storage.Slice[T], error) {
		return list.Page(ctx, owners, page)
	})
}

type operationKey struct{}

// operation holds the levels of one operation by path.
type operation struct {
	Options

	slots   chan struct{} // held by running queries
	objects atomic.Int64  // brought by all levels so far

	mu     sync.Mutex
	edges  int            // so far
	levels map[string]any // *loader[K, V], made for the first
}

// loader asks for lists of keys, one list for all parents that ask at once: a request of its own for
// each key would cost more than many queries do.
type loader[K comparable, V any] = dataloader.Loader[*[]K, map[K]V]

// alone asks for what no other request can be batched with.
func alone[K comparable, V any](ctx context.Context, op *operation, keys []K, query Query[K, V]) (map[K]V, error) {
	op.mu.Lock()
	err := op.enter()
	op.mu.Unlock()
	if err != nil {
		return nil, err
	}
	return run(ctx, op, keys, query)
}

// batched asks together with all others of a level.
func batched[K comparable, V any](ctx context.Context, op *operation, keys []K, query Query[K, V]) (map[K]V, error) {
	level, err := levelOf(ctx, op, query)
	if err != nil {
		return nil, err
	}
	return level.Load(ctx, &keys)()
}

// levelOf finds the loader of the field, and makes it for the first that asks.
func levelOf[K comparable, V any](ctx context.Context, op *operation, query Query[K, V]) (*loader[K, V], error) {
	field := graphql.GetFieldContext(ctx)
	path := pathOf(field)
	op.mu.Lock()
	defer op.mu.Unlock()
	if known, ok := op.levels[path]; ok {
		return known.(*loader[K, V]), nil
	}
	if err := op.enter(); err != nil {
		return nil, err
	}
	capacity := 0 // until the time is over
	if whole(field) {
		capacity = 1
	}
	fresh := dataloader.NewBatchedLoader(batch(op, query), dataloader.WithWait[*[]K, map[K]V](op.Wait),
		dataloader.WithBatchCapacity[*[]K, map[K]V](capacity), dataloader.WithInputCapacity[*[]K, map[K]V](1),
		dataloader.WithCache(&dataloader.NoCache[*[]K, map[K]V]{})) // each list is asked for once
	if op.levels == nil {
		op.levels = map[string]any{}
	}
	op.levels[path] = fresh
	return fresh, nil
}

// enter adds an edge, unless the operation has as many as it may.
func (op *operation) enter() error {
	if op.edges++; op.edges > op.MaxEdges {
		return &storage.Error{Kind: storage.ErrLimit, Message: fmt.Sprintf("the request has more than %d edges; ask for fewer", op.MaxEdges)}
	}
	return nil
}

// batch turns a query into a dataloader's function.
func batch[K comparable, V any](op *operation, query Query[K, V]) dataloader.BatchFunc[*[]K, map[K]V] {
	return func(ctx context.Context, lists []*[]K) []*dataloader.Result[map[K]V] {
		found, err := run(ctx, op, distinct(lists), query)
		return slices.Repeat([]*dataloader.Result[map[K]V]{{Data: found, Error: err}}, len(lists))
	}
}

// run runs a query when the operation has a slot for it. Of columns that only some fields read, it
// brings those of the fields selected.
func run[K comparable, V any](ctx context.Context, op *operation, keys []K, query Query[K, V]) (map[K]V, error) {
	if err := op.take(ctx); err != nil {
		return nil, err
	}
	defer func() { <-op.slots }()
	if op.objects.Load() > int64(op.MaxObjects) { // a write whose answer would be refused must not happen
		return nil, op.tooMuch()
	}
	if reads := exec.Reads(ctx); reads != nil {
		ctx = storage.Only(ctx, reads...)
	}
	return query(ctx, keys)
}

// take waits for a slot.
func (op *operation) take(ctx context.Context) error {
	select {
	case op.slots <- struct{}{}: // as mostly, and cheaper than a choice of two
		return nil
	default:
	}
	select {
	case op.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// hold adds objects to those that the operation holds.
func (op *operation) hold(objects int) error {
	if op.objects.Add(int64(objects)) > int64(op.MaxObjects) {
		return op.tooMuch()
	}
	return nil
}

func (op *operation) tooMuch() error {
	return &storage.Error{Kind: storage.ErrLimit, Message: fmt.Sprintf(
		"the request asks for more than %d objects; ask for smaller pages or fewer levels", op.MaxObjects)}
}

// count is the number of objects that a value holds. It looks through a pointer, since a page in an
// interface would be copied.
func count[V any](value *V) int {
	if page, ok := any(value).(interface{ Len() int }); ok { // and the connection around it
		return page.Len() + 1
	}
	switch v := reflect.ValueOf(value).Elem(); v.Kind() {
	case reflect.Slice:
		return v.Len()
	case reflect.Pointer:
		if !v.IsNil() {
			return 1
		}
	}
	return 0
}

// distinct are the keys of all lists in the order met, each once.
func distinct[K comparable](lists []*[]K) []K {
	size := 0
	for _, list := range lists {
		size += len(*list)
	}
	keys, seen := make([]K, 0, size), make(map[K]struct{}, size)
	for _, list := range lists {
		for _, key := range *list {
			if _, again := seen[key]; !again {
				seen[key] = struct{}{}
				keys = append(keys, key)
			}
		}
	}
	return keys
}

// pathOf names the field by types and aliases from the root, without list indices. Fragments on
// several types may give different fields one alias, so the type belongs to the name.
func pathOf(field *graphql.FieldContext) string {
	var names []string
	for at := field; at != nil; at = at.Parent {
		if at.Field.Field != nil {
			names = append(names, at.Object+"."+at.Field.Alias)
		}
	}
	return strings.Join(names, "/")
}

// whole tells that all parents of the field's level ask at once: its path leaves no index out.
func whole(field *graphql.FieldContext) bool {
	for at := field; at != nil; at = at.Parent {
		if at.Index != nil {
			return false
		}
	}
	return true
}
