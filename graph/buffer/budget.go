package buffer

import "sync/atomic"

// Budget is memory that requests share. It bounds what all of them hold together, however many they are and however
// slowly their clients read.
type Budget struct {
	most  int64
	taken atomic.Int64
}

// NewBudget returns a budget of a number of bytes.
func NewBudget(bytes int64) *Budget { return &Budget{most: bytes} }

// Take takes bytes from the budget and reports whether they were there. A nil Budget has any number of bytes.
func (b *Budget) Take(bytes int64) bool {
	if b == nil || b.taken.Add(bytes) <= b.most {
		return true
	}
	b.taken.Add(-bytes)
	return false
}

// Give gives back bytes that were taken.
func (b *Budget) Give(bytes int64) {
	if b != nil {
		b.taken.Add(-bytes)
	}
}

// Taken is the number of bytes that are taken now.
func (b *Budget) Taken() int64 { return b.taken.Load() }
