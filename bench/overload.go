package main

import (
	"context"
	"errors"
	"sync"
	"time"

	"decnetgraph/bench/load"
	"decnetgraph/bench/process"
)

// How the server is overloaded: with the nested query Q1 at a multiple of the rate that it can answer, while another
// client asks for single rows.
const (
	overloadFactor  = 4
	capacityClients = 8
	pointsPerSecond = 20
	recovery        = 30 * time.Second // time that memory has to be given back
	sampleInterval  = 250 * time.Millisecond
)

// overload measures how the server answers when more is asked of it than it can do.
func (b *bench) overload(ctx context.Context, d database) error {
	ours, err := b.startOurs(ctx, d.url)
	if err != nil {
		return err
	}
	defer func() { _ = ours.Stop() }()
	tree, point := load.InTurn(ours.Requests("Q1", d.Campaigns)), load.InTurn(ours.Requests("Q5", d.Campaigns))
	if _, err := load.Run(ctx, ours.Address, tree, load.Options{Clients: capacityClients, Duration: b.Warm}); err != nil {
		return err
	}
	alone, err := load.Run(ctx, ours.Address, tree, load.Options{Clients: 1, Duration: b.Duration, Least: 100})
	if err != nil {
		return err
	}
	full, err := load.Run(ctx, ours.Address, tree, load.Options{Clients: capacityClients, Duration: 2 * b.Duration})
	if err != nil {
		return err
	}
	b.say("  capacity %.0f req/s; alone p50 %.1f, p99 %.1f ms", full.Rate(), ms(alone.P50), ms(alone.P99))

	watch := watchMemory(ctx, ours.Process)
	var points load.OpenResult
	var side sync.WaitGroup
	side.Go(func() {
		points = load.OpenLoop(ctx, ours.Address, point, load.OpenOptions{Rate: pointsPerSecond, Duration: b.Overload, Connections: 1000})
	})
	flood := load.OpenLoop(ctx, ours.Address, tree, load.OpenOptions{Rate: overloadFactor * full.Rate(), Duration: b.Overload, Connections: 10_000})
	side.Wait()
	peak, err := watch()
	if err != nil {
		return err
	}
	if failed := flood.Failed + points.Failed; failed > 0 {
		b.say("  %d requests failed, such as: %v", failed, errors.Join(flood.Failure, points.Failure))
	}
	b.fact(overloadGoodput, d.Size.Tags, float64(flood.Good.Requests)/flood.Took.Seconds()/full.Rate(), "times the capacity")
	b.fact(overloadAdmitted, d.Size.Tags, float64(flood.Good.P99)/float64(alone.P99), "times the p99 of one client")
	b.fact(overloadRefused, d.Size.Tags, ms(flood.Refused.P99), "ms (p99)")
	b.fact(overloadPoint, d.Size.Tags, ms(points.Good.P99), "ms (p99)")
	b.fact(overloadPointsRefused, d.Size.Tags, float64(points.Refused.Requests), "requests")
	b.fact(overloadMemory, d.Size.Tags, mib(peak), "MiB at most")
	b.say("  good %d, p50 %.1f, p99 %.1f, max %.1f ms; refused %d, p50 %.1f, max %.1f ms", flood.Good.Requests, ms(flood.Good.P50),
		ms(flood.Good.P99), ms(flood.Good.Max), flood.Refused.Requests, ms(flood.Refused.P50), ms(flood.Refused.Max))
	time.Sleep(recovery)
	use, err := ours.Usage()
	if err != nil {
		return err
	}
	b.fact(overloadMemoryAfter, d.Size.Tags, mib(use.Memory), "MiB 30 s later")
	return nil
}

// watchMemory samples the resident memory of a process until the returned function is called, which returns the most.
func watchMemory(ctx context.Context, p *process.Process) (stop func() (int64, error)) {
	ctx, cancel := context.WithCancel(ctx)
	var most int64
	var failed error
	done := make(chan struct{})
	go func() {
		defer close(done)
		for ctx.Err() == nil {
			use, err := p.Usage()
			most, failed = max(most, use.Memory), errors.Join(failed, err)
			select {
			case <-ctx.Done():
			case <-time.After(sampleInterval):
			}
		}
	}()
	return func() (int64, error) {
		cancel()
		<-done
		return most, failed
	}
}
