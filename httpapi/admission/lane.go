package admission

import (
	"context"
	"sync"
	"time"
)

// Lane bounds the operations of one size.
type Lane struct {
	MaxCost int // of one operation; 0 means any
	Units   int // cost that may run at a time
	Fewer   int // cost that may run at a time while the lane is overloaded; 0 means Units
	Least   int // units that even the cheapest operation takes, so that Units bounds their number, too
	Most    int // units that even the dearest operation takes; 0 means Units
	Queue   int // operations that may wait
	// Patience is how long an operation waits while the lane is not overloaded; 0 means no longer than while it is.
	Patience time.Duration
}

// While a lane is overloaded, to wait longer would only mean that everybody is served late. Then the newest operation is
// served first, because its client is most likely still there, and the others are refused soon.
const (
	// overloadPatience is how long an operation waits.
	overloadPatience = 20 * time.Millisecond
	// overloadMemory is how long a lane counts as overloaded after it has refused an operation.
	overloadMemory = time.Second
)

// lane is a Lane with what runs and waits in it.
type lane struct {
	Lane

	mu      sync.Mutex
	running int       // units
	waiting []*waiter // oldest first
	refused time.Time // when the last operation was refused
}

// waiter is an operation that waits.
type waiter struct {
	units    int
	admitted chan bool // receives once: whether the operation may run
}

func newLane(l Lane) *lane {
	if l.Most == 0 || l.Most > l.Units { // one that took more could never run
		l.Most = l.Units
	}
	return &lane{Lane: l}
}

// enter waits until an operation of a cost may run, and returns the units that it takes until leave.
func (l *lane) enter(ctx context.Context, cost int) (units int, err error) {
	units = min(max(cost, l.Least), l.Most)
	l.mu.Lock()
	if len(l.waiting) == 0 && l.fits(units) {
		l.running += units
		l.mu.Unlock()
		return units, nil
	}
	if len(l.waiting) >= l.Queue { // the oldest gives way
		l.refused = time.Now()
		if len(l.waiting) == 0 { // nobody may wait
			l.mu.Unlock()
			return 0, errOverload
		}
		l.waiting[0].admitted <- false
		l.waiting = l.waiting[1:]
	}
	w := &waiter{units, make(chan bool, 1)}
	l.waiting = append(l.waiting, w)
	wait := max(l.Patience, overloadPatience)
	if l.overloaded() {
		wait = overloadPatience
	}
	l.mu.Unlock()
	return units, l.await(ctx, w, wait)
}

// await waits for a place.
func (l *lane) await(ctx context.Context, w *waiter, wait time.Duration) error {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case admitted := <-w.admitted:
		if !admitted {
			return errOverload
		}
		return nil
	case <-timer.C:
	case <-ctx.Done():
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for i, other := range l.waiting {
		if other == w {
			l.waiting = append(l.waiting[:i:i], l.waiting[i+1:]...)
			break
		}
	}
	select {
	case admitted := <-w.admitted: // meanwhile
		if admitted && ctx.Err() == nil {
			return nil
		}
		if admitted {
			l.give(w.units)
		}
	default:
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	l.refused = time.Now()
	return errOverload
}

// leave gives back the units of an operation that has ended.
func (l *lane) leave(units int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.give(units)
}

// give gives back units and admits those who can run now. The caller holds the lock.
func (l *lane) give(units int) {
	l.running -= units
	for len(l.waiting) > 0 {
		next := 0
		if l.overloaded() {
			next = len(l.waiting) - 1
		}
		w := l.waiting[next]
		if !l.fits(w.units) {
			return
		}
		l.running += w.units
		w.admitted <- true
		l.waiting = append(l.waiting[:next], l.waiting[next+1:]...)
	}
}

// fits reports whether an operation of a number of units may run now. While the lane is not overloaded, more
// operations at a time mean a higher throughput; while it is, they only make each other slower.
func (l *lane) fits(units int) bool {
	limit := l.Units
	if l.Fewer > 0 && l.overloaded() {
		limit = l.Fewer
	}
	return l.running == 0 || l.running+units <= limit
}

// overloaded reports whether the lane has refused an operation a short time ago.
func (l *lane) overloaded() bool {
	return !l.refused.IsZero() && time.Since(l.refused) < overloadMemory
}
