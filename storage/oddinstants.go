package storage

import (
	"context"
	"strings"
	"sync/atomic"
	"time"

	"decnetgraph/storage/engine"
)

// oddInstants knows which columns of an SQLite file hold anything but DECNET's own texts of instants. Texts of DECNET's
// layout compare as time does, and indexes serve them. For a column with others, statements compare an expression,
// which no index serves. DECNET itself writes no others, but its columns have no type, and other programs do.
type oddInstants struct {
	names atomic.Pointer[map[string]bool] // of the columns, in any table

	next     atomic.Int64  // when the version is read again, in nanoseconds since 1970
	looking  chan struct{} // held by the statement that looks through the file
	attempts atomic.Int64  // to look through the file, so far
	failed   error         // of the last attempt
	version  string        // of the database when it was last looked through
}

// A write is noticed after lookPause. Then the columns are looked through, for at most one part in lookShare of the time.
const (
	lookPause = 2 * time.Second
	lookShare = 100
)

func newDialect(d engine.Dialect) dialect {
	if d.InstantKey == nil {
		return dialect{Dialect: d}
	}
	return dialect{Dialect: d, odd: &oddInstants{looking: make(chan struct{}, 1)}}
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
	return d.knownKey(column) + " AS " + column[strings.LastIndexByte(column, '.')+1:]
}

// knownKey is instantKey, but NULL for what is no instant.
func (d dialect) knownKey(column string) string {
	if !d.holdsOdd(column) {
		return column
	}
	return "NULLIF(" + d.InstantKey(column) + ", 0)"
}

// checkInstants finds out which columns hold odd instants, if the database was written to since that was last done. One
// statement does so for all that ask meanwhile. They share its error, too: of a locked file, each would wait as long again.
func (s *Store) checkInstants(ctx context.Context) error {
	odd := s.dialect.odd
	if odd == nil || time.Now().UnixNano() < odd.next.Load() {
		return nil
	}
	before := odd.attempts.Load()
	select {
	case odd.looking <- struct{}{}:
		defer func() { <-odd.looking }()
	case <-ctx.Done():
		return s.fault(ctx, ctx.Err())
	}
	if odd.attempts.Load() != before && odd.failed != nil {
		return odd.failed
	}
	start := time.Now()
	if start.UnixNano() < odd.next.Load() {
		return nil
	}
	version := s.dialect.Version()
	if version == odd.version && odd.names.Load() != nil {
		odd.next.Store(start.Add(lookPause).UnixNano())
		return nil
	}
	names, err := s.oddColumns(ctx)
	if ctx.Err() == nil { // the end of this request is no failure of the others
		odd.failed = err
		odd.attempts.Add(1)
	}
	if err != nil {
		return err
	}
	odd.names.Store(&names)
	odd.version = version
	odd.next.Store(time.Now().Add(max(lookPause, lookShare*time.Since(start))).UnixNano())
	return nil
}

// oddColumns looks through the columns that lists are ordered, filtered or bounded by.
func (s *Store) oddColumns(ctx context.Context) (map[string]bool, error) {
	names := map[string]bool{}
	for _, t := range schema() {
		for i, column := range t.columns {
			if t.uses[i].kind != instantValues || names[column] || t.uses[i].uniform || t.uses[i].order == "" && t.uses[i].filter == "" && !t.uses[i].since {
				continue
			}
			found := false
			query := "SELECT EXISTS (SELECT 1 FROM " + t.table + " t WHERE " + s.dialect.OddInstant("t."+column) + ")"
			if err := s.catalogue(ctx, query, []scanner{{Into: flag(&found)}}, func() {}); err != nil {
				return nil, err
			}
			names[column] = found
		}
	}
	return names, nil
}
