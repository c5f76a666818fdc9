package engine

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"decnetgraph/storage/storagetest/dbserver"
)

// TestALockWithoutASchemaIsAnError: the server returns NULL, and would do so for as long as anyone waits.
func TestALockWithoutASchemaIsAnError(t *testing.T) {
	t.Parallel()
	source, err := Parse(dbserver.Postgres(t).Database(t) + "&search_path=missing")
	require.NoError(t, err)
	db, err := Postgres.OpenSQL(source)
	require.NoError(t, err)
	defer db.Close()
	session, err := db.Conn(t.Context())
	require.NoError(t, err)
	defer session.Close()
	require.ErrorIs(t, Postgres.Lock.Acquire(t.Context(), session, "any", time.Hour), ErrInvalid)
}
