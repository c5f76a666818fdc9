package storage

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
)

// Token is an API token as it is stored, without its secret.
type Token struct {
	ID        string
	Name      string // no other token that is not revoked has it
	Role      string
	Networks  []string // in CIDR notation, those that the token may be used from; empty means all
	CreatedAt time.Time
	CreatedBy string
	// ExpiresAt, RevokedAt and LastUsedAt are nil for a token that does not expire, is not revoked, or was never used.
	ExpiresAt, RevokedAt, LastUsedAt *time.Time
	Digest                           [32]byte // SHA-256 of the secret
}

var tokens = table[Token]{name: tokenTable, fields: []field[Token]{
	{"id", func(t *Token) cell { return text(&t.ID) }, "", use{}},
	{"digest", func(t *Token) cell { return digest(&t.Digest) }, "", use{}},
	{"name", func(t *Token) cell { return text(&t.Name) }, "", use{}},
	{"live_name", func(*Token) cell { return unread() }, "", use{}},
	{"role", func(t *Token) cell { return text(&t.Role) }, "", use{}},
	{"networks", func(t *Token) cell { return networkList(&t.Networks) }, "", use{}},
	{"created_at", func(t *Token) cell { return instant(&t.CreatedAt) }, "", use{kind: instantValues}},
	{"created_by", func(t *Token) cell { return text(&t.CreatedBy) }, "", use{}},
	{"expires_at", func(t *Token) cell { return optional(instant, &t.ExpiresAt) }, "", use{kind: instantValues}},
	{"revoked_at", func(t *Token) cell { return optional(instant, &t.RevokedAt) }, "", use{kind: instantValues}},
	{"last_used_at", func(t *Token) cell { return optional(instant, &t.LastUsedAt) }, "", use{kind: instantValues}},
}}

func digest(target *[32]byte) cell {
	return cellFunc(func(v *value) bool {
		content, _ := v.Text()
		n, err := hex.Decode(target[:], []byte(content[:min(len(content), 2*len(target))]))
		return err == nil && n == len(target)
	})
}

// networkList takes a JSON list of networks. A malformed one is a network that no address is in: a token must not become valid
// everywhere by it.
func networkList(target *[]string) cell {
	return cellFunc(func(v *value) bool {
		if *target = nil; v.IsNull() {
			return true
		}
		content, _ := v.Text()
		if err := json.Unmarshal([]byte(content), target); err != nil || len(*target) == 0 {
			*target = []string{""}
			return false
		}
		return true
	})
}

// TokenByDigest finds the token whose secret has a digest, even if it is revoked or has expired. It fails with ErrNotFound if there is
// none. It reads the primary, so that no replica revives a token that was revoked.
func (s *Store) TokenByDigest(ctx context.Context, digest [32]byte) (*Token, error) {
	records, err := s.Records(ctx)
	if err != nil {
		return nil, err
	}
	key := hex.EncodeToString(digest[:])
	found, err := lookupBy(Primary(ctx), records, tokens, "digest", []string{key})
	if err != nil {
		return nil, err
	}
	if found[key] == nil || found[key].Digest != digest {
		return nil, notFound("token")
	}
	return found[key], nil
}

// Tokens returns all tokens, in the order in which they were created.
func (s *Store) Tokens(ctx context.Context) ([]*Token, error) {
	records, err := s.Records(ctx)
	if err != nil {
		return nil, err
	}
	return records.tokensWhere(Primary(ctx), "", nil)
}

// tokensWhere returns the tokens that meet a condition, or all.
func (s *Store) tokensWhere(ctx context.Context, condition string, args []any) ([]*Token, error) {
	q := &statement{dialect: s.dialect}
	q.add("SELECT t.id, "+tokens.columns("t", s.dialect)+" FROM "+tokenTable+" t"+condition, args...)
	var all []*Token
	err := read(ctx, s, q, tokens, func(_ string, row *Token) { all = append(all, row) })
	slices.SortFunc(all, func(a, b *Token) int {
		if order := a.CreatedAt.Compare(b.CreatedAt); order != 0 {
			return order
		}
		return strings.Compare(a.ID, b.ID)
	})
	return all, err
}

// CreateToken stores a new token and returns it with the id that it gets. Only Name, Role, Networks, ExpiresAt, CreatedBy and Digest
// of the argument are used. It fails with ErrConflict if a token that is not revoked has the name, and with ErrInvalid for a
// malformed one. Its entry in the audit log says everything but the digest.
func (s *Store) CreateToken(ctx context.Context, t Token) (*Token, error) {
	records, err := s.Records(ctx)
	if err != nil {
		return nil, err
	}
	now := time.Now().UTC().Truncate(time.Microsecond)
	t.ID, t.CreatedAt, t.RevokedAt, t.LastUsedAt = strings.ToLower(rand.Text()[:tokenIDLetters]), now, nil, nil
	err = records.audited(ctx, deed{action: "token create", target: t.Name}, t.validate(now).invalid(), func(c *change, d *deed) error {
		same, err := c.tokensWhere(ctx, " WHERE t.live_name = "+c.dialect.TextPlaceholder, []any{t.Name})
		if err != nil {
			return err
		}
		if len(same) > 0 {
			return &Error{Kind: ErrConflict, Message: fmt.Sprintf("there is a token named %q already, which was created at %s; revoke it first, or choose another name",
				t.Name, same[0].CreatedAt.Format(time.RFC3339))}
		}
		d.after = t.audited()
		return c.insert(ctx, tokens.names(), []newRow{t.row(c.dialect)}, "")
	})
	if err != nil {
		return nil, err
	}
	return &t, nil
}

