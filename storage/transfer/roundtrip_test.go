package transfer

import (
	"bufio"
	"compress/gzip"
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"decnetgraph/storage"
	"decnetgraph/storage/storagetest/dbserver"
)

func TestSampleComesThroughOnEveryEngine(t *testing.T) {
	t.Parallel()
	from := sampleFile(t)
	onEach(t, func(t *testing.T, to string) {
		t.Helper()
		check(t, imported(t, from, to))
		requireSame(t, from, to)
		_, err := storage.Open(t.Context(), to, storage.Options{})
		require.NoError(t, err)
	})
}

func TestDatabaseOfDECNETComesThroughEveryPair(t *testing.T) {
	t.Parallel()
	walk(t, oracle(t))
}

func TestDatabaseOfDECNETOnMySQLComesThroughEveryPair(t *testing.T) {
	t.Parallel()
	walk(t, oracleMySQL(t))
}

// walk imports into each engine and, from each of the copies, into the next: all pairs, with the other sources.
func walk(t *testing.T, first string) {
	t.Helper()
	for n, one := range targets {
		t.Run(one.name, func(t *testing.T) {
			t.Parallel()
			here := one.make(t)
			check(t, imported(t, first, here))
			requireSame(t, first, here)
			next := targets[(n+2)%len(targets)]
			t.Run("then "+next.name, func(t *testing.T) {
				there := next.make(t)
				check(t, imported(t, here, there))
				requireSame(t, first, there)
			})
		})
	}
}

func check(t *testing.T, report Report) {
	t.Helper()
	all := report.Total()
	require.Positive(t, all.Read)
	require.Equal(t, Counts{Read: all.Read, Written: all.Read}, all)
}

func TestEveryPairOfEnginesOnce(t *testing.T) {
	t.Parallel()
	source := sourceFile(t, append(oneRowEach(t), oddValues...)...)
	onEach(t, func(t *testing.T, here string) {
		t.Helper()
		check(t, imported(t, source, here))
		requireSame(t, source, here)
		for _, next := range targets {
			there := next.make(t)
			check(t, imported(t, here, there))
			requireSame(t, source, there)
		}
	})
}

func TestDigitsOfABareNumberComeThroughEveryPair(t *testing.T) {
	t.Parallel()
	source := sourceFile(t, append(oneRowEach(t),
		"INSERT INTO attribution_state SELECT 'k', 'digits', CAST('0.1000' AS BLOB), state, 0, 0, 0, 0, 1, updated_at FROM attribution_state")...)
	requireDigits := func(t *testing.T, of string) {
		t.Helper()
		db, _ := openPlain(t, of)
		defer db.Close()
		var text string
		require.NoError(t, db.QueryRowContext(t.Context(), "SELECT current_value FROM attribution_state WHERE primitive = 'digits'").Scan(&text))
		require.Equal(t, "0.1000", text, of)
	}
	onEach(t, func(t *testing.T, here string) {
		t.Helper()
		check(t, imported(t, source, here))
		requireDigits(t, here)
		for _, next := range targets {
			there := next.make(t)
			check(t, imported(t, here, there))
			requireDigits(t, there)
		}
	})
}

// oneRowEach makes a row in each table, with a value in every column.
func oneRowEach(t *testing.T) []string {
	t.Helper()
	tables, err := schema()
	require.NoError(t, err)
	var all []string
	for _, one := range tables {
		var values []string
		for i := range one.columns {
			values = append(values, map[kind]string{
				textual: "'k'", integer: "2147483647", float: "0.5", boolean: "1", instants: "'2026-05-01 07:21:37.654321'", jsonText: "'{}'", octets: "x'00ff'",
			}[one.columns[i].kind])
		}
		all = append(all, "INSERT INTO "+one.name+" VALUES ("+strings.Join(values, ", ")+")")
	}
	return all
}

var oddValues = []string{
	"INSERT INTO campaigns SELECT 'ünï''\\\"\\n%_' || char(10, 9, 128512), schema_version, NULL, null, '0999-12-31 23:59:59.999999' , updated_at, 1e-300, -9223372036854775807, '', ' ', '{\"a\": ', NULL, 'x', 'nobody', char(8232) FROM campaigns",
	"UPDATE campaigns SET created_at = '9999-12-31 23:59:59.999999' WHERE uuid <> 'k'",
	"INSERT INTO observations SELECT 'number', NULL, 'p2', 1e20, 1e-7, -0.0, 1777620157.123456, source, evidence_ref, envelope_v, 1e300, attacker_uuid FROM observations",
	"INSERT INTO observations SELECT 'whole', NULL, 'p3', 12345678901, 1, 0, 2, source, evidence_ref, envelope_v, 3, attacker_uuid FROM observations WHERE id = 'k'",
	"INSERT INTO attribution_state SELECT 'k', 'other', 'not JSON', state, 0, 0, 0, 0, 1, updated_at FROM attribution_state",
	"INSERT INTO logs SELECT -5, timestamp, decky, service, event_type, attacker_ip, raw_line, fields, NULL, null, NULL FROM logs",
	"INSERT INTO logs SELECT 1099511627776, timestamp, decky, service, event_type, attacker_ip, raw_line, fields, NULL, null, NULL FROM logs WHERE id > 0",
	"UPDATE attackers SET commands = replace(hex(zeroblob(1500000)), '0', 'ab')",
}

// oracleMySQL loads the dump of DECNET's own database on MariaDB.
func oracleMySQL(t *testing.T) string {
	t.Helper()
	file, err := os.Open(filepath.Join("..", "..", "..", "shared", "oracle", "decnet.mysql.sql.gz"))
	if err != nil {
		t.Skip("NOT TRIED WITH DECNET'S OWN DATABASE: ../shared/oracle/decnet.mysql.sql.gz is missing")
	}
	defer file.Close()
	zipped, err := gzip.NewReader(file)
	require.NoError(t, err)
	source := dbserver.MariaDB(t).Database(t)
	db, _ := openPlain(t, source)
	defer db.Close()
	db.SetMaxOpenConns(1)
	load(t, db, bufio.NewReaderSize(zipped, 1<<20))
	return source
}

// load runs a dump: statements end in a semicolon at the end of a line.
func load(t *testing.T, db *sql.DB, from *bufio.Reader) {
	t.Helper()
	var statement strings.Builder
	for {
		line, err := from.ReadString('\n')
		if !strings.HasPrefix(line, "--") {
			statement.WriteString(line)
		}
		if strings.HasSuffix(line, ";\n") {
			_, err := db.ExecContext(t.Context(), statement.String())
			require.NoError(t, err)
			statement.Reset()
		}
		if err != nil {
			return
		}
	}
}
