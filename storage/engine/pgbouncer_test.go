package engine

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"decnetgraph/storage/engine/dsn"
	"decnetgraph/storage/storagetest/dbserver"
)

func parsed(t *testing.T, name string) dsn.Source {
	t.Helper()
	source, err := Parse(name)
	require.NoError(t, err)
	return source
}

func opened(t *testing.T, name string, write bool) *Pools {
	t.Helper()
	pools, err := Open(t.Context(), parsed(t, name), Options{Write: write})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, pools.Close()) })
	return pools
}

func texts(t *testing.T, from Querier, text string, args ...any) []string {
	t.Helper()
	read, err := textColumn(t.Context(), from, text, args...)
	require.NoError(t, err, text)
	return read
}

// ignoringAll is a configuration of pgbouncer that accepts our settings and forgets them.
func ignoringAll() string {
	all := maps.Clone(postgresFixed)
	maps.Copy(all, postgresDefaults)
	names := append(slices.Sorted(maps.Keys(all)), "default_transaction_read_only")
	return "ignore_startup_parameters = " + strings.Join(names, ", ")
}

// TestEveryReadBehindAPoolerHasOurSettings reads while another client leaves hostile settings on all connections.
func TestEveryReadBehindAPoolerHasOurSettings(t *testing.T) {
	t.Parallel()
	server := dbserver.Postgres(t)
	for fact, settings := range map[string][]string{"that refuses settings": nil, "that ignores settings": {ignoringAll()}} {
		t.Run("a pooler "+fact, func(t *testing.T) {
			t.Parallel()
			pooled := dbserver.StartPgbouncer(t, server, dbserver.TransactionPooling, settings...).URL(server.Database(t))
			other, err := sql.Open("pgx", pooled+"&default_query_exec_mode=simple_protocol")
			require.NoError(t, err)
			defer other.Close()
			for _, statement := range []string{
				"SET default_transaction_read_only = off", "SET statement_timeout = 5000", "SET search_path = pg_catalog", "SET enable_nestloop = off", "SET transform_null_equals = on",
				"SET default_transaction_isolation = serializable", "SET bytea_output = escape", "SET plan_cache_mode = force_custom_plan",
			} {
				_, err := other.ExecContext(t.Context(), statement)
				require.NoError(t, err)
			}
			pools := opened(t, pooled, true)
			require.True(t, pools.Reads.(pipelining).pipelinedPool.(*postgresPool).shared.Load())
			for name, want := range map[string]string{
				"transaction_read_only": "on", "transaction_isolation": "read committed", "statement_timeout": "0", "enable_nestloop": "on", "transform_null_equals": "off",
				"bytea_output": "hex", "plan_cache_mode": "force_generic_plan", "search_path": `"$user", public`, "random_page_cost": "1.1", "jit": "off", "TimeZone": "UTC",
			} {
				require.Equal(t, []string{want}, texts(t, pools.Reads, "SELECT current_setting(?)", name), name)
			}
			tx, err := pools.Writes.Begin(t.Context())
			require.NoError(t, err)
			defer tx.Rollback()
			require.Equal(t, []string{"off"}, texts(t, tx, "SELECT current_setting('transaction_read_only')"))
			_, err = tx.Exec(t.Context(), "CREATE TABLE things (id int, at timestamp(6), share float8, yes bool, content bytea, words text[])", nil)
			require.NoError(t, err)
			at := time.Date(2026, 5, 1, 7, 21, 37, 654321000, time.FixedZone("", 3600))
			_, err = tx.Exec(t.Context(), "INSERT INTO things VALUES (?, ?, ?, ?, ?, ?::text[])", []any{1, at, 0.1, true, []byte{0, '\\', 0xff}, arrayLiteral([]string{`a"`, "b,"})})
			require.NoError(t, err)
			require.NoError(t, tx.Commit(t.Context()))
			row := "SELECT concat_ws(' ', id, at, share, yes, content, words[1], words[2]) FROM things WHERE at = ? AND share = ? AND yes = ? AND id IN (?, ?)"
			require.Equal(t, []string{`1 2026-05-01 06:21:37.654321 0.1 t \x005cff a" b,`}, texts(t, pools.Reads, row, at, 0.1, true, int64(1), nil))
			_, err = textColumn(t.Context(), pools.Reads, "DELETE FROM things RETURNING id::text")
			require.ErrorContains(t, err, "read-only transaction")
			require.Equal(t, []string{"1"}, texts(t, pools.Reads, "SELECT COUNT(*)::text FROM things"), "the connection serves after an error")
			_, err = textColumn(t.Context(), pools.Reads, "SELECT (1 / (n - 3))::text FROM generate_series(1, 9) n")
			require.ErrorContains(t, err, "division by zero", "an error after the first rows")
			require.Len(t, texts(t, pools.Reads, "SELECT n::text FROM generate_series(1, 5000) n"), 5000)
		})
	}
}

