package exec

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"decnetgraph/graph/buffer"
	"decnetgraph/graph/memory"
)

// Budget is what one response may take in edges and objects. It belongs to a response, not to an operation or a
// request, so that each event of a subscription has one of its own.
type Budget struct {
	// MaxEdges is the number of edges, each a statement, that a response may have.
	MaxEdges int
	// MaxObjects is the number of objects that a response may hold. It is not a number of rows: cycles in the graph
	// make many objects of few rows.
	MaxObjects int
	// MaxRowBytes is the number of bytes of text that all rows of a response may have.
	MaxRowBytes int64
	// Memory is what the rows and the answer take their memory from, beside those of other responses; nil if that is not
	// limited.
	Memory *memory.Budget

	edges, objects, derived, rowBytes, answerBytes atomic.Int64
}

// memoryRetry is when a request may be sent again that found no memory.
const memoryRetry = time.Second

// AddRowBytes implements storage.Meter.
func (b *Budget) AddRowBytes(bytes int) error {
	if !b.Memory.Take(int64(bytes)) {
		return OverloadError{memoryRetry}
	}
	if b.rowBytes.Add(int64(bytes)) > b.MaxRowBytes {
		return LimitError(fmt.Sprintf("the request reads more than %d bytes; ask for smaller pages or fewer fields", b.MaxRowBytes))
	}
	return nil
}

// addAnswerBytes takes memory for a part of the answer. The number is negative if null has replaced a longer part.
func (b *Budget) addAnswerBytes(bytes int64) error {
	if bytes < 0 {
		b.Memory.Give(-bytes)
	} else if !b.Memory.Take(bytes) {
		return OverloadError{memoryRetry}
	}
	b.answerBytes.Add(bytes)
	return nil
}

// end gives back the memory of the rows, and that of the answer unless a lease keeps it until the answer is sent.
func (b *Budget) end(lease *buffer.Lease) {
	b.Memory.Give(b.rowBytes.Load())
	if lease != nil {
		lease.Charge(b.Memory, b.answerBytes.Load())
	} else {
		b.Memory.Give(b.answerBytes.Load())
	}
}

// budgetOf returns the budget of a context, or nil.
func budgetOf(ctx context.Context) *Budget {
	b, _ := ctx.Value(budgetKey{}).(*Budget)
	return b
}

// derivedPerObject is how many objects a response may derive for each that it may hold: a page is derived from as nodes
// and as edges, perhaps under several aliases, without reading anything.
const derivedPerObject = 10

// addDerived takes objects that were derived from others from the budget.
func (b *Budget) addDerived(objects int) error {
	if most := int64(derivedPerObject * b.MaxObjects); b.derived.Add(int64(objects)) > most {
		return LimitError(fmt.Sprintf("the request shows more than %d objects, with those that it shows several times; ask for fewer aliases", most))
	}
	return nil
}

// AddEdge takes an edge from the budget.
func (b *Budget) AddEdge() error {
	if b.edges.Add(1) > int64(b.MaxEdges) {
		return LimitError(fmt.Sprintf("the request has more than %d edges; ask for fewer", b.MaxEdges))
	}
	return nil
}

// AddObjects takes objects from the budget. Without objects it reports whether the budget was overdrawn before.
func (b *Budget) AddObjects(objects int) error {
	if b.objects.Add(int64(objects)) > int64(b.MaxObjects) {
		return LimitError(fmt.Sprintf("the request asks for more than %d objects; ask for smaller pages or fewer levels", b.MaxObjects))
	}
	return nil
}

type budgetKey struct{}

// WithBudget gives a response its budget.
func WithBudget(ctx context.Context, b *Budget) context.Context {
	return context.WithValue(ctx, budgetKey{}, b)
}

// statementCount counts what the database does for a level.
type statementCount struct{ statements, rows atomic.Int64 }

type countKey struct{}

// CountStatement adds a statement, and the rows that it returned, to the level that the context belongs to. An observer of
// the database's statements calls it.
func CountStatement(ctx context.Context, rows int) {
	if count, observed := ctx.Value(countKey{}).(*statementCount); observed {
		count.statements.Add(1)
		count.rows.Add(int64(rows))
	}
}
