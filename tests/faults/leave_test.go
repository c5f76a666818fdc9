package faults_test

import (
	"context"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// kills counts the KILL statements that a MariaDB server has run.
func (r *rig) kills(t *testing.T) (n int) {
	t.Helper()
	if r.name == "MariaDB" {
		var name string
		require.NoError(t, r.server.Admin().QueryRowContext(t.Context(), "SHOW GLOBAL STATUS LIKE 'Com_kill'").Scan(&name, &n))
	}
	return n
}

// testClientLeaves holds a lock until the statements have ended, so that only the end of their client ends them:
// the requests have no timeout.
func testClientLeaves(t *testing.T, r *rig) {
	t.Helper()
	s := serveOn(t, r.source, "--timeout", noTimeout)
	release := r.hold(t)
	var longest time.Duration
	statements, before := 0, r.kills(t)
	leave := func(n int) (killed int) {
		statements += n
		already := r.kills(t)
		ctx, cancel := context.WithCancel(t.Context())
		var wait sync.WaitGroup
		for range n {
			wait.Go(func() { s.ask(ctx, `{ campaigns(first: 10) { nodes { uuid } } }`) })
		}
		r.eventually(t, r.waiting, n)
		cancel()
		wait.Wait()
		longest = max(longest, r.eventually(t, r.waiting, 0))
		return r.kills(t) - already
	}
	leave(1)
	const many = 8
	killed := leave(many)
	if r.name == "MariaDB" {
		// MariaDB itself ends a statement about a second after its connection was closed, if the statement
		// waits for a lock. On a busy machine our KILL may come too late, but not every time.
		for start := time.Now(); killed < many && time.Since(start) < 2*patience; {
			killed = leave(many)
		}
		assert.GreaterOrEqual(t, killed, many, "statements were killed")
	}
	release()
	s.ask(t.Context(), wideQuery).check(t, r.want)
	s.stop()
	r.eventually(t, r.sessions, 0)
	assert.LessOrEqual(t, r.kills(t)-before, statements, "a connection is killed only if it runs a statement")
	t.Logf("statements ended at most %v after their clients had left", longest)
}

// testOthersLeave has some clients leave at random moments while others must get all their answers.
func testOthersLeave(t *testing.T, r *rig) {
	t.Helper()
	s := serveOn(t, r.source)
	l := s.load(t)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var leavers sync.WaitGroup
	left := 0
	var mu sync.Mutex
	for range 4 {
		leavers.Go(func() {
			for ctx.Err() == nil {
				short, cancel := context.WithTimeout(ctx, time.Duration(rand.IntN(20_000))*time.Microsecond)
				a := s.ask(short, wideQuery)
				cancel()
				if a.problem != "" {
					mu.Lock()
					left++
					mu.Unlock()
				}
			}
		})
	}
	require.Eventually(t, func() bool {
		mu.Lock()
		defer mu.Unlock()
		return left >= 50
	}, patience, 5*time.Millisecond, "clients should leave")
	stop()
	leavers.Wait()
	answers := l.stop()
	for _, a := range answers {
		a.check(t, r.want)
	}
	t.Logf("%d requests were answered while %d clients left", len(answers), left)
	assert.NotContains(t, s.log.String(), "level=ERROR")
}
