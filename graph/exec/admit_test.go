package exec_test

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"decnetgraph/graph/buffer"
	"decnetgraph/graph/exec"
	"decnetgraph/graph/memory"
)

// admitting are options that record the costs of operations and how many of them run.
func admitting(costs *[]int, running *atomic.Int64, refuse error) exec.Options {
	options := wide
	options.Admit = func(_ context.Context, cost int) (func(), error) {
		*costs = append(*costs, cost)
		if refuse != nil {
			return nil, refuse
		}
		running.Add(1)
		return func() { running.Add(-1) }, nil
	}
	return options
}

func TestAnOperationIsAdmittedUntilItHasEnded(t *testing.T) {
	for name, root := range map[string]*thing{
		"good":     of("", "getHero", hero("a")),
		"failing":  of("", "getHero", all{context.DeadlineExceeded}),
		"panicked": of("", "getHero", panics("oh")),
	} {
		var costs []int
		var running atomic.Int64
		options := admitting(&costs, &running, nil)
		options.Level = func(ctx context.Context, _ exec.Level) (context.Context, func(exec.Outcome)) {
			require.EqualValues(t, 1, running.Load(), name)
			return ctx, func(exec.Outcome) {}
		}
		_, _ = serve(newWorld(root, options)).ask(t.Context(), `{getHero{name}}`, nil)
		require.Equal(t, []int{10 + 1 + 1}, costs, name)
		require.Zero(t, running.Load(), name)
	}
}

func TestAnOperationThatIsRefusedRunsNothing(t *testing.T) {
	var costs []int
	var running atomic.Int64
	overload := exec.OverloadError{RetryAfter: time.Second}
	w := newWorld(of("", "getHero", hero("a")), admitting(&costs, &running, overload))
	data, errs := serve(w).ask(t.Context(), `{getHero{name} getOther{name}}`, nil)
	require.Empty(t, data)
	require.Len(t, errs, 1)
	require.ErrorIs(t, errs[0], overload)
	require.Empty(t, w.calls)
}

// TestMemoryIsGivenBack counts what an answer takes, and lets it end in every way that there is.
func TestMemoryIsGivenBack(t *testing.T) {
	const kilobytes = 300
	heroes := make(things, kilobytes)
	for i := range heroes {
		heroes[i] = hero(strings.Repeat("x", 1000))
	}
	for _, c := range []struct {
		name, document string
		memory         int64
		errors         int
	}{
		{"an answer", `{getHeroes{name}}`, 1 << 20, 0},
		{"null in place of what was written", `{getHeroes{name mustRank{level}}}`, 1 << 20, exec.MaxErrors},
		{"several root fields", `{a:getHeroes{name} b:getHeroes{name} c:getHeroes{name}}`, 1 << 20, 0},
		{"no memory", `{getHeroes{name}}`, kilobytes << 9, 1},
		{"no memory for one of several", `{a:getHeroes{name} b:getHeroes{name}}`, kilobytes * 3 << 9, 1},
	} {
		budget := memory.NewBudget(c.memory)
		for _, lent := range []bool{false, true} {
			ctx := exec.WithBudget(t.Context(), &exec.Budget{MaxEdges: 10, MaxObjects: 10_000, MaxRowBytes: 1 << 20, Memory: budget})
			lease := &buffer.Lease{}
			if lent {
				ctx = buffer.WithLease(ctx, lease)
			}
			answer := serve(newWorld(of("", "getHeroes", heroes), wide)).response(ctx, c.document)
			require.Len(t, answer.Errors, c.errors, c.name)
			if c.errors == 1 {
				require.ErrorAs(t, answer.Errors[0], new(exec.OverloadError), c.name)
			}
			if lent && c.errors == 0 {
				require.InDelta(t, len(answer.Data), budget.Reserved(), 100, c.name)
			}
			lease.Release()
			require.Zero(t, budget.Reserved(), c.name)
		}
	}
}

func TestRowsTakeMemoryUntilTheOperationHasEnded(t *testing.T) {
	all := memory.NewBudget(1000)
	budget := &exec.Budget{MaxEdges: 10, MaxObjects: 10, MaxRowBytes: 800, Memory: all}
	options := wide
	options.Level = func(ctx context.Context, _ exec.Level) (context.Context, func(exec.Outcome)) {
		require.NoError(t, budget.AddRowBytes(500))
		require.ErrorAs(t, budget.AddRowBytes(501), new(exec.OverloadError))
		require.ErrorAs(t, budget.AddRowBytes(400), new(exec.LimitError))
		require.EqualValues(t, 900, all.Reserved())
		return ctx, func(exec.Outcome) {}
	}
	_, errs := serve(newWorld(of("", "getHero", hero("a")), options)).ask(exec.WithBudget(t.Context(), budget), `{getHero{name}}`, nil)
	require.Empty(t, errs)
	require.Zero(t, all.Reserved())
}