// TestStatementsOfAPoolerThatWasNotDetected has prepared statements that another client took, or that are gone. The
// pool retries without any.
func TestStatementsOfAPoolerThatWasNotDetected(t *testing.T) {
	t.Parallel()
	server := dbserver.Postgres(t)
	pooled := dbserver.StartPgbouncer(t, server, dbserver.TransactionPooling, ignoringAll()).URL(server.Database(t)) + "&pooler=false"
	setup := opened(t, pooled, true)
	for n := range 8 {
		pools := opened(t, pooled, true)
		require.Equal(t, []string{"1"}, texts(t, pools.Reads, "SELECT (?::int)::text", 1), "client %d", n)
		tx, err := pools.Writes.Begin(t.Context())
		require.NoError(t, err)
		_, err = tx.Exec(t.Context(), "SELECT (?::int)::text", []any{1})
		if err != nil {
			require.ErrorIs(t, Postgres.Fault(t.Context(), err), ErrRetry)
			tx.Rollback()
			tx, err = pools.Writes.Begin(t.Context())
			require.NoError(t, err)
			_, err = tx.Exec(t.Context(), "SELECT (?::int)::text", []any{1})
			require.NoError(t, err)
		}
		require.NoError(t, tx.Commit(t.Context()))
	}
	require.Equal(t, []string{"1"}, texts(t, setup.Reads, "SELECT (?::int)::text", 1))
}

// TestAChangedTableIsReadAgain changes a column under statements that are prepared on several connections.
func TestAChangedTableIsReadAgain(t *testing.T) {
	t.Parallel()
	source := dbserver.Postgres(t).Database(t)
	pools := opened(t, source, false)
	require.False(t, pools.Reads.(pipelining).pipelinedPool.(*postgresPool).shared.Load())
	db, err := sql.Open("pgx", source)
	require.NoError(t, err)
	defer db.Close()
	_, err = db.ExecContext(t.Context(), "CREATE TABLE things (id int); INSERT INTO things VALUES (1)")
	require.NoError(t, err)
	const connections = 5
	for _, kind := range []string{"text", "bigint", "text"} {
		var open []Rows
		for range connections { // at the same time, so that each is on another connection
			found, err := pools.Reads.Query(t.Context(), "SELECT * FROM things WHERE id IS NOT NULL", nil)
			require.NoError(t, err)
			open = append(open, found)
		}
		for _, found := range open {
			require.NoError(t, found.Close())
		}
		_, err = db.ExecContext(t.Context(), fmt.Sprintf("ALTER TABLE things ALTER id TYPE %s USING id::%[1]s", kind))
		require.NoError(t, err)
	}
}

// TestALeavingClientCancelsBehindAPooler ends statements through pgbouncer, which must not hit another client's.
func TestALeavingClientCancelsBehindAPooler(t *testing.T) {
	t.Parallel()
	server := dbserver.Postgres(t)
	source := server.Database(t)
	pools := opened(t, dbserver.StartPgbouncer(t, server, dbserver.TransactionPooling).URL(source), false)
	name, _, _ := strings.Cut(source[strings.LastIndex(source, "/")+1:], "?")
	const sleeping = "SELECT COUNT(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep%' AND state = 'active' AND datname = "
	count := func() (n int) {
		require.NoError(t, server.Admin().QueryRowContext(t.Context(), sleeping+"'"+name+"'").Scan(&n))
		return n
	}
	ctx, leave := context.WithCancel(t.Context())
	failed := make(chan error, 1)
	go func() {
		_, err := textColumn(ctx, pools.Reads, "SELECT pg_sleep(3600)::text")
		failed <- err
	}()
	require.Eventually(t, func() bool { return count() == 1 }, time.Minute, time.Millisecond)
	leave()
	require.Error(t, <-failed)
	require.Eventually(t, func() bool { return count() == 0 }, time.Minute, time.Millisecond, "the server has ended it")
	for range 20 {
		require.Equal(t, []string{"1"}, texts(t, pools.Reads, "SELECT '1'"))
	}
}
