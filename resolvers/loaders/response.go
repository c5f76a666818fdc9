package loaders

import (
	"context"
	"sync"

	"decnetgraph/graph/exec"
	"decnetgraph/storage"
)

type responseKey struct{}

// response is what the loaders of one response have in common.
type response struct {
	budget exec.Budget
	slots  chan struct{} // held by running queries

	mu     sync.Mutex
	shared map[string]any // *sharedLoader[K, V] by edge or link
}

// run waits for a slot of the response and runs a query, which reads only the columns that the selected fields need.
func run[K comparable, V any](ctx context.Context, r *response, keys []K, query Query[K, V]) (map[K]V, error) {
	if err := r.budget.AddEdge(); err != nil {
		return nil, err
	}
	if err := r.take(ctx); err != nil {
		return nil, err
	}
	defer func() { <-r.slots }()
	if err := r.budget.AddObjects(0); err != nil { // a write whose answer would be refused must not happen
		return nil, err
	}
	if reads := exec.Reads(ctx); reads != nil {
		ctx = storage.Only(ctx, reads...)
	}
	return query(ctx, keys)
}

// take waits for a slot.
func (r *response) take(ctx context.Context) error {
	select {
	case r.slots <- struct{}{}: // the usual case, and cheaper than a select with two channels
		return nil
	default:
	}
	select {
	case r.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
