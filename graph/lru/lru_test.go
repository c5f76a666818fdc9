package lru_test

import (
	"maps"
	"slices"
	"strconv"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"pgregory.net/rapid"

	"decnetgraph/graph/lru"
)

// TestKeepsWhatWasUsedLast compares the cache with a list that is searched from its end.
func TestKeepsWhatWasUsedLast(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const most = 160
		cache := lru.New(most, func(_, value int) int { return value })
		var used []int // keys, the most recently used one at the end
		sizes := map[int]int{}
		for range rapid.IntRange(0, 100).Draw(t, "steps") {
			key := rapid.IntRange(0, 20).Draw(t, "key")
			place := slices.Index(used, key)
			if place >= 0 {
				used = slices.Delete(used, place, place+1)
			}
			if rapid.Bool().Draw(t, "get") {
				value, ok := cache.Get(key)
				assert.Equal(t, place >= 0, ok)
				assert.Equal(t, sizes[key], value)
				if ok {
					used = append(used, key)
				}
				continue
			}
			size := rapid.IntRange(0, most/16+1).Draw(t, "size")
			cache.Add(key, size)
			delete(sizes, key)
			if size > most/16 {
				continue
			}
			used, sizes[key] = append(used, key), size
			for sum(sizes) > most {
				delete(sizes, used[0])
				used = used[1:]
			}
		}
		for key := range 21 { // this lookup is last, because it changes the order
			value, ok := cache.Get(key)
			_, want := sizes[key]
			assert.Equal(t, want, ok)
			assert.Equal(t, sizes[key], value)
		}
	})
}

func sum(sizes map[int]int) (all int) {
	for size := range maps.Values(sizes) {
		all += size
	}
	return all
}

func TestManyMayUseItAtOnce(t *testing.T) {
	cache := lru.New(1_000, func(key string, value int) int { return len(key) })
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for i := range 2_000 {
				key := strconv.Itoa(i % 500)
				cache.Add(key, i%500)
				if value, ok := cache.Get(key); ok {
					assert.Equal(t, i%500, value)
				}
			}
		})
	}
	wg.Wait()
}
