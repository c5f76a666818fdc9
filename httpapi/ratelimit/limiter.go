package ratelimit

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"decnetgraph/auth"
	"decnetgraph/graph/exec"
	"decnetgraph/graph/lru"
)

// Spender is the account book that several servers share.
type Spender interface {
	// Spend adds a cost, which may be negative, to what a key has spent in the period that begins at an instant, and returns
	// the sum.
	Spend(ctx context.Context, key string, window time.Time, cost int) (spent int, err error)
}

// Options configure a Limiter.
type Options struct {
	Rates Rates
	// Spender, if set, is shared with other servers: together they allow each principal its rate. Otherwise each server
	// counts alone.
	Spender Spender
	Log     *slog.Logger
	// Now is the clock; time.Now if it is not set.
	Now func() time.Time
}

// Limiter limits the cost of operations by principal, in periods that begin at fixed instants. It is safe for concurrent use.
type Limiter struct {
	Options

	mu       sync.Mutex
	accounts *lru.Cache[string, *account] // by key of the principal
	warned   time.Time                    // when the Spender's last failure was logged
}

// accountBytes is the memory for accounts, which is enough for about 10,000 principals. One that is evicted starts anew.
const accountBytes = 4 << 20

// New makes a Limiter.
func New(o Options) *Limiter {
	if o.Now == nil {
		o.Now = time.Now
	}
	size := func(key string, _ *account) int { return 400 + len(key) }
	return &Limiter{Options: o, accounts: lru.New(accountBytes, size)}
}

// Charge implements exec.Options.Charge for the principal of a context. Its error is an exec.RateError, or an exec.LimitError
// if the operation costs more than may ever be spent at once.
func (l *Limiter) Charge(ctx context.Context, cost int) (settle func(actual int) exec.Balance, err error) {
	principal := auth.From(ctx)
	rate := l.Rates.Of(principal)
	if rate == (Rate{}) {
		return nil, nil //nolint:nilnil // there is nothing to settle
	}
	if cost > rate.Units {
		return nil, exec.LimitError(fmt.Sprintf("the operation costs %d, which is more than the rate limit of %s; ask for less at once", cost, rate))
	}
	a := l.account(keyOf(principal))
	a.mu.Lock()
	defer a.mu.Unlock()
	now := l.Now()
	a.turn(rate, now, l.Spender == nil)
	if a.used+cost > a.granted {
		l.lease(ctx, a, cost, now)
	}
	if a.used+cost > a.granted {
		return nil, a.refusal(cost, now)
	}
	a.used += cost
	window := a.window
	return func(actual int) exec.Balance { return l.settle(ctx, a, window, actual-cost) }, nil
}

// Balance returns the rate of the principal of a context, and what of it is left in the current period, as far as this server
// knows of the others. Without a limit the rate is zero.
func (l *Limiter) Balance(ctx context.Context) (Rate, exec.Balance) {
	principal := auth.From(ctx)
	rate := l.Rates.Of(principal)
	if rate == (Rate{}) {
		return rate, exec.Balance{}
	}
	a := l.account(keyOf(principal))
	a.mu.Lock()
	defer a.mu.Unlock()
	a.turn(rate, l.Now(), l.Spender == nil)
	return rate, a.balance()
}

// keyOf is the key of a principal's account.
func keyOf(p *auth.Principal) string {
	if p == nil {
		return ""
	}
	return p.Key()
}

// account returns the account of a key.
func (l *Limiter) account(key string) *account {
	l.mu.Lock()
	defer l.mu.Unlock()
	a, ok := l.accounts.Get(key)
	if !ok {
		a = &account{key: key}
		l.accounts.Add(key, a)
	}
	return a
}

// settle adds to an account what an operation cost more than was charged, or gives back what it cost less.
func (l *Limiter) settle(ctx context.Context, a *account, window time.Time, difference int) exec.Balance {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.window.Equal(window) { // otherwise the account of that period is closed
		a.used += difference
		l.giveBack(ctx, a)
	}
	return a.balance()
}
