package storage

import (
	"context"
	"database/sql"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib"
	"github.com/stretchr/testify/require"

	"decnetgraph/storage/dsn"
	"decnetgraph/storage/migrations"
	"decnetgraph/storage/storagetest/dbserver"
)

// TestTheSessionOfAServerCannotWrite goes below the store of a server that may write: what reads runs
// on sessions that refuse anything else.
func TestTheSessionOfAServerCannotWrite(t *testing.T) {
	t.Parallel()
	for name, engine := range map[string]struct {
		driver  string
		server  func(testing.TB) *dbserver.Server
		dialect migrations.Engine
	}{
		"MariaDB":    {"mysql", dbserver.MariaDB, migrations.MySQL},
		"PostgreSQL": {"pgx", dbserver.Postgres, migrations.Postgres},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			source := engine.server(t).Database(t)
			parsed, err := dsn.Parse(source)
			require.NoError(t, err)
			if parsed.MySQL != nil {
				source = parsed.MySQL.FormatDSN()
			}
			db, err := sql.Open(engine.driver, source)
			require.NoError(t, err)
			defer db.Close()
			_, err = migrations.Up(t.Context(), db, engine.dialect, nil)
			require.NoError(t, err)
			s, err := OpenSource(t.Context(), parsed, Options{Write: true})
			require.NoError(t, err)
			defer s.Close()
			const insert = "INSERT INTO campaigns (uuid, schema_version, created_at, updated_at, identity_count) VALUES ('c1', 1, '2026-05-01 00:00:00', '2026-05-01 00:00:00', 0)"
			for range 2 {
				for _, write := range []string{insert, "UPDATE campaigns SET notes = 'x'", "DELETE FROM campaigns", "CREATE TABLE other (id INTEGER)", "DROP TABLE ttp_tag"} {
					require.Error(t, run(t.Context(), s.reads, write), write)
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

func run(ctx context.Context, on querier, text string) error {
	found, err := on.query(ctx, text, nil)
	if err != nil {
		return err
	}
	defer found.Close()
	for found.Next() {
		continue
	}
	return found.Err()
}
