package main

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"slices"
	"syscall"
	"text/tabwriter"
	"time"
)

// compareRows returns an error unless both drivers return the same rows.
func compareRows(ctx context.Context, both []*contestant, operations []operation) error {
	for _, o := range operations {
		var found []digest
		for _, c := range both {
			var d digest
			for _, s := range o.statements {
				if err := read(ctx, c.db, nil, s, d.add); err != nil {
					return fmt.Errorf("%s, %s: %w", c.name, o.name, err)
				}
			}
			found = append(found, d)
		}
		if found[0] != found[1] {
			return fmt.Errorf("%s: the drivers return different rows: %v", o.name, found)
		}
		fmt.Printf("equal rows: %-36s %5d rows, hash %016x\n", o.name, found[0].rows, found[0].sum)
	}
	return nil
}

// comparePlans reports statements for which the two versions of SQLite choose different plans.
func comparePlans(ctx context.Context, both []*contestant, operations []operation) error {
	for _, o := range operations {
		for _, s := range o.statements {
			var plans []string
			for _, c := range both {
				plan, err := c.plan(ctx, s)
				if err != nil {
					return err
				}
				plans = append(plans, plan)
			}
			if plans[0] != plans[1] {
				fmt.Printf("plans of %s differ:\n%s%s\n", o.name, plans[0], plans[1])
			}
		}
	}
	fmt.Println("query plans compared")
	return nil
}

func (c *contestant) plan(ctx context.Context, s statement) (plan string, err error) {
	rows, err := c.db.QueryContext(ctx, "EXPLAIN QUERY PLAN "+s.text, s.args...)
	if err != nil {
		return "", err
	}
	defer rows.Close()
	for rows.Next() {
		var id, parent, unused int
		var detail string
		if err := rows.Scan(&id, &parent, &unused, &detail); err != nil {
			return "", err
		}
		plan += "  " + detail + "\n"
	}
	return plan, rows.Err()
}

// cost is the CPU time of the whole process and the wall time of one operation.
type cost struct{ cpu, wall time.Duration }

func (c cost) ofCPU() time.Duration  { return c.cpu }
func (c cost) ofWall() time.Duration { return c.wall }

// take measures fn, which runs the operation the given number of times.
func take(times int, fn func() error) (cost, error) {
	runtime.GC() // collect the garbage of earlier measurements first
	start, before := time.Now(), cpuTime()
	err := fn()
	wall, cpu := time.Since(start), cpuTime()-before
	return cost{cpu / time.Duration(times), wall / time.Duration(times)}, err
}

func cpuTime() time.Duration {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		panic(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// sample is the minimum duration of a measurement, so that it is larger than its noise.
const sample = 100 * time.Millisecond

// measure runs every operation with both drivers in turns and prints the table.
func measure(ctx context.Context, both []*contestant, operations []operation, rounds int) error {
	out := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintf(out, "\noperation\tmattn cpu ms\tmattn wall ms\tmodernc cpu ms\tmodernc wall ms\tcpu ratio\trange\twall ratio\n")
	for _, o := range operations {
		costs, err := duel(ctx, both, o, rounds)
		if err != nil {
			return err
		}
		var ratios []float64
		for i := range rounds {
			ratios = append(ratios, float64(costs[1][i].cpu)/float64(costs[0][i].cpu))
		}
		a, b := median(costs[0], cost.ofCPU), median(costs[1], cost.ofCPU)
		x, y := median(costs[0], cost.ofWall), median(costs[1], cost.ofWall)
		fmt.Fprintf(out, "%s\t%.3f\t%.3f\t%.3f\t%.3f\t%.2f\t%.2f-%.2f\t%.2f\n", o.name, ms(a), ms(x), ms(b), ms(y),
			float64(b)/float64(a), slices.Min(ratios), slices.Max(ratios), float64(y)/float64(x))
	}
	return out.Flush()
}

// duel measures one operation with both drivers, alternating their order from round to round.
func duel(ctx context.Context, both []*contestant, o operation, rounds int) ([2][]cost, error) {
	var costs [2][]cost
	var runners []*ready
	times := 1
	for _, c := range both {
		r, err := o.prepare(ctx, c)
		if err != nil {
			return costs, err
		}
		defer r.close()
		runners = append(runners, r)
		if err := r.run(ctx, 2); err != nil { // warms the page caches
			return costs, err
		}
		once, err := take(1, func() error { return r.run(ctx, 1) })
		if err != nil {
			return costs, err
		}
		times = max(times, int(sample/max(once.wall, 50*time.Microsecond)))
	}
	for round := range rounds {
		for turn := range both {
			i := (turn + round) % 2
			took, err := take(times*max(1, o.goroutines), func() error { return runners[i].run(ctx, times) })
			if err != nil {
				return costs, err
			}
			costs[i] = append(costs[i], took)
		}
	}
	return costs, nil
}

func median[T any](of []T, by func(T) time.Duration) time.Duration {
	var sorted []time.Duration
	for _, v := range of {
		sorted = append(sorted, by(v))
	}
	slices.Sort(sorted)
	return sorted[len(sorted)/2]
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
