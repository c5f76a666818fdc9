package storagetest

import (
	"context"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"decnetgraph/storage"
)

// Again opens the database of a store a second time, as another server would, for reading only or for writing. The
// store may be closed.
type Again = func(t *testing.T, of *storage.Store, write bool) *storage.Store

// RunWrites tests that a database fulfils the contract of package storage for writes.
func RunWrites(t *testing.T, open Open, again Again) {
	suite := func(name string, test func(*testing.T, Open, Again)) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, open, again)
		})
	}
	suite("inserting tags", testInsertTags)
	suite("a tag that is there", testTagThere)
	suite("many tags", testManyTags)
	suite("tags from all sides", testTagsFromAllSides)
	suite("writing states", testUpsertStates)
	suite("stub identities", testStubs)
	suite("notes", testNotes)
	suite("notes from all sides", testNotesFromAllSides)
	suite("revisions", testRevisions)
	suite("revisions of one instant", testRevisionsOfOneInstant)
	suite("rule states", testRules)
	suite("search after writes", testSearchWrites)
	suite("reads after tokens", testConsistency)
	suite("stores that only read", testReadOnly)
	suite("audit log", testAudit)
	suite("list of the audit log", testAuditList)
	suite("bounds of the audit log", testAuditBounds)
	suite("tokens", testTokens)
	suite("spent costs", testCosts)
}

// writable creates a database with the graph and opens it for writing.
func writable(t *testing.T, open Open, again Again, g Graph) *storage.Store {
	t.Helper()
	s := open(t, g)
	require.NoError(t, s.Close())
	return again(t, s, true)
}

// family returns one campaign with two identities, and three attackers: with an identity, without one, and with one
// that does not exist.
func family() Graph {
	return Graph{
		Campaigns:  []storage.Campaign{campaign("c1", ""), campaign("c2", "c1")},
		Identities: []storage.Identity{identity("i1", "c1", ""), identity("i2", "c1", "i1")},
		Attackers:  []Attacker{attacker("a1", "i2"), attacker("a2", ""), attacker("a3", "i-gone")},
	}
}

// newTag returns a valid tag of attacker a1.
func newTag(source string) storage.NewTag {
	return storage.NewTag{
		SourceKind: "command", SourceID: source, AttackerUUID: new("a1"), TacticID: "TA0006", TechniqueID: "T1110", Confidence: 0.5,
		RuleID: "R0001", RuleVersion: 1, Evidence: storage.JSON(`{"matched_tokens": ["x"]}`), AttackRelease: "v15.1", CreatedAt: new(at(1)),
	}
}

// stored returns the row that a new tag is stored as.
func stored(n storage.NewTag) *storage.TTPTag {
	if n.SubTechniqueID != nil && *n.SubTechniqueID == "" {
		n.SubTechniqueID = nil
	}
	if n.Evidence == nil {
		n.Evidence = storage.JSON("null")
	}
	return &storage.TTPTag{
		UUID: uuidOf(n), SourceKind: n.SourceKind, SourceID: n.SourceID, AttackerUUID: n.AttackerUUID, IdentityUUID: n.IdentityUUID, SessionID: n.SessionID,
		Decky: n.Decky, TacticID: n.TacticID, TechniqueID: n.TechniqueID, SubTechniqueID: n.SubTechniqueID, Confidence: n.Confidence, RuleID: n.RuleID,
		RuleVersion: n.RuleVersion, Evidence: n.Evidence, AttackRelease: n.AttackRelease, MitreURL: n.MitreURL, CreatedAt: *n.CreatedAt,
	}
}

func uuidOf(n storage.NewTag) string {
	return storage.TagUUID(n.SourceKind, n.SourceID, n.RuleID, n.RuleVersion, n.TechniqueID, n.SubTechniqueID)
}

// allTags reads every tag, by uuid.
func allTags(t *testing.T, s *storage.Store) map[string]*storage.TTPTag {
	t.Helper()
	found := map[string]*storage.TTPTag{}
	page, err := s.AllTags(storage.ListOptions{}).Page(t.Context(), fleet, whole)
	require.NoError(t, err)
	require.False(t, page[""].More)
	for _, row := range page[""].Rows {
		found[row.UUID] = row
	}
	return found
}

func testReadOnly(t *testing.T, open Open, again Again) {
	s := again(t, open(t, family()), false)
	require.False(t, s.Writable())
	for name, write := range map[string]func(context.Context) error{
		"tags": func(ctx context.Context) error {
			_, err := s.InsertTags(ctx, []storage.NewTag{newTag("s1")})
			return err
		},
		"no tags":       func(ctx context.Context) error { _, err := s.InsertTags(ctx, nil); return err },
		"malformed tag": func(ctx context.Context) error { _, err := s.InsertTags(ctx, make([]storage.NewTag, 1)); return err },
		"states":        func(ctx context.Context) error { _, err := s.UpsertAttributionStates(ctx, nil); return err },
		"stub":          func(ctx context.Context) error { _, _, err := s.EnsureStubIdentity(ctx, "a1"); return err },
		"campaign": func(ctx context.Context) error {
			_, err := s.SetCampaignNotes(ctx, "", nil, storage.Expected{})
			return err
		},
		"identity": func(ctx context.Context) error {
			_, err := s.SetIdentityNotes(ctx, "i1", nil, storage.Expected{})
			return err
		},
		"rule":         func(ctx context.Context) error { _, err := s.SetRuleState(ctx, storage.RuleState{}); return err },
		"rule cleared": func(ctx context.Context) error { _, err := s.ClearRuleState(ctx, "R0001"); return err },
	} {
		require.ErrorIs(t, write(t.Context()), storage.ErrReadOnly, name)
	}
	require.Empty(t, allTags(t, s))
}

// recent requires that an instant is within a minute of now.
func recent(t *testing.T, at time.Time) {
	t.Helper()
	require.Less(t, math.Abs(time.Since(at).Minutes()), 1.0, at)
}
