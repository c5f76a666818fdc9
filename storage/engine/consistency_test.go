package engine

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// after returns the context of reads after positions, as a request has it.
func (r *Replicated) after(ctx context.Context, t *testing.T, positions ...string) context.Context {
	t.Helper()
	pools := &Pools{Dialect: r.dialect, Reads: r, Replicas: r}
	ctx, err := pools.ReadAfter(ctx, positions)
	require.NoError(t, err)
	return ctx
}

// afterAll is after for positions that a replica has. It waits until that is known, which a busy machine may take longer for than
// a read waits.
func (r *Replicated) afterAll(ctx context.Context, t *testing.T, positions ...string) context.Context {
	t.Helper()
	require.NotEmpty(t, r.await(ctx, positions, time.Hour))
	return r.after(ctx, t, positions...)
}

func TestAReadAfterAPositionGoesToAReplicaThatHasIt(t *testing.T) {
	t.Parallel()
	r, _, replicas := newReplicated(t)
	replicas[0].set(func(f *fakePool) { f.position = "0/10" })
	replicas[1].set(func(f *fakePool) { f.position = "0/20" })
	require.Equal(t, map[string]int{"second": 10}, answered(r.afterAll(t.Context(), t, "0/20"), t, r))
	require.Equal(t, map[string]int{"second": 10}, answered(r.afterAll(t.Context(), t, "0/5", "0/11"), t, r), "all of several positions")
	require.Eventually(t, func() bool {
		who := answered(r.after(t.Context(), t, "0/9"), t, r)
		return who["first"] == 5 && who["second"] == 5
	}, time.Minute, 5*time.Millisecond, "all that have it")
	require.Equal(t, map[string]int{"first": 5, "second": 5}, answered(t.Context(), t, r), "other reads go to any replica")
	require.Equal(t, map[string]int{"primary": 10}, answered(r.after(OnPrimary(t.Context()), t, "0/9"), t, r), "a request that writes")
}

func TestAReadWaitsForAReplicaAndThenGoesToThePrimary(t *testing.T) {
	t.Parallel()
	r, _, replicas := newReplicated(t)
	arrived := make(chan []*replica)
	go func() { arrived <- r.await(t.Context(), []string{"0/20"}, time.Hour) }()
	replicas[1].set(func(f *fakePool) { f.position = "0/20" })
	require.Equal(t, []*replica{r.replicas[1]}, <-arrived)

	require.Equal(t, map[string]int{"primary": 10}, answered(r.after(t.Context(), t, "F/0"), t, r), "no replica gets there")
	r.vainUntil.Store(time.Now().Add(time.Hour).UnixNano())
	require.Empty(t, r.await(t.Context(), []string{"F/0"}, time.Hour), "after a wait in vain, the next read does not wait")
	require.NotEmpty(t, r.await(t.Context(), []string{"0/20"}, time.Hour))
	require.Equal(t, map[string]int{"primary": 10}, answered(r.after(t.Context(), t, unknownPosition), t, r))

	r.vainUntil.Store(0)
	gone, leave := context.WithCancel(t.Context())
	leave()
	require.Empty(t, r.await(gone, []string{"F/0"}, time.Hour), "a client that leaves")
}

func TestAReplicaThatFailedIsAskedAgainForItsPosition(t *testing.T) {
	t.Parallel()
	r, _, replicas := newReplicated(t)
	replicas[0].set(func(f *fakePool) { f.position = "0/20" })
	require.Equal(t, map[string]int{"first": 10}, answered(r.afterAll(t.Context(), t, "0/20"), t, r))
	replicas[0].set(func(f *fakePool) { f.down = errGone })
	ctx := r.after(t.Context(), t, "0/20")
	require.Equal(t, map[string]int{"primary": 10}, answered(ctx, t, r))
	replicas[0].set(func(f *fakePool) { f.down, f.position = nil, "0/10" }) // as one that was made anew
	require.Eventually(t, func() bool { return r.replicas[0].up.Load() }, time.Minute, time.Millisecond)
	require.Equal(t, map[string]int{"primary": 10}, answered(r.after(t.Context(), t, "0/20"), t, r))
}

// slowPool holds each answer about its position until it is told to go on.
type slowPool struct {
	fakePool

	asked chan struct{}
	on    chan struct{}
}

func (p *slowPool) Query(ctx context.Context, text string, args []any) (Rows, error) {
	if text == "applied" {
		p.asked <- struct{}{}
		<-p.on
	}
	return p.fakePool.Query(ctx, text, args)
}

func TestManyReadsThatWaitShareOneQuestion(t *testing.T) {
	t.Parallel()
	slow := &slowPool{fakePool: fakePool{name: "replica", position: "0/20"}, asked: make(chan struct{}), on: make(chan struct{})}
	positions := *postgresPositions
	positions.Applied = "applied"
	r := newReplicaPool(&fakePool{name: "primary"}, []*replica{{Pool: slow}}, Dialect{Positions: &positions}, nil)
	r.replicas[0].up.Store(true)
	r.watchAll(context.WithoutCancel(t.Context()), 0)
	defer r.unwatch()
	var all sync.WaitGroup
	found := make(chan int, 100)
	for range cap(found) {
		all.Go(func() { found <- len(r.await(t.Context(), []string{"0/20"}, time.Hour)) })
	}
	<-slow.asked
	slow.on <- struct{}{}
	go func() { // a second check serves those that came during the first
		<-slow.asked
		slow.on <- struct{}{}
	}()
	all.Wait()
	for range cap(found) {
		require.Equal(t, 1, <-found)
	}
}

