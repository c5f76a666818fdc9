package storagetest

import (
	"context"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"decnetgraph/storage"
)

// testKeyed checks every keyed fact for every keyed query, on the fixture.
func testKeyed(t *testing.T, open Open) {
	s, cases := open(t, Fixture()), keyed(Fixture())
	for _, f := range keyedFacts {
		t.Run(f.fact, func(t *testing.T) {
			t.Parallel()
			for _, c := range cases {
				t.Run(c.name, func(t *testing.T) { f.holds(t, s, c) })
			}
		})
	}
}

// keyedFacts lists the properties of every keyed query.
var keyedFacts = []struct {
	fact  string
	holds func(*testing.T, *storage.Store, keyedCase)
}{
	{"all keys are answered exactly, in one statement, and one more to follow merges", func(t *testing.T, s *storage.Store, c keyedCase) {
		var found map[string]any
		statements, err := Statements(t.Context(), func(ctx context.Context) (err error) {
			found, err = c.ask(ctx, s, c.keys)
			return err
		})
		require.NoError(t, err)
		require.Len(t, statements, 1+c.follows)
		same(t, c.want, found, c.name)
	}},
	{"a key asked for alone has the same answer", func(t *testing.T, s *storage.Store, c keyedCase) {
		for _, key := range c.keys {
			found, err := c.ask(t.Context(), s, []string{key})
			require.NoError(t, err)
			require.LessOrEqual(t, len(found), 1)
			same(t, c.want[key], found[key], "key "+key)
		}
	}},
	{"a key asked for twice has the same answer", func(t *testing.T, s *storage.Store, c keyedCase) {
		found, err := c.ask(t.Context(), s, append(slices.Clip(c.keys), c.keys...))
		require.NoError(t, err)
		same(t, c.want, found, c.name)
	}},
	{"no key is no error", func(t *testing.T, s *storage.Store, c keyedCase) {
		for _, keys := range [][]string{nil, {}} {
			found, err := c.ask(t.Context(), s, keys)
			require.NoError(t, err)
			require.Empty(t, found)
		}
	}},
	{"keys that nothing can have no answer", func(t *testing.T, s *storage.Store, c keyedCase) {
		for _, key := range strange {
			if _, known := c.want[key]; known && key == "" {
				continue // the owner of the rollup of everything
			}
			found, err := c.ask(t.Context(), s, []string{key})
			require.NoError(t, err)
			if value, present := found[key]; present {
				require.Empty(t, value, "key %q", key)
			}
		}
	}},
	{"a cancelled request gets the context's error", func(t *testing.T, s *storage.Store, c keyedCase) {
		_, err := c.ask(cancelled(t.Context()), s, c.keys)
		require.ErrorIs(t, err, context.Canceled)
	}},
}

// Everything runs all queries of the suite on a store with the fixture.
func Everything(t *testing.T, s *storage.Store) {
	t.Helper()
	for _, c := range lists(Fixture()) {
		_, err := c.page(t.Context(), s, c.owners(), whole)
		require.NoError(t, err)
		_, err = c.count(t.Context(), s, c.owners())
		require.NoError(t, err)
	}
	for _, c := range keyed(Fixture()) {
		_, err := c.ask(t.Context(), s, c.keys)
		require.NoError(t, err)
	}
}
