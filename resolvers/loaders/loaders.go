// Package loaders batches the edges of one operation: every edge of a level is one keyed query,
// whatever the number of parents.
//
// A level is a field at one path of the operation, list indices left out: all its parents ask with
// the same arguments. How many parents will ask is known before the first one does, because they
// came out of the level above. So the batch leaves the moment the last one has asked; the
// dataloader's timer only serves parents that cannot be counted.
package loaders

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/graph-gophers/dataloader/v7"

	"decnetgraph/storage"
)

// Query answers for many keys at once. A key that it leaves out gets the zero value.
type Query[K comparable, V any] func(ctx context.Context, keys []K) (map[K]V, error)

// Options bound the loaders of an operation.
type Options struct {
	// Wait is the time that a batch collects if its parents could not be counted.
	Wait time.Duration
	// Patience is the time after which a batch leaves although fewer parents have asked than were
	// counted. It only has to be longer than the scheduler needs for a wide level.
	Patience time.Duration
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
		Options: options, slots: make(chan struct{}, options.Parallel), levels: map[string]*level{},
	})
}

// Load asks, for the field that is being resolved, for the value of one key.
func Load[K comparable, V any](ctx context.Context, key K, query Query[K, V]) (V, error) {
	return load(ctx, request[K]{key: key}, query, count[V])
}

// Page asks, for the field that is being resolved, for a page of one owner's list.
func Page[T any](ctx context.Context, owner string, list storage.List[T], page storage.Page) (storage.Slice[T], error) {
	query := func(ctx context.Context, owners []string) (map[string]storage.Slice[T], error) {
		return list.Page(ctx, owners, page)
	}
	return load(ctx, request[string]{key: owner}, query, countPage[T])
}

// LoadOptional is Load for a link that may be missing, which gets the zero value. It must be called
// for missing links, too: the level waits for all its parents.
func LoadOptional[K comparable, V any](ctx context.Context, key *K, query Query[K, V]) (V, error) {
	if key == nil {
		return load(ctx, request[K]{missing: true}, query, count[V])
	}
	return load(ctx, request[K]{key: *key}, query, count[V])
}

type operationKey struct{}

// operation holds the levels of one operation by path.
type operation struct {
	Options
	slots   chan struct{} // held by running queries
	objects atomic.Int64  // brought by all levels so far

	mu     sync.Mutex
	levels map[string]*level
}

// level is one field at one path.
type level struct {
	loader  any // *dataloader.Loader[request[K], V]
	parents int // that will ask, or 0 if that cannot be known

	mu      sync.Mutex
	partial bool           // a batch left without some parents, so that brings is not final
	brings  map[string]int // parents for the levels below, by type
}

// request is one parent's question.
type request[K comparable] struct {
	key     K
	missing bool
}

func load[K comparable, V any](ctx context.Context, r request[K], query Query[K, V], count counter[V]) (V, error) {
	op := ctx.Value(operationKey{}).(*operation)
	loader, err := levelOf(op, graphql.GetFieldContext(ctx), query, count)
	if err != nil {
		var none V
		return none, err
	}
	return loader.Load(ctx, r)()
}

// levelOf finds the loader of the field, and makes it for the first parent that asks.
func levelOf[K comparable, V any](op *operation, field *graphql.FieldContext, query Query[K, V], count counter[V]) (*dataloader.Loader[request[K], V], error) {
	path := pathOf(field)
	op.mu.Lock()
	defer op.mu.Unlock()
	if known, ok := op.levels[path]; ok {
		return known.loader.(*dataloader.Loader[request[K], V]), nil
	}
	if len(op.levels) >= op.MaxEdges {
		return nil, &storage.Error{Kind: storage.ErrLimit, Message: fmt.Sprintf("the request has more than %d edges; ask for fewer", op.MaxEdges)}
	}
	l := &level{parents: op.parents(field, path), brings: map[string]int{}}
	wait := op.Patience
	if l.parents == 0 {
		wait = op.Wait
	}
	loader := dataloader.NewBatchedLoader(batch(op, l, query, count),
		dataloader.WithBatchCapacity[request[K], V](l.parents),
		dataloader.WithWait[request[K], V](wait),
		dataloader.WithCache(&dataloader.NoCache[request[K], V]{})) // every parent counts; batch drops what comes twice
	l.loader = loader
	op.levels[path] = l
	return loader, nil
}

