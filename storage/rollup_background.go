package storage

import (
	"context"
	"time"
)

const (
	// pollInterval is how often KeepRollups looks for what other programs have written.
	pollInterval = 15 * time.Second
	// Refreshes take at most one part in refreshShare of the time, and are at least refreshPause apart.
	refreshShare, refreshPause = 10, time.Second
)

// KeepRollups refreshes the sums of the rollups in the background until the context ends: soon after this store has
// inserted tags, and every 15 s if other programs have written. Without it rollups stay exact, but become slower with
// every part that is not merged. It returns at once if the store only reads, or if the database has no sums and stays the
// same; see Options.Reopen.
func (s *Store) KeepRollups(ctx context.Context) {
	if !s.Writable() || !s.facts().sums && !s.options.Reopen {
		return
	}
	poll := time.NewTicker(pollInterval)
	defer poll.Stop()
	var recount time.Time // the earliest time of the next one
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.wrote:
		case <-poll.C:
		}
		start := time.Now()
		err := s.refreshIfNeeded(ctx)
		refreshed := time.Now()
		if err == nil && s.facts().sums && refreshed.After(recount) {
			_, err = s.RecountRollups(ctx)
			recount = time.Now().Add(refreshShare * time.Since(refreshed))
		}
		if err != nil && ctx.Err() == nil {
			s.options.Log.WarnContext(ctx, "cannot refresh the rollups; they stay exact, but become slower", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(max(refreshPause, refreshShare*refreshed.Sub(start))):
		}
	}
}

// refreshSoon signals KeepRollups that rows wait to be merged.
func (s *shared) refreshSoon() {
	select {
	case s.wrote <- struct{}{}:
	default: // a signal is waiting already
	}
}

// refreshIfNeeded refreshes if there are fresh parts or marks.
func (s *Store) refreshIfNeeded(ctx context.Context) error {
	if !s.facts().sums {
		return nil
	}
	var needed bool
	names := ""
	if s.facts().names {
		names = ") OR EXISTS (SELECT 1 FROM " + nameParts
	}
	err := s.catalogue(ctx, "SELECT CASE WHEN EXISTS (SELECT 1 FROM rollup_part WHERE "+partCondition("", byDay.fresh...)+
		") OR EXISTS (SELECT 1 FROM rollup_stale"+names+") THEN 1 ELSE 0 END",
		[]scanner{{Into: flag(&needed)}}, func() {})
	if err == nil && needed {
		_, err = s.RefreshRollups(ctx)
	}
	return err
}
