package storagetest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"decnetgraph/storage"
)

// fact is one sentence about a small graph: what a question gets for an answer.
type fact struct {
	sentence string
	graph    Graph
	ask      question
	want     any
}

// question asks a store something about one owner.
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

// listed asks for the keys of an owner's list.
func listed[T any](open func(*storage.Store) storage.List[T], key func(*T) string, owner string) question {
	return func(ctx context.Context, s *storage.Store) (any, error) {
		found, err := open(s).Page(ctx, []string{owner}, whole)
		return answer(found[owner], key).keys, err
	}
}

// identitiesOf asks for the identities of a campaign.
func identitiesOf(campaign string, m storage.Membership) question {
	return listed(func(s *storage.Store) storage.List[storage.Identity] {
		return s.CampaignIdentities(m, storage.ListOptions{})
	}, identityKey, campaign)
}

// attackersOf asks for the attackers of a campaign or an identity.
func attackersOf(kind storage.Kind, owner string, m storage.Membership) question {
	return listed(func(s *storage.Store) storage.List[storage.Attacker] {
		return s.ClusterAttackers(kind, m, storage.ListOptions{})
	}, attackerKey, owner)
}

// tagsOf asks for the tags of an owner.
func tagsOf(kind storage.Kind, owner string, m storage.Membership) question {
	return listed(func(s *storage.Store) storage.List[storage.TTPTag] {
		return s.ScopeTags(storage.Scope{Of: kind, Membership: m}, storage.ListOptions{})
	}, tagKey, owner)
}

// survivingIdentities asks for the survivor of each identity, by the keys asked for.
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

// survivingCampaigns asks for the survivor of each campaign.
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

// line is a row of a rollup in short.
type line struct {
	Technique, Sub, Tactic      string
	Tags, Identities, Attackers int
}

// daysOf asks for the days of an owner, in short.
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

// rollupOf asks for the rollup of an owner with both of its counts.
func rollupOf(kind storage.Kind, owner string, m storage.Membership) question {
	return func(ctx context.Context, s *storage.Store) (any, error) {
		found, err := s.Techniques(storage.Scope{Of: kind, Membership: m})(ctx, []string{owner})
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
