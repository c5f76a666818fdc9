package storagetest

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"decnetgraph/storage"
)

// testAnyGraph compares all answers about random graphs with those of the model.
func testAnyGraph(t *testing.T, open Open) {
	rapid.Check(t, func(r *rapid.T) {
		g := anyGraph(r)
		s := open(t, g)
		defer s.Close()
		m := newModel(g)
		cases := slices.Concat(m.mergeCases(), m.rollupCases())
		counting := m.countingCases() // are many, so each graph is counted in some ways
		for range 12 {
			cases = append(cases, rapid.SampledFrom(counting).Draw(r, "counting"))
		}
		for _, c := range cases { // merges and owners affect only these
			found, err := c.ask(t.Context(), s, c.keys)
			require.NoError(r, err, c.name)
			same(r, c.want, found, c.name)
		}
		for _, c := range slices.Concat(m.clusterLists(), m.tagLists(false)) {
			found, err := c.page(t.Context(), s, c.owners(), whole)
			require.NoError(r, err, c.name)
			counts, err := c.count(t.Context(), s, c.owners())
			require.NoError(r, err, c.name)
			for owner, want := range c.want {
				require.Equal(r, want.keys, found[owner].keys, "%s: owner %q", c.name, owner)
				require.Equal(r, len(want.keys), counts[owner], "%s: owner %q", c.name, owner)
			}
		}
		for campaign := range m.campaigns {
			checkUnion(t, r, s, campaign)
		}
	})
}

// checkUnion checks that the tags of a campaign are the union of the tags of the identities in its list.
func checkUnion(t *testing.T, r *rapid.T, s *storage.Store, campaign string) {
	listed, err := identitiesOf(campaign, resolved)(t.Context(), s)
	require.NoError(r, err)
	union := map[string]bool{}
	for _, identity := range listed.([]string) {
		tags, err := tagsOf(ofI, identity, resolved)(t.Context(), s)
		require.NoError(r, err)
		for _, uuid := range tags.([]string) {
			union[uuid] = true
		}
	}
	tags, err := tagsOf(ofC, campaign, resolved)(t.Context(), s)
	require.NoError(r, err)
	slices.Sort(tags.([]string))
	require.Equal(r, sortedKeys(union), append([]string(nil), tags.([]string)...), "tags of campaign %s", campaign)
}

// testAnyPage reads random pages of random lists in which many rows have equal sort keys.
func testAnyPage(t *testing.T, open Open) {
	rapid.Check(t, func(r *rapid.T) {
		g := anyGraph(r)
		s := open(t, g)
		defer s.Close()
		cases := slices.DeleteFunc(lists(g), func(c listCase) bool { return c.longest() == 0 })
		if len(cases) == 0 {
			return
		}
		for range 8 {
			c := rapid.SampledFrom(cases).Draw(r, "list")
			checkPage(t, r, s, c)
			owner := rapid.SampledFrom(c.owners()).Draw(r, "owner")
			backward := rapid.Bool().Draw(r, "backward")
			size := func() int { return rapid.IntRange(1, 5).Draw(r, "size") }
			require.Equal(r, c.want[owner].keys, c.walk(t, r, s, owner, backward, size), c.name)
		}
	})
}

// checkPage reads one page of all owners together and of one owner alone.
func checkPage(t *testing.T, r *rapid.T, s *storage.Store, c listCase) {
	p := storage.Page{Limit: rapid.IntRange(1, 6).Draw(r, "limit"), Offset: upTo(r, "offset", 4), Backward: rapid.Bool().Draw(r, "backward")}
	after, before := c.anyBound(t, r, s), c.anyBound(t, r, s)
	if after != nil {
		p.After = &after.position
	}
	if before != nil {
		p.Before = &before.position
	}
	found, err := c.page(t.Context(), s, c.owners(), p)
	require.NoError(r, err, c.name)
	alone := rapid.SampledFrom(c.owners()).Draw(r, "owner alone")
	for owner, list := range c.want {
		keys, more := list.cut(p, after, before)
		require.Equal(r, keys, found[owner].keys, "%s: owner %q", c.name, owner)
		require.Equal(r, more, found[owner].more, "%s: owner %q", c.name, owner)
		if owner == alone {
			page := c.one(t, r, s, owner, p)
			require.Equal(r, keys, page.keys, "%s: owner %q alone", c.name, owner)
			require.Equal(r, more, page.more, "%s: owner %q alone", c.name, owner)
		}
	}
}

// anyBound returns the bound at a random row of a random owner, or nil.
func (c listCase) anyBound(t *testing.T, r *rapid.T, s *storage.Store) *bound {
	owner := rapid.SampledFrom(c.owners()).Draw(r, "owner of bound")
	list := c.want[owner]
	n := rapid.IntRange(-1, len(list.keys)-1).Draw(r, "row of bound")
	if n < 0 {
		return nil
	}
	page := c.one(t, r, s, owner, storage.Page{Limit: 1, Offset: n})
	return &bound{page.at[0], list.places[n]}
}

// longest returns the length of the longest list.
func (c listCase) longest() int {
	longest := 0
	for _, list := range c.want {
		longest = max(longest, len(list.keys))
	}
	return longest
}
