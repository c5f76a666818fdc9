package storage_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"decnetgraph/storage"
	"decnetgraph/storage/storagetest"
)

// TestWhatDeckiesCaptureIsReadByIndex holds the last section of docs/plans.md to SQLite's plans on DECNET's own indexes. Only the
// shared credentials, which name their attackers in JSON, are read as a whole, and have another alias.
func TestWhatDeckiesCaptureIsReadByIndex(t *testing.T) {
	onceWithoutDetector(t)
	t.Parallel()
	p := newPlanner(t)
	attackers, identities, sessions := []string{"a001", "a002", "a003"}, []string{"i000", "i010"}, []string{"s001", "s002", "gone"}
	member := func(ask func(storage.Membership) question) question {
		return func(ctx context.Context, s *storage.Store) error {
			for _, m := range []storage.Membership{storage.Resolved, storage.Literal} {
				if err := ask(m)(ctx, s); err != nil {
					return err
				}
			}
			return nil
		}
	}
	for name, ask := range map[string]question{
		"events":      counted(storagetest.Unfiltered((*storage.Store).AttackerEvents), attackers),
		"credentials": counted(storagetest.Unfiltered((*storage.Store).AttackerCredentials), attackers),
		"attachments": counted(storagetest.Unfiltered((*storage.Store).AttackerAttachments), attackers),
		"bounties":    counted(storagetest.Unfiltered((*storage.Store).AttackerBounties), attackers),
		"shared":      counted(storagetest.Unfiltered((*storage.Store).AttackerSharedCredentials), attackers),
		"sessions":    counted(storagetest.Unfiltered((*storage.Store).AttackerSessions), attackers),
		"events of identities": member(func(m storage.Membership) question {
			return counted(func(s *storage.Store) storage.List[storage.Event] { return s.IdentityEvents(m, storage.ListOptions{}) }, identities)
		}),
		"sessions of identities": member(func(m storage.Membership) question {
			return counted(func(s *storage.Store) storage.List[storage.Session] {
				return s.IdentitySessions(m, storage.ListOptions{})
			}, identities)
		}),
		"events of sessions":    counted(storagetest.Unfiltered((*storage.Store).SessionEvents), sessions),
		"commands of sessions":  counted(storagetest.Unfiltered((*storage.Store).SessionCommands), sessions),
		"time lines":            counted(storagetest.Unfiltered((*storage.Store).SessionTimeline), sessions),
		"attackers of sessions": counted(storagetest.Unfiltered((*storage.Store).SessionAttackers), sessions),
	} {
		t.Run(name, func(t *testing.T) {
			for _, step := range p.steps(t, ask) {
				require.NotRegexp(t, wholeTable, step, "a step of %s", name)
			}
		})
	}
}
