package storage

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"decnetgraph/storage/engine"
)

const (
	// pollInterval is about how often a keeper looks for what other programs have written.
	pollInterval = 15 * time.Second
	// A keeper works at most one part in refreshShare of the time, and pauses for refreshPause at least.
	refreshShare, refreshPause = 10, time.Second
)

// keeper is work on the database that must be done from time to time, by one server at a time.
type keeper struct {
	lock string // name of the lock that a server has while it works
	// kept reports whether the database has what is kept; otherwise nothing is done, and no lock is taken.
	kept func() bool
	// work does what is to be done, and returns how long it took as far as it counts for the pause.
	work    func(ctx context.Context) (time.Duration, error)
	soon    chan struct{} // receives a value when there is work for sure; it may be nil
	warning string        // for the log if work fails
}

// keep works until the context ends: soon after a signal, and about every poll interval. The intervals differ at random, so that
// servers that were started together do not stay in step. If another server has the lock, that one does the work: this one looks
// again later, because the other one may have missed the latest rows.
func (s *Store) keep(ctx context.Context, k keeper) {
	for {
		signalled := false
		select {
		case <-ctx.Done():
			return
		case <-k.soon:
			signalled = true
		case <-time.After(jittered(s.poll)):
		}
		if !k.kept() {
			continue
		}
		took, err := s.inTurn(ctx, k)
		switch {
		case errors.Is(err, engine.ErrLocked):
			s.options.Log.DebugContext(ctx, "another server does this work now", "work", k.lock)
			if signalled {
				signal(k.soon)
			}
		case err != nil && ctx.Err() == nil:
			s.options.Log.WarnContext(ctx, k.warning, "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(max(jittered(s.pause), refreshShare*took)):
		}
	}
}

// inTurn works with the lock of a keeper. It fails with engine.ErrLocked if another server has it.
func (s *Store) inTurn(ctx context.Context, k keeper) (time.Duration, error) {
	release, err := s.pools.TakeTurn(ctx, k.lock)
	if err != nil {
		if !errors.Is(err, engine.ErrLocked) {
			err = s.fault(ctx, err)
		}
		return 0, err
	}
	defer release()
	return k.work(ctx)
}

// jittered returns a random time of three to five quarters of an interval.
func jittered(interval time.Duration) time.Duration {
	return interval*3/4 + rand.N(interval/2+1) //nolint:gosec // no secret
}

// signal sends a value to a channel that holds one, unless one waits there already.
func signal(to chan struct{}) {
	select {
	case to <- struct{}{}:
	default:
	}
}
