package engine

import (
	"math/big"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"decnetgraph/storage/storagetest/dbserver"
)

// TestKeysReachPostgresAsTheyAre binds any texts: those that the database cannot hold are left out,
// since no row has them.
func TestKeysReachPostgresAsTheyAre(t *testing.T) {
	t.Parallel()
	source, err := Parse(dbserver.Postgres(t).Database(t))
	require.NoError(t, err)
	pool, err := openPostgres(t.Context(), source, Access{})
	require.NoError(t, err)
	defer func() { require.NoError(t, pool.Close()) }()
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
		table, bound, err := d.KeyList(given)
		require.NoError(t, err)
		got, err := textColumn(t.Context(), pool, "SELECT k FROM "+table+" AS given WHERE k IS NOT NULL", bound)
		require.NoError(t, err)
		require.Equal(t, want, append([]string{}, got...))
	})
}

// TestWholeNumericsAreRead as pgx reads them; it is asked for all others.
func TestWholeNumericsAreRead(t *testing.T) {
	t.Parallel()
	types := pgtype.NewMap()
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.OneOf(rapid.Int64(), rapid.Int64Range(-20_000, 20_000), rapid.Map(rapid.IntRange(0, 18), func(zeros int) int64 {
			return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(zeros)), nil).Int64()
		})).Draw(t, "number")
		exponent := rapid.SampledFrom([]int32{0, 0, 0, 1, 4, 9, -1, -4, -7}).Draw(t, "exponent")
		raw, err := types.Encode(pgtype.NumericOID, pgx.BinaryFormatCode, pgtype.Numeric{Int: big.NewInt(n), Exp: exponent, Valid: true}, nil)
		require.NoError(t, err)
		known, _ := types.TypeForOID(pgtype.NumericOID)
		want, err := known.Codec.DecodeDatabaseSQLValue(types, pgtype.NumericOID, pgx.BinaryFormatCode, raw)
		require.NoError(t, err)
		var v Value
		if !v.decodeBinary(pgtype.NumericOID, raw) {
			require.False(t, exponent == 0 && n >= 0 && n < 1e16, "%v is left to pgx", want)
			return
		}
		var theirs Value
		theirs.Set(want)
		wanted, _ := theirs.Number()
		have, isNumber := v.Number()
		require.True(t, isNumber)
		require.InDelta(t, wanted, have, 0, "%v", want)
	})
}
