package resolvers_test

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"decnetgraph/resolvers"
	"decnetgraph/resolvers/resolverstest"
	"decnetgraph/storage"
	"decnetgraph/storage/sample"
)

const statusQuery = `{ status { database tables attackRelease writable tagCount newestTagAt } tags(first: 1) { totalCount nodes { createdAt } } }`

func TestTheStatusIsThatOfTheDatabase(t *testing.T) {
	for name, a := range map[string]*api{"read-only": onSample(t), "writing": onCopy(t)} {
		t.Run(name, func(t *testing.T) {
			data := a.ask(statusQuery)
			tags := data["tags"].(map[string]any)
			newest := tags["nodes"].([]any)[0].(map[string]any)
			require.Equal(t, map[string]any{
				"database": "SQLite", "tables": "DECNET", "attackRelease": "19.1", "writable": name == "writing",
				"tagCount": tags["totalCount"], "newestTagAt": newest["createdAt"],
			}, data["status"])
			require.NotZero(t, tags["totalCount"])
		})
	}
}

func TestTheStatusOfAnEmptyDatabaseHasNoNewestTag(t *testing.T) {
	path := filepath.Join(t.TempDir(), "decnet.db")
	db, err := storage.CreateSQLite(t.Context(), path)
	require.NoError(t, err)
	_, err = db.ExecContext(t.Context(), sample.Schema()+"; INSERT INTO alembic_version VALUES ('"+storage.SchemaRevision+"')")
	require.NoError(t, err)
	require.NoError(t, db.Close())
	data := serve(t, path, resolvers.Limits{Timeout: time.Minute}).ask(statusQuery)
	status := data["status"].(map[string]any)
	require.EqualValues(t, 0, status["tagCount"])
	require.Nil(t, status["newestTagAt"])
}

func TestTheStatusKnowsItsOwnTables(t *testing.T) {
	onceWithoutDetector(t)
	file, err := samplePath()
	require.NoError(t, err)
	for _, database := range resolverstest.Databases {
		t.Run(database.Name, func(t *testing.T) {
			data := serve(t, database.Copy(t, file), resolvers.Limits{Timeout: time.Minute}).ask(statusQuery)
			engine, tables, _ := strings.Cut(database.Name, ", ")
			status := data["status"].(map[string]any)
			require.Equal(t, map[string]string{"SQLite": "SQLite", "MariaDB": "MySQL", "PostgreSQL": "PostgreSQL"}[engine], status["database"])
			require.Equal(t, map[string]string{"DECNET's tables": "DECNET", "our tables": "OWN"}[tables], status["tables"])
			require.Equal(t, data["tags"].(map[string]any)["totalCount"], status["tagCount"])
		})
	}
}
