package faults_test

import (
	"context"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"decnetgraph/storage"
)

// busyTime is how long SQLite waits for a lock; see storage.
const busyTime = 5 * time.Second

// holdFile locks a whole SQLite file, as a process does that changes it in rollback mode.
func holdFile(t *testing.T, path string) (release func()) {
	t.Helper()
	conn, err := openDatabase(t, path).Conn(t.Context())
	require.NoError(t, err)
	_, err = conn.ExecContext(t.Context(), "BEGIN EXCLUSIVE")
	require.NoError(t, err)
	return func() {
		_, err := conn.ExecContext(context.WithoutCancel(t.Context()), "ROLLBACK")
		require.NoError(t, err)
		require.NoError(t, conn.Close())
	}
}

func TestLockedFileIsUnavailable(t *testing.T) {
	t.Parallel()
	path, want := fixtureFile(t), knownAnswer(t)
	s := serveOn(t, path)
	release := holdFile(t, path)
	for _, a := range s.several(t, 2*clients)() {
		assert.NotEmpty(t, a.codes)
		a.check(t, want, 30*time.Second+slack, "UNAVAILABLE")
		assert.GreaterOrEqual(t, a.took, busyTime)
	}
	assert.Equal(t, http.StatusServiceUnavailable, s.health(t, "/readyz"))
	release()
	freed := time.Now()
	s.becomes(t, http.StatusOK)
	s.ask(t.Context(), wideQuery).check(t, want, promised)
	assert.Less(t, time.Since(freed), promised)
}

func TestLockedFileIsWaitedFor(t *testing.T) {
	t.Parallel()
	path, want := fixtureFile(t), knownAnswer(t)
	s := serveOn(t, path)
	release := holdFile(t, path)
	answers := s.several(t, clients)
	time.Sleep(time.Second)
	release()
	for _, a := range answers() {
		a.check(t, want, busyTime)
		assert.Greater(t, a.took, 900*time.Millisecond)
	}
}

func TestLockedFileEndsRequestsInTime(t *testing.T) {
	t.Parallel()
	path, want := fixtureFile(t), knownAnswer(t)
	const timeout = 1500 * time.Millisecond
	s := serveOn(t, path, "--timeout", timeout.String())
	release := holdFile(t, path)
	defer release()
	for _, a := range s.several(t, 2*clients)() {
		a.check(t, want, timeout+slack, "TIMEOUT", "UNAVAILABLE")
	}
}

func TestLockedFileIsNotWritten(t *testing.T) {
	t.Parallel()
	path := fixtureFile(t)
	store, err := storage.Open(t.Context(), path, storage.Options{Write: true})
	require.NoError(t, err)
	defer store.Close()
	release := holdFile(t, path)
	start := time.Now()
	_, err = store.InsertTags(t.Context(), []storage.NewTag{newTag("locked")})
	require.ErrorIs(t, err, storage.ErrUnavailable)
	assert.GreaterOrEqual(t, time.Since(start), busyTime)
	release()
	found, err := store.InsertTags(t.Context(), []storage.NewTag{newTag("locked")})
	require.NoError(t, err)
	assert.Equal(t, storage.TagInserted, found[0].Outcome)
}

// newTag is a tag of its own for each source.
func newTag(source string) storage.NewTag {
	return storage.NewTag{
		SourceKind: "command", SourceID: source, AttackerUUID: new("a1"), TacticID: "TA0006", TechniqueID: "T1110", Confidence: 0.9,
		RuleID: "R9999", RuleVersion: 1, Evidence: storage.JSON(fmt.Sprintf("{\"source\": %q}", source)), AttackRelease: "v15.1",
	}
}
