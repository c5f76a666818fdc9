// Package lru keeps what was used last, within a number of bytes.
package lru

import (
	"math"
	"sync"

	"github.com/hashicorp/golang-lru/v2/simplelru"
)

// share is the part of a cache that one entry may take: no single one pushes out all others.
const share = 16

// Cache keeps values by their keys. When they would be more bytes than it may keep, it drops those
// that were not asked for the longest. It may be used by many goroutines at once.
type Cache[K comparable, V any] struct {
	size func(K, V) int
	most int

	mu      sync.Mutex
	entries *simplelru.LRU[K, entry[V]]
	bytes   int
}

type entry[V any] struct {
	value V
	bytes int
}

// New makes a cache for so many bytes. The size of an entry is asked for once, when it is added, and
// must count all that only this entry keeps in memory.
func New[K comparable, V any](maxBytes int, size func(K, V) int) *Cache[K, V] {
	c := &Cache[K, V]{size: size, most: maxBytes}
	entries, err := simplelru.NewLRU(math.MaxInt, func(_ K, dropped entry[V]) { c.bytes -= dropped.bytes })
	if err != nil {
		panic(err) // of a size below 1 only
	}
	c.entries = entries
	return c
}

// Get returns the value of a key, if it is kept.
func (c *Cache[K, V]) Get(key K) (V, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	found, ok := c.entries.Get(key)
	return found.value, ok
}

// Add keeps the value in place of the key's last one. A value larger than a sixteenth of the cache
// is not kept.
func (c *Cache[K, V]) Add(key K, value V) {
	bytes := c.size(key, value)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.entries.Remove(key)
	if bytes > c.most/share {
		return
	}
	c.entries.Add(key, entry[V]{value, bytes})
	for c.bytes += bytes; c.bytes > c.most; {
		c.entries.RemoveOldest()
	}
}
