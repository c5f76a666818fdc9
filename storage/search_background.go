package storage

import (
	"context"
	"time"
)

// KeepSearch refreshes the index for searches in the background until the context ends, about every 15 s if rows have changed.
// Without it searches stay exact as long as few rows have changed. Several servers on one database take turns. It returns at
// once if the store only reads, or if the database has no index and stays the same; see Options.Reopen.
func (s *Store) KeepSearch(ctx context.Context) {
	kept := func() bool { return s.facts().searchable }
	if !s.Writable() || !kept() && !s.options.Reopen {
		return
	}
	s.keep(ctx, keeper{
		lock: "search", kept: kept, warning: "cannot refresh the search index; searches stay exact, but become slower",
		work: func(ctx context.Context) (time.Duration, error) {
			start := time.Now()
			_, err := s.RefreshSearch(ctx)
			return time.Since(start), err
		},
	})
}
