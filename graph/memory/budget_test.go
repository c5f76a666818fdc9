package memory_test

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"decnetgraph/graph/memory"
)

func TestReservationsShareTheBudget(t *testing.T) {
	budget := memory.NewBudget(100)
	first, second := memory.Reservation{Budget: budget}, memory.Reservation{Budget: budget}
	require.NoError(t, first.Grow(40))
	require.NoError(t, first.Grow(60))
	require.NoError(t, first.Grow(10), "a reservation never shrinks")
	assert.EqualValues(t, 60, budget.Reserved())
	require.ErrorIs(t, second.Grow(41), memory.ErrFull)
	require.NoError(t, second.Grow(40))
	require.ErrorIs(t, second.Grow(101), memory.ErrTooLarge)
	assert.EqualValues(t, 100, budget.Reserved(), "what is refused is not held")
	first.Release()
	first.Release()
	assert.EqualValues(t, 40, budget.Reserved())
	require.NoError(t, second.Grow(100))
	second.Release()
	assert.Zero(t, budget.Reserved())
	require.NoError(t, second.Grow(1), "it may be used again")
}

func TestConcurrentReservationsNeverExceedTheBudget(t *testing.T) {
	budget := memory.NewBudget(1_000)
	var wait sync.WaitGroup
	for range 16 {
		wait.Go(func() {
			for n := range int64(2_000) {
				r := memory.Reservation{Budget: budget}
				if r.Grow(1+n%500) == nil {
					_ = r.Grow(2 + n%900)
				}
				r.Release()
			}
		})
	}
	wait.Wait()
	assert.Zero(t, budget.Reserved())
}
