package storagetest

import (
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"decnetgraph/storage"
)

func testNotes(t *testing.T, open Open, again Again) {
	s := writable(t, open, again, family())
	for _, of := range noteTakers {
		uuid := of.name + "2" // which was merged into another one
		_, kept, updated, err := of.set(t, s, uuid, new("ключ 鍵 🔑"), storage.Expected{})
		require.NoError(t, err)
		require.Equal(t, new("ключ 鍵 🔑"), kept)
		recent(t, updated)
		rows, err := s.Rows(t.Context(), []storage.Ref{{Kind: storage.KindCampaign, Key: uuid}, {Kind: storage.KindIdentity, Key: uuid}})
		require.NoError(t, err)
		require.Len(t, rows, 1)
		for _, expected := range []*time.Time{&at0, new(updated.Add(time.Second)), new(updated.Add(-time.Second)), {}} {
			_, _, _, err := of.set(t, s, uuid, new("lost"), storage.Expected{UpdatedAt: expected})
			require.ErrorIs(t, err, storage.ErrConflict)
			var conflict *storage.Error
			require.ErrorAs(t, err, &conflict)
			for _, row := range rows {
				same(t, row, conflict.Current, "the row as it is now")
			}
		}
		for n, text := range []*string{new("a"), new("a"), new(""), nil, new(strings.Repeat("🔑", storage.MaxNotes)), new(strings.Repeat("x", storage.MaxNotes))} {
			before := updated
			_, kept, updated, err = of.set(t, s, uuid, text, storage.Expected{UpdatedAt: &before})
			require.NoError(t, err)
			require.Equal(t, text, kept)
			require.True(t, updated.After(before), "step %d: every change can be told from the one before", n)
			_, _, _, err = of.set(t, s, uuid, new("late"), storage.Expected{UpdatedAt: &before})
			require.ErrorIs(t, err, storage.ErrConflict)
		}
		zoned := updated.In(time.FixedZone("", 3600)).Add(time.Nanosecond)
		_, _, _, err = of.set(t, s, uuid, nil, storage.Expected{UpdatedAt: &zoned})
		require.NoError(t, err, "an instant is compared as precisely as it is stored")

		for _, unknown := range []string{of.name + "-gone", strings.ToUpper(uuid), uuid + " "} {
			_, _, _, err = of.set(t, s, unknown, nil, storage.Expected{})
			require.ErrorIs(t, err, storage.ErrNotFound, unknown)
		}
		for _, bad := range []string{strings.Repeat("x", storage.MaxNotes+1), "a\x00b", "a\xffb"} {
			_, _, _, err = of.set(t, s, uuid, &bad, storage.Expected{})
			require.ErrorIs(t, err, storage.ErrInvalid)
		}
		for _, bad := range []string{"", "a\x00b", "a\xffb", strings.Repeat("x", 256)} {
			_, _, _, err = of.set(t, s, bad, nil, storage.Expected{})
			require.ErrorIs(t, err, storage.ErrInvalid)
		}
	}
	others, err := s.CampaignRows(t.Context(), []string{"c1"})
	require.NoError(t, err)
	same(t, &family().Campaigns[0], others["c1"], "merges are not followed")
}

var at0 = at(0)

