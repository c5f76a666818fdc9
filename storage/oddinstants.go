package storage

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"decnetgraph/storage/engine"
)

// oddInstants knows which columns of an SQLite file hold anything but DECNET's own texts of instants. Texts of DECNET's
// layout compare as time does, and indexes serve them. For a column with others, statements compare an expression,
// which no index serves. DECNET itself writes no others, but its columns have no type, and other programs do.
type oddInstants struct {
	names atomic.Pointer[map[string]bool] // of the columns, in any table

	next    atomic.Int64 // when the version is asked for again, in nanoseconds since 1970
	mu      sync.Mutex   // held while the file is read
	version string       // of the database when it was last looked through
}

// A write is noticed after lookPause. Then the columns are looked through, for at most one part in lookShare of the time.
const (
	lookPause = 2 * time.Second
	lookShare = 100
)

func newDialect(d engine.Dialect) dialect {
	if d.InstantKey == nil {
		return dialect{d, nil}
	}
	return dialect{d, &oddInstants{}}
}

// holdsOdd reports whether a column, which may be qualified, holds odd instants.
func (d dialect) holdsOdd(column string) bool {
	if d.odd == nil {
		return false
	}
	names := d.odd.names.Load()
	return names != nil && (*names)[column[strings.LastIndexByte(column, '.')+1:]]
}

// instantKey returns an expression that compares as the instants in a column do.
func (d dialect) instantKey(column string) string {
	if d.holdsOdd(column) {
		return d.InstantKey(column)
	}
	return column
}

// knownInstant selects the instants in a column, by its name, for aggregates: what is no instant is NULL.
func (d dialect) knownInstant(column string) string {
	if !d.holdsOdd(column) {
		return column
	}
	return "NULLIF(" + d.InstantKey(column) + ", 0) AS " + column[strings.LastIndexByte(column, '.')+1:]
}

// checkInstants finds out which columns hold odd instants, if the database was written to since that was last done.
func (s *Store) checkInstants(ctx context.Context) error {
	odd := s.dialect.odd
	if odd == nil {
		return nil
	}
	if time.Now().UnixNano() < odd.next.Load() {
		return nil
	}
	odd.mu.Lock()
	defer odd.mu.Unlock()
	start := time.Now()
	if start.UnixNano() < odd.next.Load() {
		return nil
	}
	version := s.dialect.Version()
	if version == odd.version && odd.names.Load() != nil {
		odd.next.Store(start.Add(lookPause).UnixNano())
		return nil
	}
	names := map[string]bool{}
	for _, t := range schema() {
		for i, column := range t.columns {
			if t.uses[i].kind != instantValues || names[column] || t.uses[i].order == "" && !t.uses[i].since {
				continue
			}
			found := false
			query := "SELECT EXISTS (SELECT 1 FROM " + t.table + " t WHERE " + s.dialect.OddInstant("t."+column) + ")"
			if err := s.catalogue(ctx, query, []scanner{{Into: flag(&found)}}, func() {}); err != nil {
				return err
			}
			names[column] = found
		}
	}
	odd.names.Store(&names)
	odd.version = version
	odd.next.Store(time.Now().Add(max(lookPause, lookShare*time.Since(start))).UnixNano())
	return nil
}
