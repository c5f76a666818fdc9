package storage

import (
	"context"
	"time"
)

const (
	// lookEvery is how often it is looked for what others have written.
	lookEvery = 15 * time.Second
	// A refresh takes at most a part in so many of the time, and they are this far apart.
	refreshShare, refreshPause = 10, time.Second
)

// KeepRollups refreshes the sums of the rollups in the background until the context ends: soon after tags
// were inserted through this store, and now and then for what others write. Without it rollups are as
// exact, but take longer with all that is not merged. It returns at once where no sums are kept.
func (s *Store) KeepRollups(ctx context.Context) {
	if !s.sums || !s.Writable() {
		return
	}
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	var recount time.Time // when it may be, at the earliest
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.wrote:
		case <-look.C:
		}
		start := time.Now()
		err := s.refreshIfNeeded(ctx)
		refreshed := time.Now()
		if err == nil && refreshed.After(recount) {
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

// refreshSoon tells KeepRollups that there is something to merge.
func (s *shared) refreshSoon() {
	select {
	case s.wrote <- struct{}{}:
	default: // it knows
	}
}

func (s *Store) refreshIfNeeded(ctx context.Context) error {
	var needed bool
	err := s.catalogue(ctx, "SELECT CASE WHEN EXISTS (SELECT 1 FROM rollup_part WHERE dimension IN (0, 2))"+
		" OR EXISTS (SELECT 1 FROM rollup_stale) THEN 1 ELSE 0 END",
		[]scanner{{Into: flag(&needed)}}, func() {})
	if err == nil && needed {
		_, err = s.RefreshRollups(ctx)
	}
	return err
}
