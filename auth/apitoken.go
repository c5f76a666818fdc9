package auth

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"
)

const (
	touchInterval = time.Minute // between two notes that a token was used
	touchTimeout  = 5 * time.Second
	mostTouched   = 10_000 // tokens whose last note is remembered
)

// Tokens is the way in by API tokens of this server.
type Tokens struct {
	source TokenSource
	now    func() time.Time
	log    *slog.Logger

	mu      sync.Mutex
	touched *simplelru.LRU[string, time.Time] // when a note was last begun, by the token's id
}

// NewTokens returns the way in for the tokens of a source.
func NewTokens(source TokenSource, now func() time.Time, log *slog.Logger) *Tokens {
	touched, _ := simplelru.NewLRU[string, time.Time](mostTouched, nil) // fails only for a size below 1
	return &Tokens{source: source, now: now, log: log, touched: touched}
}

// verify finds the token of a secret. Each secret of the right form costs one look-up, and all checks are made after it,
// so that the time of a refusal does not tell the reason.
func (t *Tokens) verify(ctx context.Context, secret string) (*proof, error) {
	digest, ok := ParseSecret(secret)
	if !ok {
		return nil, refused("an API token: mistyped or cut off")
	}
	token, err := t.source.TokenByDigest(ctx, digest)
	if err != nil {
		return nil, fmt.Errorf("look up an API token: %w", err)
	}
	if token == nil {
		token = &Token{}
	}
	same := subtle.ConstantTimeCompare(token.Digest[:], digest[:]) == 1
	now := t.now()
	switch {
	case !same:
		return nil, refused("an API token: unknown")
	case !token.RevokedAt.IsZero():
		return nil, refused("the API token " + token.Name + ": revoked")
	case !token.ExpiresAt.IsZero() && !now.Before(token.ExpiresAt):
		return nil, refused("the API token " + token.Name + ": expired")
	case rank(token.Role) < 0:
		return nil, refused("the API token " + token.Name + ": its role is unknown")
	}
	return &proof{
		principal: &Principal{Name: token.Name, Way: ByToken, Role: token.Role, ExpiresAt: token.ExpiresAt},
		networks:  token.Networks, token: token.ID,
	}, nil
}

// used notes that a token was used, at most once a minute, without making the request wait.
func (t *Tokens) used(ctx context.Context, id string) {
	now := t.now()
	t.mu.Lock()
	last, known := t.touched.Get(id)
	isDue := !known || now.Sub(last) >= touchInterval
	if isDue {
		t.touched.Add(id, now)
	}
	t.mu.Unlock()
	if !isDue {
		return
	}
	go func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), touchTimeout)
		defer cancel()
		if err := t.source.TouchToken(ctx, id, now); err != nil {
			t.log.WarnContext(ctx, "cannot note that an API token was used", "token", id, "error", err)
		}
	}()
}

// isAPIToken reports whether a text looks like the secret of an API token.
func isAPIToken(text string) bool {
	return len(text) >= len(tokenPrefix) && text[:len(tokenPrefix)] == tokenPrefix
}

// digestOf identifies any proof without keeping it.
func digestOf(proof string) [sha256.Size]byte { return sha256.Sum256([]byte(proof)) }
