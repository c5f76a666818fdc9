package storage

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"strings"

	"decnetgraph/storage/engine"
)

const (
	// MaxConsistencyToken is the most bytes of a token.
	MaxConsistencyToken = 1024
	// MaxConsistencyTokens is how many tokens a read may carry: clients that write in parallel do not know which is the latest.
	MaxConsistencyTokens = 8
	// consistencyFormat begins every token. Another number begins those that this program cannot read.
	consistencyFormat = "1"
)

// ErrBehind means that the only database which a server reads lacks changes that ReadAfter was asked for. Its message may be
// shown to the person who sent the request.
var ErrBehind = engine.ErrBehind

// ConsistencyToken returns a token of everything that was committed before it is called, for ReadAfter on any server of the same
// database. It is a text of at most MaxConsistencyToken bytes that needs no quoting in a header. It is not signed and not secret:
// it names the engine, a hash that tells databases apart, and a position in the log of changes. A forged token does no more
// than a read from the primary, after a short wait.
//
// If the database cannot say its position now, reads with the token go to the primary.
func (s *Store) ConsistencyToken(ctx context.Context) string {
	text := strings.Join([]string{consistencyFormat, s.engineTitle, s.identity(), s.pools.Position(ctx)}, " ")
	return base64.RawURLEncoding.EncodeToString([]byte(text))
}

// identity is a short hash of what tells databases apart.
func (s *Store) identity() string {
	hash := sha256.Sum256([]byte(s.engineTitle + " " + s.dialect.Identity()))
	return base64.RawURLEncoding.EncodeToString(hash[:8])
}

// ReadAfter returns a context whose reads see everything that was committed when the tokens were made. Where a replica has that,
// they are read from it, after a wait of at most a quarter of a second; otherwise from the primary. It fails with ErrInvalid if a
// token is malformed or of another database, and with ErrBehind, after two seconds, if the store knows no primary and its
// database lags behind.
func (s *Store) ReadAfter(ctx context.Context, tokens ...string) (context.Context, error) {
	if len(tokens) > MaxConsistencyTokens {
		return ctx, Invalid("a request may carry %d consistency tokens at most; send the latest ones", MaxConsistencyTokens)
	}
	positions := make([]string, 0, len(tokens))
	for _, token := range tokens {
		position, err := s.positionOf(token)
		if err != nil {
			return ctx, err
		}
		if position != "" {
			positions = append(positions, position)
		}
	}
	return s.pools.ReadAfter(ctx, positions)
}

// positionOf reads a token.
func (s *Store) positionOf(token string) (string, error) {
	malformed := Invalid("a consistency token is malformed; send it as the response to a mutation returned it, or leave it out")
	if len(token) > MaxConsistencyToken {
		return "", malformed
	}
	text, err := base64.RawURLEncoding.Strict().DecodeString(token)
	parts := strings.Split(string(text), " ")
	if err != nil || len(parts) != 4 || parts[0] != consistencyFormat {
		return "", malformed
	}
	if parts[1] != s.engineTitle || parts[2] != s.identity() {
		return "", Invalid("a consistency token is of another database, or of this one before a backup was restored; leave it out")
	}
	if !s.dialect.IsPosition(parts[3]) {
		return "", malformed
	}
	return parts[3], nil
}
