package storagetest

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"decnetgraph/storage"
)

// testSearchWrites searches after writes and after refreshes of the index, which must not differ.
func testSearchWrites(t *testing.T, open Open, again Again) {
	g := searchGraph()
	s := writable(t, open, again, g)
	_, err := s.RefreshSearch(t.Context())
	indexed := !errors.Is(err, storage.ErrNoSearchIndex)
	if indexed {
		require.NoError(t, err)
		requireSearches(t, s, g)
		testSearchPages(t, s, searchModel(g, searchCatalogue))
	}
	notes := "WGET is what the campaign was named after"
	_, err = s.SetCampaignNotes(t.Context(), g.Campaigns[0].UUID, &notes, storage.Expected{})
	require.NoError(t, err)
	g.Campaigns[0].Notes = &notes
	_, _, err = s.EnsureStubIdentity(t.Context(), "a00")
	require.NoError(t, err)
	stub := func() {
		found, err := s.Search(storage.SearchQuery{Text: notes[5:]}).Page(t.Context(), fleet, storage.Page{Limit: 10})
		require.NoError(t, err)
		require.Len(t, found[""].Rows, 1, "the new notes are found")
		row, err := s.Attackers(t.Context(), []string{"a00"})
		require.NoError(t, err)
		found, err = s.Search(storage.SearchQuery{Text: *row["a00"].IdentityUUID}).Page(t.Context(), fleet, storage.Page{Limit: 10})
		require.NoError(t, err)
		require.Equal(t, *row["a00"].IdentityUUID, found[""].Rows[0].Key, "the new identity is found")
		found, err = s.Search(storage.SearchQuery{Text: "Wget botnet"}).Page(t.Context(), fleet, storage.Page{Limit: 10})
		require.NoError(t, err)
		require.Empty(t, found[""].Rows, "the old notes are not")
	}
	stub()
	if !indexed {
		return
	}
	for range 2 { // a refresh, and one that has nothing to do
		_, err = s.RefreshSearch(t.Context())
		require.NoError(t, err)
		stub()
	}
	require.NoError(t, s.RebuildSearch(t.Context()))
	stub()
}
