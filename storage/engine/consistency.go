package engine

import (
	"context"
	"sync"
	"time"
)

const (
	// catchUpWait is how long a read waits for a replica that has the changes it asks for, before it goes to the primary.
	catchUpWait = 250 * time.Millisecond
	// standbyWait is how long it waits where no primary is known.
	standbyWait = 2 * time.Second
	// hurryPause is the time between two checks of a replica that reads wait for, however many they are.
	hurryPause = 5 * time.Millisecond
	// vainPause is how long no read waits after one has waited in vain: the replicas are further behind than a wait can help.
	vainPause = time.Second
)

// Position returns the position of the primary, which no commit before is behind: empty where every read is current, and
// unknownPosition if the primary cannot say. It runs no statement if the pools have recorded the position of the last write.
func (p *Pools) Position(ctx context.Context) string {
	positions := p.Dialect.Positions
	if positions == nil {
		return ""
	}
	primary := p.Reads
	if p.Replicas != nil {
		if written := p.Replicas.written.Load().(string); p.Dialect.IsPosition(written) && written != unknownPosition {
			return written
		}
		primary = p.Replicas.primary
	}
	found, err := textColumn(ctx, primary, positions.Written)
	if err != nil || len(found) != 1 || !p.Dialect.IsPosition(found[0]) {
		return unknownPosition
	}
	return found[0]
}

// ReadAfter returns a context whose reads see all changes up to some positions. They go to replicas that have these changes:
// it waits for one up to catchUpWait, and then leads to the primary. Where the only server is a standby, it waits up to
// standbyWait, and fails with ErrUnavailable if the standby lacks changes then.
func (p *Pools) ReadAfter(ctx context.Context, positions []string) (context.Context, error) {
	switch {
	case p.Dialect.ReadsWait, len(positions) == 0, ctx.Value(routeKey{}) == toPrimary:
		return ctx, nil
	case p.Replicas != nil:
		if p.Dialect.Positions == nil {
			return OnPrimary(ctx), nil
		}
		return context.WithValue(ctx, routeKey{}, &route{p.Replicas.await(ctx, positions, catchUpWait)}), nil
	case p.standby != nil && len(p.standby.await(ctx, positions, standbyWait)) == 0:
		if err := ctx.Err(); err != nil {
			return ctx, err
		}
		return ctx, ErrBehind
	}
	return ctx, nil
}

// ErrBehind means that the only database that a server reads lacks changes that a read must see.
var ErrBehind = &Error{
	Kind:    ErrUnavailable,
	Message: "the database of this server does not have the changes of the consistency token yet; try again later, or leave out the token",
}

// await returns the replicas that have all changes up to some positions. It waits until there is one, but no longer than
// limit, and returns none then or if the context ends.
func (r *Replicated) await(ctx context.Context, positions []string, limit time.Duration) []*replica {
	r.positioned.Store(true)
	expired := time.NewTimer(limit)
	defer expired.Stop()
	for {
		checked := r.checks.next()
		if found := r.having(positions); len(found) > 0 || r.primary != nil && time.Now().UnixNano() < r.vainUntil.Load() {
			return found
		}
		for _, one := range r.replicas {
			one.hurry()
		}
		select {
		case <-checked:
		case <-expired.C:
			r.vainUntil.Store(time.Now().Add(vainPause).UnixNano())
			return nil
		case <-ctx.Done():
			return nil
		}
	}
}

// having returns the replicas that answer and were seen to have all changes up to some positions.
func (r *Replicated) having(positions []string) (found []*replica) {
	for _, one := range r.replicas {
		if one.up.Load() && r.dialect.Positions.reached(one.position.Load().(string), positions) {
			found = append(found, one)
		}
	}
	return found
}

// hurry has the replica checked soon.
func (one *replica) hurry() {
	select {
	case one.hurried <- struct{}{}:
	default: // it is going to be
	}
}

// followAlone watches the only database that is read, which may be a standby of one that others write to. It checks only
// while a read waits.
func (p *Pools) followAlone(ctx context.Context) {
	d := p.Dialect
	alone := *d.Positions
	alone.Applied = alone.Here
	d.Positions = &alone
	p.standby = newReplicaPool(nil, []*replica{{Pool: p.Reads}}, d, nil)
	p.standby.watchAll(ctx, 0)
}

// announcer tells any number of goroutines that something has happened.
type announcer struct {
	mu   sync.Mutex
	wait chan struct{} // nil if nobody waits
}

// next returns a channel that is closed at the next announcement.
func (a *announcer) next() <-chan struct{} {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.wait == nil {
		a.wait = make(chan struct{})
	}
	return a.wait
}

func (a *announcer) announce() {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.wait != nil {
		close(a.wait)
		a.wait = nil
	}
}
