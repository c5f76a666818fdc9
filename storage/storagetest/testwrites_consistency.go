package storagetest

import (
	"context"
	"encoding/base64"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"decnetgraph/storage"
)

// testConsistency reads at another server, by a token, what was written at this one.
func testConsistency(t *testing.T, open Open, again Again) {
	stranger := open(t, family()) // stays open, so that the next one is another database
	s := writable(t, open, again, family())
	others := []*storage.Store{s, again(t, s, false), again(t, s, true)}
	before := s.ConsistencyToken(t.Context())
	for _, text := range []string{"first", "second"} {
		_, err := s.SetCampaignNotes(t.Context(), "c1", &text, storage.Expected{})
		require.NoError(t, err)
		token := s.ConsistencyToken(t.Context())
		require.Regexp(t, `^[0-9A-Za-z_-]+$`, token)
		require.LessOrEqual(t, len(token), storage.MaxConsistencyToken)
		for _, other := range others {
			ctx, err := other.ReadAfter(t.Context(), before, token)
			require.NoError(t, err)
			found, err := other.CampaignRows(ctx, []string{"c1"})
			require.NoError(t, err)
			require.Equal(t, text, *found["c1"].Notes)
		}
	}
	ctx, err := s.ReadAfter(t.Context())
	require.NoError(t, err)
	require.Equal(t, t.Context(), ctx, "a read without a token is what it was")

	_, err = stranger.ReadAfter(t.Context(), s.ConsistencyToken(t.Context()))
	require.ErrorIs(t, err, storage.ErrInvalid)
	require.ErrorContains(t, err, "another database")
	refusedTokens(t, s)
}

// refusedTokens are tokens that no server returned.
func refusedTokens(t *testing.T, s *storage.Store) {
	t.Helper()
	token := s.ConsistencyToken(t.Context())
	content, err := base64.RawURLEncoding.DecodeString(token)
	require.NoError(t, err)
	forged := func(change func(parts []string) []string) string {
		parts := change(strings.Split(string(content), " "))
		return base64.RawURLEncoding.EncodeToString([]byte(strings.Join(parts, " ")))
	}
	position := func(text string) string {
		return forged(func(parts []string) []string { return append(parts[:3:3], text) })
	}
	for _, bad := range []string{
		"", "x", "null", token + "=", token + "A", token[1:], strings.Repeat("A", storage.MaxConsistencyToken+1), strings.Repeat(token, 50), "\x00", "é",
		position("' OR 1 = 1 --"), position(" "), position("0/0 0/0"), position("*"), position(strings.Repeat("9", 700)),
		forged(func(parts []string) []string { return parts[:3] }),
		forged(func(parts []string) []string { return append([]string{"2"}, parts[1:]...) }),
		forged(func(parts []string) []string { return append([]string{parts[0], "Oracle"}, parts[2:]...) }),
		forged(func(parts []string) []string {
			return append([]string{parts[0], parts[1], "AAAAAAAAAAA"}, parts[3:]...)
		}),
	} {
		_, err := s.ReadAfter(t.Context(), bad)
		require.ErrorIs(t, err, storage.ErrInvalid, bad)
		require.NotContains(t, err.Error(), "SELECT")
	}
	_, err = s.ReadAfter(t.Context(), strings.Split(strings.Repeat(token+" ", storage.MaxConsistencyTokens+1), " ")...)
	require.ErrorIs(t, err, storage.ErrInvalid, "too many")
	ctx, err := s.ReadAfter(t.Context(), position("?"))
	require.NoError(t, err, "a write whose position is not known")
	readable(ctx, t, s)
}

func readable(ctx context.Context, t *testing.T, s *storage.Store) {
	t.Helper()
	found, err := s.CampaignRows(ctx, []string{"c1"})
	require.NoError(t, err)
	require.Len(t, found, 1)
}
