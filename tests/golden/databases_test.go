package golden_test

import (
	"compress/gzip"
	"database/sql"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-sql-driver/mysql"
	"github.com/stretchr/testify/require"

	"decnetgraph/storage/engine"
	"decnetgraph/storage/engine/dsn"
	"decnetgraph/storage/storagetest/dbserver"
	"decnetgraph/storage/transfer"
)

func TestMain(m *testing.M) { dbserver.Main(m) }

// goldenOracle is a database that DECNET itself made and filled, once on each engine that it knows, and
// what DECNET itself answers from it. It lies beside a working copy and is not part of the repository.
const goldenOracle = "../../../shared/oracle"

// goldenBase is a database with DECNET's data in it, from which this server must answer as DECNET does.
type goldenBase struct {
	name   string
	folder string // of DECNET's answers
	// source tells the DSN of the database, which holds what is in a SQLite file of DECNET's.
	source func(t *testing.T, file string) string
	// digits that DECNET gets to see of a number in a FLOAT column, which has 32 bits on MySQL; 0 for all.
	digits int
	// folds says that DECNET takes texts for equal there that differ only in case.
	folds bool
	// lacks is the file that the folder does not have.
	lacks string
}

var goldenBases = []goldenBase{
	{name: "SQLite", folder: "sqlite", source: func(_ *testing.T, file string) string { return file }},
	{name: "MariaDB", folder: "mysql", source: goldenDump, digits: 6, folds: true, lacks: "list_ttp_decky_phases.tz-UTC-4"},
	{name: "MariaDB, our tables", folder: "sqlite", source: goldenImport(dbserver.MariaDB)},
	{name: "PostgreSQL, our tables", folder: "sqlite", source: goldenImport(dbserver.Postgres)},
}

// same reports whether DECNET takes two texts for equal.
func (b goldenBase) same(one, other string) bool {
	return one == other || b.folds && strings.EqualFold(one, other)
}

func (b goldenBase) path(file string) string {
	return filepath.Join(goldenOracle, "golden", b.folder, file+".json")
}

// goldenDump loads DECNET's own database on MariaDB, made of the same rows as the file. Its tables have
// the collation that the server gives by itself, which ignores case.
func goldenDump(t *testing.T, _ string) string {
	t.Helper()
	source := dbserver.MariaDB(t).Database(t)
	parsed, err := engine.Parse(source)
	require.NoError(t, err)
	config := parsed.Target.(dsn.MySQLServer).Clone()
	config.MultiStatements = true
	connector, err := mysql.NewConnector(config)
	require.NoError(t, err)
	db := sql.OpenDB(connector)
	defer db.Close()
	file, err := os.Open(filepath.Join(goldenOracle, "decnet.mysql.sql.gz"))
	require.NoError(t, err)
	defer file.Close()
	unpacked, err := gzip.NewReader(file)
	require.NoError(t, err)
	statements, err := io.ReadAll(unpacked)
	require.NoError(t, err)
	_, err = db.ExecContext(t.Context(), string(statements))
	require.NoError(t, err)
	return source
}

// goldenImport makes our own tables in an empty database and copies the file into them.
func goldenImport(server func(testing.TB) *dbserver.Server) func(*testing.T, string) string {
	return func(t *testing.T, file string) string {
		t.Helper()
		source := server(t).Database(t)
		from, err := engine.Parse(file)
		require.NoError(t, err)
		to, err := engine.Parse(source)
		require.NoError(t, err)
		report, err := transfer.Import(t.Context(), transfer.Options{From: from, To: to})
		require.NoError(t, err)
		require.Equal(t, report.Total().Read, report.Total().Written, "every row is copied")
		return source
	}
}
