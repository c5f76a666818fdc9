package engine

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestEvictedStatementsEndTheirWork runs more texts at once than the cache holds, so that statements are evicted
// while other goroutines use them.
func TestEvictedStatementsEndTheirWork(t *testing.T) {
	t.Parallel()
	db, err := sql.Open("sqlite3", filepath.Join(t.TempDir(), "empty.db"))
	require.NoError(t, err)
	p := newPrepared(db, 2)
	var readers sync.WaitGroup
	for reader := range 8 {
		readers.Go(func() {
			for n := range 100 {
				want := (reader + n) % 5
				rows, err := p.query(t.Context(), fmt.Sprintf("SELECT %d", want), nil)
				if err != nil {
					t.Error(err)
					return
				}
				got := -1
				for rows.Next() {
					assert.NoError(t, rows.Scan(&got)) //nolint:testifylint // not in this goroutine
				}
				assert.NoError(t, rows.Err())
				assert.NoError(t, rows.Close()) //nolint:sqlclosecheck // as its users close it
				assert.Equal(t, want, got)
			}
		})
	}
	readers.Wait()
	assert.Equal(t, 2, p.cache.Len())
	require.NoError(t, p.close())
}
