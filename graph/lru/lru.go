// Package lru is a cache that is bounded in bytes and evicts the least recently used entries.
package lru

import (
	"math"
	"sync"

	"github.com/hashicorp/golang-lru/v2/simplelru"
)

// share limits one entry to 1/16 of the cache, so that a single entry cannot evict all others.
const share = 16

// Cache holds values by their keys. If their total size exceeds its limit, it evicts the least recently used
// values. It is safe for concurrent use.
type Cache[K comparable, V any] struct {
	size func(K, V) int
	most int

	mu      sync.Mutex
	entries *simplelru.LRU[K, entry[V]]
	bytes   int

	hits, misses, evictions int64
}

// Stats is the state of a cache, and what it has counted since it was made.
type Stats struct {
	Entries, Bytes, MostBytes int
	Hits, Misses              int64 // calls of Get
	Evictions                 int64 // entries that gave way to others
}

// Stats returns the state of the cache.
func (c *Cache[K, V]) Stats() Stats {
	c.mu.Lock()
	defer c.mu.Unlock()
	return Stats{Entries: c.entries.Len(), Bytes: c.bytes, MostBytes: c.most, Hits: c.hits, Misses: c.misses, Evictions: c.evictions}
}

type entry[V any] struct {
	value V
	bytes int
}

// New returns a cache of at most maxBytes bytes. It calls size once for each entry, when the entry is added. The
// result must include all memory that only this entry references.
func New[K comparable, V any](maxBytes int, size func(K, V) int) *Cache[K, V] {
	c := &Cache[K, V]{size: size, most: maxBytes}
	entries, err := simplelru.NewLRU(math.MaxInt, func(_ K, dropped entry[V]) { c.bytes -= dropped.bytes })
	if err != nil {
		panic(err) // NewLRU fails only for a size below 1
	}
	c.entries = entries
	return c
}

// Get returns the value of a key and marks it as used; false if the cache does not have it.
func (c *Cache[K, V]) Get(key K) (V, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	found, ok := c.entries.Get(key)
	if ok {
		c.hits++
	} else {
		c.misses++
	}
	return found.value, ok
}

// Add stores the value of a key and replaces an earlier one. It does not store a value that is larger than 1/16 of
// the cache.
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
		c.evictions++
	}
}
