package resolvers_test

import (
	"context"
	"encoding/json"
	"maps"
	"runtime"
	"runtime/metrics"
	"slices"
	"sync/atomic"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"decnetgraph/resolvers"
)

// TestHostileRequestsAreAnsweredOrRefused sends each hostile request, and measures the processor time and memory that it
// takes. No other test runs in this process meanwhile. A document that the limits allow is answered; all others are refused.
func TestHostileRequestsAreAnsweredOrRefused(t *testing.T) {
	a := onSample(t)
	all := hostiles(resolvers.DefaultLimits.Tokens)
	require.Greater(t, len(all), 150)
	for _, fact := range slices.Sorted(maps.Keys(all)) {
		t.Run(fact, func(t *testing.T) {
			body, err := json.Marshal(all[fact])
			require.NoError(t, err)
			answer, took, grown := measured(t, func() response { return a.post(string(body)) })
			t.Logf("%8v %4d MiB %s", took.Round(time.Millisecond), grown>>20, firstMessage(answer))
			require.Less(t, took, slowed*time.Second)
			require.Less(t, grown, int64(64<<20)*slowed)
			limits := 0
			for _, e := range answer.Errors {
				require.LessOrEqual(t, utf8.RuneCountInString(e.Message), 500)
				if e.Extensions["code"] == "LIMIT_EXCEEDED" {
					limits++
				}
			}
			require.LessOrEqual(t, len(answer.Errors), 50)
			require.LessOrEqual(t, limits, 1)
		})
	}
	a.ask(`{ campaigns { totalCount } }`) // still alive
}

// TestHostileRequestsAreBoundedAtTheLargestLimits is the same for a server whose flags allow the most. Its documents are
// twenty-five times as long.
func TestHostileRequestsAreBoundedAtTheLargestLimits(t *testing.T) {
	onceWithoutDetector(t)
	path, err := samplePath()
	require.NoError(t, err)
	limits := resolvers.Limits{Tokens: 100_000, BodyBytes: 64 << 20, Timeout: time.Minute}
	a := serve(t, path, limits)
	all, short := hostiles(limits.Tokens), hostiles(resolvers.DefaultLimits.Tokens)
	for _, fact := range slices.Sorted(maps.Keys(all)) {
		if all[fact].Query == short[fact].Query {
			continue
		}
		t.Run(fact, func(t *testing.T) {
			body, err := json.Marshal(all[fact])
			require.NoError(t, err)
			answer, took, grown := measured(t, func() response { return a.post(string(body)) })
			t.Logf("%8v %4d MiB %s", took.Round(time.Millisecond), grown>>20, firstMessage(answer))
			require.Less(t, took, slowed*5*time.Second)
		})
	}
}

func firstMessage(answer response) string {
	if len(answer.Errors) == 0 {
		return "answered"
	}
	return answer.Errors[0].Message
}

// measured calls a function, and returns the processor time that the process took meanwhile, and by how much its heap
// had grown at most.
func measured(t *testing.T, call func() response) (answer response, took time.Duration, grown int64) {
	t.Helper()
	runtime.GC()
	before, most, ended := heapBytes(), atomic.Int64{}, make(chan struct{})
	stop := make(chan struct{})
	go func() {
		defer close(ended)
		for {
			select {
			case <-stop:
				return
			case <-time.After(time.Millisecond):
				most.Store(max(most.Load(), heapBytes()))
			}
		}
	}()
	start := cpu(t)
	answer = call()
	took = cpu(t) - start
	close(stop)
	<-ended
	return answer, took, max(most.Load(), heapBytes()) - before
}

// heapBytes is the memory of the heap, garbage included.
func heapBytes() int64 {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(sample)
	return int64(sample[0].Value.Uint64())
}

// TestHostileRequestsEndWithTheirClient sends each hostile request for a client that has left already: none does more than read
// what came.
func TestHostileRequestsEndWithTheirClient(t *testing.T) {
	a := onSample(t)
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	all := hostiles(resolvers.DefaultLimits.Tokens)
	for _, fact := range slices.Sorted(maps.Keys(all)) {
		body, err := json.Marshal(all[fact])
		require.NoError(t, err)
		a.forget()
		_, took, _ := measured(t, func() response { return a.postWith(gone, string(body)) })
		require.Less(t, took, slowed*200*time.Millisecond, fact)
		require.Empty(t, a.statements)
	}
}