// tokenIDLetters is the length of the id of a token: short enough to type, and of 60 random bits.
const tokenIDLetters = 12

func (t *Token) validate(now time.Time) *validation {
	var v validation
	v.required("name of the token", t.Name)
	if strings.TrimSpace(t.Name) != t.Name || strings.ContainsFunc(t.Name, unicode.IsControl) {
		v.fail("the name of the token begins or ends with a blank, or has control characters")
	}
	v.required("role", t.Role)
	v.required("creator of the token", t.CreatedBy)
	if t.ExpiresAt != nil {
		v.instant("time of expiry", *t.ExpiresAt)
		if !t.ExpiresAt.After(now) {
			v.fail("the time of expiry is not in the future")
		}
	}
	return &v
}

// row returns the values of the columns of tokens, in their order.
func (t *Token) row(d dialect) newRow {
	var networks, expires any
	if len(t.Networks) > 0 {
		networks = auditJSON(t.Networks)
	}
	if t.ExpiresAt != nil {
		expires = d.InstantArg(t.ExpiresAt.UTC())
	}
	return newRow{t.ID, []any{
		t.ID, hex.EncodeToString(t.Digest[:]), t.Name, t.Name, t.Role, networks, d.InstantArg(t.CreatedAt), t.CreatedBy, expires, nil, nil,
	}}
}

// auditedToken is what an entry of the audit log says of a token.
type auditedToken struct {
	ID        string     `json:"id"`
	Name      string     `json:"name"`
	Role      string     `json:"role"`
	Networks  []string   `json:"networks"`
	ExpiresAt *time.Time `json:"expiresAt"`
	RevokedAt *time.Time `json:"revokedAt"`
}

func (t *Token) audited() auditedToken {
	return auditedToken{t.ID, t.Name, t.Role, t.Networks, t.ExpiresAt, t.RevokedAt}
}

// RevokeToken revokes the token with an id or, if no token has that id, the one that has the name and is not revoked, and returns it.
// It fails with ErrNotFound if there is none, and with ErrConflict if it is revoked already.
func (s *Store) RevokeToken(ctx context.Context, idOrName string) (revoked *Token, err error) {
	records, err := s.Records(ctx)
	if err != nil {
		return nil, err
	}
	var v validation
	v.required("id or name of the token", idOrName)
	err = records.audited(ctx, deed{action: "token revoke", target: idOrName}, v.invalid(), func(c *change, d *deed) error {
		token, err := c.tokenNamed(ctx, idOrName)
		if err != nil {
			return err
		}
		d.target, d.before = token.Name, token.audited()
		now := time.Now().UTC().Truncate(time.Microsecond)
		q := &statement{dialect: c.dialect}
		q.add("UPDATE "+tokenTable+" SET revoked_at = ?, live_name = NULL WHERE revoked_at IS NULL AND ", c.dialect.InstantArg(now))
		q.equal("id", token.ID)
		changed, err := c.exec(ctx, q)
		if err == nil && changed == 0 {
			return &Error{Kind: ErrConflict, Message: fmt.Sprintf("the token %s is revoked already", token.Name)}
		}
		token.RevokedAt = &now
		revoked, d.after = token, token.audited()
		return err
	})
	if err != nil {
		return nil, err
	}
	return revoked, nil
}

// tokenNamed finds the token that RevokeToken means.
func (c *change) tokenNamed(ctx context.Context, idOrName string) (*Token, error) {
	mark := c.dialect.TextPlaceholder
	found, err := c.tokensWhere(ctx, " WHERE t.id = "+mark+" OR t.name = "+mark, []any{idOrName, idOrName})
	if err != nil {
		return nil, err
	}
	var revoked *Token
	byName := -1
	for i, token := range found {
		switch {
		case token.ID == idOrName && token.RevokedAt == nil:
			return token, nil
		case token.RevokedAt != nil:
			revoked = token
		case token.Name == idOrName:
			byName = i
		}
	}
	switch {
	case byName >= 0:
		return found[byName], nil
	case revoked != nil:
		return nil, &Error{Kind: ErrConflict, Message: fmt.Sprintf("the token %q was revoked already, at %s", idOrName, revoked.RevokedAt.Format(time.RFC3339))}
	}
	return nil, &Error{Kind: ErrNotFound, Message: fmt.Sprintf("there is no token with the id or name %q", idOrName)}
}

// TouchToken notes when a token was used last. It changes nothing if a later use is noted already, and fails with ErrReadOnly if the
// database is only read.
func (s *Store) TouchToken(ctx context.Context, id string, at time.Time) error {
	records, err := s.Records(ctx)
	if err != nil {
		return err
	}
	return records.write(recordOnly(ctx), func(c *change) error {
		used := c.dialect.InstantArg(at.UTC().Truncate(time.Microsecond))
		q := &statement{dialect: c.dialect}
		q.add("UPDATE "+tokenTable+" SET last_used_at = ? WHERE (last_used_at IS NULL OR last_used_at < ?) AND ", used, used)
		q.equal("id", id)
		_, err := c.exec(ctx, q)
		return err
	})
}
