package engine

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// fakePool answers every statement with its own name, its position where it is asked for that, or a failure.
type fakePool struct {
	mu       sync.Mutex
	name     string
	position string // of a primary: what it has written; of a replica: what it has applied
	down     error  // instead of any answer
	late     error  // after the first row
	asked    int
}

func (f *fakePool) set(change func(*fakePool)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change(f)
}

func (f *fakePool) Query(_ context.Context, text string, _ []any) (Rows, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case f.down != nil:
		return nil, f.down
	case text == "position":
		return &fakeRows{value: f.position}, nil
	case text == "applied":
		return &fakeRows{value: f.position}, nil
	}
	f.asked++
	return &fakeRows{value: f.name, err: f.late}, nil
}

func (f *fakePool) Ping(context.Context) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.down
}

func (f *fakePool) Begin(context.Context) (Transaction, error) { return nil, errors.New("not here") }
func (f *fakePool) Locking() Pool                              { return f }
func (f *fakePool) Stats() PoolStats                           { return PoolStats{} }
func (f *fakePool) Close() error                               { return nil }

// fakeRows are one row.
type fakeRows struct {
	value string
	read  bool
	err   error
}

func (f *fakeRows) Next() bool {
	first := !f.read
	f.read = true
	return first
}

func (f *fakeRows) Scan(to []Scanner, v *Value) error {
	v.setText(f.value)
	to[0].take(v)
	return nil
}

func (f *fakeRows) Err() error {
	if f.read {
		return f.err
	}
	return nil
}
func (f *fakeRows) Close() error { return nil }

var errGone = Unavailable(errors.New("gone"))

func newReplicated(t *testing.T) (r *Replicated, primary *fakePool, replicas []*fakePool) {
	t.Helper()
	primary, replicas = &fakePool{name: "primary"}, []*fakePool{{name: "first"}, {name: "second"}}
	positions := *postgresPositions
	positions.Written, positions.Applied = "position", "applied"
	d := Dialect{Positions: &positions, Syntax: Syntax{Classify: func(err error) error { return err }}}
	r = replicate(context.WithoutCancel(t.Context()), primary, []*replica{{Pool: replicas[0], name: "first"}, {Pool: replicas[1], name: "second"}}, d, slog.New(slog.DiscardHandler))
	t.Cleanup(func() { require.NoError(t, r.Close()) })
	return r, primary, replicas
}

// answered asks a few times and tells who answered.
func answered(ctx context.Context, t *testing.T, r *Replicated) map[string]int {
	t.Helper()
	who := map[string]int{}
	for range 10 {
		names, err := textColumn(ctx, r, "read")
		require.NoError(t, err)
		require.Len(t, names, 1)
		who[names[0]]++
	}
	return who
}

func TestReplicasAreReadInTurn(t *testing.T) {
	t.Parallel()
	r, _, _ := newReplicated(t)
	require.Equal(t, map[string]int{"first": 5, "second": 5}, answered(t.Context(), t, r))
	require.Equal(t, map[string]int{"primary": 10}, answered(OnPrimary(t.Context()), t, r), "a request that writes reads from the primary")
}

func TestADeadReplicaIsLeftOutAndComesBack(t *testing.T) {
	t.Parallel()
	r, _, replicas := newReplicated(t)
	replicas[0].set(func(f *fakePool) { f.down = errGone })
	require.Equal(t, map[string]int{"second": 10}, answered(t.Context(), t, r), "no read fails")
	replicas[1].set(func(f *fakePool) { f.down = errGone })
	require.Equal(t, map[string]int{"primary": 10}, answered(t.Context(), t, r))
	for _, f := range replicas {
		f.set(func(f *fakePool) { f.down = nil })
	}
	require.Eventually(t, func() bool {
		who := answered(t.Context(), t, r)
		return who["first"] == 5 && who["second"] == 5
	}, time.Minute, 10*time.Millisecond)
}

func TestOnlyFailuresOfTheReplicaMoveARead(t *testing.T) {
	t.Parallel()
	r, primary, replicas := newReplicated(t)
	for _, f := range replicas {
		f.set(func(f *fakePool) { f.late = errGone })
	}
	_, err := textColumn(t.Context(), r, "read")
	require.ErrorIs(t, err, ErrUnavailable, "rows were read already, so another node must not be asked for them again")
	wrong := errors.New("syntax error")
	for _, f := range replicas {
		f.set(func(f *fakePool) { f.late, f.down = nil, wrong })
	}
	require.Eventually(t, func() bool { _, err := textColumn(t.Context(), r, "read"); return err == nil }, time.Minute, 10*time.Millisecond)
	require.Positive(t, primary.asked, "watchers have found that the replicas answer nothing")
}

func TestALaggingReplicaIsNotRead(t *testing.T) {
	t.Parallel()
	r, primary, replicas := newReplicated(t)
	primary.set(func(f *fakePool) { f.position = "0/20" })
	r.RecordWrite(t.Context())
	require.Equal(t, map[string]int{"primary": 10}, answered(t.Context(), t, r))
	replicas[1].set(func(f *fakePool) { f.position = "0/20" })
	require.Eventually(t, func() bool { return answered(t.Context(), t, r)["second"] == 10 }, time.Minute, 10*time.Millisecond)
	primary.set(func(f *fakePool) { f.position = "0/30" })
	r.RecordWrite(t.Context())
	require.Equal(t, map[string]int{"primary": 10}, answered(t.Context(), t, r), "the next write counts")
}

func TestAWriteOfUnknownPositionIsReadFromThePrimary(t *testing.T) {
	t.Parallel()
	r, primary, replicas := newReplicated(t)
	primary.set(func(f *fakePool) { f.down = errGone })
	r.RecordWrite(t.Context())
	primary.set(func(f *fakePool) { f.down, f.position = nil, "0/40" })
	require.Equal(t, map[string]int{"primary": 10}, answered(t.Context(), t, r))
	for _, f := range replicas {
		f.set(func(f *fakePool) { f.position = "0/40" })
	}
	require.Eventually(t, func() bool { return answered(t.Context(), t, r)["primary"] == 0 }, time.Minute, 10*time.Millisecond)
}
