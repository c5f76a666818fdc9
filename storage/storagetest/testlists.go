package storagetest

import (
	"context"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"decnetgraph/storage"
)

// testLists checks every list fact for every list, on the fixture.
func testLists(t *testing.T, open Open) {
	s, cases := open(t, Fixture()), lists(Fixture())
	for _, f := range listFacts {
		t.Run(f.fact, func(t *testing.T) {
			t.Parallel() // this also tests that a store can be used concurrently
			for _, c := range cases {
				t.Run(c.name, func(t *testing.T) { f.holds(t, s, c) })
			}
		})
	}
}

// whole is a page that holds a whole list of the test data.
var whole = storage.Page{Limit: MaxRows - 1}

// listFacts lists the properties of every list.
var listFacts = []struct {
	fact  string
	holds func(*testing.T, *storage.Store, listCase)
}{
	{"every owner has exactly its rows, in order, in one statement", func(t *testing.T, s *storage.Store, c listCase) {
		var found map[string]answered
		statements, err := Statements(t.Context(), func(ctx context.Context) (err error) {
			found, err = c.page(ctx, s, c.owners(), whole)
			return err
		})
		require.NoError(t, err)
		require.Len(t, statements, 1)
		require.Equal(t, c.owners(), sortedKeys(found), "owners answered")
		for owner, want := range c.want {
			require.Equal(t, want.keys, found[owner].keys, "owner %q", owner)
			same(t, want.rows, found[owner].rows, "owner "+owner)
			require.False(t, found[owner].more)
		}
	}},
	{"an owner asked for alone has the same rows", func(t *testing.T, s *storage.Store, c listCase) {
		for owner, want := range c.want {
			require.Equal(t, want.keys, c.one(t, t, s, owner, whole).keys, "owner %q", owner)
		}
	}},
	{"an owner asked for twice has its rows once", func(t *testing.T, s *storage.Store, c listCase) {
		for _, owners := range [][]string{{c.owners()[0], c.owners()[0]}, append(c.owners(), c.owners()...)} {
			found, err := c.page(t.Context(), s, owners, whole)
			require.NoError(t, err)
			counts, err := c.count(t.Context(), s, owners)
			require.NoError(t, err)
			for owner := range found {
				require.Equal(t, c.want[owner].keys, found[owner].keys, "owner %q", owner)
				require.Equal(t, len(c.want[owner].keys), counts[owner], "owner %q", owner)
			}
		}
	}},
	{"counts are the lengths of the lists, in one statement", func(t *testing.T, s *storage.Store, c listCase) {
		var counts map[string]int
		statements, err := Statements(t.Context(), func(ctx context.Context) (err error) {
			counts, err = c.count(ctx, s, c.owners())
			return err
		})
		require.NoError(t, err)
		require.Len(t, statements, 1)
		want := map[string]int{}
		for owner, list := range c.want {
			want[owner] = len(list.keys)
		}
		require.Equal(t, want, counts)
	}},
	{"no owner is no error", func(t *testing.T, s *storage.Store, c listCase) {
		for _, owners := range [][]string{nil, {}} {
			found, err := c.page(t.Context(), s, owners, whole)
			require.NoError(t, err)
			require.Empty(t, found)
			counts, err := c.count(t.Context(), s, owners)
			require.NoError(t, err)
			require.Empty(t, counts)
		}
	}},
	{"owners that nothing can have are empty", func(t *testing.T, s *storage.Store, c listCase) {
		found, err := c.page(t.Context(), s, strange, whole)
		require.NoError(t, err)
		counts, err := c.count(t.Context(), s, strange)
		require.NoError(t, err)
		require.Len(t, found, len(strange))
		require.Len(t, counts, len(strange))
		for _, owner := range strange {
			if _, known := c.want[owner]; known {
				continue // the empty text is the owner of the root lists
			}
			require.Empty(t, found[owner].keys, "owner %q", owner)
			require.Zero(t, counts[owner], "owner %q", owner)
		}
	}},
	{"a page walks forwards and backwards through the whole list", func(t *testing.T, s *storage.Store, c listCase) {
		for owner, want := range c.want {
			for _, size := range []int{1, 2, 3} {
				require.Equal(t, want.keys, c.walk(t, t, s, owner, false, func() int { return size }), "owner %q", owner)
				require.Equal(t, want.keys, c.walk(t, t, s, owner, true, func() int { return size }), "owner %q", owner)
			}
		}
	}},
	{"the position of another list is refused", func(t *testing.T, s *storage.Store, c listCase) {
		t.Helper()
		own := c.anyPosition(t, s)
		if own == nil {
			own = &storage.Position{Sort: "i1", Key: "tx"}
		}
		for _, position := range []storage.Position{{}, {Sort: own.Sort, Key: own.Key}, {List: own.List + "s", Sort: own.Sort, Key: own.Key}} {
			for _, p := range []storage.Page{{Limit: 1, After: &position}, {Limit: 1, Before: &position}, {Limit: 1, Before: &position, Backward: true}} {
				_, err := c.page(t.Context(), s, c.owners(), p)
				require.ErrorIs(t, err, storage.ErrInvalid)
			}
		}
	}},
	{"a forged position is refused or answered, never a fault", func(t *testing.T, s *storage.Store, c listCase) {
		t.Helper()
		own := c.anyPosition(t, s)
		if own == nil {
			t.Skip("no rows")
		}
		for _, forged := range forgedKeys {
			for _, position := range []storage.Position{{List: own.List, Sort: forged, Key: own.Key}, {List: own.List, Sort: own.Sort, Key: forged}} {
				if _, err := c.page(t.Context(), s, c.owners()[:1], storage.Page{Limit: 1, After: &position}); err != nil {
					require.ErrorIs(t, err, storage.ErrInvalid, forged)
				}
			}
		}
	}},
	{"an offset past the end is empty", func(t *testing.T, s *storage.Store, c listCase) {
		found, err := c.page(t.Context(), s, c.owners(), storage.Page{Limit: 5, Offset: math.MaxInt32})
		require.NoError(t, err)
		for owner := range c.want {
			require.Empty(t, found[owner].keys)
			require.False(t, found[owner].more)
			require.Empty(t, c.one(t, t, s, owner, storage.Page{Limit: 5, Offset: 1000}).keys)
		}
	}},
	{"a cancelled request gets the context's error", func(t *testing.T, s *storage.Store, c listCase) {
		_, err := c.page(cancelled(t.Context()), s, c.owners(), whole)
		require.ErrorIs(t, err, context.Canceled)
		_, err = c.count(cancelled(t.Context()), s, c.owners())
		require.ErrorIs(t, err, context.Canceled)
	}},
}

// forgedKeys lists sort keys and keys that no position has.
var forgedKeys = []string{
	"", "x", "xff", "xzz", "b", "bff", "b0", "t", "t\x00", "t' OR 1=1 --", "tNaN", "i", "i1", "i-1", "i99999999999999999999", "i1.5", "f", "f1.5", "fNaN", "f+Inf", "f1e999",
	"d", "d2026-05-01T00:00:00Z", "d2026", "n", "null", "{}", "2026-05-01 07:00:00.000000", "\xff", "🔑",
}