// batch turns a query into a dataloader's function and counts what it brings.
func batch[K comparable, V any](op *operation, l *level, query Query[K, V], count counter[V]) dataloader.BatchFunc[request[K], V] {
	return func(ctx context.Context, requests []request[K]) []*dataloader.Result[V] {
		var found map[K]V
		var err error
		if keys := keysOf(requests); len(keys) > 0 {
			found, err = run(ctx, op, keys, query)
		}
		results := make([]*dataloader.Result[V], len(requests))
		brings := map[string]int{}
		for i, r := range requests {
			results[i] = &dataloader.Result[V]{}
			if !r.missing && err == nil {
				results[i].Data = found[r.key]
			}
			count(results[i].Data, brings)
		}
		if err == nil {
			err = op.hold(l, len(requests), brings)
		}
		if err != nil {
			for i := range results {
				results[i] = &dataloader.Result[V]{Error: err}
			}
		}
		return results
	}
}

// run runs a query when the operation has a slot for it.
func run[K comparable, V any](ctx context.Context, op *operation, keys []K, query Query[K, V]) (map[K]V, error) {
	select {
	case op.slots <- struct{}{}:
		defer func() { <-op.slots }()
		if op.objects.Load() > int64(op.MaxObjects) { // a write whose answer would be refused must not happen
			return nil, op.tooMuch()
		}
		return query(ctx, keys)
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// hold adds what a batch has brought for so many parents to its level, unless the operation would
// then hold too much.
func (op *operation) hold(l *level, parents int, brings map[string]int) error {
	objects := 0
	for name, n := range brings {
		if !strings.Contains(name, ".") && !isPayload(name) {
			objects += n
		}
	}
	if held := op.objects.Add(int64(objects)); held > int64(op.MaxObjects) {
		return op.tooMuch()
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.partial = l.partial || parents != l.parents
	for name, n := range brings {
		l.brings[name] += n
	}
	return nil
}

func (op *operation) tooMuch() error {
	return &storage.Error{Kind: storage.ErrLimit, Message: fmt.Sprintf(
		"the request asks for more than %d objects; ask for smaller pages or fewer levels", op.MaxObjects)}
}

func keysOf[K comparable](requests []request[K]) []K {
	seen := make(map[K]bool, len(requests))
	keys := make([]K, 0, len(requests))
	for _, r := range requests {
		if !r.missing && !seen[r.key] {
			seen[r.key] = true
			keys = append(keys, r.key)
		}
	}
	return keys
}

// parents is the number of parents that will ask for the field, or 0 if that cannot be known.
func (op *operation) parents(field *graphql.FieldContext, path string) int {
	above, way := op.above(field, path)
	if above == nil {
		for at := field; at != nil; at = at.Parent {
			if at.Index != nil { // one of a list that no query brought
				return 0
			}
		}
		return 1
	}
	above.mu.Lock()
	defer above.mu.Unlock()
	if above.partial {
		return 0
	}
	return below(above.brings, field, way)
}

// below is the number of parents that ask for a field under a level, given the way between, nearest
// first. Connections and edges pass on the level's own rows. Other objects are derived from a row
// without a query: as counted where they are, else as many as rows if the schema promises one, and
// unknown in lists.
func below(brings map[string]int, field *graphql.FieldContext, way []*graphql.FieldContext) int {
	parents := brings[field.Object]
	listed := false
	for _, at := range way {
		if at.Index != nil {
			listed = true
			continue
		}
		if strings.HasSuffix(at.Object, "Connection") || strings.HasSuffix(at.Object, "Edge") {
			continue
		}
		counted, known := brings[at.Object+"."+at.Field.Name]
		switch {
		case known:
			parents = counted
		case listed:
			return 0
		case at.Field.Definition.Type.NonNull:
			parents = brings[at.Object]
		default:
			return 0
		}
	}
	return parents
}

// above finds the nearest level that the field lies under, and the fields and list items between.
func (op *operation) above(field *graphql.FieldContext, path string) (*level, []*graphql.FieldContext) {
	var way []*graphql.FieldContext
	for at := field.Parent; at != nil; at = at.Parent {
		if at.Field.Field != nil {
			path = path[:strings.LastIndexByte(path, '/')]
			if l, ok := op.levels[path]; ok {
				return l, way
			}
		}
		if at.Index != nil || at.Field.Field != nil {
			way = append(way, at)
		}
	}
	return nil, nil
}

// pathOf names the field by types and aliases from the root, without list indices. Fragments on
// several types may give different fields one alias, so the type belongs to the name.
func pathOf(field *graphql.FieldContext) string {
	var names [32]string
	path := names[:0]
	for at := field; at != nil; at = at.Parent {
		if at.Field.Field != nil {
			path = append(path, at.Object+"."+at.Field.Alias)
		}
	}
	var text strings.Builder
	for _, p := range slices.Backward(path) {
		text.WriteByte('/')
		text.WriteString(p)
	}
	return text.String()
}
