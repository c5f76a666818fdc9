package engine

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"decnetgraph/storage/storagetest/dbserver"
)

// operation is an operation of several goroutines, and how many connections it uses.
type operation struct {
	*Pipeline

	ctx        context.Context //nolint:containedctx // of the operation
	held, most atomic.Int64
}

func newOperation(ctx context.Context, pools *Pools) *operation {
	o := &operation{}
	o.Pipeline = pools.NewPipeline(func(ctx context.Context) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		o.most.Store(max(o.most.Load(), o.held.Add(1)))
		return nil
	}, func() { o.held.Add(-1) })
	o.ctx = WithPipeline(ctx, o.Pipeline)
	return o
}

// together runs functions in goroutines of the operation, and waits for all.
func (o *operation) together(functions ...func()) {
	var all sync.WaitGroup
	o.Add(len(functions) - 1)
	for _, one := range functions {
		all.Go(func() {
			defer o.Add(-1)
			one()
		})
	}
	all.Wait()
	o.Add(1)
}

// read returns a function that reads a text and checks it, or its error.
func (o *operation) read(t *testing.T, pools *Pools, want, text string, args ...any) func() {
	t.Helper()
	return func() {
		found, err := textColumn(o.ctx, pools.Reads, text, args...)
		have := strings.Join(found, " ")
		if failure, fails := strings.CutPrefix(want, "error: "); fails {
			assert.ErrorContains(t, err, failure, text)
			return
		}
		if err != nil {
			have = err.Error()
		}
		assert.Equal(t, want, have, text)
	}
}

// pipelined opens a database of PostgreSQL by way of a proxy that counts round trips.
func pipelined(t *testing.T) (*Pools, *dbserver.RoundTrips) {
	t.Helper()
	counted := dbserver.CountRoundTrips(t, dbserver.Postgres(t).Database(t))
	return opened(t, counted.URL, false), counted
}

func TestStatementsThatRunTogetherTakeOneRoundTrip(t *testing.T) {
	t.Parallel()
	pools, counted := pipelined(t)
	for n := range 3 {
		o := newOperation(t.Context(), pools)
		counted.Take()
		o.together(
			o.read(t, pools, "a b", "SELECT UNNEST(ARRAY['a', 'b'])"),
			o.read(t, pools, "7", "SELECT (?::int + 2)::text", 5),
			func() {}, // a goroutine that reads nothing
			o.read(t, pools, "", "SELECT 'none'::text WHERE FALSE"),
			func() { // and one that reads twice
				o.read(t, pools, "1", "SELECT '1'::text")()
				o.read(t, pools, "2", "SELECT '2'::text")()
			},
		)
		if trips := counted.Take(); n > 0 { // the first time, the statements are prepared
			require.Equal(t, 2, trips)
		}
		require.EqualValues(t, 1, o.most.Load(), "connections at a time")
		require.Zero(t, o.held.Load())
	}
}

func TestGoroutinesThatWaitForOthersHoldNothingUp(t *testing.T) {
	t.Parallel()
	pools, counted := pipelined(t)
	for range 2 {
		o := newOperation(t.Context(), pools)
		counted.Take()
		first := make(chan struct{})
		o.together(
			func() {
				o.read(t, pools, "1", "SELECT '1'::text")()
				close(first)
			},
			func() {
				WaitPipelined(o.ctx, func() { <-first })
				o.read(t, pools, "2", "SELECT '2'::text")()
			},
			o.read(t, pools, "3", "SELECT '3'::text"),
		)
	}
	require.Equal(t, 2, counted.Take())
}

