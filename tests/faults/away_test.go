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

// slack is what a request may take beyond its time, and promised the time from the first answer of a
// database to the last failure of ours.
const (
	slack    = time.Second
	promised = 2 * time.Second
)

func (s *served) becomes(t *testing.T, status int) {
	t.Helper()
	require.Eventually(t, func() bool {
		assert.Equal(t, http.StatusOK, s.health(t, "/healthz"))
		return s.health(t, "/readyz") == status
	}, 10*time.Second, 10*time.Millisecond, "/readyz should say %d", status)
}

func testKilledServer(t *testing.T, r *rig) {
	t.Helper()
	const timeout = 5 * time.Second
	s := serveOn(t, r.source, "--timeout", timeout.String())
	whole := func(a answer) bool { return a.whole(r.want) }
	unavailable := func(a answer) bool { return len(a.codes) > 0 }
	l := s.load(t)
	l.until(t, "answers before", 2*clients, whole)
	s.becomes(t, http.StatusOK)
	r.server.Kill(t)
	l.until(t, "failures", 2*clients, unavailable)
	s.becomes(t, http.StatusServiceUnavailable)
	r.server.Restart(t)
	back := time.Now()
	s.becomes(t, http.StatusOK)
	assert.Less(t, time.Since(back), promised)
	l.until(t, "answers after", 4*clients, whole)
	answers := l.stop()
	for _, a := range answers {
		a.check(t, r.want, timeout+slack, "UNAVAILABLE")
	}
	took := recovery(answers, back, r.want)
	assert.Less(t, took, promised)
	assert.Contains(t, s.log.String(), "code=UNAVAILABLE")
	t.Logf("%d requests, the longest took %v; last failure %v after the database was back", len(answers), longest(answers), took)
}

// testStaleConnections leaves connections in the pool that the server has closed.
func testStaleConnections(t *testing.T, r *rig) {
	t.Helper()
	s := serveOn(t, r.source)
	for _, pause := range []time.Duration{0, 1100 * time.Millisecond} { // pgx looks at those that lay longer than a second
		l := s.load(t)
		l.until(t, "answers", 2*clients, func(a answer) bool { return a.whole(r.want) })
		l.stop()
		require.Greater(t, r.count(t, r.sessions), 2)
		idle := time.Now()
		r.server.Restart(t)
		time.Sleep(time.Until(idle.Add(pause)))
		for range 2 * clients {
			s.ask(t.Context(), wideQuery).check(t, r.want, slack+promised)
		}
		assert.Equal(t, http.StatusOK, s.health(t, "/readyz"))
	}
	assert.NotContains(t, s.log.String(), "level=ERROR")
}

func testFrozenServer(t *testing.T, r *rig) {
	t.Helper()
	const timeout = 1500 * time.Millisecond
	s := serveOn(t, r.source, "--timeout", timeout.String())
	store, err := storage.Open(t.Context(), r.source, storage.Options{Write: true})
	require.NoError(t, err)
	whole := func(a answer) bool { return a.whole(r.want) }
	l := s.load(t)
	l.until(t, "answers before", clients, whole)
	r.server.Pause(t)
	ctx, cancel := context.WithTimeout(t.Context(), timeout)
	defer cancel()
	start := time.Now()
	_, err = store.InsertTags(ctx, []storage.NewTag{newTag("frozen")})
	require.ErrorIs(t, err, context.DeadlineExceeded)
	assert.Less(t, time.Since(start), timeout+slack)
	start = time.Now()
	require.NoError(t, store.Close())
	assert.Less(t, time.Since(start), 5*time.Second, "stopping does not wait for a frozen server")
	l.until(t, "failures", clients, func(a answer) bool { return len(a.codes) > 0 })
	assert.Equal(t, http.StatusOK, s.health(t, "/healthz"))
	assert.Equal(t, http.StatusServiceUnavailable, s.health(t, "/readyz"))
	r.server.Resume(t)
	require.Eventually(t, func() bool { return r.count(t, "SELECT 1") == 1 }, 10*time.Second, time.Millisecond)
	back := time.Now()
	s.becomes(t, http.StatusOK)
	l.until(t, "answers after", 4*clients, whole)
	answers := l.stop()
	for _, a := range answers {
		a.check(t, r.want, timeout+slack, "TIMEOUT", "UNAVAILABLE")
	}
	took := recovery(answers, back, r.want)
	assert.Less(t, took, promised)
	r.eventually(t, r.running, 0, 10*time.Second)
	assert.LessOrEqual(t, r.count(t, r.sessions), 32)
	t.Logf("%d requests, the longest took %v; last failure %v after the server went on", len(answers), longest(answers), took)
	fillPool(t, r, s)
}
