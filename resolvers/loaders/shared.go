package loaders

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"

	"github.com/graph-gophers/dataloader/v7"
)

// shared caches the values of keys for several fields of an operation.
type shared[K comparable, V any] struct {
	response *response
	query    Query[K, V]
	cache    dataloader.Cache[K, V]

	mu      sync.Mutex // held while a level adds its keys
	batches map[K]*batch
}

// batch is a query for the keys of one level.
type batch struct {
	done    bool
	waiting int // other levels that wait for it, and that the pipeline does not wait for meanwhile
}

// sharedBy returns the cache with a name, and makes it for the first caller. A name always belongs to the same query.
func sharedBy[K comparable, V any](r *response, name string, query Query[K, V]) *shared[K, V] {
	r.mu.Lock()
	defer r.mu.Unlock()
	if known, ok := r.shared[name]; ok {
		return known.(*shared[K, V])
	}
	fresh := &shared[K, V]{response: r, query: query, cache: dataloader.NewCache[K, V](), batches: map[K]*batch{}}
	if r.shared == nil {
		r.shared = map[string]any{}
	}
	r.shared[name] = fresh
	return fresh
}

// load fills values with the values of keys. The keys that are not cached yet form one batch of a dataloader whose
// capacity is exactly their number, so the batch runs at once instead of waiting for more keys. All batches have one
// cache, which also holds the keys of queries that are still running.
func (s *shared[K, V]) load(ctx context.Context, keys []K, values []V) error {
	thunks, batches := make([]dataloader.Thunk[V], len(keys)), make([]*batch, len(keys))
	s.mu.Lock()
	own := &batch{}
	size := s.add(ctx, keys, own)
	loader := dataloader.NewBatchedLoader(s.fetch(own),
		dataloader.WithCache(s.cache), dataloader.WithBatchCapacity[K, V](size), dataloader.WithInputCapacity[K, V](size))
	for i, key := range keys {
		thunks[i], batches[i] = loader.Load(ctx, key), s.batches[key]
	}
	s.mu.Unlock()
	var failed error
	take := func(i int) {
		value, err := thunks[i]()
		if failed = cmp.Or(failed, err); err == nil {
			values[i] = value
		}
	}
	for i := range keys { // all of them, so that the batch does not outlive its level
		if batches[i] == own {
			take(i)
		}
	}
	for i := range keys {
		if batches[i] != own {
			s.await(batches[i])
			take(i)
		}
	}
	if fault, panicked := errors.AsType[*panicError](failed); panicked {
		panic(fault.Error()) // of this level as well
	}
	return failed
}

// add counts the keys that are not cached yet, and notes that a batch is about to read them.
func (s *shared[K, V]) add(ctx context.Context, keys []K, own *batch) (missing int) {
	for _, key := range keys {
		if _, known := s.cache.Get(ctx, key); !known && s.batches[key] != own {
			s.batches[key] = own
			missing++
		}
	}
	return missing
}

// await stops counting the goroutine of a level that is about to wait for the batch of another one. The batch counts it
// again.
func (s *shared[K, V]) await(b *batch) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !b.done {
		b.waiting++
		s.response.countBranches(-1)
	}
}

// fetch returns the query as the function of a batch of a dataloader.
func (s *shared[K, V]) fetch(own *batch) dataloader.BatchFunc[K, V] {
	return func(ctx context.Context, keys []K) []*dataloader.Result[V] {
		found, err := runSafely(ctx, s.response, keys, s.query)
		s.mu.Lock()
		own.done = true
		s.response.countBranches(own.waiting)
		s.mu.Unlock()
		results := make([]*dataloader.Result[V], len(keys))
		for i, key := range keys {
			results[i] = &dataloader.Result[V]{Data: found[key], Error: err}
		}
		return results
	}
}

// panicError is the panic of a query that ran for several levels.
type panicError struct {
	value any
	stack []byte
}

// Error implements error.
func (p *panicError) Error() string { return fmt.Sprintf("%v\n%s", p.value, p.stack) }

// runSafely is run in a goroutine of the dataloader, where a panic would end the process.
func runSafely[K comparable, V any](ctx context.Context, r *response, keys []K, query Query[K, V]) (found map[K]V, err error) {
	defer func() {
		if fault := recover(); fault != nil {
			err = &panicError{fault, debug.Stack()}
		}
	}()
	return run(ctx, r, keys, query)
}
