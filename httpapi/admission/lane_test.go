package admission

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"decnetgraph/graph/exec"
)

// arrival is an operation that enters a lane in a goroutine of its own.
type arrival struct {
	units int
	err   error
	ended atomic.Bool // whether it was admitted or refused
	took  time.Duration
}

// arrive lets an operation enter, and returns when it runs, waits or is refused.
func arrive(ctx context.Context, l *lane, cost int) *arrival {
	a := &arrival{}
	began := time.Now()
	go func() {
		a.units, a.err = l.enter(ctx, cost)
		a.took = time.Since(began)
		a.ended.Store(true)
	}()
	synctest.Wait()
	return a
}

func (a *arrival) waits() bool    { return !a.ended.Load() }
func (a *arrival) admitted() bool { return a.ended.Load() && a.err == nil }
func (a *arrival) refused() bool {
	if !a.ended.Load() {
		return false
	}
	_, overload := errors.AsType[exec.OverloadError](a.err)
	return overload
}

func TestALaneWithoutAQueueRefusesWhatDoesNotFit(t *testing.T) {
	l := newLane(Lane{Units: 10, Least: 10})
	units, err := l.enter(t.Context(), 1)
	require.NoError(t, err)
	_, err = l.enter(t.Context(), 1)
	require.ErrorIs(t, err, errOverload)
	l.leave(units)
	_, err = l.enter(t.Context(), 1)
	require.NoError(t, err)
}

func TestALaneRunsAsManyUnitsAsItHas(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLane(Lane{Units: 10, Least: 3, Queue: 4})
		cheap, dear, next := arrive(t.Context(), l, 1), arrive(t.Context(), l, 7), arrive(t.Context(), l, 1)
		require.True(t, cheap.admitted() && dear.admitted())
		require.Equal(t, 3, cheap.units)
		require.True(t, next.waits())
		l.leave(cheap.units)
		synctest.Wait()
		require.True(t, next.admitted())
	})
}

func TestAnOverloadedLaneRunsFewer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLane(Lane{Units: 4, Fewer: 2, Queue: 1})
		var running []*arrival
		for range 4 {
			running = append(running, arrive(t.Context(), l, 1))
			require.True(t, running[len(running)-1].admitted())
		}
		gaveWay, waits := arrive(t.Context(), l, 1), arrive(t.Context(), l, 1)
		require.True(t, gaveWay.refused() && waits.waits())
		l.leave(1)
		l.leave(1)
		synctest.Wait()
		require.True(t, waits.waits(), "two run, and no more may")
		l.leave(1)
		synctest.Wait()
		require.True(t, waits.admitted())
	})
}

func TestAnOperationDearerThanTheLaneRunsAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLane(Lane{Units: 10, Queue: 4})
		huge := arrive(t.Context(), l, 1_000_000)
		require.True(t, huge.admitted())
		require.Equal(t, 10, huge.units)
		require.True(t, arrive(t.Context(), l, 1).waits())
		l.leave(huge.units)
	})
}

func TestOperationsThatWaitRunInTheOrderOfTheirArrival(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLane(Lane{Units: 1, Queue: 4})
		running, first, second := arrive(t.Context(), l, 1), arrive(t.Context(), l, 1), arrive(t.Context(), l, 1)
		l.leave(running.units)
		synctest.Wait()
		require.True(t, first.admitted() && second.waits())
		l.leave(first.units)
		synctest.Wait()
		require.True(t, second.admitted())
	})
}

func TestAFullQueueRefusesTheOldestAtOnceAndThenServesTheNewestFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLane(Lane{Units: 1, Queue: 2})
		running := arrive(t.Context(), l, 1)
		oldest, older, newest := arrive(t.Context(), l, 1), arrive(t.Context(), l, 1), arrive(t.Context(), l, 1)
		require.True(t, oldest.refused())
		require.Zero(t, oldest.took)
		l.leave(running.units)
		synctest.Wait()
		require.True(t, newest.admitted() && older.waits())
	})
}

func TestWaitingEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLane(Lane{Units: 1, Queue: 8, Patience: patience})
		arrive(t.Context(), l, 1)
		calm := arrive(t.Context(), l, 1)
		time.Sleep(patience)
		synctest.Wait()
		require.True(t, calm.refused())
		hurried := arrive(t.Context(), l, 1) // the lane is overloaded now
		time.Sleep(overloadPatience)
		synctest.Wait()
		require.True(t, hurried.refused())
		time.Sleep(overloadMemory)
		calmAgain := arrive(t.Context(), l, 1)
		time.Sleep(overloadPatience)
		synctest.Wait()
		require.True(t, calmAgain.waits())
		time.Sleep(patience)
	})
}

func TestAClientThatLeavesTakesNoPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLane(Lane{Units: 1, Queue: 1})
		running := arrive(t.Context(), l, 1)
		ctx, leave := context.WithCancel(t.Context())
		left := arrive(ctx, l, 1)
		leave()
		synctest.Wait()
		require.ErrorIs(t, left.err, context.Canceled)
		next := arrive(t.Context(), l, 1)
		require.True(t, next.waits())
		l.leave(running.units)
		synctest.Wait()
		require.True(t, next.admitted())
	})
}

// TestALaneNeverRunsMoreThanItHas lets many operations of random costs enter and leave, some of which give up.
func TestALaneNeverRunsMoreThanItHas(t *testing.T) {
	const units = 20
	l := newLane(Lane{Units: units, Least: 2, Queue: 5})
	var running, most, admitted, refused atomic.Int64
	var clients sync.WaitGroup
	for range 50 {
		clients.Go(func() {
			for range 100 {
				ctx, cancel := context.WithTimeout(t.Context(), time.Duration(rand.IntN(2000))*time.Microsecond)
				taken, err := l.enter(ctx, rand.IntN(2*units))
				if err == nil {
					now := running.Add(int64(taken))
					for was := most.Load(); now > was && !most.CompareAndSwap(was, now); was = most.Load() {
					}
					time.Sleep(time.Duration(rand.IntN(50)) * time.Microsecond)
					running.Add(int64(-taken))
					l.leave(taken)
					admitted.Add(1)
				} else {
					refused.Add(1)
				}
				cancel()
			}
		})
	}
	clients.Wait()
	assert.LessOrEqual(t, most.Load(), int64(units))
	assert.Zero(t, l.running)
	assert.Empty(t, l.waiting)
	assert.Positive(t, admitted.Load())
	assert.Positive(t, refused.Load())
}
