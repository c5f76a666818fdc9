package storage

import (
	"database/sql"
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5/stdlib"
	"github.com/stretchr/testify/require"

	"decnetgraph/storage/dsn"
	"decnetgraph/storage/storagetest/dbserver"
)

// BenchmarkPostgresRows reads tags by pgx itself and through database/sql, as a page and as a lookup
// do: why postgres is no sqlDatabase. docs/databases.md has the figures.
func BenchmarkPostgresRows(b *testing.B) {
	source, err := dsn.Parse(dbserver.Postgres(b).Database(b))
	require.NoError(b, err)
	native, err := openPostgres(b.Context(), source.Postgres, true)
	require.NoError(b, err)
	defer func() { require.NoError(b, native.close()) }()
	tx, err := native.begin(b.Context())
	require.NoError(b, err)
	columns, made := "", "CREATE TABLE ttp_tag ("
	for i, f := range tags.fields {
		kind := map[string]string{"confidence": "float8", "rule_version": "int", "created_at": "timestamp"}[f.column]
		if kind == "" {
			kind = "text"
		}
		value := map[string]string{"float8": "0.5", "int": "n", "timestamp": "timestamp '2026-05-01' + n * interval '1 second'", "text": "'c6ae5d9e-0f6f-5b7e-8c0e-' || lpad(n::text, 12, '0')"}[kind]
		if f.column == "evidence" {
			value = `'{"command": "hydra", "tries": 3}'`
		}
		comma := ", "
		if i == len(tags.fields)-1 {
			comma = ""
		}
		made, columns = made+f.column+" "+kind+comma, columns+value+comma
	}
	for _, text := range []string{made + ", PRIMARY KEY (uuid))", "INSERT INTO ttp_tag SELECT " + columns + " FROM generate_series(1, 10000) n", "ANALYZE ttp_tag"} {
		_, err := tx.exec(b.Context(), text, nil)
		require.NoError(b, err, text)
	}
	require.NoError(b, tx.commit(b.Context()))
	pool := sql.OpenDB(stdlib.GetConnector(*source.Postgres))
	general := &sqlDatabase{db: pool, prepared: newPrepared(pool, keptTexts)}
	defer func() { require.NoError(b, general.close()) }()

	d := postgresDialect("")
	for _, rows := range []int{1, 100, 1000} {
		keys := make([]string, rows)
		for n := range keys {
			keys[n] = fmt.Sprintf("c6ae5d9e-0f6f-5b7e-8c0e-%012d", n*10+1)
		}
		bound := arrayLiteral(keys)
		for _, way := range []struct {
			name string
			on   querier
			text string
		}{{"pgx", native, "?"}, {"database sql", general, "$1"}} {
			b.Run(fmt.Sprintf("%d rows by %s", rows, way.name), func(b *testing.B) {
				b.ReportAllocs()
				s := &Store{&shared{dialect: d, options: Options{MaxRows: DefaultMaxRows, MaxBytes: DefaultMaxBytes}}, way.on}
				for b.Loop() {
					q := &statement{dialect: d}
					q.add("SELECT t.uuid, "+tags.columns("t")+" FROM UNNEST("+way.text+"::text[]) asked(k) JOIN ttp_tag t ON t.uuid = asked.k", bound)
					n := 0
					require.NoError(b, read(b.Context(), s, q, tags, func(string, *TTPTag) { n++ }))
					require.Equal(b, rows, n)
				}
			})
		}
	}
}
