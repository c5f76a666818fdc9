package auth

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"decnetgraph/storage"
)

// StoredTokens are the API tokens in a database of ours, or in the file beside one of DECNET's.
type StoredTokens struct{ Store *storage.Store }

// TokenByDigest implements TokenSource.
func (s StoredTokens) TokenByDigest(ctx context.Context, digest [sha256.Size]byte) (*Token, error) {
	stored, err := s.Store.TokenByDigest(ctx, digest)
	switch {
	case errors.Is(err, storage.ErrNotFound), errors.Is(err, storage.ErrNoRecords):
		return nil, nil //nolint:nilnil // TokenSource asks for it
	case err != nil:
		return nil, err
	}
	return tokenOf(stored)
}

// tokenOf fails for a token whose networks nobody can read, so that it is not valid everywhere.
func tokenOf(stored *storage.Token) (*Token, error) {
	t := &Token{
		ID: stored.ID, Name: stored.Name, Role: Role(stored.Role), CreatedAt: stored.CreatedAt, Digest: stored.Digest,
		ExpiresAt: timeOf(stored.ExpiresAt), RevokedAt: timeOf(stored.RevokedAt), LastUsedAt: timeOf(stored.LastUsedAt),
	}
	for _, text := range stored.Networks {
		network, err := netip.ParsePrefix(text)
		if err != nil {
			return nil, fmt.Errorf("token %s: malformed network: %w", stored.ID, err)
		}
		t.Networks = append(t.Networks, network)
	}
	return t, nil
}

func timeOf(at *time.Time) time.Time {
	if at == nil {
		return time.Time{}
	}
	return *at
}

// TouchToken implements TokenSource. Where the database is only read, the use is not noted.
func (s StoredTokens) TouchToken(ctx context.Context, id string, at time.Time) error {
	err := s.Store.TouchToken(ctx, id, at)
	if errors.Is(err, storage.ErrReadOnly) {
		return nil
	}
	return err
}

// Actor returns the principal as the audit log names it. Nobody, who is nil, is an actor without a name.
func (p *Principal) Actor() storage.Actor {
	if p == nil {
		return storage.Actor{}
	}
	return storage.NewActor(p.Name, string(p.Way), string(p.Role))
}
