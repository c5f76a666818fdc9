package storagetest

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"decnetgraph/storage"
)

func testRefs(t *testing.T, open Open) {
	g := Fixture()
	s, m := open(t, g), newModel(g)
	want := m.refs()
	groups := map[storage.Kind]bool{}
	for ref := range want {
		groups[ref.Kind] = true
	}
	garbage := []storage.Ref{
		{},
		{Kind: storage.KindFleet},
		{Kind: storage.KindTechnique, Key: "T1110"},
		{Kind: "Nothing", Key: "c1"},
		{Kind: "ttp_tag", Key: "t01"},
		{Kind: storage.KindCampaign},
		{Kind: storage.KindCampaign, Key: "i1"},
		{Kind: storage.KindSession, Key: unknown},
	}
	for _, key := range append(rollupKeys(storage.Scope{Of: ofC, Membership: resolved}), strange...) {
		garbage = append(garbage, storage.Ref{Kind: storage.KindTechniqueRollup, Key: key}, storage.Ref{Kind: storage.KindAttacker, Key: key})
	}

	t.Run("rows of all kinds are found at once, exactly those named, merges not followed", func(t *testing.T) {
		refs := append([]storage.Ref{}, garbage...)
		for ref := range want {
			refs = append(refs, ref)
		}
		found, err := s.Rows(t.Context(), refs)
		require.NoError(t, err)
		require.Len(t, found, len(want))
		for ref, row := range want {
			same(t, row, found[ref], ref.Key)
		}
	})
	t.Run("a row is found by its own reference", func(t *testing.T) {
		for ref, row := range want {
			found, err := s.Rows(t.Context(), []storage.Ref{ref, ref})
			require.NoError(t, err)
			require.Len(t, found, 1)
			same(t, row, found[ref], ref.Key)
			require.Equal(t, ref, found[ref].(interface{ ID() storage.Ref }).ID())
		}
	})
	t.Run("one statement for each kind and each scope", func(t *testing.T) {
		refs := []storage.Ref{}
		for ref := range want {
			refs = append(refs, ref)
		}
		statements, err := Statements(t.Context(), func(ctx context.Context) error {
			_, err := s.Rows(ctx, refs)
			return err
		})
		require.NoError(t, err)
		require.Len(t, statements, len(groups)-1+len(scopes()))
	})
	t.Run("references to nothing find nothing", func(t *testing.T) {
		for _, refs := range [][]storage.Ref{nil, {}, garbage} {
			found, err := s.Rows(t.Context(), refs)
			require.NoError(t, err)
			require.Empty(t, found)
		}
	})
	t.Run("rows of rollups of several scopes are counted and listed together", func(t *testing.T) {
		keys, wanted := append([]string{}, garbageKeys...), map[string]*rollupGroup{}
		for _, scope := range scopes() {
			for key, group := range m.rollups(scope) {
				keys, wanted[key] = append(keys, key), group
			}
		}
		counts, err := s.RollupCounts(storage.RollupAttackers)(t.Context(), keys)
		require.NoError(t, err)
		pages, err := s.RollupTags(storage.ListOptions{}).Page(t.Context(), keys, whole)
		require.NoError(t, err)
		totals, err := s.RollupTags(storage.ListOptions{}).Count(t.Context(), keys)
		require.NoError(t, err)
		require.Len(t, counts, len(wanted))
		require.Len(t, pages, len(keys))
		require.Len(t, totals, len(keys))
		for key, group := range wanted {
			require.Equal(t, m.count(group, storage.RollupAttackers), counts[key], key)
			require.Len(t, pages[key].Rows, group.row.Count, key)
			require.Equal(t, group.row.Count, totals[key], key)
		}
		for _, key := range garbageKeys {
			require.Empty(t, pages[key].Rows, key)
			require.Zero(t, totals[key], key)
		}
	})
	t.Run("tags are read only for the rollup rows asked for", func(t *testing.T) {
		var keys []string
		rows := 0
		for _, key := range sortedKeys(m.rollups(storage.Scope{Of: storage.KindAttacker, Membership: resolved})) {
			group := m.rollups(storage.Scope{Of: storage.KindAttacker, Membership: resolved})[key]
			if n := len(keys); n == 0 || m.ownerOf(keys[n-1]) != group.row.Owner {
				keys, rows = append(keys, key), rows+group.row.Count
			}
		}
		statements, err := Statements(t.Context(), func(ctx context.Context) error {
			_, err := s.RollupTags(storage.ListOptions{}).Page(ctx, keys, whole)
			return err
		})
		require.NoError(t, err)
		require.Equal(t, rows, statements[0].Rows)
	})
	t.Run("a cancelled request gets the context's error", func(t *testing.T) {
		_, err := s.Rows(cancelled(t.Context()), []storage.Ref{{Kind: ofC, Key: "c1"}})
		require.ErrorIs(t, err, context.Canceled)
	})
}

// ownerOf returns the owner of the rollup row with a key.
func (m *model) ownerOf(key string) string {
	for _, scope := range scopes() {
		if group, found := m.rollups(scope)[key]; found {
			return group.row.Owner
		}
	}
	return ""
}

// refs returns all rows that have a reference.
func (m *model) refs() map[storage.Ref]any {
	rows := map[storage.Ref]any{}
	for _, c := range m.campaigns {
		rows[c.ID()] = c
	}
	for _, i := range m.identities {
		rows[i.ID()] = i
	}
	for _, a := range m.attackers {
		rows[a.ID()] = a
	}
	for n := range m.Tags {
		rows[m.Tags[n].ID()] = &m.Tags[n]
		if id := m.Tags[n].SessionID; id != nil {
			session := m.namedSession(*id)
			rows[session.ID()] = session
		}
	}
	for n := range m.Tokens {
		rows[m.Tokens[n].ID()] = &m.Tokens[n]
	}
	for n := range m.Blobs {
		rows[m.Blobs[n].ID()] = &m.Blobs[n]
	}
	for n := range m.Triggers {
		rows[m.Triggers[n].ID()] = &m.Triggers[n]
	}
	for n := range m.Shared {
		rows[m.Shared[n].ID()] = &m.Shared[n]
	}
	for n := range m.Attachments {
		rows[m.Attachments[n].ID()] = &m.Attachments[n]
	}
	for _, scope := range scopes() {
		for _, group := range m.rollups(scope) {
			rows[group.row.ID()] = &group.row
		}
	}
	return rows
}
