package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"text/tabwriter"
	"time"
)

// cancelling measures how soon the fleet rollup ends after its context is cancelled, at times spread evenly
// over its run, and whether the connections are usable afterwards. The CPU time is what the statement still
// used; the wall time includes waits for other programs.
func cancelling(ctx context.Context, both []*contestant, rounds int) error {
	out := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintf(out, "\nfleet rollup cancelled\ttimes\tuncancelled cpu ms\tgoes on for cpu ms: median\tlongest\twall ms: median\tlongest\terrors\n")
	whole := keyed(fleetRollupSQL, rollupKinds, []string{""})
	for _, c := range both {
		full := make([]cost, 3)
		for i := range full {
			var err error
			if full[i], err = take(1, func() error { return read(ctx, c.db, nil, whole, func([]value) {}) }); err != nil {
				return err
			}
		}
		var delays []cost
		ended := map[string]int{}
		for i := range 3 * rounds {
			// The times are CPU times, so that other programs do not shift them.
			delay, err := cancelled(ctx, c, whole, median(full, cost.ofCPU)*time.Duration(2*i+1)/time.Duration(6*rounds))
			switch {
			case err == nil: // it ended before it was cancelled, or noticed the cancellation too late
				ended["none"]++
				continue
			case errors.Is(err, context.Canceled):
				ended["context.Canceled"]++
			default:
				ended[err.Error()]++
			}
			delays = append(delays, delay)
		}
		if len(delays) == 0 {
			return fmt.Errorf("%s: no statement was cancelled in time", c.name)
		}
		for range 100 {
			if _, err := c.ask(ctx, "SELECT COUNT(*) FROM campaigns"); err != nil {
				return fmt.Errorf("%s: a statement after the cancelled ones failed: %w", c.name, err)
			}
		}
		fmt.Fprintf(out, "%s\t%d\t%.0f\t%.1f\t%.1f\t%.1f\t%.1f\t%v\n", c.name, len(delays), ms(median(full, cost.ofCPU)),
			ms(median(delays, cost.ofCPU)), ms(slices.MaxFunc(delays, func(a, b cost) int { return int(a.cpu - b.cpu) }).cpu),
			ms(median(delays, cost.ofWall)), ms(slices.MaxFunc(delays, func(a, b cost) int { return int(a.wall - b.wall) }).wall), ended)
	}
	return out.Flush()
}

// cancelled runs a statement, cancels it when the process has used the given CPU time, and returns the time
// from there until the call returns.
func cancelled(ctx context.Context, c *contestant, s statement, after time.Duration) (cost, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	type moment struct {
		at   time.Time
		used time.Duration
	}
	begin, fired, over := cpuTime(), make(chan moment, 1), make(chan struct{})
	go func() {
		for cpuTime()-begin < after {
			select {
			case <-over:
				return
			case <-time.After(200 * time.Microsecond):
			}
		}
		fired <- moment{time.Now(), cpuTime()}
		cancel()
	}()
	err := read(ctx, c.db, nil, s, func([]value) {})
	at, used := time.Now(), cpuTime()
	close(over)
	if err == nil {
		return cost{}, nil
	}
	m := <-fired
	return cost{used - m.used, at.Sub(m.at)}, err
}
