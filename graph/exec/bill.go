package exec

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/99designs/gqlgen/graphql"
)

// bill is what an operation costs: the cost that was computed from its plan, and the actual cost. The actual cost adds up
// the fields that were resolved, by the same rule: statementCost for a field with a resolver, its weight for each parent
// that there was, and 1 for each object that there was.
type bill struct {
	requested int
	actual    atomic.Int64
	counted   bool // whether anybody wants to know the actual cost
	shown     bool // whether the client wants to see the cost
	settle    func(actual int) Balance
	release   func()
}

// shownCost is the cost of an operation as the response's extensions have it.
type shownCost struct {
	Requested int        `json:"requested"`
	Actual    int        `json:"actual"`
	Remaining *int       `json:"remaining,omitempty"`
	ResetAt   *time.Time `json:"resetAt,omitempty"`
}

// admit has Options.Charge and Options.Admit decide about an operation. Without an error, bill.end must be called.
func (x *execution[E]) admit(ctx context.Context, p *plan[E]) error {
	b, options := &x.bill, x.options
	b.shown = options.ShowCost != nil && options.ShowCost(x.operation)
	b.counted = b.shown || options.Charge != nil
	if options.Admit == nil && !b.counted {
		return nil
	}
	b.requested = int(options.Paging.cost(p.costed, 1, 0, x.operation.Variables))
	if options.Charge != nil {
		settle, err := options.Charge(ctx, b.requested)
		if err != nil {
			refused, limited := errors.AsType[RateError](err)
			if limited {
				b.show(ctx, &refused.Balance)
			} else if b.shown {
				b.show(ctx, nil)
			}
			return err
		}
		b.settle = settle
	}
	if options.Admit == nil {
		return nil
	}
	release, err := options.Admit(ctx, b.requested)
	if err != nil {
		b.end(ctx)
		return err
	}
	b.release = release
	return nil
}

// addField adds a field that was resolved for a number of parents.
func (b *bill) addField(resolved bool, weight int64, parents int) {
	if !b.counted {
		return
	}
	cost := weight * int64(parents)
	if resolved {
		cost += statementCost
	}
	if cost > 0 {
		b.actual.Add(cost)
	}
}

// addObjects adds objects that there were.
func (b *bill) addObjects(objects int) {
	if b.counted {
		b.actual.Add(int64(objects))
	}
}

// end ends an operation: others may run, its sender gets back what it did not cost, and the client sees the cost.
func (b *bill) end(ctx context.Context) {
	if b.release != nil {
		b.release()
	}
	var left *Balance
	if b.settle != nil {
		balance := b.settle(b.cost())
		left = &balance
	}
	if b.shown {
		b.show(ctx, left)
	}
}

// cost is the actual cost so far.
func (b *bill) cost() int { return int(min(b.actual.Load(), maxCost)) }

// show adds the cost to the extensions of the response. left is nil if the sender may spend any amount.
func (b *bill) show(ctx context.Context, left *Balance) {
	cost := shownCost{Requested: b.requested, Actual: b.cost()}
	if left != nil {
		cost.Remaining, cost.ResetAt = &left.Remaining, &left.ResetAt
	}
	graphql.RegisterExtension(ctx, "cost", cost)
}
