package engine

import (
	"context"
	"database/sql"
	"strconv"
	"time"
)

// PoolStats is the state of a connection pool, and what it has counted since it was opened. The counts begin at zero again
// when a SQLite file is replaced.
type PoolStats struct {
	Name                  string // read, ready, write, or replica and its number from 1
	InUse, Idle, MostOpen int
	Waits                 int64         // for a connection, because all were in use
	Waited                time.Duration // by all waits together
}

// Stats returns the state of every pool, in the order in which they were opened.
func (p *Pools) Stats() []PoolStats {
	named := func(name string, pool Pool) PoolStats {
		stats := pool.Stats()
		stats.Name = name
		return stats
	}
	all := []PoolStats{named("read", p.Reads), named("ready", p.Ready)}
	if p.Writes != nil {
		all = append(all, named("write", p.Writes))
	}
	if p.Replicas != nil {
		for i, one := range p.Replicas.replicas {
			all = append(all, named("replica "+strconv.Itoa(i+1), one.Pool))
		}
	}
	return all
}

// Stats implements Pool.
func (p *sqlPool) Stats() PoolStats { return statsOf(p.db.Stats()) }

func statsOf(s sql.DBStats) PoolStats {
	return PoolStats{InUse: s.InUse, Idle: s.Idle, MostOpen: s.MaxOpenConnections, Waits: s.WaitCount, Waited: s.WaitDuration}
}

// Stats implements Pool. While there is no file that can be served, there are no connections.
func (p filePool) Stats() PoolStats {
	opened := p.current.Load()
	if opened == nil || opened.problem != nil {
		return PoolStats{}
	}
	return p.of(opened).Stats()
}

// Stats implements Pool.
func (p *postgresPool) Stats() PoolStats {
	s := p.pool.Stat()
	return PoolStats{
		InUse: int(s.AcquiredConns()), Idle: int(s.IdleConns()), MostOpen: int(s.MaxConns()),
		Waits: s.EmptyAcquireCount(), Waited: s.EmptyAcquireWaitTime(),
	}
}

// Stats implements Pool: those of the primary.
func (r *Replicated) Stats() PoolStats { return r.primary.Stats() }

// ReplicaState says whether a replica is read, and how far it is behind.
type ReplicaState struct {
	Up bool // whether it answers; it is read only then
	// Lag is how far the data of the replica are behind the primary. LagKnown is false if the replica could not be asked, or
	// if its engine lets no plain account ask and this program has written nothing.
	Lag      time.Duration
	LagKnown bool
}

// State returns the state of each replica, in the order of their DSNs. It asks the replicas where their engine can tell the
// lag. Otherwise the lag is the time for which a replica has not had the last write of this program.
func (r *Replicated) State(ctx context.Context) []ReplicaState {
	states := make([]ReplicaState, len(r.replicas))
	for i, one := range r.replicas {
		states[i].Up = one.up.Load()
		switch position := r.written.Load().(string); {
		case !states[i].Up:
		case r.dialect.ReplicaLag != "":
			states[i].Lag, states[i].LagKnown = askLag(ctx, one, r.dialect.ReplicaLag)
		case position != "" && position != unknownPosition:
			states[i].LagKnown = true
			if since := one.behindSince.Load(); since != nil && one.applied.Load() != position {
				states[i].Lag = time.Since(*since)
			}
		}
	}
	return states
}

// askLag asks a replica for its lag in seconds.
func askLag(ctx context.Context, one *replica, query string) (lag time.Duration, known bool) {
	text, err := textColumn(ctx, one, query)
	if err != nil || len(text) != 1 {
		return 0, false
	}
	seconds, err := strconv.ParseFloat(text[0], 64)
	return time.Duration(seconds * float64(time.Second)), err == nil
}

// noteBehind records since when a replica has not had the last write of this program.
func (one *replica) noteBehind(position string) {
	switch isBehind := position != "" && position != unknownPosition && one.applied.Load() != position; {
	case !isBehind:
		one.behindSince.Store(nil)
	case one.behindSince.Load() == nil:
		now := time.Now()
		one.behindSince.Store(&now)
	}
}
