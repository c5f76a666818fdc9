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

// busyTime is how long our server waits for the lock of a SQLite file, as in storage.
const busyTime = 5 * time.Second

// holdFile locks a whole SQLite file, as a process does that writes in rollback mode.
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
	s := serveOn(t, path, "--timeout", noTimeout)
	release := holdFile(t, path)
	for _, a := range s.several(t, 2*clients)() {
		assert.NotEmpty(t, a.codes)
		a.check(t, want, "UNAVAILABLE")
		assert.GreaterOrEqual(t, a.took, busyTime) // a busy machine only adds to the time
	}
	assert.Equal(t, http.StatusServiceUnavailable, s.health(t, "/readyz"))
	release()
	s.becomes(t, http.StatusOK)
	s.ask(t.Context(), wideQuery).check(t, want)
}

// TestLockedFileIsWaitedFor locks the file for a fraction of the time that our server waits, which leaves seconds
// to a busy machine.
func TestLockedFileIsWaitedFor(t *testing.T) {
	t.Parallel()
	path, want := fixtureFile(t), knownAnswer(t)
	s := serveOn(t, path, "--timeout", noTimeout)
	release := holdFile(t, path)
	answers := s.several(t, clients)
	time.Sleep(busyTime / 10)
	released := time.Now()
	release()
	for _, a := range answers() {
		a.check(t, want)
		assert.True(t, a.start.Add(a.took).After(released), "no answer while the file is locked")
	}
}

// TestLockedFileEndsRequestsInTime has requests time out before our server gives up waiting for the file, which
// would be UNAVAILABLE.
func TestLockedFileEndsRequestsInTime(t *testing.T) {
	t.Parallel()
	path, want := fixtureFile(t), knownAnswer(t)
	s := serveOn(t, path, "--timeout", (busyTime / 10).String())
	release := holdFile(t, path)
	defer release()
	for _, a := range s.several(t, 2*clients)() {
		assert.NotEmpty(t, a.codes)
		a.check(t, want, "TIMEOUT")
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
	assert.GreaterOrEqual(t, time.Since(start), busyTime) // a busy machine only adds to the time
	release()
	found, err := store.InsertTags(t.Context(), []storage.NewTag{newTag("locked")})
	require.NoError(t, err)
	assert.Equal(t, storage.TagInserted, found[0].Outcome)
}

// newTag makes a tag that differs from those of other sources.
func newTag(source string) storage.NewTag {
	return storage.NewTag{
		SourceKind: "command", SourceID: source, AttackerUUID: new("a1"), TacticID: "TA0006", TechniqueID: "T1110", Confidence: 0.9,
		RuleID: "R9999", RuleVersion: 1, Evidence: storage.JSON(fmt.Sprintf("{\"source\": %q}", source)), AttackRelease: "v15.1",
	}
}
