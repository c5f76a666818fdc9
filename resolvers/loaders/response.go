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
	slots  chan struct{} // held by running queries, or by the pipeline for each connection
	bulk   chan struct{} // held, too, if the response has to share; see ShareSlots

	// pipeline sends the statements of queries that run at the same time together; nil where an engine has none.
	pipeline *storage.Pipeline

	mu     sync.Mutex
	shared map[string]any // *shared[K, V] by edge or link
	covers map[string]any // *cover[K, C] by edge
}

// run runs a query, which reads only the columns that the selected fields need. It waits for a slot of the response, unless
// the pipeline does.
func run[K comparable, V any](ctx context.Context, r *response, keys []K, query Query[K, V]) (map[K]V, error) {
	if err := r.budget.AddEdge(); err != nil {
		return nil, err
	}
	if r.pipeline == nil {
		if err := r.take(ctx); err != nil {
			return nil, err
		}
		defer r.give()
	}
	if err := r.budget.AddObjects(0); err != nil { // a write whose answer would be refused must not happen
		return nil, err
	}
	if reads := exec.Reads(ctx); reads != nil {
		ctx = storage.Only(ctx, reads...)
	}
	return query(storage.WithMeter(ctx, &r.budget), keys)
}

// ShareSlots makes the response of a context share the slots of a channel with others: each of its queries holds one,
// too. So many responses together leave database connections to others. It must be called before the first query.
func ShareSlots(ctx context.Context, slots chan struct{}) {
	if r, ok := ctx.Value(responseKey{}).(*response); ok {
		r.bulk = slots
	}
}

// CountBranches implements exec.Options.Branches: it counts the goroutines that resolve fields of the response.
func CountBranches(ctx context.Context, change int) {
	if r, ok := ctx.Value(responseKey{}).(*response); ok {
		r.countBranches(change)
	}
}

func (r *response) countBranches(change int) {
	if r.pipeline != nil && change != 0 {
		r.pipeline.Add(change)
	}
}

// take waits for a slot of the response, and for one that it shares.
func (r *response) take(ctx context.Context) error {
	if err := takeSlot(ctx, r.slots); err != nil {
		return err
	}
	if r.bulk != nil {
		if err := takeSlot(ctx, r.bulk); err != nil {
			<-r.slots
			return err
		}
	}
	return nil
}

// give gives back what take took.
func (r *response) give() {
	<-r.slots
	if r.bulk != nil {
		<-r.bulk
	}
}

func takeSlot(ctx context.Context, slots chan struct{}) error {
	select {
	case slots <- struct{}{}: // the usual case, and cheaper than a select with two channels
		return nil
	default:
	}
	select {
	case slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
