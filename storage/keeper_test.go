package storage_test

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"decnetgraph/storage"
)

// keeping is a server that keeps the sums of a database.
type keeping struct {
	store     *storage.Store
	refreshes atomic.Int64 // how many it has completed
	begun     atomic.Int64
	skipped   atomic.Int64 // how often another server was at work
	cancel    context.CancelFunc
	ended     sync.WaitGroup
}

// Handle implements slog.Handler.
func (k *keeping) Handle(_ context.Context, r slog.Record) error {
	if strings.HasPrefix(r.Message, "another server") {
		k.skipped.Add(1)
	}
	return nil
}

func (k *keeping) Enabled(context.Context, slog.Level) bool { return true }
func (k *keeping) WithAttrs([]slog.Attr) slog.Handler       { return k }
func (k *keeping) WithGroup(string) slog.Handler            { return k }

// keep opens the database as another server and keeps its sums until stop is called. begins and ends are called at the begin
// and the end of each refresh, in its transaction.
func (b summing) keep(t *testing.T, begins, ends func()) *keeping {
	t.Helper()
	k := &keeping{}
	k.store = openStore(t, b.source, storage.Options{Write: true, Log: slog.New(k), Observe: func(_ context.Context, s storage.Statement) {
		switch {
		case strings.HasPrefix(s.SQL, "UPDATE rollup_stale SET seen"):
			k.begun.Add(1)
			begins()
		case strings.HasPrefix(s.SQL, "UPDATE rollup_state"):
			k.refreshes.Add(1)
			ends()
		}
	}})
	k.store.SetPace(2*time.Millisecond, time.Millisecond)
	var ctx context.Context
	ctx, k.cancel = context.WithCancel(t.Context())
	k.ended.Go(func() { k.store.KeepRollups(ctx) })
	t.Cleanup(k.stop)
	return k
}

func (k *keeping) stop() {
	k.cancel()
	k.ended.Wait()
}

// addTag inserts a tag as another program does.
func (b summing) addTag(t *testing.T, uuid string) {
	t.Helper()
	execute(t, b.db, "INSERT INTO ttp_tag (uuid, source_kind, source_id, attacker_uuid, tactic, technique_id, confidence, rule_id, rule_version,"+
		" evidence, attack_release, created_at)"+
		" VALUES ('"+uuid+"', 'command', 'x', 'a1', 'TA1', 'T1', 0.5, 'R', 1, '{}', 'v', '2026-05-01 07:00:00.000000')")
}

// merged reports whether no part waits to be merged.
func (b summing) merged(t *testing.T) bool {
	t.Helper()
	var fresh int
	require.NoError(t, b.db.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM rollup_part WHERE dimension IN (0, 2)").Scan(&fresh))
	return fresh == 0
}

// TestServersTakeTurnsAtKeepingTheSums runs the keepers of two servers on one database.
func TestServersTakeTurnsAtKeepingTheSums(t *testing.T) {
	t.Parallel()
	for _, b := range ownBackends() {
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			s := newSumming(t, b)
			s.start()
			_, err := s.store.RefreshRollups(t.Context())
			require.NoError(t, err)

			inside, dies := make(chan struct{}), make(chan struct{})
			first := s.keep(t, sync.OnceFunc(func() { close(inside); <-dies }), func() {})
			s.addTag(t, "first")
			<-inside
			second := s.keep(t, func() {}, func() {})
			require.Eventually(t, func() bool { return second.skipped.Load() > 3 }, time.Minute, time.Millisecond, "it is not blocked")
			require.Zero(t, second.begun.Load(), "it leaves the work to the first one")
			first.cancel() // as if it died: the transaction is rolled back
			close(dies)
			first.stop()
			require.Eventually(t, func() bool { return s.merged(t) }, time.Minute, 5*time.Millisecond, "the next one goes on")
			require.Equal(t, int64(1), first.refreshes.Load()+second.refreshes.Load(), "the work is done once")

			second.stop()
			var working atomic.Int64 // the number of the one that is in a refresh
			another := func(number int64) *keeping {
				return s.keep(t, func() {
					if !working.CompareAndSwap(0, number) && working.Load() != number {
						t.Error("two servers do the same work")
					}
				}, func() { working.Store(0) })
			}
			second, third := another(1), another(2)
			for n := range 5 {
				s.addTag(t, fmt.Sprint("more", n))
				require.Eventually(t, func() bool { return s.merged(t) }, time.Minute, time.Millisecond)
			}
			require.LessOrEqual(t, second.refreshes.Load()+third.refreshes.Load(), int64(5), "an empty refresh is none")
			second.stop()
			third.stop()
			require.NoError(t, s.store.VerifyRollups(t.Context(), func(d storage.RollupDifference) { t.Error(d) }))
		})
	}
}
