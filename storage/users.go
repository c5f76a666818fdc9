package storage

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// User is a row of table users: a person who can log in to DECNET's dashboard.
type User struct {
	ID                 string
	Name               string
	Role               string // "admin" or "viewer", as DECNET stores it
	MustChangePassword bool
	// TokensValidFrom is the instant before which DECNET issued no token of the user that is still valid; nil if none is
	// invalid for its age.
	TokensValidFrom *time.Time
}

// UserOfToken finds the user of a token of DECNET's login, and reports whether the token was revoked, in one statement. The
// user is nil if there is none with this id. A row with a malformed value is an error, because access depends on each of
// them. It reads the primary, because a replica may learn of a revocation later.
func (s *Store) UserOfToken(ctx context.Context, id, jti string) (user *User, revoked bool, err error) {
	var found User
	var malformed []string
	q := &statement{dialect: s.dialect}
	q.add("SELECT u.uuid, u.username, u.role, u.must_change_password, u.tokens_valid_from, CASE WHEN EXISTS (SELECT 1 FROM revoked_tokens r WHERE ")
	q.equal("r.jti", jti)
	q.add(") THEN 1 ELSE 0 END FROM users u WHERE ")
	q.equal("u.uuid", id)
	columns := []struct {
		name string
		into cell
	}{
		{"uuid", text(&found.ID)},
		{"username", text(&found.Name)},
		{"role", text(&found.Role)},
		{"must_change_password", flag(&found.MustChangePassword)},
		{"tokens_valid_from", optional(instant, &found.TokensValidFrom)},
		{"revoked", flag(&revoked)},
	}
	dest := make([]scanner, 0, len(columns))
	for _, column := range columns {
		dest = append(dest, scanner{Into: column.into, Malformed: &malformed, Column: column.name})
	}
	err = s.scanRows(Primary(ctx), q, dest, func() error {
		user = &found
		return nil
	})
	if err == nil && len(malformed) > 0 {
		err = fmt.Errorf("table users holds malformed values of one user in %s", strings.Join(malformed, ", "))
	}
	if err != nil {
		return nil, false, err
	}
	return user, revoked, nil
}
