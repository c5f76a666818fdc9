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
		_, kept, updated, err := of.set(t, s, uuid, new("ключ 鍵 🔑"), nil)
		require.NoError(t, err)
		require.Equal(t, new("ключ 鍵 🔑"), kept)
		recent(t, updated)
		rows, err := s.Rows(t.Context(), []storage.Ref{{Kind: storage.KindCampaign, Key: uuid}, {Kind: storage.KindIdentity, Key: uuid}})
		require.NoError(t, err)
		require.Len(t, rows, 1)
		for _, expected := range []*time.Time{&at0, new(updated.Add(time.Second)), new(updated.Add(-time.Second)), {}} {
			_, _, _, err := of.set(t, s, uuid, new("lost"), expected)
			require.ErrorIs(t, err, storage.ErrConflict)
			var conflict *storage.Error
			require.ErrorAs(t, err, &conflict)
			for _, row := range rows {
				same(t, row, conflict.Current, "the row as it is now")
			}
		}
		for n, text := range []*string{new("a"), new("a"), new(""), nil, new(strings.Repeat("🔑", storage.MaxNotes)), new(strings.Repeat("x", storage.MaxNotes))} {
			before := updated
			_, kept, updated, err = of.set(t, s, uuid, text, &before)
			require.NoError(t, err)
			require.Equal(t, text, kept)
			require.True(t, updated.After(before), "step %d: every change can be told from the one before", n)
			_, _, _, err = of.set(t, s, uuid, new("late"), &before)
			require.ErrorIs(t, err, storage.ErrConflict)
		}
		zoned := updated.In(time.FixedZone("", 3600)).Add(time.Nanosecond)
		_, _, _, err = of.set(t, s, uuid, nil, &zoned)
		require.NoError(t, err, "an instant is compared as precisely as it is stored")

		for _, unknown := range []string{of.name + "-gone", strings.ToUpper(uuid), uuid + " "} {
			_, _, _, err = of.set(t, s, unknown, nil, nil)
			require.ErrorIs(t, err, storage.ErrNotFound, unknown)
		}
		for _, bad := range []string{strings.Repeat("x", storage.MaxNotes+1), "a\x00b", "a\xffb"} {
			_, _, _, err = of.set(t, s, uuid, &bad, nil)
			require.ErrorIs(t, err, storage.ErrInvalid)
		}
		for _, bad := range []string{"", "a\x00b", "a\xffb", strings.Repeat("x", 256)} {
			_, _, _, err = of.set(t, s, bad, nil, nil)
			require.ErrorIs(t, err, storage.ErrInvalid)
		}
	}
	others, err := s.CampaignRows(t.Context(), []string{"c1"})
	require.NoError(t, err)
	same(t, &family().Campaigns[0], others["c1"], "merges are not followed")
}

var at0 = at(0)

// testNotesFromAllSides lets several callers change the same row, each starting from the version that it has read. In
// each round one change succeeds and all others get a conflict, so none is lost.
func testNotesFromAllSides(t *testing.T, open Open, again Again) {
	s := writable(t, open, again, family())
	for _, of := range noteTakers {
		_, _, seen, err := of.set(t, s, of.name+"1", nil, nil)
		require.NoError(t, err)
		var won atomic.Int64
		atOnce(t, s, again, func(s *storage.Store, caller int) error {
			_, _, _, err := of.set(t, s, of.name+"1", new(fmt.Sprint(caller)), &seen)
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
			_, _, instants[caller], err = of.set(t, s, of.name+"1", new(fmt.Sprint(caller)), nil)
			return err
		})
		distinct := map[time.Time]bool{}
		for _, instant := range instants {
			distinct[instant] = true
		}
		require.Len(t, distinct, callers)
	}
}
