package auth

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync/atomic"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/golang-jwt/jwt/v5"

	"decnetgraph/storage"
)

// What DECNET puts into the tokens of its login.
const (
	decnetAlgorithm = "HS256"
	decnetIssuer    = "decnet"
	decnetAudience  = "decnet-dashboard"
	decnetType      = "access"
)

// Users finds the users of DECNET's login; *storage.Store does.
type Users interface {
	// UserOfToken returns nil if there is no such user, and whether the token was revoked.
	UserOfToken(ctx context.Context, id, jti string) (user *storage.User, revoked bool, err error)
}

// DECNET is the way in by DECNET's own login: the tokens of its dashboard are valid here, too.
type DECNET struct {
	users  Users
	parser *jwt.Parser
	secret atomic.Pointer[[]byte]
}

// NewDECNET returns the way in for tokens that DECNET signs with a secret. It fails with storage.ErrInvalid if the secret is
// one that an attacker would try.
func NewDECNET(secret string, users Users, now func() time.Time) (*DECNET, error) {
	d := &DECNET{users: users, parser: jwt.NewParser(
		jwt.WithValidMethods([]string{decnetAlgorithm}), jwt.WithStrictDecoding(), jwt.WithTimeFunc(now),
		jwt.WithIssuer(decnetIssuer), jwt.WithAudience(decnetAudience), jwt.WithExpirationRequired(), jwt.WithIssuedAt(),
	)}
	return d, d.ReplaceSecret(secret)
}

// ReplaceSecret has tokens verified with another secret from now on; those of the former one are refused. It fails like
// NewDECNET, and then changes nothing.
func (d *DECNET) ReplaceSecret(secret string) error {
	if err := checkSecret(secret); err != nil {
		return err
	}
	key := []byte(secret)
	d.secret.Store(&key)
	return nil
}

// knownSecrets are those that DECNET refuses, and examples of tutorials. Letters are compared in lower case.
var knownSecrets = []string{
	"fallback-secret-key-change-me", "admin", "secret", "password", "changeme", // DECNET's five
	"your-256-bit-secret", "a-string-secret-at-least-256-bits-long", // jwt.io
	"09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7", // FastAPI's tutorial
}

const (
	minSecret   = 32 // characters, as DECNET requires
	minDistinct = 6  // characters; random ones have more
)

func checkSecret(secret string) error {
	const advice = "; make one with `openssl rand -hex 32`, and give it to DECNET as well"
	distinct := map[rune]bool{}
	for _, r := range secret {
		distinct[r] = true
	}
	switch length := utf8.RuneCountInString(secret); {
	case slices.Contains(knownSecrets, strings.ToLower(strings.TrimSpace(secret))):
		return storage.Invalid("the secret of DECNET's tokens is a published example" + advice)
	case length < minSecret:
		return storage.Invalid("the secret of DECNET's tokens has %d characters, and at least %d are needed"+advice, length, minSecret)
	case len(distinct) < minDistinct:
		return storage.Invalid("the secret of DECNET's tokens has only %d different characters"+advice, len(distinct))
	}
	return nil
}

// decnetClaims are the claims of a token of DECNET's login. They are those of jwtParts, so that both read the same ones.
type decnetClaims struct {
	jwt.MapClaims

	parts jwtParts
}

// UnmarshalJSON implements json.Unmarshaler.
func (c *decnetClaims) UnmarshalJSON([]byte) error {
	c.MapClaims = c.parts.claims
	return nil
}

// Validate checks what package jwt does not: the claims of DECNET, and that times are numbers of seconds. The parser calls
// it. PyJWT, which DECNET uses, accepts texts of digits, too, but DECNET writes none.
func (c *decnetClaims) Validate() error {
	for _, name := range []string{"exp", "iat", "nbf"} {
		if _, isSet := c.MapClaims[name]; !isSet && name == "nbf" {
			continue
		}
		if _, ok := c.parts.second(name); !ok {
			return fmt.Errorf("%s is no time", name)
		}
	}
	switch {
	case c.parts.text("typ") != decnetType:
		return errors.New("typ is not " + decnetType)
	case !isIdentifier(c.parts.text("uuid")):
		return errors.New("uuid is no identifier")
	case !isIdentifier(c.parts.text("jti")):
		return errors.New("jti is no identifier")
	}
	return nil
}

// isIdentifier reports whether a text may be a key of DECNET's tables.
func isIdentifier(text string) bool {
	const longest = 255
	return text != "" && len(text) <= longest && !strings.ContainsFunc(text, unicode.IsControl)
}

// verify verifies a token as DECNET does. A token with a valid signature costs one look-up, even if it is refused for its
// claims, so that the time of a refusal does not tell the reason. One with another signature costs none, so that nobody
// without the secret can have the database do anything.
func (d *DECNET) verify(ctx context.Context, token string, parts jwtParts) (*proof, error) {
	claims := decnetClaims{parts: parts}
	key := *d.secret.Load()
	_, invalid := d.parser.ParseWithClaims(token, &claims, func(*jwt.Token) (any, error) { return key, nil })
	if invalid != nil && !errors.Is(invalid, jwt.ErrTokenInvalidClaims) {
		return nil, refused("a token of DECNET: the signature is wrong")
	}
	id, jti := claims.parts.text("uuid"), claims.parts.text("jti")
	if invalid != nil && (!isIdentifier(id) || !isIdentifier(jti)) {
		id, jti = "-", "-" // which nobody has; the look-up takes its time
	}
	user, revoked, err := d.users.UserOfToken(ctx, id, jti)
	issued, _ := parts.second("iat")
	switch {
	case err != nil:
		return nil, fmt.Errorf("look up a user of DECNET: %w", err)
	case invalid != nil:
		return nil, refused("a token of DECNET: " + reasonOf(invalid))
	case user == nil:
		return nil, refused("a token of DECNET: its user does not exist")
	case revoked:
		return nil, refused("a token of DECNET: revoked by a logout of " + user.Name)
	case user.TokensValidFrom != nil && issued < float64(user.TokensValidFrom.Unix()):
		return nil, refused("a token of DECNET: issued before the password or role of " + user.Name + " changed")
	}
	until, _ := parts.second("exp")
	p := &proof{principal: &Principal{Name: user.Name, Way: ByDECNET, ExpiresAt: time.Unix(int64(math.Floor(until)), 0).UTC()}}
	switch {
	case user.MustChangePassword:
		p.forbidden = &ForbiddenError{"change your password in DECNET before you use this server"}
	case user.Role == "admin":
		p.principal.Role = Admin
	case user.Role == "viewer":
		p.principal.Role = Viewer
	default:
		p.forbidden = &ForbiddenError{"your role in DECNET may not use this server"}
	}
	return p, nil
}

// reasonOf says which claim is wrong. Texts of package jwt may quote claims, which are signed here.
func reasonOf(invalid error) string {
	for _, known := range []error{
		jwt.ErrTokenExpired, jwt.ErrTokenNotValidYet, jwt.ErrTokenUsedBeforeIssued, jwt.ErrTokenInvalidIssuer, jwt.ErrTokenInvalidAudience,
	} {
		if errors.Is(invalid, known) {
			return known.Error()
		}
	}
	return invalid.Error()
}