// testRevisions shows that a revision is of one content of a row, however fast the changes follow each other, and that
// clients whose instants have milliseconds overwrite nothing unseen either.
func testRevisions(t *testing.T, open Open, again Again) {
	s := writable(t, open, again, family())
	for _, of := range noteTakers {
		uuid := of.name + "1"
		row, _, updated, err := of.set(t, s, uuid, new("0"), storage.Expected{})
		require.NoError(t, err)
		seen := map[string]bool{row.Revision(): true}
		for n := range 20 { // in less than a second
			before, old := row.Revision(), updated
			stale := storage.Expected{Revision: new("no revision of this row")}
			_, _, _, err = of.set(t, s, uuid, new("lost"), stale)
			require.ErrorIs(t, err, storage.ErrConflict)
			expected := []storage.Expected{{Revision: &before}, {UpdatedAt: new(old.Truncate(time.Millisecond))}, {UpdatedAt: &old, Revision: &before}}[n%3]
			row, _, updated, err = of.set(t, s, uuid, new(fmt.Sprint(n%2)), expected)
			require.NoError(t, err)
			require.NotContains(t, seen, row.Revision(), "the same text, written again, is another revision")
			seen[row.Revision()] = true
			require.Equal(t, updated, updated.Truncate(time.Millisecond), "an instant that JavaScript can hold")
			for _, late := range []storage.Expected{{Revision: &before}, {UpdatedAt: new(old.Truncate(time.Millisecond))}, {UpdatedAt: &updated, Revision: &before}, {UpdatedAt: &old, Revision: new(row.Revision())}} {
				_, _, _, err = of.set(t, s, uuid, new("late"), late)
				require.ErrorIs(t, err, storage.ErrConflict)
			}
		}
		rows, err := s.Rows(t.Context(), []storage.Ref{{Kind: storage.KindCampaign, Key: uuid}, {Kind: storage.KindIdentity, Key: uuid}})
		require.NoError(t, err)
		require.Len(t, rows, 1)
		for _, found := range rows {
			require.Equal(t, row.Revision(), found.(revised).Revision(), "a row has one revision, whoever reads it")
		}
	}
	one, err := s.CampaignRows(storage.Only(t.Context(), "Revision"), []string{"c1"})
	require.NoError(t, err)
	whole, err := s.CampaignRows(t.Context(), []string{"c1"})
	require.NoError(t, err)
	require.Equal(t, whole["c1"].Revision(), one["c1"].Revision(), "a read of the revision alone reads every column")
}

// testRevisionsOfOneInstant gives two rows of the same key and instant different contents, as DECNET can within a second.
func testRevisionsOfOneInstant(t *testing.T, open Open, again Again) {
	versions := map[string]string{}
	for change, g := range map[string]Graph{
		"none": family(), "link": with(family(), func(g *Graph) { g.Campaigns[1].MergedIntoUUID = nil }),
		"notes": with(family(), func(g *Graph) { g.Campaigns[1].Notes = new("") }),
		"count": with(family(), func(g *Graph) { g.Campaigns[1].RecordedIdentityCount++ }),
	} {
		rows, err := open(t, g).CampaignRows(t.Context(), []string{"c2"})
		require.NoError(t, err)
		version := rows["c2"].Revision()
		require.NotContains(t, versions, version, "%s and %s", change, versions[version])
		versions[version] = change
	}
}

// testNotesFromAllSides lets several callers change the same row, each starting from the version that it has read. In
// each round one change succeeds and all others get a conflict, so none is lost.
func testNotesFromAllSides(t *testing.T, open Open, again Again) {
	s := writable(t, open, again, family())
	for _, of := range noteTakers {
		_, _, seen, err := of.set(t, s, of.name+"1", nil, storage.Expected{})
		require.NoError(t, err)
		var won atomic.Int64
		atOnce(t, s, again, func(s *storage.Store, caller int) error {
			_, _, _, err := of.set(t, s, of.name+"1", new(fmt.Sprint(caller)), storage.Expected{UpdatedAt: &seen})
			if err == nil {
				won.Add(1)
			}
			if errors.Is(err, storage.ErrConflict) {
				err = nil
			}
			return err
		})
		require.EqualValues(t, 1, won.Load())
		var instants [callers]time.Time
		atOnce(t, s, again, func(s *storage.Store, caller int) (err error) {
			_, _, instants[caller], err = of.set(t, s, of.name+"1", new(fmt.Sprint(caller)), storage.Expected{})
			return err
		})
		distinct := map[time.Time]bool{}
		for _, instant := range instants {
			distinct[instant] = true
		}
		require.Len(t, distinct, callers)
	}
}
