// Package buffer recycles the memory that answers are written to. The data of a large answer is half of all the
// memory that its request takes. If it were allocated for each answer, Go would clear it, grow it by copying, and
// collect it as garbage.
//
// Memory is recycled only through a Lease, so that bytes which somebody else may still hold are never written over.
package buffer

import (
	"context"
	"slices"
	"sync"

	"decnetgraph/graph/memory"
)

// Buffer is memory that is used for one answer after another.
type Buffer struct{ spare []byte }

var pool sync.Pool // of *Buffer

const (
	firstBytes  = 4 << 10 // capacity of a new buffer
	pooledBytes = 1 << 20 // capacity of the largest buffer that is kept
)

// Take returns a buffer that nobody else uses until Release.
func Take() *Buffer {
	if b, pooled := pool.Get().(*Buffer); pooled {
		return b
	}
	return &Buffer{spare: make([]byte, 0, firstBytes)}
}

// Empty returns the buffer's memory as a slice of length zero to append to.
func (b *Buffer) Empty() []byte { return b.spare[:0] }

// Release gives the buffer back with the slice that Empty returned, which appending may have moved. The slice
// must not be used afterwards.
func (b *Buffer) Release(grown []byte) {
	if cap(grown) > pooledBytes {
		return
	}
	b.spare = grown[:0]
	pool.Put(b)
}

// Lease lets the sender of an answer receive it in a recycled buffer. The sender puts a Lease into the context of the
// request, the executor lends the buffer of the answer through it, and the sender releases it after sending the
// answer. An answer that was not lent is left to the garbage collector.
type Lease struct {
	buffer *Buffer
	data   []byte
	budget *memory.Budget
	bytes  int64 // taken from the budget
}

type leaseKey struct{}

// WithLease returns a context through which an executor can lend the answer's buffer.
func WithLease(ctx context.Context, l *Lease) context.Context {
	return context.WithValue(ctx, leaseKey{}, l)
}

// LeaseOf returns the lease of a context, or nil.
func LeaseOf(ctx context.Context) *Lease {
	l, _ := ctx.Value(leaseKey{}).(*Lease)
	return l
}

// Lend records that data, an answer, lies in a buffer.
func (l *Lease) Lend(b *Buffer, data []byte) { l.buffer, l.data = b, data }

// Charge records that bytes were taken from a budget for the answer. They are given back when the lease ends.
func (l *Lease) Charge(budget *memory.Budget, bytes int64) { l.budget, l.bytes = budget, bytes }

// Append appends a tail to an answer. It does so in place if the answer is the one that was lent, and copies
// otherwise, because the spare capacity of other slices may belong to somebody else.
func (l *Lease) Append(answer, tail []byte) []byte {
	if !l.lent(answer) {
		return append(slices.Clip(answer), tail...)
	}
	l.data = append(l.data, tail...)
	return l.data
}

func (l *Lease) lent(answer []byte) bool {
	return l.buffer != nil && len(answer) == len(l.data) && len(answer) > 0 && &answer[0] == &l.data[0]
}

// Release ends the lease: the next answer may be written over the one that was lent.
func (l *Lease) Release() {
	if l.buffer != nil {
		l.buffer.Release(l.data)
	}
	l.budget.Give(l.bytes)
	*l = Lease{}
}
