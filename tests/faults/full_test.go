package faults_test

import (
	"context"
	"database/sql"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// poolSize is the connection limit of our server, as in storage.
const poolSize = 32

// several sends n requests at once. The function that it returns waits for the answers.
func (s *served) several(t *testing.T, n int) (answers func() []answer) {
	t.Helper()
	found := make([]answer, n)
	var wait sync.WaitGroup
	for i := range n {
		wait.Go(func() { found[i] = s.ask(context.WithoutCancel(t.Context()), wideQuery) })
	}
	return func() []answer {
		wait.Wait()
		return found
	}
}

// fillPool shows that the pool has lost no connection, and that requests that need several connections at a time
// do not deadlock.
func fillPool(t *testing.T, r *rig, s *served) {
	t.Helper()
	release := r.hold(t)
	answers := s.several(t, 2*poolSize)
	r.eventually(t, r.waiting, poolSize)
	assert.LessOrEqual(t, r.count(t, r.sessions), poolSize+1) // readiness checks have one of their own
	release()
	for _, a := range answers() {
		assert.Empty(t, a.problem)
		assert.NotContains(t, a.codes, "INTERNAL")
	}
}

func testFullPool(t *testing.T, r *rig) {
	t.Helper()
	s := serveOn(t, r.source, "--timeout", noTimeout)
	release := r.hold(t)
	answers := s.several(t, 2*poolSize)
	r.eventually(t, r.waiting, poolSize)
	assert.Equal(t, http.StatusOK, s.health(t, "/healthz"))
	release()
	for _, a := range answers() {
		a.check(t, r.want)
	}
}

// testFullPoolTimesOut holds the lock until all requests have ended.
func testFullPoolTimesOut(t *testing.T, r *rig) {
	t.Helper()
	s := serveOn(t, r.source, "--timeout", requestTimeout.String())
	release := r.hold(t)
	answers := s.several(t, 2*poolSize)
	for _, a := range answers() {
		assert.NotEmpty(t, a.codes)
		a.check(t, r.want, "TIMEOUT", "UNAVAILABLE")
	}
	r.eventually(t, r.waiting, 0) // the statements of requests that timed out have ended, too
	release()
	for _, a := range s.several(t, clients)() {
		a.check(t, r.want)
	}
}

// testFullServer has other clients take all connections of the database server.
func testFullServer(t *testing.T, r *rig) {
	t.Helper()
	s := serveOn(t, r.source, "--timeout", noTimeout)
	s.ask(t.Context(), wideQuery).check(t, r.want)
	others := openDatabase(t, r.source)
	others.SetMaxIdleConns(0)
	admin, err := r.server.Admin().Conn(t.Context())
	require.NoError(t, err)
	defer admin.Close()
	closeOurs := "SELECT COUNT(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'decnet-graph'"
	if r.name == "MariaDB" {
		_, err = admin.ExecContext(t.Context(), "SET GLOBAL max_connections = 10")
		require.NoError(t, err)
		defer func() {
			_, err := admin.ExecContext(context.WithoutCancel(t.Context()), "SET GLOBAL max_connections = 300")
			require.NoError(t, err)
		}()
		closeOurs = "KILL USER decnet"
	}
	var held []*sql.Conn
	take := func() bool {
		conn, err := others.Conn(t.Context())
		if err == nil {
			held = append(held, conn)
		}
		return err == nil
	}
	require.Eventually(t, func() bool {
		for take() {
		}
		_, err := admin.ExecContext(t.Context(), closeOurs)
		require.NoError(t, err)
		for take() {
		}
		var ours, free int // a connection that was killed a moment ago still counts, and then others must take its place
		require.NoError(t, admin.QueryRowContext(t.Context(), r.sessions).Scan(&ours))
		require.NoError(t, admin.QueryRowContext(t.Context(), r.free).Scan(&free))
		return ours == 0 && free == 0 && len(s.ask(t.Context(), wideQuery).codes) > 0
	}, patience, time.Millisecond, "others should have all connections")
	for _, a := range s.several(t, clients)() {
		assert.NotEmpty(t, a.codes)
		a.check(t, r.want, "UNAVAILABLE")
	}
	assert.Equal(t, http.StatusServiceUnavailable, s.health(t, "/readyz"))
	for _, conn := range held {
		require.NoError(t, conn.Close())
	}
	freed := time.Now()
	require.Eventually(t, func() bool { return s.ask(t.Context(), wideQuery).whole(r.want) }, patience, time.Millisecond, "a free connection should be used")
	t.Logf("%d connections of others; served %v after they were closed", len(held), time.Since(freed))
	s.becomes(t, http.StatusOK)
}
