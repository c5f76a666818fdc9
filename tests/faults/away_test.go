package faults_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"decnetgraph/storage"
)

// requestTimeout is the timeout of requests in tests that wait for it. An answer that nothing delays comes much
// sooner, even on a machine that is busy with other work.
const requestTimeout = 10 * time.Second

// noTimeout is a timeout that no request of a test reaches.
const noTimeout = "1h"

// becomes waits until the readiness check has a status; meanwhile the server must say that it lives.
func (s *served) becomes(t *testing.T, status int) {
	t.Helper()
	require.Eventually(t, func() bool {
		assert.Equal(t, http.StatusOK, s.health(t, "/healthz"))
		return s.health(t, "/readyz") == status
	}, patience, 10*time.Millisecond, "/readyz should say %d", status)
}

func testKilledServer(t *testing.T, r *rig) {
	t.Helper()
	s := serveOn(t, r.source, "--timeout", noTimeout)
	whole := func(a answer) bool { return a.whole(r.want) }
	unavailable := func(a answer) bool { return len(a.codes) > 0 }
	l := s.load(t)
	l.until(t, "answers before", 2, whole)
	s.becomes(t, http.StatusOK)
	r.server.Kill(t)
	l.until(t, "failures", 2, unavailable)
	s.becomes(t, http.StatusServiceUnavailable)
	r.server.Restart(t)
	back := time.Now()
	s.becomes(t, http.StatusOK)
	ready := time.Now()
	l.until(t, "answers after", 4, whole)
	answers := l.stop()
	for _, a := range answers {
		a.check(t, r.want, "UNAVAILABLE")
	}
	checkAfter(t, answers, ready, r.want)
	assert.Contains(t, s.log.String(), "outcome=UNAVAILABLE")
	t.Logf("%d requests, the longest took %v; ready %v after the database was back", len(answers), longest(answers), ready.Sub(back))
}

// testStaleConnections has connections in the pool that the database server has closed.
func testStaleConnections(t *testing.T, r *rig) {
	t.Helper()
	s := serveOn(t, r.source)
	for _, pause := range []time.Duration{0, 1100 * time.Millisecond} { // pgx checks connections that were idle for longer than a second
		l := s.load(t)
		l.until(t, "answers", 2, func(a answer) bool { return a.whole(r.want) })
		l.stop()
		require.Greater(t, r.count(t, r.sessions), 2)
		idle := time.Now()
		r.server.Restart(t)
		time.Sleep(time.Until(idle.Add(pause)))
		for range 2 * clients {
			s.ask(t.Context(), wideQuery).check(t, r.want)
		}
		assert.Equal(t, http.StatusOK, s.health(t, "/readyz"))
	}
	assert.NotContains(t, s.log.String(), "level=ERROR")
}

// testFrozenServer freezes the server until all of this has ended: a write, the closing of a pool, and a request
// of each client.
func testFrozenServer(t *testing.T, r *rig) {
	t.Helper()
	s := serveOn(t, r.source, "--timeout", requestTimeout.String())
	store, err := storage.Open(t.Context(), r.source, storage.Options{Write: true})
	require.NoError(t, err)
	whole := func(a answer) bool { return a.whole(r.want) }
	l := s.load(t)
	l.until(t, "answers before", 1, whole)
	r.server.Pause(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	finish(t, "a write to a frozen server", func() { _, err = store.InsertTags(ctx, []storage.NewTag{newTag("frozen")}) })
	require.ErrorIs(t, err, context.DeadlineExceeded)
	finish(t, "closing the pool of a frozen server", func() { err = store.Close() })
	require.NoError(t, err)
	l.until(t, "failures", 1, func(a answer) bool { return len(a.codes) > 0 })
	assert.Equal(t, http.StatusOK, s.health(t, "/healthz"))
	assert.Equal(t, http.StatusServiceUnavailable, s.health(t, "/readyz"))
	r.server.Resume(t)
	r.eventually(t, "SELECT 1", 1)
	back := time.Now()
	s.becomes(t, http.StatusOK)
	ready := time.Now()
	l.until(t, "answers after", 4, whole)
	answers := l.stop()
	for _, a := range answers {
		a.check(t, r.want, "TIMEOUT", "UNAVAILABLE")
	}
	checkAfter(t, answers, ready, r.want)
	r.eventually(t, r.running, 0)
	assert.LessOrEqual(t, r.count(t, r.sessions), poolSize)
	t.Logf("%d requests, the longest took %v; ready %v after the server went on", len(answers), longest(answers), ready.Sub(back))
	fillPool(t, r, s)
}
