package storage_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"decnetgraph/storage"
	"decnetgraph/storage/storagetest"
)

// latin1 opens a database of the character set that was MariaDB's own default for long. It holds one attacker, whose
// as_name is é.
func latin1(t *testing.T, changes ...string) *storage.Store {
	t.Helper()
	source := mariaDB(t)
	db, _ := openSQL(t, source)
	defer db.Close()
	execute(t, db, "ALTER DATABASE CHARACTER SET latin1")
	create(t, source)
	for _, change := range changes {
		execute(t, db, change)
	}
	g := storagetest.Graph{Attackers: storagetest.Fixture().Attackers[1:2]}
	g.Attackers[0].ASName = new("é")
	allBackends[2].fill(t, source, g)
	return openStore(t, source, storage.Options{Write: true})
}

func TestACharacterThatTheDatabaseLacks(t *testing.T) {
	onceWithoutDetector(t)
	t.Parallel()
	s := latin1(t)
	tag := storage.NewTag{
		SourceKind: "command", SourceID: "é", AttackerUUID: new("a2"), TacticID: "TA0006", TechniqueID: "T1110", Confidence: 0.5,
		RuleID: "R0001", RuleVersion: 1, AttackRelease: "v15.1",
	}
	for _, want := range []storage.TagOutcome{storage.TagInserted, storage.TagDuplicate} {
		results, err := s.InsertTags(t.Context(), []storage.NewTag{tag})
		require.NoError(t, err)
		require.Equal(t, want, results[0].Outcome)
	}
	tag.SourceID = "🔑"
	_, err := s.InsertTags(t.Context(), []storage.NewTag{tag})
	require.ErrorIs(t, err, storage.ErrInvalid)
	require.ErrorContains(t, err, "character set")
}

// TestTextsOfAnotherCharacterSetCompare: the driver sends texts as utf8mb4, whose bytes differ from those of latin1.
func TestTextsOfAnotherCharacterSetCompare(t *testing.T) {
	t.Parallel()
	for name, changes := range map[string][]string{
		"every column": nil,
		// Then nothing is converted to latin1, which would lose characters of this column.
		"all but one": {"ALTER TABLE attackers MODIFY as_name VARCHAR(255) CHARACTER SET utf8mb4"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := latin1(t, changes...)
			for want, conditions := range [][]storage.RandomCondition{
				{
					storage.Compare("as_name", "=", "🔑"), storage.Compare("as_name", "=", "?"), storage.Compare("as_name", "=", "É"),
					storage.Compare("as_name", "<>", "é"), storage.Compare("as_name", "<", "é"), storage.Compare("as_name", ">", "é"),
					storage.InTexts("as_name", "🔑", "?", "É"), storage.Not(storage.InTexts("as_name", "é")),
				},
				{
					storage.Compare("as_name", "=", "é"), storage.Compare("as_name", "<>", "🔑"), storage.Compare("as_name", ">=", "é"),
					storage.Compare("as_name", "<", "🔑"), storage.InTexts("as_name", "é", "🔑"), storage.Not(storage.InTexts("as_name", "🔑")),
				},
			} {
				for _, c := range conditions {
					require.Equal(t, want, matches(t, s, c), s.Text(t.Context(), c))
				}
			}
		})
	}
}

func TestRulesOfAnotherCharacterSetAreWritten(t *testing.T) {
	onceWithoutDetector(t)
	t.Parallel()
	s := latin1(t)
	for _, state := range []storage.RuleSwitch{storage.RuleEnabled, storage.RuleDisabled} {
		set, err := s.SetRuleState(t.Context(), storage.RuleState{RuleID: "é", State: &state})
		require.NoError(t, err)
		require.Equal(t, state, *set.State)
	}
	_, err := s.SetRuleState(t.Context(), storage.RuleState{RuleID: "🔑", State: new(storage.RuleEnabled)})
	require.ErrorIs(t, err, storage.ErrInvalid)
	for _, rules := range [][]string{{"é"}, {"é", "🔑"}} {
		found, err := s.RuleStates(t.Context(), rules)
		require.NoError(t, err)
		require.Len(t, found, 1)
		require.NotNil(t, found["é"])
	}
	found, err := s.RuleStates(t.Context(), []string{"🔑"})
	require.NoError(t, err)
	require.Empty(t, found)
	cleared, err := s.ClearRuleState(t.Context(), "é")
	require.NoError(t, err)
	require.NotNil(t, cleared)
}
