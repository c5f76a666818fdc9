package httpapi_test

import (
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"decnetgraph/resolvers/resolverstest"
	"decnetgraph/storage"
	"decnetgraph/storage/sample"
)

const oracleFolder = "../../shared/oracle"

// decnetDatabases are copies of the databases of a real DECNET, or, where those are missing, of ones with its tables.
func decnetDatabases(t *testing.T) map[string]string {
	t.Helper()
	empty := filepath.Join(t.TempDir(), "empty.db")
	db, err := storage.CreateSQLite(t.Context(), empty)
	require.NoError(t, err)
	_, err = db.ExecContext(t.Context(), "BEGIN;"+sample.Schema()+";COMMIT")
	require.NoError(t, err)
	require.NoError(t, db.Close())
	file := filepath.Join(oracleFolder, "decnet.db")
	if _, err := os.Stat(file); err != nil {
		t.Log("NOT COMPARED WITH DECNET: ../shared/oracle is missing")
		file = empty
	}
	kinds := map[string]resolverstest.Database{}
	for _, kind := range resolverstest.Databases {
		kinds[kind.Name] = kind
	}
	return map[string]string{
		"SQLite":  kinds["SQLite, DECNET's tables"].Copy(t, file),
		"MariaDB": kinds["MariaDB, DECNET's tables"].Copy(t, empty),
	}
}

// oracleTables are the statements that made the tables of logins on a real DECNET's MySQL.
func oracleTables(t *testing.T) []string {
	t.Helper()
	file, err := os.Open(filepath.Join(oracleFolder, "decnet.mysql.sql.gz"))
	if err != nil {
		return nil
	}
	defer file.Close()
	reader, err := gzip.NewReader(file)
	require.NoError(t, err)
	dump, err := io.ReadAll(reader)
	require.NoError(t, err)
	found := regexp.MustCompile("(?s)CREATE TABLE `(?:users|revoked_tokens)` \\(.*?;\n").FindAllString(string(dump), -1)
	require.Len(t, found, 2)
	return found
}

// newPlaceWith is newPlace with the tables of logins that a real DECNET made on its server.
func newPlaceWith(t *testing.T, name, source string) *place {
	t.Helper()
	p := newPlace(t, source)
	if name != "MariaDB" {
		return p
	}
	for _, statement := range oracleTables(t) {
		table := strings.Fields(statement)[2]
		p.write(t, "ALTER TABLE "+table+" RENAME TO kept_"+strings.Trim(table, "`"))
		p.write(t, statement)
		p.write(t, "INSERT INTO "+table+" SELECT * FROM kept_"+strings.Trim(table, "`"))
	}
	return p
}
