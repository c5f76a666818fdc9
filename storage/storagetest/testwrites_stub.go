package storagetest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"decnetgraph/storage"
)

// identityCount returns the number of identities in a database.
func identityCount(t *testing.T, s *storage.Store) int {
	t.Helper()
	counts, err := s.AllIdentities(storage.ListOptions{IncludeMerged: true, Order: SortedBy(storage.ClusterUpdatedAt, true)}).Count(t.Context(), fleet)
	require.NoError(t, err)
	return counts[""]
}

func testStubs(t *testing.T, open Open, again Again) {
	g := family()
	g.Attackers[1].FirstSeen, g.Attackers[1].LastSeen = at(-500), at(-400)
	s := writable(t, open, again, g)
	identities := len(g.Identities)

	t.Run("an identity that is there is answered, merges not followed", func(t *testing.T) {
		found, created, err := s.EnsureStubIdentity(t.Context(), "a1")
		require.NoError(t, err)
		require.False(t, created)
		same(t, &g.Identities[1], found, "i2 was merged into i1")
		require.Equal(t, identities, identityCount(t, s))
	})
	for _, attacker := range []string{"a2", "a3"} {
		t.Run("an identity that is not there is made: "+attacker, func(t *testing.T) {
			found, created, err := s.EnsureStubIdentity(t.Context(), attacker)
			require.NoError(t, err)
			require.True(t, created)
			identities++
			require.Regexp(t, "^[0-9a-f]{12}4[0-9a-f]{3}[89ab][0-9a-f]{15}$", found.UUID)
			recent(t, found.CreatedAt)
			require.Equal(t, found.CreatedAt, found.UpdatedAt)
			rows, err := s.Attackers(t.Context(), []string{attacker})
			require.NoError(t, err)
			require.Equal(t, found.UUID, deref(rows[attacker].IdentityUUID))
			want := identity(found.UUID, "", "")
			want.RecordedObservationCount, want.CreatedAt, want.UpdatedAt = 1, found.CreatedAt, found.CreatedAt
			want.RecordedFirstSeenAt, want.RecordedLastSeenAt = &rows[attacker].FirstSeen, &rows[attacker].LastSeen
			same(t, &want, found, "as DECNET writes it")

			second, created, err := s.EnsureStubIdentity(t.Context(), attacker)
			require.NoError(t, err)
			require.False(t, created)
			same(t, found, second, "asked again")
			require.Equal(t, identities, identityCount(t, s))
		})
	}
	t.Run("nobody has none", func(t *testing.T) {
		for _, attacker := range append(strange, "a-gone", "A1", "") {
			_, _, err := s.EnsureStubIdentity(t.Context(), attacker)
			require.ErrorIs(t, err, storage.ErrNotFound, attacker)
		}
		require.Equal(t, identities, identityCount(t, s))
	})
	t.Run("all who ask at once get the same", func(t *testing.T) {
		for range 5 {
			s := writable(t, open, again, family())
			var found [callers]*storage.Identity
			var made [callers]bool
			atOnce(t, s, again, func(s *storage.Store, caller int) (err error) {
				found[caller], made[caller], err = s.EnsureStubIdentity(t.Context(), []string{"a2", "a3"}[caller/2%2])
				return err
			})
			makers := 0
			for caller := range found {
				require.Equal(t, found[caller/2%2*2].UUID, found[caller].UUID)
				if made[caller] {
					makers++
				}
			}
			require.Equal(t, 2, makers)
			require.Equal(t, len(family().Identities)+2, identityCount(t, s), "no stub is left over")
			require.NoError(t, s.Close())
		}
	})
}

// revised is a row with a revision.
type revised interface{ Revision() string }

// notesOf is a kind of row that has notes, with the method of a store that sets them.
type notesOf struct {
	name string
	set  func(t *testing.T, s *storage.Store, uuid string, notes *string, expected storage.Expected) (row revised, kept *string, updated time.Time, err error)
}

var noteTakers = []notesOf{
	{"c", func(t *testing.T, s *storage.Store, uuid string, notes *string, expected storage.Expected) (revised, *string, time.Time, error) {
		t.Helper()
		row, err := s.SetCampaignNotes(t.Context(), uuid, notes, expected)
		if err != nil {
			return nil, nil, time.Time{}, err
		}
		return row, row.Notes, row.UpdatedAt, nil
	}},
	{"i", func(t *testing.T, s *storage.Store, uuid string, notes *string, expected storage.Expected) (revised, *string, time.Time, error) {
		t.Helper()
		row, err := s.SetIdentityNotes(t.Context(), uuid, notes, expected)
		if err != nil {
			return nil, nil, time.Time{}, err
		}
		return row, row.Notes, row.UpdatedAt, nil
	}},
}
