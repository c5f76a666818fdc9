package storage

import (
	"context"
	"time"
)

// KeepSearch refreshes the index for searches in the background until the context ends, every 15 s if rows have changed.
// Without it searches stay exact as long as few rows have changed. It returns at once if the store only reads, or if the
// database has no index and stays the same; see Options.Reopen.
func (s *Store) KeepSearch(ctx context.Context) {
	if !s.Writable() || !s.facts().searchable && !s.options.Reopen {
		return
	}
	poll := time.NewTicker(pollInterval)
	defer poll.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-poll.C:
		}
		start := time.Now()
		var err error
		if s.facts().searchable {
			_, err = s.RefreshSearch(ctx)
		}
		if err != nil && ctx.Err() == nil {
			s.options.Log.WarnContext(ctx, "cannot refresh the search index; searches stay exact, but become slower", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(refreshShare * time.Since(start)):
		}
	}
}
