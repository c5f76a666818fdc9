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

// kills counts the connections that were killed on a MariaDB server.
func (r *rig) kills(t *testing.T) (n int) {
	t.Helper()
	if r.name == "MariaDB" {
		var name string
		require.NoError(t, r.server.Admin().QueryRowContext(t.Context(), "SHOW GLOBAL STATUS LIKE 'Com_kill'").Scan(&name, &n))
	}
	return n
}

func testClientLeaves(t *testing.T, r *rig) {
	t.Helper()
	s := serveOn(t, r.source)
	before := r.kills(t)
	release := r.hold(t)
	var longest time.Duration
	const many = 8
	for _, n := range []int{1, many} {
		ctx, cancel := context.WithCancel(t.Context())
		var wait sync.WaitGroup
		for range n {
			wait.Go(func() { s.ask(ctx, `{ campaigns(first: 10) { nodes { uuid } } }`) })
		}
		r.eventually(t, r.waiting, n, 10*time.Second)
		cancel()
		wait.Wait()
		longest = max(longest, r.eventually(t, r.waiting, 0, time.Second))
	}
	release()
	s.ask(t.Context(), wideQuery).check(t, r.want, 2*time.Second)
	s.stop()
	if r.name == "MariaDB" {
		assert.Equal(t, 1+many, r.kills(t)-before, "connections are killed only where a statement was running")
	}
	r.eventually(t, r.sessions, 0, 5*time.Second)
	t.Logf("statements were gone %v after their clients", longest)
}

// testOthersLeave has clients leave at any moment, and others who get all their answers.
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
	}, 30*time.Second, 5*time.Millisecond)
	stop()
	leavers.Wait()
	answers := l.stop()
	for _, a := range answers {
		a.check(t, r.want, 10*time.Second)
	}
	t.Logf("%d requests were answered while %d clients left", len(answers), left)
	assert.NotContains(t, s.log.String(), "level=ERROR")
}
