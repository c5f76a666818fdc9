package storage_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"decnetgraph/storage"
	"decnetgraph/storage/storagetest"
)

func TestRootListsAreReadInOrder(t *testing.T) {
	t.Parallel()
	p := newPlanner(t)
	for name, c := range map[string]struct {
		ask   question
		index string
	}{
		"campaigns":            {page(campaignList(false, storage.ClusterUpdatedAt), fleet), "ix_campaigns_updated_at"},
		"campaigns, merged":    {page(campaignList(true, storage.ClusterCreatedAt), fleet), "ix_campaigns_created_at"},
		"identities":           {page(identityList(false, storage.ClusterUpdatedAt), fleet), "ix_attacker_identities_updated_at"},
		"identities, merged":   {page(identityList(true, storage.ClusterCreatedAt), fleet), "ix_attacker_identities_created_at"},
		"attackers, last seen": {page(attackerList(storage.AttackerLastSeen), fleet), "ix_attackers_last_seen"},
		"tags":                 {page(tagList, fleet), "ix_ttp_tag_created_at"},
		"attackers, first":     {page(attackerList(storage.AttackerFirstSeen), fleet), "ix_attackers_first_seen"},
		"tags since": {page(func(s *storage.Store) storage.List[storage.TTPTag] {
			return s.AllTags(storage.ListOptions{
				Order: storagetest.SortedBy(storage.TTPTagCreatedAt, false), Since: new(time.Unix(0, 0)),
			})
		}, fleet), "ix_ttp_tag_created_at"},
		"commands since": {page(func(s *storage.Store) storage.List[storage.AttackerCommands] {
			return s.AllAttackerCommands(storage.ListOptions{Since: new(time.Unix(0, 0))})
		}, fleet), "ix_attackers_last_seen"},
	} {
		t.Run(name, func(t *testing.T) {
			steps := p.steps(t, c.ask)
			ordered := 0
			for n, step := range steps {
				if strings.Contains(step, "USING INDEX "+c.index) {
					ordered++
					require.Equal(t, "USE TEMP B-TREE FOR LAST TERM OF ORDER BY", steps[n+1], "only equal sort keys are sorted")
				}
			}
			require.Equal(t, 3, ordered, steps)
		})
	}
	t.Run("attackers by number of events are sorted, since DECNET has no index on it", func(t *testing.T) {
		steps := p.steps(t, page(attackerList(storage.AttackerEventCount), fleet))
		require.True(t, slices.Contains(steps, "SCAN t"), steps)
	})
}

// TestMergedIdentitiesAreFoundByTheirIndex holds the expressions on merge links to reading merged
// rows only.
func TestMergedIdentitiesAreFoundByTheirIndex(t *testing.T) {
	t.Parallel()
	p := newPlanner(t)
	scope := storage.Scope{Of: storage.KindFleet, Membership: storage.Resolved}
	for name, ask := range map[string]question{
		"identities of a campaign": page(func(s *storage.Store) storage.List[storage.Identity] {
			return s.CampaignIdentities(storage.Resolved, storage.ListOptions{})
		}, []string{"c001"}),
		"identities behind a rollup": func(ctx context.Context, s *storage.Store) error {
			_, err := s.RollupCounts(storage.RollupIdentities)(ctx, []string{(&storage.TechniqueRollup{Scope: scope, TechniqueID: "T1001"}).ID().Key})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			steps := p.steps(t, ask)
			require.True(t, slices.ContainsFunc(steps, func(step string) bool {
				return strings.HasPrefix(step, "SEARCH attacker_identities USING") && strings.Contains(step, "ix_attacker_identities_merged_into_uuid")
			}), steps)
		})
	}
}

// fleet is the only owner of the lists of everything.
var fleet = []string{""}

func campaignList(merged bool, by storage.ClusterOrder) func(*storage.Store) storage.List[storage.Campaign] {
	return func(s *storage.Store) storage.List[storage.Campaign] {
		return s.AllCampaigns(storage.ListOptions{IncludeMerged: merged, Order: storagetest.SortedBy(by, true)})
	}
}

func identityList(merged bool, by storage.ClusterOrder) func(*storage.Store) storage.List[storage.Identity] {
	return func(s *storage.Store) storage.List[storage.Identity] {
		return s.AllIdentities(storage.ListOptions{IncludeMerged: merged, Order: storagetest.SortedBy(by, true)})
	}
}

func tagList(s *storage.Store) storage.List[storage.TTPTag] {
	return s.AllTags(storage.ListOptions{})
}

func attackerList(by storage.AttackerOrder) func(*storage.Store) storage.List[storage.Attacker] {
	return func(s *storage.Store) storage.List[storage.Attacker] {
		return s.AllAttackers(storage.ListOptions{Order: storagetest.SortedBy(by, true)})
	}
}
