// Package admission keeps the server responsive when more is asked of it than it can do. Operations wait in one of
// three lanes, by their cost, so that cheap ones pass beside expensive ones. Each lane runs a bounded amount of work at
// a time, and its queue is bounded in length and in time. What does not fit is refused at once, which costs next to
// nothing, so that the work that is admitted is done as fast as on a quiet server.
package admission

import (
	"cmp"
	"context"
	"log/slog"
	"runtime"
	"sync/atomic"
	"time"

	"decnetgraph/graph/exec"
	"decnetgraph/resolvers/loaders"
)

// Costs of operations, in the units of package exec.
const (
	lightCost  = 500    // most of a light operation
	normalCost = 20_000 // most of a normal operation
	// A light or normal operation counts as at least this much, so that the number of those that run is bounded, too.
	leastLight  = 1_250
	leastNormal = 10_000
)

// The defaults for each core: the cost that may run at a time in a lane, and the operations that may wait. Four operations
// of the usual size for each core keep the database busy while answers are written. While a lane is overloaded it runs
// half: with four, the slowest answers took twice as long, and no more of them were given.
const (
	unitsPerCore   = 4 * leastNormal
	waitingPerCore = 8
)

// patience is how long an operation waits while its lane is not overloaded, so that a short burst is served.
const patience = time.Second

// Lanes configures the lanes. DefaultLanes has the values of production.
type Lanes struct{ Light, Normal, Heavy Lane }

// DefaultLanes returns lanes in which operations of a number of cost units run at a time, and a number of operations
// wait; 0 means the default. The lane of light operations is so wide that only a flood fills it. That of heavy operations
// runs one of them for each core, because each of them may take all that the database has. They take so long that it
// is no use to wait for them.
func DefaultLanes(units, waiting int) Lanes {
	cores := runtime.GOMAXPROCS(0)
	units, waiting = cmp.Or(units, unitsPerCore*cores), cmp.Or(waiting, waitingPerCore*cores)
	return Lanes{
		Light:  Lane{MaxCost: lightCost, Units: units, Fewer: units / 2, Least: leastLight, Queue: 16 * waiting, Patience: patience},
		Normal: Lane{MaxCost: normalCost, Units: units, Fewer: units / 2, Least: leastNormal, Queue: waiting, Patience: patience},
		Heavy:  Lane{Units: cores, Most: 1, Queue: waiting},
	}
}

// Gate admits operations to the lanes.
type Gate struct {
	lanes    [3]*lane
	shared   chan struct{} // slots for the statements of all operations that are not light
	admitted [3]atomic.Int64
	refused  [3]atomic.Int64
	reported struct{ admitted, refused [3]int64 } // by the last report
}

// names of the lanes in the log, in the order of Gate.lanes.
var names = [3]string{"light", "normal", "heavy"}

// New makes a Gate for a database that is read through a number of connections. A quarter of them, at least one, is
// left to light operations.
func New(lanes Lanes, connections int) *Gate {
	g := &Gate{shared: make(chan struct{}, max(1, connections-max(1, connections/4)))}
	for i, l := range []Lane{lanes.Light, lanes.Normal, lanes.Heavy} {
		g.lanes[i] = newLane(l)
	}
	return g
}

// Admit implements exec.Options.Admit: it waits until the operation may run. Its error is an exec.OverloadError, or that
// of the context.
func (g *Gate) Admit(ctx context.Context, cost int) (release func(), err error) {
	at := g.laneOf(cost)
	l := g.lanes[at]
	units, err := l.enter(ctx, cost)
	if err != nil {
		if ctx.Err() == nil {
			g.refused[at].Add(1)
		}
		return nil, err
	}
	g.admitted[at].Add(1)
	if at > 0 {
		loaders.ShareSlots(ctx, g.shared)
	}
	return func() { l.leave(units) }, nil
}

// laneOf returns the index of the lane for a cost.
func (g *Gate) laneOf(cost int) int {
	for i, l := range g.lanes {
		if cost <= l.MaxCost || l.MaxCost == 0 {
			return i
		}
	}
	return len(g.lanes) - 1
}

// Report logs once per second how many operations were refused, if any were, until ctx ends.
func (g *Gate) Report(ctx context.Context, log *slog.Logger) {
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			g.report(ctx, log)
		}
	}
}

// report logs what was refused since the last report.
func (g *Gate) report(ctx context.Context, log *slog.Logger) {
	var admitted, total int64
	var refusals []any
	for i := range g.refused {
		admitted += since(&g.admitted[i], &g.reported.admitted[i])
		refused := since(&g.refused[i], &g.reported.refused[i])
		total += refused
		refusals = append(refusals, "refused_"+names[i], refused)
	}
	if total > 0 {
		log.WarnContext(ctx, "overloaded: operations were refused", append([]any{"admitted", admitted}, refusals...)...)
	}
}

// since returns how far a count has grown since it was read last, and records that it was read.
func since(count *atomic.Int64, last *int64) int64 {
	now := count.Load()
	grown := now - *last
	*last = now
	return grown
}

// LaneState is the state of a lane, and what it has counted since the gate was made.
type LaneState struct {
	Name              string // light, normal or heavy
	Running           int    // units of cost
	Waiting           int    // operations
	Admitted, Refused int64  // operations
}

// State returns the state of each lane, the one of the cheapest operations first.
func (g *Gate) State() []LaneState {
	states := make([]LaneState, len(g.lanes))
	for i, l := range g.lanes {
		states[i] = LaneState{Name: names[i], Admitted: g.admitted[i].Load(), Refused: g.refused[i].Load()}
		l.mu.Lock()
		states[i].Running, states[i].Waiting = l.running, len(l.waiting)
		l.mu.Unlock()
	}
	return states
}

// retryAfter is when a client that was refused may try again.
const retryAfter = time.Second

// errOverload refuses an operation.
var errOverload = exec.OverloadError{RetryAfter: retryAfter}
