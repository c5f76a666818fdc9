package storage_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"decnetgraph/storage"
	"decnetgraph/storage/storagetest"
)

// TestACharacterThatTheDatabaseLacks: MariaDB's own default was latin1 for long.
func TestACharacterThatTheDatabaseLacks(t *testing.T) {
	t.Parallel()
	source := mariaDB(t)
	db, _ := openSQL(t, source)
	defer db.Close()
	execute(t, db, "ALTER DATABASE CHARACTER SET latin1")
	create(t, source)
	b := backends[2]
	b.fill(t, source, storagetest.Graph{Attackers: storagetest.Fixture().Attackers[1:2]})
	s := openStore(t, source, storage.Options{Write: true})
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
