package storage_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"decnetgraph/storage"
	"decnetgraph/storage/storagetest"
)

// oddKey is the key of the row of a table that has the awkward value in the column.
func oddKey(t *testing.T, table, column string, value any) string {
	t.Helper()
	n := slices.IndexFunc(awkward, func(one any) bool { return fmt.Sprintf("%T %v", one, one) == fmt.Sprintf("%T %v", value, value) })
	require.GreaterOrEqual(t, n, 0, "no such value")
	return fmt.Sprintf("%s %s %d", table, column, n)
}

// TestAwkwardContentIsServedAsFarAsItMakesSense looks at what single values become; the tests of
// cells look at many more.
func TestAwkwardContentIsServedAsFarAsItMakesSense(t *testing.T) {
	onceWithoutDetector(t)
	t.Parallel()
	s := openFile(t, awkwardFile(t), storagetest.Options())
	tagWith := func(column string, value any) *storage.TTPTag {
		key := oddKey(t, "ttp_tag", column, value)
		found, err := s.Tags(t.Context(), []string{key})
		require.NoError(t, err)
		require.Contains(t, found, key)
		return found[key]
	}
	identityWith := func(column string, value any) *storage.Identity {
		key := oddKey(t, "attacker_identities", column, value)
		found, err := s.IdentityRows(t.Context(), []string{key})
		require.NoError(t, err)
		require.Contains(t, found, key)
		return found[key]
	}
	attackerWith := func(column string, value any) *storage.Attacker {
		key := oddKey(t, "attackers", column, value)
		found, err := s.Attackers(t.Context(), []string{key})
		require.NoError(t, err)
		require.Contains(t, found, key)
		return found[key]
	}
	t.Run("bare NaN and infinities in evidence are null", func(t *testing.T) {
		require.JSONEq(t, `{"a": null, "b": [null, null]}`, string(tagWith("evidence", `{"a": NaN, "b": [Infinity, -Infinity]}`).Evidence))
		require.JSONEq(t, `null`, string(tagWith("evidence", "NaN").Evidence))
	})
	t.Run("numbers in evidence are numbers", func(t *testing.T) {
		require.Equal(t, "7", string(tagWith("evidence", int64(7)).Evidence))
		require.Equal(t, "5", string(tagWith("evidence", "5").Evidence))
		require.Equal(t, "-0.25", string(tagWith("evidence", -0.25).Evidence))
	})
	t.Run("evidence that is not JSON is nothing, and the tag is whole", func(t *testing.T) {
		tag := tagWith("evidence", "[1, 2")
		require.Nil(t, tag.Evidence)
		require.Equal(t, "T1110", tag.TechniqueID)
		require.False(t, tag.CreatedAt.IsZero())
	})
	t.Run("an instant that is none is empty", func(t *testing.T) {
		require.True(t, tagWith("created_at", "not a time").CreatedAt.IsZero())
		require.True(t, tagWith("created_at", "10000-01-01").CreatedAt.IsZero())
		require.Nil(t, attackerWith("last_rotation_at", "not a time").LastRotationAt)
		require.Nil(t, attackerWith("last_rotation_at", nil).LastRotationAt)
	})
	t.Run("eight bytes of any kind are sixteen digits", func(t *testing.T) {
		simhash := identityWith("kd_digraph_simhash", []byte{0x00, 0xff, 0xfe, 0x80, 0x41, 0x0a, 0xc3, 0x28}).KDDigraphSimhash
		require.Equal(t, new("00fffe80410ac328"), simhash)
	})
	t.Run("a list of any length is served, and what is no list is an empty one", func(t *testing.T) {
		require.Len(t, identityWith("ja3_hashes", longList).JA3Hashes[0], 64<<10)
		for _, odd := range []any{"{", `{}`, int64(7), "\ufeff{}", nil, ""} {
			require.Equal(t, []string{}, identityWith("ja3_hashes", odd).JA3Hashes)
		}
	})
	t.Run("text that is not UTF-8 has U+FFFD in its place", func(t *testing.T) {
		require.Equal(t, new("caf\ufffd"), attackerWith("as_name", "caf\xe9").ASName)
		require.Equal(t, "ключ 鍵 🔑", attackerWith("ip", "ключ 鍵 🔑").IP)
	})
	t.Run("a number past its range is none, NULL is null, and another type is null", func(t *testing.T) {
		require.Equal(t, 1<<31, attackerWith("event_count", int64(1<<31)).EventCount)
		require.Equal(t, storage.NoNumber, attackerWith("event_count", int64(9_223_372_036_854_775_807)).EventCount)
		require.Equal(t, storage.NoNumber, attackerWith("event_count", 1.5).EventCount)
		require.Equal(t, storage.NoNumber, attackerWith("event_count", "12abc").EventCount)
		require.Nil(t, attackerWith("asn", int64(9_223_372_036_854_775_807)).ASN)
		require.Nil(t, attackerWith("asn", nil).ASN)
		require.Nil(t, attackerWith("asn", "12abc").ASN)
	})
}
