package storagetest

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"decnetgraph/storage"
)

// newToken returns a token to create, whose name no other test of the database uses.
func newToken(t *testing.T, name string) storage.Token {
	t.Helper()
	name += fmt.Sprint(" ", time.Now().UnixNano())
	return storage.Token{Name: name, Role: "INGEST", CreatedBy: "root", Digest: sha256.Sum256([]byte(name))}
}

func testTokens(t *testing.T, open Open, again Again) {
	s := writable(t, open, again, family())
	ctx := byAna(t)
	soon := time.Now().Add(time.Hour).UTC().Truncate(time.Second)
	full := newToken(t, "Größe 🔑")
	full.Networks, full.ExpiresAt = []string{"10.0.0.0/8", "2001:db8::/32"}, &soon
	plain := newToken(t, "plain")
	for _, token := range []storage.Token{full, plain} {
		created, err := s.CreateToken(ctx, token)
		require.NoError(t, err)
		recent(t, created.CreatedAt)
		token.ID, token.CreatedAt = created.ID, created.CreatedAt
		require.Equal(t, &token, created)
		found, err := s.TokenByDigest(t.Context(), token.Digest)
		require.NoError(t, err)
		require.Equal(t, created, found)
		entry := auditLog(t, s, nil)[len(auditLog(t, s, nil))-1]
		require.Equal(t, []string{"token create", token.Name, "ana"}, []string{entry.Action, *entry.Target, entry.Principal})
		require.NotContains(t, string(entry.After), "digest")
		require.Contains(t, string(entry.After), `"`+created.ID+`"`)
	}
	_, err := s.TokenByDigest(t.Context(), sha256.Sum256([]byte("other")))
	require.ErrorIs(t, err, storage.ErrNotFound)

	t.Run("what cannot be a token is refused", func(t *testing.T) {
		for about, bad := range map[string]storage.Token{
			"no name": {}, "no role": {Name: "x", CreatedBy: "y"}, "blank": {Name: " x", Role: "ADMIN", CreatedBy: "y"}, "line": {Name: "x\ny", Role: "ADMIN", CreatedBy: "y"},
			"long": {Name: strings.Repeat("x", 256), Role: "ADMIN", CreatedBy: "y"}, "expired": {Name: "x", Role: "ADMIN", CreatedBy: "y", ExpiresAt: new(time.Now().Add(-time.Second))},
		} {
			_, err := s.CreateToken(ctx, bad)
			require.ErrorIs(t, err, storage.ErrInvalid, about)
		}
	})
	t.Run("a name is free again when its token is revoked", func(t *testing.T) {
		other := plain
		other.Digest = sha256.Sum256([]byte(plain.Name + " again"))
		_, err := s.CreateToken(ctx, other)
		require.ErrorIs(t, err, storage.ErrConflict)
		revoked, err := s.RevokeToken(ctx, plain.Name)
		require.NoError(t, err)
		recent(t, *revoked.RevokedAt)
		found, err := s.TokenByDigest(t.Context(), plain.Digest)
		require.NoError(t, err)
		require.Equal(t, revoked, found)
		_, err = s.RevokeToken(ctx, plain.Name)
		require.ErrorIs(t, err, storage.ErrConflict)
		_, err = s.RevokeToken(ctx, revoked.ID)
		require.ErrorIs(t, err, storage.ErrConflict)
		created, err := s.CreateToken(ctx, other)
		require.NoError(t, err)
		revoked, err = s.RevokeToken(ctx, created.ID)
		require.NoError(t, err)
		require.Equal(t, created.ID, revoked.ID)
		_, err = s.RevokeToken(ctx, "nobody's")
		require.ErrorIs(t, err, storage.ErrNotFound)
	})
	t.Run("the last use is the latest", func(t *testing.T) {
		token, err := s.TokenByDigest(t.Context(), full.Digest)
		require.NoError(t, err)
		for _, at := range []time.Time{soon, soon.Add(-time.Minute), soon.Add(-time.Hour)} {
			require.NoError(t, s.TouchToken(t.Context(), token.ID, at))
		}
		token, err = s.TokenByDigest(t.Context(), full.Digest)
		require.NoError(t, err)
		require.Equal(t, &soon, token.LastUsedAt)
	})
	t.Run("all are listed", func(t *testing.T) {
		stored, err := s.Tokens(t.Context())
		require.NoError(t, err)
		require.GreaterOrEqual(t, len(stored), 3)
	})
	t.Run("from all sides a name is given once", func(t *testing.T) {
		shared := newToken(t, "race")
		var mu sync.Mutex
		created := 0
		atOnce(t, s, again, func(s *storage.Store, caller int) error {
			token := shared
			token.Digest = sha256.Sum256(fmt.Append(nil, shared.Name, caller))
			_, err := s.CreateToken(ctx, token)
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil:
				created++
			case !errors.Is(err, storage.ErrConflict):
				return err
			}
			return nil
		})
		require.Equal(t, 1, created)
	})
}

// testCosts lets several callers on two stores spend from the same windows: no cost is lost.
func testCosts(t *testing.T, open Open, again Again) {
	s := writable(t, open, again, family())
	window := time.Now().UTC().Truncate(time.Minute)
	key := fmt.Sprint("TOKEN:", window.UnixNano(), time.Now().UnixNano())
	spend := func(key string, window time.Time, cost int) int {
		spent, err := s.SpendCost(t.Context(), key, window, cost)
		require.NoError(t, err)
		return spent
	}
	const times = 5
	highest := make([]int, callers)
	atOnce(t, s, again, func(s *storage.Store, caller int) error {
		for range times {
			spent, err := s.SpendCost(t.Context(), key, window, caller+1)
			if err != nil {
				return err
			}
			highest[caller] = spent
		}
		return nil
	})
	all := times * callers * (callers + 1) / 2
	require.Contains(t, highest, all, "the last caller was told the sum of all")
	require.Equal(t, all+7, spend(key, window, 7))
	require.Equal(t, 7, spend(key, window.Add(time.Minute), 7), "each window has a sum of its own")
	require.Equal(t, 7, spend(key+"x", window, 7), "and each key")
	require.Equal(t, all+7, spend(key, window, 0), "a server whose clock is late still finds its window")
	require.Equal(t, 1, spend(key, window.Add(2*time.Hour), 1))
	require.Equal(t, 1, spend(key, window, 1), "windows that are over are forgotten")
	long := key + strings.Repeat("é", 300)
	require.Equal(t, 2, spend(long+"a", window, 2))
	require.Equal(t, 3, spend(long+"b", window, 3), "long keys are told apart to their ends")
	require.Equal(t, 5, spend(long+"a\x00\xff", window, 5))
}