// TestOneStatementOfAPipelineFailsAlone has statements fail while they are prepared, before the first row and after it.
func TestOneStatementOfAPipelineFailsAlone(t *testing.T) {
	t.Parallel()
	server := dbserver.Postgres(t)
	for name, source := range map[string]string{
		"PostgreSQL": server.Database(t), "behind a pooler": dbserver.StartPgbouncer(t, server, dbserver.TransactionPooling).URL(server.Database(t)),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pools := opened(t, source, false)
			for failing, message := range map[string]string{
				"SELECT nothing::text": "nothing",
				"SELECT (1 / (n - 1))::text FROM generate_series(1, 1000) n":   "division by zero",
				"SELECT (1 / (900 - n))::text FROM generate_series(1, 1000) n": "division by zero",
			} {
				for place := range 3 {
					o := newOperation(t.Context(), pools)
					var all []func()
					for n := range 3 {
						if n == place {
							all = append(all, o.read(t, pools, "error: "+message, failing))
							continue
						}
						all = append(all, o.read(t, pools, fmt.Sprint(n), "SELECT ?::text", fmt.Sprint(n)))
					}
					o.together(all...)
					require.Zero(t, o.held.Load())
				}
			}
			require.Equal(t, []string{"1"}, texts(t, pools.Reads, "SELECT '1'"))
		})
	}
}

func TestPipelineBehindAPoolerReadsInOneTransaction(t *testing.T) {
	t.Parallel()
	server := dbserver.Postgres(t)
	pools := opened(t, dbserver.StartPgbouncer(t, server, dbserver.TransactionPooling).URL(server.Database(t)), false)
	o := newOperation(t.Context(), pools)
	found := make([]string, 3)
	var all []func()
	for n := range found {
		all = append(all, func() {
			rows, err := textColumn(o.ctx, pools.Reads, "SELECT now()::text || current_setting('plan_cache_mode') || ?::text", "")
			found[n] = fmt.Sprint(rows, err)
		})
	}
	o.together(all...)
	require.Contains(t, found[0], "force_generic_plan")
	require.Equal(t, []string{found[0], found[0], found[0]}, found)
}

func TestCanceledOperationEndsItsPipeline(t *testing.T) {
	t.Parallel()
	pools, _ := pipelined(t)
	ctx, cancel := context.WithCancel(t.Context())
	o := newOperation(ctx, pools)
	sleeping := make(chan struct{})
	go func() {
		<-sleeping
		cancel()
	}()
	failed := func(text string) func() {
		return func() {
			_, err := textColumn(o.ctx, pools.Reads, text)
			assert.ErrorIs(t, err, context.Canceled, text)
		}
	}
	var ended sync.WaitGroup
	ended.Go(func() { // counted, but never waits for rows: the others wait for it until the context ends
		<-ctx.Done()
	})
	o.Add(1)
	o.together(failed("SELECT '1'::text"), func() { close(sleeping) }, failed("SELECT '2'::text"))
	ended.Wait()
	require.Zero(t, o.held.Load())
	require.Equal(t, []string{"1"}, texts(t, pools.Reads, "SELECT '1'"), "the pool serves")
}

func TestCanceledStatementOfAPipelineIsCanceledAtTheServer(t *testing.T) {
	t.Parallel()
	pools, _ := pipelined(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	o := newOperation(ctx, pools)
	go func() {
		for {
			running, err := textColumn(t.Context(), pools.Ready, "SELECT count(*)::text FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%pg_sleep(3600)%' AND pid <> pg_backend_pid()")
			if err != nil || running[0] != "0" {
				cancel()
				return
			}
		}
	}()
	var errs [2]error
	o.together(
		func() { _, errs[0] = textColumn(o.ctx, pools.Reads, "SELECT pg_sleep(3600)::text") },
		func() { _, errs[1] = textColumn(o.ctx, pools.Reads, "SELECT pg_sleep(3600)::text") },
	)
	for _, err := range errs {
		require.Error(t, err)
		require.NotErrorIs(t, err, ErrInvalid)
	}
	require.Zero(t, o.held.Load())
}

func TestPipelineSurvivesLostConnections(t *testing.T) {
	t.Parallel()
	pools, _ := pipelined(t)
	o := newOperation(t.Context(), pools)
	three := func() {
		o.together(o.read(t, pools, "1", "SELECT '1'::text"), o.read(t, pools, "2", "SELECT '2'::text"), o.read(t, pools, "3", "SELECT '3'::text"))
	}
	three()
	texts(t, pools.Ready, "SELECT pg_terminate_backend(pid)::text FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")
	three()
}

func TestOtherEnginesHaveNoPipeline(t *testing.T) {
	t.Parallel()
	pools := opened(t, dbserver.MariaDB(t).Database(t), false)
	require.Nil(t, pools.NewPipeline(nil, nil))
}
