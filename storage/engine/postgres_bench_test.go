package engine

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"decnetgraph/storage/storagetest/dbserver"
)

// BenchmarkPostgresRows reads rows like those of tags by pgx itself and through database/sql, as many as a lookup and a
// page have: why postgresPool is no sqlPool. docs/databases.md has the figures.
func BenchmarkPostgresRows(b *testing.B) {
	source, err := Parse(dbserver.Postgres(b).Database(b))
	require.NoError(b, err)
	native, err := openPostgres(b.Context(), source, Access{Write: true})
	require.NoError(b, err)
	defer func() { require.NoError(b, native.Close()) }()
	kinds := map[string]string{
		"text": "'c6ae5d9e-0f6f-5b7e-8c0e-' || lpad(n::text, 12, '0')", "float8": "0.5", "int": "n", "timestamp": "timestamp '2026-05-01' + n * interval '1 second'",
	}
	var columns, types, values []string
	for i, kind := range append(slices.Repeat([]string{"text"}, 14), "float8", "int", "timestamp") {
		columns, types, values = append(columns, fmt.Sprint("c", i)), append(types, fmt.Sprint("c", i, " ", kind)), append(values, kinds[kind])
	}
	db, err := Postgres.OpenSQL(source)
	require.NoError(b, err)
	for _, text := range []string{
		"CREATE TABLE wide (" + strings.Join(types, ", ") + ", PRIMARY KEY (c0))", "INSERT INTO wide SELECT " + strings.Join(values, ", ") + " FROM generate_series(1, 10000) n", "ANALYZE wide",
	} {
		_, err := db.ExecContext(b.Context(), text)
		require.NoError(b, err, text)
	}
	general := &sqlPool{db: db, prepared: newPrepared(db, preparedTexts)}
	defer func() { require.NoError(b, general.Close()) }()

	for _, rows := range []int{1, 100, 1000} {
		keys := make([]string, rows)
		for n := range keys {
			keys[n] = fmt.Sprintf("c6ae5d9e-0f6f-5b7e-8c0e-%012d", n*10+1)
		}
		bound := arrayLiteral(keys)
		for _, way := range []struct {
			name        string
			on          Querier
			placeholder string
		}{{"pgx", native, "?"}, {"database sql", general, "$1"}} {
			b.Run(fmt.Sprintf("%d rows by %s", rows, way.name), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					to := make([]Scanner, len(columns))
					for i := range to {
						to[i] = Scanner{Into: textCell(func(string) {})}
					}
					text := "SELECT " + strings.Join(columns, ", ") + " FROM UNNEST(" + way.placeholder + "::text[]) given(k) JOIN wide ON c0 = k"
					found, err := way.on.Query(b.Context(), text, []any{bound})
					require.NoError(b, err)
					n := 0
					for v := (&Value{}); found.Next(); n++ {
						require.NoError(b, found.Scan(to, v))
					}
					require.NoError(b, found.Err())
					require.NoError(b, found.Close())
					require.Equal(b, rows, n)
				}
			})
		}
	}
}
