package engine

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"decnetgraph/storage/storagetest/dbserver"
)

// TestALockWithoutASchemaIsAnError: the server returns NULL, and would do so for as long as anyone waits.
func TestALockWithoutASchemaIsAnError(t *testing.T) {
	t.Parallel()
	source, err := Parse(dbserver.Postgres(t).Database(t) + "&search_path=missing")
	require.NoError(t, err)
	db, err := Postgres.OpenSQL(source)
	require.NoError(t, err)
	defer db.Close()
	session, err := db.Conn(t.Context())
	require.NoError(t, err)
	defer session.Close()
	require.ErrorIs(t, Postgres.Lock.Acquire(t.Context(), session, "any", time.Hour), ErrInvalid)
}

// TestOneProgramAtATimeHasATurn opens a database as two programs do, and kills the session of one of them.
func TestOneProgramAtATimeHasATurn(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		create func(*testing.T) string
		kill   string // selects a text, and kills the sessions of the user that hold a lock
	}{
		"SQLite": {create: func(t *testing.T) string {
			t.Helper()
			path := filepath.Join(t.TempDir(), "turns.db")
			db, err := CreateSQLite(t.Context(), path)
			require.NoError(t, err)
			_, err = db.ExecContext(t.Context(), "CREATE TABLE notes (id)")
			require.NoError(t, err)
			require.NoError(t, db.Close())
			return path
		}},
		"PostgreSQL": {
			create: func(t *testing.T) string { t.Helper(); return dbserver.Postgres(t).Database(t) },
			kill: "SELECT pg_terminate_backend(pid)::text FROM pg_locks WHERE locktype = 'advisory' AND database =" +
				" (SELECT oid FROM pg_database WHERE datname = current_database())",
		},
		"PostgreSQL behind pgbouncer": {create: func(t *testing.T) string {
			t.Helper()
			return dbserver.TransactionPooler(t).URL(dbserver.Postgres(t).Database(t))
		}},
		"MariaDB": {create: func(t *testing.T) string { t.Helper(); return dbserver.MariaDB(t).Database(t) }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			source := c.create(t)
			first, second := opened(t, source, true), opened(t, source, true)
			release, err := first.TakeTurn(t.Context(), "test")
			require.NoError(t, err)
			for _, other := range []*Pools{first, second} {
				_, err = other.TakeTurn(t.Context(), "test")
				require.ErrorIs(t, err, ErrLocked)
			}
			releaseOther, err := second.TakeTurn(t.Context(), "other")
			require.NoError(t, err, "another kind of work")
			releaseOther()
			release()
			for range 3 { // nothing is left on a connection that is used again
				release, err = second.TakeTurn(t.Context(), "test")
				require.NoError(t, err)
				_, err = first.TakeTurn(t.Context(), "test")
				require.ErrorIs(t, err, ErrLocked)
				release()
			}
			release, err = first.TakeTurn(t.Context(), "test")
			require.NoError(t, err)
			switch {
			case c.kill != "":
				texts(t, second.Reads, c.kill)
			case name == "MariaDB":
				session := texts(t, second.Reads, "SELECT CAST(IS_USED_LOCK("+MySQL.Lock.key("decnet_graph_test")+") AS CHAR)")
				db, err := MySQL.OpenSQL(parsed(t, source))
				require.NoError(t, err)
				defer db.Close()
				_, err = db.ExecContext(t.Context(), "KILL CONNECTION "+session[0])
				require.NoError(t, err)
			default:
				release()
			}
			require.Eventually(t, func() bool {
				after, err := second.TakeTurn(t.Context(), "test")
				if err == nil {
					after()
				}
				return err == nil
			}, time.Minute, 5*time.Millisecond, "the turn of a program that died goes to the next one")
			release()
		})
	}
}
