package storage_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"decnetgraph/storage"
	"decnetgraph/storage/storagetest"
)

// TestTheStateOfAStoreIsKnown reads, as metrics do, what a store has to catch up with, its pools and its replicas. The
// database is its own replica.
func TestTheStateOfAStoreIsKnown(t *testing.T) {
	t.Parallel()
	onceWithoutDetector(t)
	for _, b := range backends {
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			source := b.create(t)
			b.fill(t, source, storagetest.Fixture())
			options := storagetest.Options()
			options.Write, options.Replicas = true, []string{source}
			s := openStore(t, source, options)
			backlog, err := s.Backlog(t.Context())
			require.NoError(t, err)
			if strings.HasSuffix(b.name, "DECNET's tables") {
				assert.Equal(t, storage.Backlog{RollupRows: -1, SearchMarks: -1}, backlog, "there is nothing to catch up with")
			} else {
				assert.Positive(t, backlog.RollupRows)
				assert.Positive(t, backlog.SearchMarks)
				assert.Nil(t, backlog.RefreshedAt, "nothing was merged yet")
				began := time.Now()
				_, err = s.RefreshRollups(t.Context())
				require.NoError(t, err)
				_, err = s.RefreshSearch(t.Context())
				require.NoError(t, err)
				backlog, err = s.Backlog(t.Context())
				require.NoError(t, err)
				require.NotNil(t, backlog.RefreshedAt)
				assert.Equal(t, storage.Backlog{RefreshedAt: backlog.RefreshedAt}, backlog)
				assert.WithinRange(t, *backlog.RefreshedAt, began.Truncate(time.Microsecond), time.Now())
				_, err = s.RefreshRollups(t.Context())
				require.NoError(t, err)
				idle, err := s.Backlog(t.Context())
				require.NoError(t, err)
				assert.Equal(t, backlog, idle, "a refresh that finds nothing to do is none")
				require.NoError(t, s.RebuildRollups(t.Context()))
				rebuilt, err := s.Backlog(t.Context())
				require.NoError(t, err)
				assert.NotEqual(t, idle.RefreshedAt, rebuilt.RefreshedAt)
			}

			var names []string
			for _, pool := range s.PoolStats() {
				names = append(names, pool.Name)
				assert.Positive(t, pool.MostOpen, pool.Name)
				assert.LessOrEqual(t, pool.InUse+pool.Idle, pool.MostOpen, pool.Name)
			}
			assert.Equal(t, []string{"read", "ready", "write", "replica 1"}, names)

			require.Eventually(t, func() bool {
				states := s.ReplicaStates(t.Context())
				return len(states) == 1 && states[0].Up && states[0].Lag < time.Minute
			}, time.Minute, 10*time.Millisecond)
			if isAsked := strings.HasPrefix(b.name, "PostgreSQL"); isAsked || strings.HasPrefix(b.name, "SQLite") {
				assert.Equal(t, isAsked, s.ReplicaStates(t.Context())[0].LagKnown)
			}
		})
	}
}

// TestDatabasesOfAnOlderReleaseDoNotSayWhenTheyWereRefreshed takes the column away again that the newest migration adds.
func TestDatabasesOfAnOlderReleaseDoNotSayWhenTheyWereRefreshed(t *testing.T) {
	t.Parallel()
	onceWithoutDetector(t)
	for _, b := range backends {
		if strings.HasSuffix(b.name, "DECNET's tables") || b.direct != nil {
			continue
		}
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			source := b.create(t)
			b.fill(t, source, storagetest.Fixture())
			db, _ := openSQL(t, source)
			execute(t, db, "ALTER TABLE rollup_state DROP COLUMN refreshed_at")
			options := storagetest.Options()
			options.Write = true
			s := openStore(t, source, options)
			_, err := s.RefreshRollups(t.Context())
			require.NoError(t, err)
			require.NoError(t, s.RebuildRollups(t.Context()))
			backlog, err := s.Backlog(t.Context())
			require.NoError(t, err)
			assert.Zero(t, backlog.RollupRows)
			assert.Nil(t, backlog.RefreshedAt)
		})
	}
}
