package engine

import (
	"context"
	"fmt"
	"log/slog"
	"net/url"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"decnetgraph/storage/storagetest/dbserver"
)

// replicatedServer is a database with another one as its replica, which has another name, so that a read shows which of them
// it came from.
type replicatedServer struct {
	*Pools

	primary, replica string // names of the databases
	counted          *dbserver.RoundTrips
	admin            *Pools // of the primary, for the death of the replica
}

func newReplicatedServer(t *testing.T) replicatedServer {
	t.Helper()
	server := dbserver.Postgres(t)
	primary, replica := server.Database(t), server.Database(t)
	r := replicatedServer{primary: databaseName(t, primary), replica: databaseName(t, replica), counted: dbserver.CountRoundTrips(t, replica), admin: opened(t, primary, true)}
	var err error
	r.Pools, err = Open(t.Context(), parsed(t, primary), Options{Replicas: []string{r.counted.URL}, Log: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, r.Pools.Close()) })
	// A busy machine may take longer for the first check of a replica than that waits.
	require.Eventually(t, r.Replicas.replicas[0].up.Load, time.Minute, time.Millisecond)
	return r
}

func databaseName(t *testing.T, source string) string {
	t.Helper()
	parsed, err := url.Parse(source)
	require.NoError(t, err)
	return strings.TrimPrefix(parsed.Path, "/")
}

// die ends all connections to the replica and refuses new ones.
func (r replicatedServer) die(t *testing.T) {
	t.Helper()
	for _, statement := range []string{
		"ALTER DATABASE " + r.replica + " ALLOW_CONNECTIONS false",
		"SELECT pg_terminate_backend(pid)::text FROM pg_stat_activity WHERE datname = '" + r.replica + "' AND pid <> pg_backend_pid()",
	} {
		_, err := textColumn(t.Context(), r.admin.Writes, statement)
		assert.NoError(t, err, statement) //nolint:testifylint // not in the goroutine of the test
	}
	assert.Eventually(t, func() bool {
		left, err := textColumn(t.Context(), r.admin.Writes, "SELECT count(*)::text FROM pg_stat_activity WHERE datname = '"+r.replica+"'")
		return err == nil && left[0] == "0"
	}, time.Minute, time.Millisecond)
}

// three reads where three statements of an operation come from, which run together.
func (r replicatedServer) three(ctx context.Context, t *testing.T) []string {
	t.Helper()
	o := newOperation(ctx, r.Pools)
	found := make([]string, 3)
	all := make([]func(), len(found))
	for n := range found {
		all[n] = func() {
			rows, err := textColumn(o.ctx, r.Reads, "SELECT current_database()::text || ?::text", fmt.Sprint(n))
			found[n] = strings.TrimSuffix(strings.Join(rows, " "), fmt.Sprint(n))
			assert.NoError(t, err)
		}
	}
	o.together(all...)
	require.Zero(t, o.held.Load())
	return found
}

func TestPipelineReadsFromOneReplica(t *testing.T) {
	t.Parallel()
	r := newReplicatedServer(t)
	replica, primary := []string{r.replica, r.replica, r.replica}, []string{r.primary, r.primary, r.primary}
	require.Equal(t, replica, r.three(t.Context(), t))
	require.Eventually(t, func() bool { // the replica is checked meanwhile, which takes a round trip of its own
		r.counted.Take()
		found := r.three(t.Context(), t)
		return assert.Equal(t, replica, found) && r.counted.Take() == 1
	}, time.Minute, time.Millisecond)
	require.Equal(t, primary, r.three(OnPrimary(t.Context()), t), "an operation that writes reads from the primary")
}

func TestPipelineSurvivesTheDeathOfAReplica(t *testing.T) {
	t.Parallel()
	r := newReplicatedServer(t)
	primary := []string{r.primary, r.primary, r.primary}
	require.Equal(t, []string{r.replica, r.replica, r.replica}, r.three(t.Context(), t))
	r.die(t)
	require.Equal(t, primary, r.three(t.Context(), t), "the first operation after the death")
	require.Equal(t, primary, r.three(t.Context(), t))
}

// TestPipelineSurvivesAReplicaThatDiesWhileItIsRead has the replica die after the first row of the first statement, whose rows
// are too many to be on their way already. That statement fails, because its rows were read in part, and the others run again on the
// primary.
func TestPipelineSurvivesAReplicaThatDiesWhileItIsRead(t *testing.T) {
	t.Parallel()
	r := newReplicatedServer(t)
	require.Equal(t, []string{r.replica, r.replica, r.replica}, r.three(t.Context(), t))
	o := newOperation(t.Context(), r.Pools)
	var first error
	var from [2]string
	read := func(n int) func() {
		return func() {
			rows, err := textColumn(o.ctx, r.Reads, "SELECT current_database()::text || ?::text", "")
			assert.NoError(t, err) //nolint:testifylint // not in the goroutine of the test
			from[n] = strings.Join(rows, " ")
		}
	}
	o.together(func() {
		for waiting := 0; waiting < len(from); runtime.Gosched() { // the statement that is asked for last is sent first
			o.mu.Lock()
			waiting = len(o.waiting)
			o.mu.Unlock()
		}
		rows, err := r.Reads.Query(o.ctx, "SELECT repeat('x', 1000) FROM generate_series(1, 100000)", nil)
		if !assert.NoError(t, err) { //nolint:testifylint // not in the goroutine of the test
			return
		}
		assert.True(t, rows.Next())
		r.die(t)
		more := 0
		for rows.Next() {
			more++
		}
		assert.Less(t, more, 99_999)
		first = rows.Err()
		assert.Error(t, rows.Close())
	}, read(0), read(1))
	require.Error(t, first)
	require.ErrorIs(t, r.Dialect.Classify(first), ErrUnavailable)
	require.Equal(t, [2]string{r.primary, r.primary}, from)
	require.Zero(t, o.held.Load())
}
