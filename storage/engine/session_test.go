package engine

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"decnetgraph/storage/engine/dsn"
)

// TestTheSessionCannotWrite goes below the pool, whose methods only read.
func TestTheSessionCannotWrite(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "decnet.db")
	db, err := CreateSQLite(t.Context(), path)
	require.NoError(t, err)
	_, err = db.ExecContext(t.Context(), "CREATE TABLE notes (id INTEGER PRIMARY KEY); INSERT INTO notes VALUES (1)")
	require.NoError(t, err)
	require.NoError(t, db.Close())

	session, err := openSQLite(t.Context(), dsn.File{Path: path}, sqliteReading, 1)
	require.NoError(t, err)
	defer func() { require.NoError(t, session.Close()) }()
	conn, err := session.db.Conn(t.Context())
	require.NoError(t, err)
	defer conn.Close()
	for range 2 {
		for _, write := range []string{
			"INSERT INTO notes VALUES (2)", "UPDATE notes SET id = 3", "DELETE FROM notes", "DROP TABLE notes", "CREATE TABLE other (id)", "CREATE INDEX i ON notes (id)",
			"PRAGMA user_version = 7", "PRAGMA journal_mode = WAL; INSERT INTO notes VALUES (2)", "VACUUM", "REINDEX; DELETE FROM notes",
		} {
			_, err := conn.ExecContext(t.Context(), write)
			require.ErrorContains(t, err, "readonly database", write)
		}
		// The file is open for reading only, so that lifting the session's own lock opens nothing.
		_, err = conn.ExecContext(t.Context(), "PRAGMA query_only = FALSE")
		require.NoError(t, err)
	}
	var id int
	require.NoError(t, conn.QueryRowContext(t.Context(), "SELECT SUM(id) FROM notes").Scan(&id))
	require.Equal(t, 1, id)
}
