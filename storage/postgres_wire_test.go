package storage

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"decnetgraph/storage/dsn"
	"decnetgraph/storage/storagetest/dbserver"
)

// TestKeysReachPostgresAsTheyAre binds any texts: those that the database cannot hold are left out,
// since no row has them.
func TestKeysReachPostgresAsTheyAre(t *testing.T) {
	t.Parallel()
	source, err := dsn.Parse(dbserver.Postgres(t).Database(t))
	require.NoError(t, err)
	pool, err := openPostgres(t.Context(), source.Postgres, false)
	require.NoError(t, err)
	defer func() { require.NoError(t, pool.close()) }()
	d := postgresDialect("")
	anyText := rapid.OneOf(rapid.String(), rapid.StringOf(rapid.RuneFrom([]rune("a\\\"{},' \x00\nNUL?é"))), rapid.Just("\xff"))
	rapid.Check(t, func(t *rapid.T) {
		given := rapid.SliceOf(anyText).Draw(t, "keys")
		want := []string{}
		for _, key := range given {
			if utf8.ValidString(key) && !strings.Contains(key, "\x00") {
				want = append(want, key)
			}
		}
		bound, err := d.bindKeys(given)
		require.NoError(t, err)
		got, err := answers(t.Context(), pool, "SELECT k FROM "+d.keys+" AS given", bound)
		require.NoError(t, err)
		require.Equal(t, want, append([]string{}, got...))
	})
}
