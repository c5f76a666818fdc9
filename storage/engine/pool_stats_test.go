package engine

import (
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestTheLagOfAReplicaIsTheTimeWithoutTheLastWrite is about engines that let no plain account ask a replica.
func TestTheLagOfAReplicaIsTheTimeWithoutTheLastWrite(t *testing.T) {
	primary, copied := &fakePool{name: "primary", position: "0/1"}, &fakePool{name: "replica", position: "0/1"}
	positions := *postgresPositions
	positions.Written, positions.Applied = "position", "applied"
	dialect := Dialect{Positions: &positions, Syntax: Syntax{Classify: func(err error) error { return err }}}
	r := replicate(t.Context(), primary, []*replica{{Pool: copied, name: "replica"}}, dialect, slog.New(slog.DiscardHandler))
	defer func() { require.NoError(t, r.Close()) }()
	state := func() ReplicaState { return r.State(t.Context())[0] }
	assert.Equal(t, ReplicaState{Up: true}, state(), "nothing was written, so nothing is known")

	primary.set(func(f *fakePool) { f.position = "0/2" })
	r.RecordWrite(t.Context())
	require.Eventually(t, func() bool { return state().LagKnown && state().Lag > 0 }, time.Minute, time.Millisecond)
	before := state().Lag
	assert.Greater(t, state().Lag, before, "it grows until the replica has the write")
	copied.set(func(f *fakePool) { f.position = "0/2" })
	require.Eventually(t, func() bool { return state() == ReplicaState{Up: true, LagKnown: true} }, time.Minute, time.Millisecond)

	primary.set(func(f *fakePool) { f.position = "" })
	r.RecordWrite(t.Context())
	assert.Equal(t, ReplicaState{Up: true}, state(), "a primary that cannot say where it is")
}
