package command

import (
	"context"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

const (
	// idleInterval is the time between two ticks of returnIdleMemory.
	idleInterval = 5 * time.Second
	// idleBytes is the unused memory that is worth a garbage collection to return.
	idleBytes = 32 << 20
)

// returnIdleMemory returns unused memory to the system if no garbage collection has run between two ticks, until ctx
// ends. Go collects garbage when enough was allocated, so that on an idle server the memory of the last large answers would
// stay.
func returnIdleMemory(ctx context.Context, ticks <-chan time.Time) {
	collections := uint64(0)
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticks:
		}
		m := readHeap()
		if m.collections == collections && m.unused > idleBytes {
			debug.FreeOSMemory()
			m = readHeap()
		}
		collections = m.collections
	}
}

// heap is the state of Go's heap.
type heap struct {
	collections uint64 // number of garbage collections so far
	unused      uint64 // bytes of garbage, and of memory that was not returned to the system
}

func readHeap() heap {
	samples := []metrics.Sample{
		{Name: "/gc/cycles/total:gc-cycles"},
		{Name: "/memory/classes/heap/objects:bytes"},
		{Name: "/gc/heap/live:bytes"},
		{Name: "/memory/classes/heap/free:bytes"},
	}
	metrics.Read(samples)
	value := func(i int) uint64 { return samples[i].Value.Uint64() }
	return heap{collections: value(0), unused: value(1) - min(value(1), value(2)) + value(3)}
}
