package command

import (
	"runtime/debug"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestAnIdleServerReturnsItsMemory(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(-1)) // or the garbage may be gone before it is looked for
	garbage := make([][]byte, 64)
	for i := range garbage {
		garbage[i] = make([]byte, 1<<20)
	}
	require.Len(t, garbage, 64) // and never used again
	require.Greater(t, readHeap().unused, uint64(idleBytes))
	ticks := make(chan time.Time)
	go returnIdleMemory(t.Context(), ticks)
	for range 3 { // the first tick only counts the collections, the second returns the memory, the third follows it
		ticks <- time.Now()
	}
	require.Less(t, readHeap().unused, uint64(idleBytes))
}
