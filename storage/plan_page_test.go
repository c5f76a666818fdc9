package storage_test

import (
	"context"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"decnetgraph/storage"
)

// TestThePlansInTheDocumentsAreTrue holds docs/plans.md to what SQLite says of the statements: each
// indented block follows a heading that names a question.
func TestThePlansInTheDocumentsAreTrue(t *testing.T) {
	onceWithoutDetector(t)
	t.Parallel()
	page, err := os.ReadFile("../docs/plans.md")
	require.NoError(t, err)
	p := newPlanner(t)
	for heading, ask := range map[string]question{
		"## Technique rollup of a batch of identities": func(ctx context.Context, s *storage.Store) error {
			_, err := s.Techniques(storage.Scope{Of: storage.KindIdentity, Membership: storage.Resolved}, nil)(ctx, []string{"i000", "i010", "i020"})
			return err
		},
		"## Newest tags of a batch of campaigns": func(ctx context.Context, s *storage.Store) error {
			tags := s.ScopeTags(storage.Scope{Of: storage.KindCampaign, Membership: storage.Resolved}, storage.ListOptions{})
			_, err := tags.Page(ctx, []string{"c000", "c008", "c010"}, storage.Page{Limit: 5})
			return err
		},
	} {
		_, section, found := strings.Cut(string(page), heading+"\n")
		require.True(t, found, "no section %q", heading)
		section, _, _ = strings.Cut(section, "\n## ")
		var shown []string
		for line := range strings.Lines(section) {
			if step, indented := strings.CutPrefix(line, "    "); indented {
				shown = append(shown, strings.TrimSpace(step))
			}
		}
		require.Equal(t, p.steps(t, ask), shown, heading)
	}
}
