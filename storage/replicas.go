package storage

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"
)

type primaryKey struct{}

// Primary is a context whose reads ask the primary: for a request that writes, and must see what it wrote.
func Primary(ctx context.Context) context.Context { return context.WithValue(ctx, primaryKey{}, true) }

// replicated reads from replicas in turn, and from the primary where none will do. A replica that
// fails is left out until it answers again; one that has not yet applied the last write made
// through this store is left out until it has.
type replicated struct {
	primary  database
	replicas []*replica
	dialect  dialect
	log      *slog.Logger
	turn     atomic.Uint64
	stop     context.CancelFunc
	watchers sync.WaitGroup

	marking sync.Mutex   // keeps marks in the order of their writes
	written atomic.Value // string: the primary's position after the last write; empty before the first
}

// replica is a copy of the database that is only read.
type replica struct {
	database

	name    string
	up      atomic.Bool
	applied atomic.Value // string: the last of the primary's positions that it was seen to have
}

const (
	// watch is how often a replica is looked at, and look is the longest that takes.
	watch = 250 * time.Millisecond
	look  = 2 * time.Second
	// unmarked is the position of a write whose own could not be asked; no replica has it.
	unmarked = "?"
)

// replicate reads from replicas beside a primary. It watches them until it is closed, or ctx ends.
func replicate(ctx context.Context, primary database, replicas []*replica, d dialect, log *slog.Logger) *replicated {
	ctx, stop := context.WithCancel(ctx)
	r := &replicated{primary: primary, replicas: replicas, dialect: d, log: log, stop: stop}
	r.written.Store("")
	for _, one := range replicas {
		one.applied.Store("")
		r.inspect(ctx, one)
		r.watchers.Go(func() { r.watch(ctx, one) })
	}
	return r
}

func (r *replicated) watch(ctx context.Context, one *replica) {
	ticker := time.NewTicker(watch)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			r.inspect(ctx, one)
		}
	}
}

// inspect looks whether a replica answers and how far it is.
func (r *replicated) inspect(ctx context.Context, one *replica) {
	ctx, cancel := context.WithTimeout(ctx, look)
	defer cancel()
	if r.written.Load() == unmarked {
		r.wrote(ctx)
	}
	position := r.written.Load().(string)
	err := one.ping(ctx)
	if err == nil && position != "" && position != unmarked && one.applied.Load() != position {
		var has []string
		if has, err = answers(ctx, one, r.dialect.ReplicaReached, position); err == nil && len(has) == 1 && has[0] == "1" {
			one.applied.Store(position)
		}
	}
	if ctx.Err() != nil && !errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return // the store is closing
	}
	r.note(ctx, one, err)
}

// note remembers, and logs, whether a replica can be asked.
func (r *replicated) note(ctx context.Context, one *replica, err error) {
	switch {
	case err != nil && one.up.Swap(false):
		r.log.WarnContext(ctx, "storage: replica is left out until it answers again", "replica", one.name, "cause", err)
	case err == nil && !one.up.Swap(true):
		r.log.InfoContext(ctx, "storage: replica answers", "replica", one.name)
	}
}

// wrote notes how far the primary is after a write.
func (r *replicated) wrote(ctx context.Context) {
	if r.dialect.PrimaryPosition == "" {
		return
	}
	r.marking.Lock()
	defer r.marking.Unlock()
	position, err := answers(ctx, r.primary, r.dialect.PrimaryPosition)
	if err != nil || len(position) != 1 || position[0] == "" {
		position = []string{unmarked}
	}
	r.written.Store(position[0])
}

// query implements database. A replica that fails before its first row is not asked again, and the
// next one is.
func (r *replicated) query(ctx context.Context, text string, args []any) (rows, error) {
	if ctx.Value(primaryKey{}) == nil {
		position := r.written.Load()
		first := r.turn.Add(1)
		for n := range r.replicas {
			one := r.replicas[(first+uint64(n))%uint64(len(r.replicas))]
			if !one.up.Load() || (position != "" && one.applied.Load() != position) {
				continue
			}
			found, err := begun(one.query(ctx, text, args))
			if err == nil || ctx.Err() != nil || !errors.Is(r.dialect.Classify(err), ErrUnavailable) {
				return found, err
			}
			r.note(ctx, one, err)
		}
	}
	return r.primary.query(ctx, text, args)
}

func (r *replicated) begin(ctx context.Context) (transaction, error) { return r.primary.begin(ctx) }

// ping implements database: the replicas alone cannot serve a store for long.
func (r *replicated) ping(ctx context.Context) error { return r.primary.ping(ctx) }

func (r *replicated) close() error {
	r.stop()
	r.watchers.Wait()
	err := r.primary.close()
	for _, one := range r.replicas {
		err = errors.Join(err, one.close())
	}
	return err
}

// begunRows are rows whose first has been asked for already.
type begunRows struct {
	rows

	first, asked bool
}

// begun waits for the first row, or for the failure that comes instead of it.
func begun(found rows, err error) (rows, error) {
	if err != nil {
		return nil, err
	}
	first := found.Next()
	if err := found.Err(); !first && err != nil {
		_ = found.Close()
		return nil, err
	}
	return &begunRows{rows: found, first: first}, nil
}

// Next implements rows.
func (b *begunRows) Next() bool {
	if !b.asked {
		b.asked = true
		return b.first
	}
	return b.rows.Next()
}

// answers reads a statement of one text column.
func answers(ctx context.Context, from querier, statement string, args ...any) ([]string, error) {
	found, err := from.query(ctx, statement, args)
	if err != nil {
		return nil, err
	}
	defer found.Close()
	var read []string
	var one string
	for found.Next() {
		if err := found.scan([]scanner{{into: text(&one)}}, &value{}); err != nil {
			return nil, err
		}
		read = append(read, one)
	}
	return read, found.Err()
}
