package engine

import (
	"context"
	"slices"
	"sync"
)

// Pipeline sends the statements of one operation together: those that several goroutines of the operation run at the
// same time take one connection and one round trip. It waits for no clock. It knows how many goroutines of the operation
// are running, and sends what they have asked for as soon as all of them wait for rows.
//
// Every goroutine that may run a statement must be counted by Add, and must use WaitPipelined when it waits for another
// one.
type Pipeline struct {
	pool pipelinedPool
	take func(context.Context) error // waits until the operation may use one more connection
	give func()                      // says that it no longer does

	mu      sync.Mutex
	running int // goroutines that do not wait, those included that read rows
	waiting []*pendingStatement
}

// pipelinedPool is a Pool that can send several statements at once.
type pipelinedPool interface {
	Pool
	// send sends statements in one round trip and returns their rows. Errors come with the rows.
	send(ctx context.Context, statements []*pendingStatement) (pipelinedResults, error)
	// repeatable reports whether a statement that failed in a pipeline should run again by itself.
	repeatable(err error) bool
}

// pipelinedResults are the rows of several statements.
type pipelinedResults interface {
	// next returns the rows of the next statement. Those before it must have been closed. After an error there are no
	// further rows.
	next() (Rows, error)
	// close gives the connection back.
	close()
}

// pendingStatement is a statement that was not sent yet, or whose rows come after those of another statement.
type pendingStatement struct {
	ctx  context.Context //nolint:containedctx // of the goroutine that waits for the rows
	text string
	args []any
	turn chan *round // receives the round when it is the statement's turn, or nil if it must run by itself
}

type pipelineKey struct{}

// WithPipeline returns a context whose reads are sent by a pipeline.
func WithPipeline(ctx context.Context, p *Pipeline) context.Context {
	return context.WithValue(ctx, pipelineKey{}, p)
}

// WaitPipelined calls wait, which waits for another goroutine of the operation. If the context has a pipeline, that does
// not wait for this goroutine meanwhile.
func WaitPipelined(ctx context.Context, wait func()) {
	if p, ok := ctx.Value(pipelineKey{}).(*Pipeline); ok {
		p.Add(-1)
		defer p.Add(1)
	}
	wait()
}

// pipelining is a Pool whose reads go through the pipeline of their context, if there is one.
type pipelining struct{ pipelinedPool }

// Query implements Pool.
func (p pipelining) Query(ctx context.Context, text string, args []any) (Rows, error) {
	if of, ok := ctx.Value(pipelineKey{}).(*Pipeline); ok && of.pool == p.pipelinedPool {
		return of.query(ctx, text, args)
	}
	return p.pipelinedPool.Query(ctx, text, args)
}

// NewPipeline makes the pipeline of an operation that one goroutine runs, or nil if the engine has none. take waits until
// the operation may use one more connection, and give is called when it no longer does.
func (p *Pools) NewPipeline(take func(context.Context) error, give func()) *Pipeline {
	if reads, ok := p.Reads.(pipelining); ok {
		return &Pipeline{pool: reads.pipelinedPool, take: take, give: give, running: 1}
	}
	return nil
}

// Add counts goroutines of the operation: those that begin or, as a negative number, those that end or begin to wait for
// another one.
func (p *Pipeline) Add(goroutines int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.running += goroutines
	if p.running <= 0 && len(p.waiting) > 0 {
		p.startRound().pass() // the goroutine of its first statement sends it
	}
}

// startRound makes a round of all statements that wait. Their goroutines count as running again. The mutex must be held.
func (p *Pipeline) startRound() *round {
	r := &round{pipeline: p, rest: p.waiting}
	p.waiting = nil
	p.running += len(r.rest)
	return r
}

// query runs a statement, together with those of other goroutines if there are any.
func (p *Pipeline) query(ctx context.Context, text string, args []any) (Rows, error) {
	p.mu.Lock()
	if p.running <= 1 && len(p.waiting) == 0 { // as on most levels
		p.mu.Unlock()
		return p.alone(ctx, text, args)
	}
	s := &pendingStatement{ctx: ctx, text: text, args: args, turn: make(chan *round, 1)}
	p.waiting = append(p.waiting, s)
	if p.running--; p.running <= 0 {
		last := len(p.waiting) - 1
		p.waiting[0], p.waiting[last] = s, p.waiting[0] // its goroutine is awake, and the others are not
		p.startRound().pass()
	}
	p.mu.Unlock()
	select {
	case r := <-s.turn:
		return p.rows(s, r)
	case <-ctx.Done():
		if p.withdraw(s) {
			return nil, ctx.Err()
		}
		return p.rows(s, <-s.turn) // the contexts of the statements before it have ended, too
	}
}

// withdraw takes back a statement, unless it is part of a round already.
func (p *Pipeline) withdraw(s *pendingStatement) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	place := slices.Index(p.waiting, s)
	if place < 0 {
		return false
	}
	p.waiting = slices.Delete(p.waiting, place, place+1)
	p.running++
	return true
}

// rows waits until the statement is the next one of its round, and returns its rows. Without a round the statement runs alone.
func (p *Pipeline) rows(s *pendingStatement, r *round) (Rows, error) {
	if r == nil {
		return p.alone(s.ctx, s.text, s.args)
	}
	found, err := r.next(s)
	if err != nil && s.ctx.Err() == nil && p.pool.repeatable(err) {
		return p.alone(s.ctx, s.text, s.args)
	}
	return found, err
}

// alone runs a statement by itself.
func (p *Pipeline) alone(ctx context.Context, text string, args []any) (Rows, error) {
	if err := p.take(ctx); err != nil {
		return nil, err
	}
	found, err := p.pool.Query(ctx, text, args)
	if err != nil {
		p.give()
		return nil, err
	}
	return &singleRows{Rows: found, pipeline: p}, nil
}

// singleRows are the rows of a statement that runs by itself.
type singleRows struct {
	Rows

	pipeline *Pipeline // nil when they are closed
}

// Close implements Rows.
func (r *singleRows) Close() error {
	err := r.Rows.Close()
	if r.pipeline != nil {
		r.pipeline.give()
		r.pipeline = nil
	}
	return err
}
