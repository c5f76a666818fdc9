package auth

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"hash/crc32"
	"net/netip"
	"strings"
	"time"
)

// Token is an API token as it is stored: without its secret, of which only the digest is kept.
type Token struct {
	ID   string
	Name string // of the principal; unique among tokens
	Role Role
	// Networks are those that the token may be used from; empty means all.
	Networks  []netip.Prefix
	CreatedAt time.Time
	// ExpiresAt, RevokedAt and LastUsedAt are zero for a token that does not expire, is not revoked, was never used.
	ExpiresAt, RevokedAt, LastUsedAt time.Time
	// Digest is what NewSecret and ParseSecret return for the secret. A plain SHA-256 is enough, and bcrypt would protect
	// no better: a secret is 256 random bits, so there is no list of likely ones to try.
	Digest [sha256.Size]byte
}

// TokenSource finds API tokens where they are stored.
type TokenSource interface {
	// TokenByDigest returns the token with a digest, even if it is revoked or has expired; nil if there is none.
	TokenByDigest(ctx context.Context, digest [sha256.Size]byte) (*Token, error)
	// TouchToken notes that a token was used. It does nothing if the token was used later than that already.
	TouchToken(ctx context.Context, id string, at time.Time) error
}

// The text of a secret is tokenPrefix and, in URL-safe base64, the random bytes and their checksum: 48 characters. The
// prefix lets people and scanners of repositories recognise a secret. The checksum tells a mistyped one without a look-up.
const (
	tokenPrefix   = "dgt_"
	secretBytes   = 32
	checksumBytes = 4
)

var secretEncoding = base64.RawURLEncoding.Strict()

// NewSecret makes the secret of a new API token, which is shown to people once, and its digest, which is stored.
func NewSecret() (secret string, digest [sha256.Size]byte) {
	raw := make([]byte, secretBytes, secretBytes+checksumBytes)
	_, _ = rand.Read(raw) // never fails
	raw = binary.BigEndian.AppendUint32(raw, crc32.ChecksumIEEE(raw))
	secret = tokenPrefix + secretEncoding.EncodeToString(raw)
	return secret, sha256.Sum256([]byte(secret))
}

// ParseSecret returns the digest of a secret. ok is false for a text that NewSecret cannot have made.
func ParseSecret(secret string) (digest [sha256.Size]byte, ok bool) {
	encoded, isSecret := strings.CutPrefix(secret, tokenPrefix)
	if !isSecret || len(encoded) != secretEncoding.EncodedLen(secretBytes+checksumBytes) {
		return digest, false
	}
	var raw [secretBytes + checksumBytes]byte
	n, err := secretEncoding.Decode(raw[:], []byte(encoded))
	if err != nil || n != len(raw) || binary.BigEndian.Uint32(raw[secretBytes:]) != crc32.ChecksumIEEE(raw[:secretBytes]) {
		return digest, false
	}
	return sha256.Sum256([]byte(secret)), true
}
