package ratelimit

import (
	"context"
	"math"
	"sync"
	"time"

	"decnetgraph/graph/exec"
)

// account is what a principal has spent in the current period on this server. A server that shares a Spender takes leases:
// portions of the rate, so that most operations need no statement. What it has leased it may spend alone.
type account struct {
	key string

	mu sync.Mutex // held while a lease is taken, so that only one is taken at a time
	period
}

// period is what an account has of the current period.
type period struct {
	rate    Rate
	window  time.Time // when the period began
	granted int       // units that this server may spend in the period: the whole rate, or its leases
	used    int       // units of these that are spent; more than granted if operations cost more than was charged
	others  int       // units that other servers had leased when the last lease was taken
	alone   bool      // whether this server counts alone in this period

	refusedAt   time.Time // when a lease was last refused
	refusedCost int       // and for which cost
}

const (
	// leaseShare is the part of a rate that a lease has, unless an operation costs more.
	leaseShare = 20
	// leaseTimeout is how long an operation waits for a lease before the server counts alone.
	leaseTimeout = 500 * time.Millisecond
	// refusalMemory is how long a server does not ask again after a lease was refused: others may have given something back.
	refusalMemory = time.Second
	// warnInterval is the time between two entries in the log that leases fail.
	warnInterval = time.Minute
)

// turn begins a new period, if it is time to.
func (a *account) turn(rate Rate, now time.Time, alone bool) {
	window := now.UTC().Truncate(rate.Period)
	if a.rate == rate && a.window.Equal(window) {
		return
	}
	a.period = period{rate: rate, window: window, alone: alone}
	if alone {
		a.granted = rate.Units
	}
}

// portion is the size of a lease.
func (a *account) portion() int { return max(1, a.rate.Units/leaseShare) }

// lease takes a lease, so that an operation of a cost may run. If that fails, nothing changes. If the Spender does not answer,
// this server counts alone until the period ends: a limit must not stop a server, nor must its failure lift the limit.
func (l *Limiter) lease(ctx context.Context, a *account, cost int, now time.Time) {
	switch {
	case a.alone:
		return
	case cost >= a.refusedCost && a.refusedCost > 0 && now.Sub(a.refusedAt) < refusalMemory:
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), leaseTimeout)
	defer cancel()
	size := max(a.portion(), a.used+cost-a.granted)
	total, err := l.Spender.Spend(ctx, a.key, a.window, size)
	if err != nil {
		a.alone = true
		a.granted = max(a.granted, a.rate.Units-a.others)
		l.warn(ctx, err, now)
		return
	}
	a.others = total - size - a.granted
	got := max(0, size-max(0, total-a.rate.Units))
	if a.used+cost > a.granted+got {
		a.refusedAt, a.refusedCost = now, cost
		got = 0
	}
	a.granted += got
	if got < size {
		l.spend(ctx, a, got-size)
	}
}

// giveBack gives back what of the leases is not needed soon, so that other servers may spend it.
func (l *Limiter) giveBack(ctx context.Context, a *account) {
	left := a.granted - a.used
	if a.alone || left <= 2*a.portion() {
		return
	}
	surplus := left - a.portion()
	a.granted -= surplus
	key, window := a.key, a.window
	go func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), leaseTimeout)
		defer cancel()
		if _, err := l.Spender.Spend(ctx, key, window, -surplus); err != nil {
			l.warn(ctx, err, l.Now())
		}
	}()
}

// spend tells the Spender of units that were not leased after all.
func (l *Limiter) spend(ctx context.Context, a *account, cost int) {
	if _, err := l.Spender.Spend(ctx, a.key, a.window, cost); err != nil {
		l.warn(ctx, err, l.Now())
	}
}

// warn logs that the Spender does not answer, once in a while.
func (l *Limiter) warn(ctx context.Context, err error, now time.Time) {
	l.mu.Lock()
	due := now.Sub(l.warned) >= warnInterval
	if due {
		l.warned = now
	}
	l.mu.Unlock()
	if due {
		l.Log.WarnContext(ctx, "the database does not count what principals spend; this server counts alone until the period ends", "cause", err)
	}
}

// balance is what the principal may spend, as far as this server knows of the others.
func (a *account) balance() exec.Balance {
	return exec.Balance{Remaining: max(0, a.rate.Units-a.others-a.used), ResetAt: a.window.Add(a.rate.Period)}
}

// refusal is the error of an operation that costs more than is left.
func (a *account) refusal(cost int, now time.Time) exec.RateError {
	balance := a.balance()
	after := balance.ResetAt.Sub(now)
	return exec.RateError{
		Balance: balance, Requested: cost, Limit: a.rate.String(),
		RetryAfter: max(time.Second, time.Duration(math.Ceil(after.Seconds()))*time.Second),
	}
}
