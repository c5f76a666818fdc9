package storage

import (
	"context"

	"decnetgraph/storage/engine"
)

// Pipeline sends the statements that the goroutines of one operation run at the same time in one round trip.
type Pipeline = engine.Pipeline

// WithPipeline returns a context whose reads are sent by a pipeline, and that pipeline. It is nil on an engine that has
// none: statements then run side by side. The context is for one operation, which begins with one goroutine. take waits
// until the operation may use one more connection, and give is called when it no longer does.
func (s *Store) WithPipeline(ctx context.Context, take func(context.Context) error, give func()) (context.Context, *Pipeline) {
	p := s.pools.NewPipeline(take, give)
	if p == nil {
		return ctx, nil
	}
	return engine.WithPipeline(ctx, p), p
}

// WaitPipelined calls wait, which waits for another goroutine of the operation, while the pipeline of the context, if there
// is one, does not wait for this one.
func WaitPipelined(ctx context.Context, wait func()) { engine.WaitPipelined(ctx, wait) }
