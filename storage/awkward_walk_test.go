package storage_test

import (
	"fmt"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"decnetgraph/storage"
	"decnetgraph/storage/storagetest"
)

// awkwardWalk is a list of which every row must come up, and the number of rows that it has.
type awkwardWalk struct {
	name, query string
	walk        func(t *testing.T, s *storage.Store, backward bool, most int) int
}

func walkOf[T any](name, query, owner string, list func(*storage.Store) storage.List[T]) awkwardWalk {
	return awkwardWalk{name, query, func(t *testing.T, s *storage.Store, backward bool, most int) int {
		t.Helper()
		seen := map[storage.Position]bool{}
		for p := (storage.Page{Limit: 59, Backward: backward}); ; {
			page, err := list(s).Page(t.Context(), []string{owner}, p)
			require.NoError(t, err)
			slice := page[owner]
			for i := range slice.Rows {
				at := slice.Position(i)
				require.False(t, seen[at], "a row comes twice: %v", at)
				require.True(t, utf8.ValidString(at.Sort) && utf8.ValidString(at.Key), "a cursor is text: %v", at)
				seen[at] = true
			}
			if !slice.More {
				return len(seen)
			}
			require.LessOrEqual(t, len(seen), most)
			first, last := slice.Position(0), slice.Position(len(slice.Rows)-1)
			if p.After = &last; backward {
				p.After, p.Before = nil, &first
			}
		}
	}}
}

// awkwardWalks are all lists in SQL, each in every order that it has.
func awkwardWalks() []awkwardWalk {
	var walks []awkwardWalk
	for _, descending := range []bool{false, true} {
		for _, by := range []storage.ClusterOrder{storage.ClusterUpdatedAt, storage.ClusterCreatedAt} {
			suffix := fmt.Sprintf(" by %s, descending %t", by, descending)
			walks = append(walks,
				walkOf("campaigns"+suffix, "SELECT COUNT(*) FROM campaigns", "", func(s *storage.Store) storage.List[storage.Campaign] {
					return s.AllCampaigns(storage.ListOptions{IncludeMerged: true, Order: storagetest.SortedBy(by, descending)})
				}),
				walkOf("identities"+suffix, "SELECT COUNT(*) FROM attacker_identities", "", func(s *storage.Store) storage.List[storage.Identity] {
					return s.AllIdentities(storage.ListOptions{IncludeMerged: true, Order: storagetest.SortedBy(by, descending)})
				}))
		}
		for _, by := range []storage.AttackerOrder{storage.AttackerLastSeen, storage.AttackerFirstSeen, storage.AttackerEventCount} {
			walks = append(walks, walkOf(fmt.Sprintf("attackers by %s, descending %t", by, descending), "SELECT COUNT(*) FROM attackers", "",
				func(s *storage.Store) storage.List[storage.Attacker] {
					return s.AllAttackers(storage.ListOptions{Order: storagetest.SortedBy(by, descending)})
				}))
		}
	}
	resolved := storage.Resolved
	return append(walks,
		walkOf("tags of the fleet", "SELECT COUNT(*) FROM ttp_tag", "", func(s *storage.Store) storage.List[storage.TTPTag] {
			return s.ScopeTags(storage.Scope{Of: storage.KindFleet, Membership: resolved}, storage.ListOptions{})
		}),
		walkOf("tags of an identity", "SELECT COUNT(*) FROM ttp_tag WHERE identity_uuid = 'i1'", "i1", func(s *storage.Store) storage.List[storage.TTPTag] {
			return s.ScopeTags(storage.Scope{Of: storage.KindIdentity, Membership: resolved}, storage.ListOptions{})
		}),
		walkOf("decky phases", "SELECT COUNT(*) FROM ttp_tag WHERE identity_uuid = 'i1' AND decky_id = 'decky-1'", "i1", func(s *storage.Store) storage.List[storage.DeckyPhase] {
			return s.DeckyPhases(resolved, new("decky-1"), storage.ListOptions{})
		}),
		walkOf("attackers of an identity", "SELECT COUNT(*) FROM attackers WHERE identity_id = 'i1'", "i1", func(s *storage.Store) storage.List[storage.Attacker] {
			return s.ClusterAttackers(storage.KindIdentity, resolved, storage.ListOptions{})
		}),
		walkOf("identities of a campaign", "SELECT COUNT(*) FROM attacker_identities WHERE campaign_id = 'c1'", "c1", func(s *storage.Store) storage.List[storage.Identity] {
			return s.CampaignIdentities(storage.Literal, storage.ListOptions{})
		}),
		walkOf("observations", "SELECT COUNT(*) FROM observations WHERE attacker_uuid = 'a1' AND primitive = 'motor.pause'", "a1",
			func(s *storage.Store) storage.List[storage.Observation] {
				return s.ObservationSeries("motor.pause", storage.ListOptions{})
			}),
		walkOf("smtp targets", "SELECT COUNT(*) FROM smtp_targets WHERE attacker_uuid = 'a1'", "a1", storagetest.Unfiltered((*storage.Store).SMTPTargets)),
		walkOf("canary tokens", "SELECT COUNT(*) FROM canary_tokens", "", func(s *storage.Store) storage.List[storage.CanaryToken] {
			return s.AllCanaryTokens(storage.ListOptions{})
		}),
		walkOf("canary triggers", "SELECT COUNT(*) FROM canary_triggers", "", storagetest.Unfiltered((*storage.Store).AllCanaryTriggers)),
		walkOf("triggers of an attacker", "SELECT COUNT(*) FROM canary_triggers WHERE attacker_id = 'a1'", "a1", storagetest.Unfiltered((*storage.Store).AttackerTriggers)),
		walkOf("triggers of a token", "SELECT COUNT(*) FROM canary_triggers WHERE token_uuid = 'k1'", "k1", storagetest.Unfiltered((*storage.Store).TokenTriggers)),
	)
}
