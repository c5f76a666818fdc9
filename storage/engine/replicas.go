package engine

import (
	"context"
	"errors"
	"iter"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"
)

type primaryKey struct{}

// OnPrimary returns a context whose reads go to the primary: for a request that writes and must see its own writes.
func OnPrimary(ctx context.Context) context.Context {
	return context.WithValue(ctx, primaryKey{}, true)
}

// Replicated is a Pool that reads from replicas in turn, and from the primary if no replica can serve the read. A
// replica that fails is left out until it answers again. A replica that has not applied the last write of this
// program is left out until it has.
type Replicated struct {
	primary  Pool
	replicas []*replica
	dialect  Dialect
	log      *slog.Logger
	turn     atomic.Uint64
	stop     context.CancelFunc
	watchers sync.WaitGroup

	recording sync.Mutex   // keeps positions in the order of their writes
	written   atomic.Value // string: the primary's position after the last write; empty before the first
}

// replica is a copy of the database that is only read.
type replica struct {
	Pool

	name    string
	up      atomic.Bool
	applied atomic.Value // string: the last of the primary's positions that it was seen to have reached

	behindSince atomic.Pointer[time.Time] // since when it has not had the last write; nil if it has it
}

const (
	// checkInterval is the time between two checks of a replica, checkTimeout the longest that one may take.
	checkInterval = 250 * time.Millisecond
	checkTimeout  = 2 * time.Second
	// unknownPosition stands for the position of a write if the primary could not be asked. No replica reaches it.
	unknownPosition = "?"
)

// replicate returns a pool that reads from replicas beside a primary. It checks them until it is closed or ctx ends.
func replicate(ctx context.Context, primary Pool, replicas []*replica, d Dialect, log *slog.Logger) *Replicated {
	ctx, stop := context.WithCancel(ctx)
	r := &Replicated{primary: primary, replicas: replicas, dialect: d, log: log, stop: stop}
	r.written.Store("")
	for _, one := range replicas {
		one.applied.Store("")
		r.check(ctx, one)
		r.watchers.Go(func() { r.watch(ctx, one) })
	}
	return r
}

func (r *Replicated) watch(ctx context.Context, one *replica) {
	ticker := time.NewTicker(checkInterval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			r.check(ctx, one)
		}
	}
}

// check finds out whether a replica answers and which position it has reached.
func (r *Replicated) check(ctx context.Context, one *replica) {
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	if r.written.Load() == unknownPosition {
		r.RecordWrite(ctx)
	}
	position := r.written.Load().(string)
	err := one.Ping(ctx)
	if err == nil && position != "" && position != unknownPosition && one.applied.Load() != position {
		var has []string
		if has, err = textColumn(ctx, one, r.dialect.ReplicaReached, position); err == nil && len(has) == 1 && has[0] == "1" {
			one.applied.Store(position)
		}
	}
	one.noteBehind(position)
	if ctx.Err() != nil && !errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return // the pool is closing
	}
	r.mark(ctx, one, err)
}

// mark records, and logs, whether a replica can be read.
func (r *Replicated) mark(ctx context.Context, one *replica, err error) {
	switch {
	case err != nil && one.up.Swap(false):
		r.log.WarnContext(ctx, "storage: replica is left out until it answers again", "replica", one.name, "cause", err)
	case err == nil && !one.up.Swap(true):
		r.log.InfoContext(ctx, "storage: replica answers", "replica", one.name)
	}
}

// RecordWrite records the primary's position after a write. Replicas that have not reached it are not read.
func (r *Replicated) RecordWrite(ctx context.Context) {
	if r.dialect.PrimaryPosition == "" {
		return
	}
	r.recording.Lock()
	defer r.recording.Unlock()
	position, err := textColumn(ctx, r.primary, r.dialect.PrimaryPosition)
	if err != nil || len(position) != 1 || position[0] == "" {
		position = []string{unknownPosition}
	}
	r.written.Store(position[0])
}

// readable are the replicas that a read of a context may go to, in the order in which they are tried.
func (r *Replicated) readable(ctx context.Context) iter.Seq[*replica] {
	return func(yield func(*replica) bool) {
		if ctx.Value(primaryKey{}) != nil {
			return
		}
		position := r.written.Load()
		first := r.turn.Add(1)
		for n := range r.replicas {
			one := r.replicas[(first+uint64(n))%uint64(len(r.replicas))]
			if one.up.Load() && (position == "" || one.applied.Load() == position) && !yield(one) {
				return
			}
		}
	}
}

// Query implements Pool. If a replica fails before its first row, the next one is read.
func (r *Replicated) Query(ctx context.Context, text string, args []any) (Rows, error) {
	for one := range r.readable(ctx) {
		found, err := started(one.Query(ctx, text, args))
		if err == nil || ctx.Err() != nil || !r.unavailable(err) {
			return found, err
		}
		r.mark(ctx, one, err)
	}
	return r.primary.Query(ctx, text, args)
}

func (r *Replicated) unavailable(err error) bool {
	return errors.Is(r.dialect.Classify(err), ErrUnavailable)
}

// send implements pipelinedPool. All statements go to the same server.
func (r *Replicated) send(ctx context.Context, statements []*pendingStatement) (pipelinedResults, error) {
	to := r.primary
	for one := range r.readable(ctx) {
		to = one.Pool
		break
	}
	return to.(pipelinedPool).send(ctx, statements)
}

// repeatable implements pipelinedPool. A statement that a replica could not answer runs again by Query, which tries the
// other servers.
func (r *Replicated) repeatable(err error) bool {
	return r.unavailable(err) || unprepared(err)
}

// Begin implements Pool.
func (r *Replicated) Begin(ctx context.Context) (Transaction, error) { return r.primary.Begin(ctx) }

// Locking implements Pool.
func (r *Replicated) Locking() Pool { return r.primary.Locking() }

// Ping implements Pool. It asks the primary, because replicas alone cannot serve a store for long.
func (r *Replicated) Ping(ctx context.Context) error { return r.primary.Ping(ctx) }

// Close implements Pool.
func (r *Replicated) Close() error {
	r.stop()
	r.watchers.Wait()
	err := r.primary.Close()
	for _, one := range r.replicas {
		err = errors.Join(err, one.Close())
	}
	return err
}