func TestAStandbyAloneIsWaitedForAndThenRefusesTheRead(t *testing.T) {
	t.Parallel()
	only := &fakePool{name: "standby", position: "0/10"}
	positions := *postgresPositions
	positions.Here = "applied"
	p := &Pools{Dialect: Dialect{Positions: &positions}, Reads: only}
	p.followAlone(context.WithoutCancel(t.Context()))
	defer p.standby.unwatch()
	// caughtUp waits until it is known to have a position, which a busy machine may take longer for than a read waits.
	caughtUp := func(position string) {
		require.NotEmpty(t, p.standby.await(t.Context(), []string{position}, time.Hour))
	}
	caughtUp("0/10")
	_, err := p.ReadAfter(t.Context(), []string{"0/10"})
	require.NoError(t, err)
	_, err = p.ReadAfter(t.Context(), []string{"0/20"})
	require.ErrorIs(t, err, ErrBehind)
	require.ErrorIs(t, err, ErrUnavailable)
	only.set(func(f *fakePool) { f.position = "0/20" })
	caughtUp("0/20")
	_, err = p.ReadAfter(t.Context(), []string{"0/20"})
	require.NoError(t, err, "it is asked each time")
	only.set(func(f *fakePool) { f.position = allChanges })
	caughtUp("F/0")
	for _, position := range []string{"F/0", unknownPosition} {
		_, err = p.ReadAfter(t.Context(), []string{position})
		require.NoError(t, err, "it has become the primary")
	}
}

func TestPositionsAreCompared(t *testing.T) {
	t.Parallel()
	const a, b = "3e11fa47-71ca-11e1-9e33-c80aa9429562", "3e11fa47-71ca-11e1-9e33-c80aa9429563"
	for name, c := range map[string]struct {
		positions      *Positions
		at             string
		reached, ahead []string
		invalid        []string
	}{
		"PostgreSQL": {
			postgresPositions, "1/FF",
			[]string{"1/FF", "1/FE", "0/FFFFFFFF", "0/0"},
			[]string{"1/100", "2/0"},
			[]string{"", "1", "1/", "/1", "g/1", "1/ff", "1/1 ", "1/123456789", "' OR 1"},
		},
		"MariaDB": {
			mariaDBPositions, "0-2-100,1-1-9",
			[]string{"0-1-100", "0-1-99,1-1-9", "1-7-1"},
			[]string{"0-2-101", "2-1-1", "0-2-1,1-1-10"},
			[]string{"", "0-1", "0-1-", ",", "0-1-1,", "0-1-1, 0-1-1", "-1-1-1", "a"},
		},
		"MariaDB, what a replica has and what was written to it": {
			mariaDBPositions, "0-1-5,,0-1-7", []string{"0-1-7"}, []string{"0-1-8"}, nil,
		},
		"MySQL": {
			mysqlPositions, a + ":1-5:7-9," + b + ":3",
			[]string{a + ":1-5", a + ":8", a + ":7-9," + b + ":3", "3E11FA47-71CA-11E1-9E33-C80AA9429562:2"},
			[]string{a + ":6", a + ":1-7", b + ":1-3", "4" + a[1:] + ":1", a + ":tag:1"},
			[]string{"", a, a + ":", a + ":1,", "x:1", a + ":1 ", a + ":'"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, position := range c.reached {
				require.True(t, c.positions.Valid(position), position)
				require.True(t, c.positions.reached(c.at, []string{position}), position)
			}
			for _, position := range c.ahead {
				require.True(t, c.positions.Valid(position), position)
				require.False(t, c.positions.reached(c.at, []string{position}), position)
				require.False(t, c.positions.reached(c.at, append(c.reached, position)), position)
			}
			for _, text := range c.invalid {
				require.False(t, c.positions.Valid(text), text)
			}
			require.False(t, c.positions.reached("", c.reached), "a server that says nothing")
		})
	}
}

// FuzzPositions compares any texts that a forged token may have as its position.
func FuzzPositions(f *testing.F) {
	for _, text := range []string{"1/FF", "0-1-100,1-1-1", "3e11fa47-71ca-11e1-9e33-c80aa9429562:1-5:tag:7", "?", "", "9-9-99999999999999999999"} {
		f.Add(text, text)
	}
	f.Fuzz(func(t *testing.T, at, wanted string) {
		for n, p := range []*Positions{postgresPositions, mariaDBPositions, mysqlPositions} {
			d := Dialect{Positions: p}
			if d.IsPosition(wanted) && d.IsPosition(at) && wanted != unknownPosition {
				_ = p.reached(at, []string{wanted})
				if len(wanted) > maxPosition {
					t.Error(fmt.Sprint("too long for kind ", n))
				}
			}
		}
	})
}
