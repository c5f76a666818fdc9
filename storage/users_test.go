package storage_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"decnetgraph/storage"
	"decnetgraph/storage/storagetest"
)

func TestUsersOfTokensAreFoundExactly(t *testing.T) {
	t.Parallel()
	for _, b := range withoutPooler() {
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			source := b.create(t)
			db, mark := openSQL(t, source)
			defer db.Close()
			changed := time.Date(2026, 5, 4, 3, 2, 1, 0, time.UTC)
			_, err := db.ExecContext(t.Context(), fmt.Sprintf("INSERT INTO users (uuid, username, password_hash, role, must_change_password, tokens_valid_from) "+
				"VALUES ('u1', 'Zoë', 'x', 'admin', %s, %s), ('u2', 'two', 'x', 'viewer', %s, NULL)", mark(1), mark(2), mark(3)), false, b.value(changed), true)
			require.NoError(t, err)
			_, err = db.ExecContext(t.Context(), fmt.Sprintf("INSERT INTO revoked_tokens (jti, user_uuid, expires_at, revoked_at) VALUES ('j1', 'u1', %s, %s)", mark(1), mark(2)),
				b.value(changed), b.value(changed))
			require.NoError(t, err)
			options := storagetest.Options()
			options.AnyRevision = true
			s := openStore(t, source, options)

			for _, c := range []struct {
				id, jti string
				user    *storage.User
				revoked bool
			}{
				{"u1", "j1", &storage.User{ID: "u1", Name: "Zoë", Role: "admin", TokensValidFrom: &changed}, true},
				{"u1", "j2", &storage.User{ID: "u1", Name: "Zoë", Role: "admin", TokensValidFrom: &changed}, false},
				{"u1", "J1", &storage.User{ID: "u1", Name: "Zoë", Role: "admin", TokensValidFrom: &changed}, false},
				{"u2", "j1 ", &storage.User{ID: "u2", Name: "two", Role: "viewer", MustChangePassword: true}, false},
				{"U1", "j1", nil, false},
				{"u1 ", "j1", nil, false},
				{"ú1", "j1", nil, false},
				{"", "", nil, false},
				{"' OR '1'='1", "j1", nil, false},
			} {
				statements, err := storagetest.Statements(t.Context(), func(ctx context.Context) error {
					user, revoked, err := s.UserOfToken(ctx, c.id, c.jti)
					assert.Equal(t, c.user, user, c.id)
					assert.Equal(t, c.revoked, revoked, c.jti)
					return err
				})
				require.NoError(t, err)
				assert.Len(t, statements, 1)
			}
		})
	}
}
