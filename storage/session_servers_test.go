package storage

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"decnetgraph/storage/engine"
	"decnetgraph/storage/storagetest/dbserver"
)

// TestTheSessionOfAServerCannotWrite goes below the store of a server that may write: what reads runs
// on sessions that refuse anything else.
func TestTheSessionOfAServerCannotWrite(t *testing.T) {
	t.Parallel()
	for name, start := range map[string]func(testing.TB) *dbserver.Server{"MariaDB": dbserver.MariaDB, "PostgreSQL": dbserver.Postgres} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, _ := serverStore(t, start(t).Database(t))
			const insert = "INSERT INTO campaigns (uuid, schema_version, created_at, updated_at, identity_count) VALUES ('c1', 1, '2026-05-01 00:00:00', '2026-05-01 00:00:00', 0)"
			for range 2 {
				for _, write := range []string{insert, "UPDATE campaigns SET notes = 'x'", "DELETE FROM campaigns", "CREATE TABLE other (id INTEGER)", "DROP TABLE ttp_tag"} {
					require.Error(t, run(t.Context(), s.pools.Reads, write), write)
				}
			}
			found, err := s.CampaignRows(t.Context(), []string{"c1"})
			require.NoError(t, err)
			require.Empty(t, found)
			require.NoError(t, s.write(t.Context(), func(c *change) error {
				q := &statement{dialect: c.dialect}
				q.add(insert)
				_, err := c.exec(t.Context(), q)
				return err
			}), "the other sessions write")
		})
	}
}

func run(ctx context.Context, on engine.Querier, text string) error {
	found, err := on.Query(ctx, text, nil)
	if err != nil {
		return err
	}
	defer found.Close()
	for found.Next() {
		continue
	}
	return found.Err()
}
