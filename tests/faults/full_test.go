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

// poolSize is the most connections of our server; see storage.
const poolSize = 32

// several asks at once and returns the answers when they are called for.
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

// fillPool shows that all connections of the pool can be used, none being lost, and that requests that
// need several at a time do not wait for each other forever.
func fillPool(t *testing.T, r *rig, s *served) {
	t.Helper()
	release := r.hold(t)
	answers := s.several(t, 2*poolSize)
	r.eventually(t, r.waiting, poolSize, 20*time.Second)
	assert.LessOrEqual(t, r.count(t, r.sessions), poolSize)
	release()
	for _, a := range answers() {
		assert.Empty(t, a.problem)
		assert.NotContains(t, a.codes, "INTERNAL")
	}
}

func testFullPool(t *testing.T, r *rig) {
	t.Helper()
	s := serveOn(t, r.source, "--timeout", "30s")
	release := r.hold(t)
	answers := s.several(t, 2*poolSize)
	r.eventually(t, r.waiting, poolSize, 20*time.Second)
	assert.Equal(t, http.StatusOK, s.health(t, "/healthz"))
	release()
	for _, a := range answers() {
		a.check(t, r.want, 31*time.Second)
	}
}

func testFullPoolTimesOut(t *testing.T, r *rig) {
	t.Helper()
	const timeout = 1500 * time.Millisecond
	s := serveOn(t, r.source, "--timeout", timeout.String())
	release := r.hold(t)
	answers := s.several(t, 2*poolSize)
	for _, a := range answers() {
		assert.NotEmpty(t, a.codes)
		a.check(t, r.want, timeout+slack, "TIMEOUT", "UNAVAILABLE")
	}
	r.eventually(t, r.waiting, 0, time.Second+slack) // who has gone waits no more
	release()
	for _, a := range s.several(t, clients)() {
		a.check(t, r.want, timeout+slack)
	}
}

// testFullServer lets others take all connections of the server.
func testFullServer(t *testing.T, r *rig) {
	t.Helper()
	s := serveOn(t, r.source, "--timeout", "5s")
	s.ask(t.Context(), wideQuery).check(t, r.want, 6*time.Second)
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
		var ours int
		require.NoError(t, admin.QueryRowContext(t.Context(), r.sessions).Scan(&ours))
		return ours == 0 && len(s.ask(t.Context(), wideQuery).codes) > 0
	}, 30*time.Second, time.Millisecond)
	for _, a := range s.several(t, clients)() {
		assert.NotEmpty(t, a.codes)
		a.check(t, r.want, 6*time.Second, "UNAVAILABLE")
	}
	assert.Equal(t, http.StatusServiceUnavailable, s.health(t, "/readyz"))
	for _, conn := range held {
		require.NoError(t, conn.Close())
	}
	freed := time.Now()
	require.Eventually(t, func() bool { return s.ask(t.Context(), wideQuery).whole(r.want) }, promised, time.Millisecond)
	t.Logf("%d connections of others; served %v after they were closed", len(held), time.Since(freed))
	s.becomes(t, http.StatusOK)
}
