package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"decnetgraph/bench/contest"
	"decnetgraph/bench/load"
	"decnetgraph/bench/process"
)

// figures are the results of one server for one query.
type figures struct {
	Question    contest.Question `json:"question"`
	Tags        int              `json:"tags"`
	Clients     int              `json:"clients"`
	Contestant  string           `json:"contestant"`
	Rate        float64          `json:"rate"` // requests per second
	P50         float64          `json:"p50"`  // ms
	P99         float64          `json:"p99"`
	ServerCPU   float64          `json:"serverCPU"` // ms per request
	DatabaseCPU float64          `json:"databaseCPU"`
	Statements  float64          `json:"statements"` // per request
	MemoryMiB   float64          `json:"memoryMiB"`  // resident after the load
}

// CPU is the CPU time of server and database together, in ms per request.
func (f figures) CPU() float64 { return f.ServerCPU + f.DatabaseCPU }

// compare measures one query for each number of clients. It checks that all answers are equal, warms up all
// servers, and lets them take turns in every round, in reverse order every other time. It reports the medians of the
// rounds.
func (b *bench) compare(ctx context.Context, d database, all []*contestant, q contest.Question, keys []string, clients []int) error {
	size, err := contest.Compare(ctx, contestantsOf(all), q, keys)
	if err != nil {
		return err
	}
	same := ""
	if len(all) > 1 {
		same = fmt.Sprintf(", the same from all %d servers", len(all))
	}
	b.say("%s: %.1f KB%s", q, float64(size)/1000, same)
	requests := make([]func(int) *load.Request, len(all))
	for i, c := range all {
		requests[i] = load.InTurn(c.Requests(q, keys))
		if _, err := load.Run(ctx, c.Address, requests[i], load.Options{Clients: clients[0], Duration: b.Warm, Least: 1}); err != nil {
			return fmt.Errorf("%s %s: %w", c.Name, q, err)
		}
	}
	for _, n := range clients {
		rounds := make([][]figures, len(all))
		for turn := range b.Rounds {
			for i := range all {
				if turn%2 == 1 { // no server always comes after the same other one
					i = len(all) - 1 - i
				}
				c := all[i]
				f, err := round(ctx, d, c, requests[i], load.Options{Clients: n, Duration: b.Duration, Least: 1})
				if err != nil {
					return fmt.Errorf("%s %s: %w", c.Name, q, err)
				}
				rounds[i] = append(rounds[i], f)
			}
		}
		for i, c := range all {
			f := medians(rounds[i])
			f.Question, f.Tags, f.Clients, f.Contestant = q, d.Size.Tags, n, c.Name
			b.report.Figures = append(b.report.Figures, f)
			b.say("  %-8s %2d clients %-13s %9.1f req/s  p50 %8.2f  p99 %8.2f ms  CPU %6.2f + %7.2f ms  %5.1f statements  %4.0f MiB",
				q, n, c.Name, f.Rate, f.P50, f.P99, f.ServerCPU, f.DatabaseCPU, f.Statements, f.MemoryMiB)
		}
	}
	return nil
}

func contestantsOf(all []*contestant) []*contest.Contestant {
	contestants := make([]*contest.Contestant, len(all))
	for i, c := range all {
		contestants[i] = &c.Contestant
	}
	return contestants
}

// round measures one turn of one server.
func round(ctx context.Context, d database, c *contestant, requests func(int) *load.Request, o load.Options) (f figures, err error) {
	before, err := readUsage(ctx, d, c)
	if err != nil {
		return f, err
	}
	result, err := load.Run(ctx, c.Address, requests, o)
	if err != nil {
		return f, err
	}
	after, err := readUsage(ctx, d, c)
	if err != nil {
		return f, err
	}
	requestCount := float64(result.Requests)
	return figures{
		Rate: result.Rate(), P50: ms(result.P50), P99: ms(result.P99),
		ServerCPU:   ms(after.server.CPU-before.server.CPU) / requestCount,
		DatabaseCPU: ms(after.database.CPU-before.database.CPU) / requestCount,
		Statements:  float64(after.statements.Calls-before.statements.Calls) / requestCount,
		MemoryMiB:   float64(after.server.Memory) / (1 << 20),
	}, nil
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// usage is what server and database have consumed since they started.
type usage struct {
	server, database process.Usage
	statements       process.Statements
}

func readUsage(ctx context.Context, d database, c *contestant) (u usage, err error) {
	var serverErr, databaseErr, countErr error
	u.server, serverErr = c.Usage()
	u.database, databaseErr = d.server.Usage()
	u.statements, countErr = d.server.Statements(ctx, d.Name)
	return u, errors.Join(serverErr, databaseErr, countErr)
}

// medians returns the median of each figure, independently of the others.
func medians(rounds []figures) (m figures) {
	for _, field := range []func(*figures) *float64{
		func(f *figures) *float64 { return &f.Rate },
		func(f *figures) *float64 { return &f.P50 },
		func(f *figures) *float64 { return &f.P99 },
		func(f *figures) *float64 { return &f.ServerCPU },
		func(f *figures) *float64 { return &f.DatabaseCPU },
		func(f *figures) *float64 { return &f.Statements },
		func(f *figures) *float64 { return &f.MemoryMiB },
	} {
		var values []float64
		for i := range rounds {
			values = append(values, *field(&rounds[i]))
		}
		slices.Sort(values)
		*field(&m) = values[len(values)/2]
	}
	return m
}
