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
	fetch dataloader.BatchFunc[K, V]
	cache dataloader.Cache[K, V]

	mu sync.Mutex // held while a level adds its keys
}

// sharedBy returns the cache with a name, and makes it for the first caller. A name always belongs to the same query.
func sharedBy[K comparable, V any](r *response, name string, query Query[K, V]) *shared[K, V] {
	r.mu.Lock()
	defer r.mu.Unlock()
	if known, ok := r.shared[name]; ok {
		return known.(*shared[K, V])
	}
	fresh := &shared[K, V]{fetch: fetch(r, query), cache: dataloader.NewCache[K, V]()}
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
	thunks := make([]dataloader.Thunk[V], len(keys))
	s.mu.Lock()
	size := s.missing(ctx, keys)
	batch := dataloader.NewBatchedLoader(s.fetch,
		dataloader.WithCache(s.cache), dataloader.WithBatchCapacity[K, V](size), dataloader.WithInputCapacity[K, V](size))
	for i, key := range keys {
		thunks[i] = batch.Load(ctx, key)
	}
	s.mu.Unlock()
	var failed error
	for i, thunk := range thunks { // all of them, so that the batch does not outlive its level
		value, err := thunk()
		if failed = cmp.Or(failed, err); err == nil {
			values[i] = value
		}
	}
	if fault, panicked := errors.AsType[*panicError](failed); panicked {
		panic(fault.Error()) // of this level as well
	}
	return failed
}

// missing counts the keys that are not cached yet.
func (s *shared[K, V]) missing(ctx context.Context, keys []K) int {
	missing := make(map[K]struct{}, len(keys))
	for _, key := range keys {
		if _, known := s.cache.Get(ctx, key); !known {
			missing[key] = struct{}{}
		}
	}
	return len(missing)
}

// fetch returns a query as the batch function of a dataloader.
func fetch[K comparable, V any](r *response, query Query[K, V]) dataloader.BatchFunc[K, V] {
	return func(ctx context.Context, keys []K) []*dataloader.Result[V] {
		found, err := runSafely(ctx, r, keys, query)
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
