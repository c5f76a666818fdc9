package storage

import (
	"context"
	"strconv"
	"time"

	"decnetgraph/storage/engine"
)

// PoolStats is the state of a connection pool.
type PoolStats = engine.PoolStats

// ReplicaState says whether a replica is read, and how far it is behind.
type ReplicaState = engine.ReplicaState

// PoolStats returns the state of every connection pool of the store, without a statement.
func (s *Store) PoolStats() []PoolStats { return s.pools.Stats() }

// ReplicaStates returns the state of each replica, in the order of Options.Replicas. It may run a statement on each.
func (s *Store) ReplicaStates(ctx context.Context) []ReplicaState {
	if s.pools.Replicas == nil {
		return nil
	}
	return s.pools.Replicas.State(ctx)
}

// Backlog is what a database of our own has yet to process. Answers are exact meanwhile, but take longer. A number is
// negative if the database has nothing of its kind to process, as DECNET's own.
type Backlog struct {
	RollupRows  int // parts of rollups that are not merged into the sums yet, and marks of sums that are outdated
	SearchMarks int // changes that the index for searches does not have yet
	// RefreshedAt is when the last refresh of the sums began, by any server or command: rows that wait have come after it. It is
	// nil if no refresh has noted its time yet. While no rows wait, the sums are up to date, however old it is.
	RefreshedAt *time.Time
}

// MostBacklog is the number from which Backlog counts no further.
const MostBacklog = 100_000

// Backlog counts what has yet to be processed, each number up to MostBacklog.
func (s *Store) Backlog(ctx context.Context) (Backlog, error) {
	backlog := Backlog{RollupRows: -1, SearchMarks: -1}
	found := s.facts()
	if found.sums {
		waiting := []string{"SELECT 1 FROM rollup_part WHERE " + partCondition("", byDay.fresh...), "SELECT 1 FROM rollup_stale"}
		if found.names {
			waiting = append(waiting, "SELECT 1 FROM "+nameParts)
		}
		backlog.RollupRows = 0
		for _, rows := range waiting {
			n, err := s.countUpTo(ctx, rows)
			if err != nil {
				return Backlog{}, err
			}
			backlog.RollupRows = min(backlog.RollupRows+n, MostBacklog)
		}
	}
	if found.refreshTimed {
		at := []scanner{{Into: optional(instant, &backlog.RefreshedAt)}}
		if err := s.catalogue(ctx, "SELECT "+refreshTime+" FROM rollup_state", at, func() {}); err != nil {
			return Backlog{}, err
		}
	}
	if found.searchable {
		n, err := s.countUpTo(ctx, "SELECT 1 FROM search_stale")
		if err != nil {
			return Backlog{}, err
		}
		backlog.SearchMarks = n
	}
	return backlog, nil
}

// countUpTo counts the rows of a SELECT of one column without a name, up to MostBacklog.
func (s *Store) countUpTo(ctx context.Context, rows string) (n int, err error) {
	statement := "SELECT COUNT(*) FROM (" + rows + " LIMIT " + strconv.Itoa(MostBacklog) + ") AS waiting"
	return n, s.catalogue(ctx, statement, []scanner{{Into: safeInt(&n)}}, func() {})
}
