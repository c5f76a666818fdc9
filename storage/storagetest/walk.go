package storagetest

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"decnetgraph/storage"
)

// strange lists owners and keys that do not look like a key.
var strange = []string{
	"", " ", "0", "null", "NULL", "'", `"`, `\`, "%", "_", "' OR 1=1 --", "{}", "[]", "\x00", "a\x00b", "\xff\xfe", "\ufeff", "\u2028",
	"ключ", "鍵", "🔑", string(make([]byte, 70_000)), unknown,
}

// one reads a page of a single owner. It reports failures to r, which may be t.
func (c listCase) one(t *testing.T, r require.TestingT, s *storage.Store, owner string, p storage.Page) answered {
	found, err := c.page(t.Context(), s, []string{owner}, p)
	require.NoError(r, err)
	require.Len(r, found, 1)
	require.Contains(r, found, owner)
	return found[owner]
}

// walk reads the list of one owner page by page, from its start or its end, and returns the keys in list order.
func (c listCase) walk(t *testing.T, r require.TestingT, s *storage.Store, owner string, backward bool, size func() int) []string {
	keys := []string{}
	for p := (storage.Page{Backward: backward}); ; {
		p.Limit = size()
		page := c.one(t, r, s, owner, p)
		require.LessOrEqual(r, len(page.keys), p.Limit)
		if page.total != nil {
			require.Equal(r, len(c.want[owner].keys), *page.total)
		}
		if backward {
			keys = append(slices.Clone(page.keys), keys...)
		} else {
			keys = append(keys, page.keys...)
		}
		if !page.more {
			return keys
		}
		require.Len(r, page.keys, p.Limit, "a page that is not the last is full")
		require.LessOrEqual(r, len(keys), len(c.want[owner].keys), "the walk does not end")
		if backward {
			p.Before = &page.at[0]
		} else {
			p.After = &page.at[len(page.at)-1]
		}
	}
}

// anyPosition returns the position of a row of the list; nil if no owner has a row.
func (c listCase) anyPosition(t *testing.T, s *storage.Store) *storage.Position {
	t.Helper()
	for _, owner := range c.owners() {
		if page := c.one(t, t, s, owner, storage.Page{Limit: 1}); len(page.at) > 0 {
			return &page.at[0]
		}
	}
	return nil
}
