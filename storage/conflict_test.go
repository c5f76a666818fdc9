package storage

import (
	"database/sql"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"decnetgraph/storage/engine"
	"decnetgraph/storage/migrations"
	"decnetgraph/storage/storagetest/dbserver"
)

// serverStore opens a store for writing on an empty database, and the database beside it.
func serverStore(t *testing.T, name string) (*Store, *sql.DB) {
	t.Helper()
	source, err := engine.Parse(name)
	require.NoError(t, err)
	e := engine.Of(source)
	db, err := e.OpenSQL(source)
	require.NoError(t, err)
	t.Cleanup(func() { _ = db.Close() })
	_, err = migrations.Up(t.Context(), db, e, nil)
	require.NoError(t, err)
	s, err := OpenSource(t.Context(), source, Options{Write: true})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s, db
}

// TestDeadlocksAreRunAgain has two writers take the same locks in opposite order, so that the database
// must fail one of them.
func TestDeadlocksAreRunAgain(t *testing.T) {
	t.Parallel()
	for name, start := range map[string]func(testing.TB) *dbserver.Server{"PostgreSQL": dbserver.Postgres, "MariaDB": dbserver.MariaDB} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, db := serverStore(t, start(t).Database(t))
			for _, statement := range []string{"CREATE TABLE counters (name VARCHAR(10) PRIMARY KEY, n INTEGER NOT NULL)", "INSERT INTO counters VALUES ('a', 0), ('b', 0)"} {
				_, err := db.ExecContext(t.Context(), statement)
				require.NoError(t, err)
			}
			var both, writers sync.WaitGroup
			both.Add(2)
			var mu sync.Mutex
			conflicts := 0
			for _, order := range [][2]string{{"a", "b"}, {"b", "a"}} {
				writers.Go(func() {
					meet := sync.OnceFunc(func() { both.Done(); both.Wait() })
					assert.NoError(t, s.write(t.Context(), func(c *change) error {
						for _, name := range order {
							q := &statement{dialect: s.dialect}
							q.add("UPDATE counters SET n = n + 1 WHERE name = ?", name)
							if _, err := c.exec(t.Context(), q); err != nil {
								mu.Lock()
								conflicts++
								mu.Unlock()
								return err
							}
							meet() // each holds its first lock
						}
						return nil
					}))
				})
			}
			writers.Wait()
			assert.Positive(t, conflicts)
			var least, most int
			require.NoError(t, db.QueryRowContext(t.Context(), "SELECT MIN(n), MAX(n) FROM counters").Scan(&least, &most))
			assert.Equal(t, []int{2, 2}, []int{least, most}, "each change was made once")
		})
	}
}
