package storage

import (
	"context"
	"time"
)

// KeepRollups refreshes the sums of the rollups in the background until the context ends: soon after this store has
// inserted tags, and about every 15 s if other programs have written. Without it rollups stay exact, but become slower with
// every part that is not merged. Several servers on one database take turns. It returns at once if the store only reads, or if
// the database has no sums and stays the same; see Options.Reopen.
func (s *Store) KeepRollups(ctx context.Context) {
	kept := func() bool { return s.facts().sums }
	if !s.Writable() || !kept() && !s.options.Reopen {
		return
	}
	var recount time.Time // the earliest time of the next one
	s.keep(ctx, keeper{
		lock: "rollups", kept: kept, soon: s.wrote, warning: "cannot refresh the rollups; they stay exact, but become slower",
		work: func(ctx context.Context) (time.Duration, error) {
			start := time.Now()
			err := s.refreshIfNeeded(ctx)
			refreshed := time.Now()
			if err == nil && refreshed.After(recount) {
				_, err = s.RecountRollups(ctx)
				recount = time.Now().Add(refreshShare * time.Since(refreshed))
			}
			return refreshed.Sub(start), err
		},
	})
}

// refreshSoon signals KeepRollups that rows wait to be merged.
func (s *shared) refreshSoon() { signal(s.wrote) }

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
