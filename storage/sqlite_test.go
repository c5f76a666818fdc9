package storage_test

import (
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	_ "github.com/mattn/go-sqlite3"
	"github.com/stretchr/testify/require"

	"decnetgraph/storage"
	"decnetgraph/storage/storagetest"
)

// openFile opens a database file for the length of the test.
func openFile(t *testing.T, path string, options storage.Options) *storage.Store {
	t.Helper()
	s, err := storage.Open(t.Context(), path, options)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}

// sqliteFile makes a database file that holds the graph.
func sqliteFile(t *testing.T, g storagetest.Graph) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "decnet.db")
	db, err := storage.CreateSQLite(t.Context(), path)
	require.NoError(t, err)
	createTables(t, db)
	insertRows(t, db, g.Rows())
	require.NoError(t, db.Close())
	return path
}

// createTables makes DECNET's tables and indexes.
func createTables(t *testing.T, db *sql.DB) {
	t.Helper()
	schema, err := os.ReadFile(filepath.Join("sample", "schema.sql"))
	require.NoError(t, err)
	_, err = db.ExecContext(t.Context(), "BEGIN; "+string(schema)+"; COMMIT") // waits for the disk once
	require.NoError(t, err)
}

func insertRows(t *testing.T, db *sql.DB, rows []storagetest.Row) {
	t.Helper()
	tx, err := db.BeginTx(t.Context(), nil)
	require.NoError(t, err)
	for _, row := range rows {
		marks := "?" + strings.Repeat(", ?", len(row.Columns)-1)
		values := make([]any, len(row.Values))
		for n, value := range row.Values {
			values[n] = sqliteValue(value)
		}
		_, err := tx.ExecContext(t.Context(), "INSERT INTO "+row.Table+" ("+strings.Join(row.Columns, ", ")+") VALUES ("+marks+")", values...)
		require.NoError(t, err)
	}
	require.NoError(t, tx.Commit())
}

// sqliteValue writes a value as DECNET does on SQLite.
func sqliteValue(value any) any {
	switch v := value.(type) {
	case time.Time:
		return v.UTC().Format("2006-01-02 15:04:05.000000")
	case storage.JSON:
		return string(v)
	default:
		return value
	}
}
