package storagetest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"decnetgraph/storage"
)

// fact is a test case in one sentence: the answer to a question about a small graph.
type fact struct {
	sentence string
	graph    Graph
	ask      question
	want     any
}

// question runs a query of a store for one owner and returns the answer in a short form.
type question func(ctx context.Context, s *storage.Store) (any, error)

func testFacts(t *testing.T, open Open, facts []fact) {
	for _, f := range facts {
		t.Run(f.sentence, func(t *testing.T) {
			t.Parallel()
			got, err := f.ask(t.Context(), open(t, f.graph))
			require.NoError(t, err)
			require.Equal(t, f.want, got)
		})
	}
}

// listed returns the keys of an owner's list.
func listed[T any](open func(*storage.Store) storage.List[T], key func(*T) string, owner string) question {
	return func(ctx context.Context, s *storage.Store) (any, error) {
		found, err := open(s).Page(ctx, []string{owner}, whole)
		return answer(found[owner], key).keys, err
	}
}

// identitiesOf returns the identities of a campaign.
func identitiesOf(campaign string, m storage.Membership) question {
	return listed(func(s *storage.Store) storage.List[storage.Identity] {
		return s.CampaignIdentities(m, storage.ListOptions{})
	}, identityKey, campaign)
}

// attackersOf returns the attackers of a campaign or an identity.
func attackersOf(kind storage.Kind, owner string, m storage.Membership) question {
	return listed(func(s *storage.Store) storage.List[storage.Attacker] {
		return s.ClusterAttackers(kind, m, storage.ListOptions{})
	}, attackerKey, owner)
}

// tagsOf returns the tags of an owner.
func tagsOf(kind storage.Kind, owner string, m storage.Membership) question {
	return listed(func(s *storage.Store) storage.List[storage.TTPTag] {
		return s.ScopeTags(storage.Scope{Of: kind, Membership: m}, storage.ListOptions{})
	}, tagKey, owner)
}

// survivingIdentities returns the survivor of each identity, by the given keys.
func survivingIdentities(uuids ...string) question {
	return func(ctx context.Context, s *storage.Store) (any, error) {
		found, err := s.Identities(ctx, uuids)
		survivors := map[string]string{}
		for asked, row := range found {
			survivors[asked] = row.UUID
		}
		return survivors, err
	}
}

// survivingCampaigns returns the survivor of each campaign, by the given keys.
func survivingCampaigns(uuids ...string) question {
	return func(ctx context.Context, s *storage.Store) (any, error) {
		found, err := s.Campaigns(ctx, uuids)
		survivors := map[string]string{}
		for asked, row := range found {
			survivors[asked] = row.UUID
		}
		return survivors, err
	}
}

// line is the short form of a row of a rollup.
type line struct {
	Technique, Sub, Tactic      string
	Tags, Identities, Attackers int
}

// daysOf returns the days of an owner, each as a text with its number of tags.
func daysOf(kind storage.Kind, owner string, m storage.Membership) question {
	return func(ctx context.Context, s *storage.Store) (any, error) {
		found, err := s.TagsByDay(storage.Scope{Of: kind, Membership: m}, nil, nil)(ctx, []string{owner})
		days := []string{}
		for _, d := range found[owner] {
			days = append(days, fmt.Sprintf("%s: %d", d.Day.Format(time.RFC3339), d.Tags))
		}
		return days, err
	}
}

// rollupOf returns the rollup of an owner with both counts of each row.
func rollupOf(kind storage.Kind, owner string, m storage.Membership) question {
	return func(ctx context.Context, s *storage.Store) (any, error) {
		found, err := s.Techniques(storage.Scope{Of: kind, Membership: m}, nil)(ctx, []string{owner})
		if err != nil {
			return nil, err
		}
		keys := []string{}
		for _, row := range found[owner] {
			keys = append(keys, row.ID().Key)
		}
		identities, err := s.RollupCounts(storage.RollupIdentities)(ctx, keys)
		if err != nil {
			return nil, err
		}
		attackers, err := s.RollupCounts(storage.RollupAttackers)(ctx, keys)
		lines := []line{}
		for n, row := range found[owner] {
			lines = append(lines, line{row.TechniqueID, deref(row.SubTechniqueID), row.TacticID, row.Count, identities[keys[n]], attackers[keys[n]]})
		}
		return lines, err
	}
}
