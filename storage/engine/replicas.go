package engine

import (
	"context"
	"errors"
	"iter"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

type routeKey struct{}

// route is where the reads of a context may go apart from the primary. Without one they may go to any replica.
type route struct{ replicas []*replica }

var toPrimary = &route{}

// OnPrimary returns a context whose reads go to the primary: for a request that writes and must see its own writes.
func OnPrimary(ctx context.Context) context.Context {
	return context.WithValue(ctx, routeKey{}, toPrimary)
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

	checks     announcer    // of each check of a replica
	positioned atomic.Bool  // whether a read has asked for a position: each check then finds out that of the replica
	vainUntil  atomic.Int64 // the time in Unix nanoseconds until which reads do not wait for a replica

	recording sync.Mutex   // keeps positions in the order of their writes
	written   atomic.Value // string: the primary's position after the last write; empty before the first
}

// replica is a copy of the database that is only read.
type replica struct {
	Pool

	name     string
	position atomic.Value  // string: what it was last seen to have applied; empty if that is not known
	hurried  chan struct{} // holds a request to check the replica now

	up      atomic.Bool
	applied atomic.Value // string: the last of the primary's positions that it was seen to have reached

	behindSince atomic.Pointer[time.Time] // since when it has not had the last write; nil if it has it
}

const (
	// checkInterval is the time between two checks of a replica, checkTimeout the longest that one may take.
	checkInterval = 250 * time.Millisecond
	checkTimeout  = 2 * time.Second
)

// replicate returns a pool that reads from replicas beside a primary. It checks them until it is closed or ctx ends.
func replicate(ctx context.Context, primary Pool, replicas []*replica, d Dialect, log *slog.Logger) *Replicated {
	r := newReplicaPool(primary, replicas, d, log)
	for _, one := range replicas {
		r.check(ctx, one)
	}
	r.watchAll(ctx, checkInterval)
	return r
}

func newReplicaPool(primary Pool, replicas []*replica, d Dialect, log *slog.Logger) *Replicated {
	r := &Replicated{primary: primary, replicas: replicas, dialect: d, log: log}
	r.written.Store("")
	for _, one := range replicas {
		one.applied.Store("")
		one.position.Store("")
		one.hurried = make(chan struct{}, 1)
	}
	return r
}

// watchAll checks each replica at an interval, and when a read waits for it, until stop is called or ctx ends. With the
// interval 0 it checks only then.
func (r *Replicated) watchAll(ctx context.Context, interval time.Duration) {
	ctx, r.stop = context.WithCancel(ctx)
	for _, one := range r.replicas {
		r.watchers.Go(func() { r.watch(ctx, one, interval) })
	}
}

func (r *Replicated) watch(ctx context.Context, one *replica, interval time.Duration) {
	var tick <-chan time.Time
	if interval > 0 {
		ticker := time.NewTicker(interval)
		defer ticker.Stop()
		tick = ticker.C
	}
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick:
		case <-one.hurried:
		}
		r.check(ctx, one)
		r.checks.announce()
		select {
		case <-ctx.Done():
		case <-time.After(hurryPause):
		}
	}
}

// check finds out whether a replica answers and, if writes or reads depend on it, what it has applied.
func (r *Replicated) check(ctx context.Context, one *replica) {
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	if r.written.Load() == unknownPosition {
		r.RecordWrite(ctx)
	}
	position := r.written.Load().(string)
	var err error
	if p := r.dialect.Positions; p != nil && (r.positioned.Load() || position != "" && one.applied.Load() != position) {
		var has []string
		if has, err = textColumn(ctx, one, p.Applied); err == nil && len(has) == 1 {
			one.position.Store(has[0])
			if position != "" && p.reached(has[0], []string{position}) {
				one.applied.Store(position)
			}
		}
	} else {
		err = one.Ping(ctx)
	}
	one.noteBehind(position)
	if ctx.Err() != nil && !errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return // the pool is closing
	}
	r.mark(ctx, one, err)
}

// mark records, and logs, whether a replica can be read.
func (r *Replicated) mark(ctx context.Context, one *replica, err error) {
	if err != nil {
		one.position.Store("") // it may come back without what it had
	}
	switch {
	case err != nil && one.up.Swap(false) && r.log != nil:
		r.log.WarnContext(ctx, "storage: replica is left out until it answers again", "replica", one.name, "cause", err)
	case err == nil && !one.up.Swap(true) && r.log != nil:
		r.log.InfoContext(ctx, "storage: replica answers", "replica", one.name)
	}
}

// RecordWrite records the primary's position after a write. Replicas that have not reached it are not read.
func (r *Replicated) RecordWrite(ctx context.Context) {
	if r.dialect.ReadsWait {
		return
	}
	r.recording.Lock()
	defer r.recording.Unlock()
	if r.dialect.Positions == nil {
		r.written.Store(unknownPosition)
		return
	}
	position, err := textColumn(ctx, r.primary, r.dialect.Positions.Written)
	if err != nil || len(position) != 1 || position[0] == "" {
		position = []string{unknownPosition}
	}
	r.written.Store(position[0])
}

// readable are the replicas that a read of a context may go to, in the order in which they are tried.
func (r *Replicated) readable(ctx context.Context) iter.Seq[*replica] {
	return func(yield func(*replica) bool) {
		allowed, limited := ctx.Value(routeKey{}).(*route)
		if limited && len(allowed.replicas) == 0 {
			return
		}
		position := r.written.Load()
		first := r.turn.Add(1)
		for n := range r.replicas {
			one := r.replicas[(first+uint64(n))%uint64(len(r.replicas))]
			if !one.up.Load() || position != "" && one.applied.Load() != position || limited && !slices.Contains(allowed.replicas, one) {
				continue
			}
			if !yield(one) {
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

// unwatch ends the checks and waits until they have ended.
func (r *Replicated) unwatch() {
	r.stop()
	r.watchers.Wait()
}

// Close implements Pool.
func (r *Replicated) Close() error {
	r.unwatch()
	err := r.primary.Close()
	for _, one := range r.replicas {
		err = errors.Join(err, one.Close())
	}
	return err
}
