package migrations

import (
	"crypto/sha256"
	"database/sql"
	"fmt"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"decnetgraph/storage/engine"
)

func TestForeignDatabaseIsRefused(t *testing.T) {
	refused := func(t *testing.T, db *sql.DB, e *engine.Engine) {
		t.Helper()
		_, err := Up(t.Context(), db, e, nil)
		require.ErrorIs(t, err, ErrForeign)
		_, _, err = Versions(t.Context(), db, e)
		require.ErrorIs(t, err, ErrForeign)
		require.ErrorContains(t, err, "such as a")
	}
	onEach(t, func(t subject) {
		db := t.open()
		must(t.T, db, "CREATE TABLE a (b INTEGER)")
		refused(t.T, db, t.engine)
		tables, err := schema{db: db, engine: t.engine}.tables(t.Context())
		require.NoError(t, err)
		require.Equal(t, []string{"a"}, tables)
	})
	t.Run("of DECNET", func(t *testing.T) {
		db := decnet(t)
		var path string
		require.NoError(t, db.QueryRowContext(t.Context(), "SELECT file FROM pragma_database_list").Scan(&path))
		before, err := os.ReadFile(path)
		require.NoError(t, err)
		refused(t, db, engine.SQLite)
		after, err := os.ReadFile(path)
		require.NoError(t, err)
		require.Equal(t, sha256.Sum256(before), sha256.Sum256(after))
	})
}

func TestTablesOfAnExtensionAreNotForeign(t *testing.T) {
	db := empty(t, engine.Postgres)()
	must(t, db, "CREATE TABLE spatial_ref_sys (id integer)", "CREATE VIEW seen AS SELECT 1",
		// No extension with a table comes with every server, so one that does gets ours.
		"ALTER EXTENSION plpgsql ADD TABLE spatial_ref_sys")
	_, err := Up(t.Context(), db, engine.Postgres, nil)
	require.NoError(t, err)
	must(t, db, "ALTER EXTENSION plpgsql DROP TABLE spatial_ref_sys")
}

func TestNewerDatabaseIsRefused(t *testing.T) {
	onEach(t, func(t subject) {
		db := t.open()
		_, err := Up(t.Context(), db, t.engine, nil)
		require.NoError(t, err)
		must(t.T, db, "INSERT INTO decnet_graph_version (version_id, is_applied) SELECT 99, is_applied FROM decnet_graph_version WHERE version_id = 1")
		report, err := Up(t.Context(), db, t.engine, nil)
		require.ErrorIs(t, err, ErrNewer)
		require.ErrorContains(t, err, fmt.Sprintf("version 99, and %d is the last known", newest))
		require.Equal(t, Report{From: 99, To: 99}, report)
		current, latest, err := Versions(t.Context(), db, t.engine)
		require.NoError(t, err)
		require.Equal(t, []int64{99, newest}, []int64{current, latest})
	})
}
