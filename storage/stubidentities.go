package storage

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"time"

	"decnetgraph/storage/engine"
)

// EnsureStubIdentity returns the identity that an attacker names, without following merges, and creates one of
// this attacker alone if there is none. Concurrent calls return the same identity. It fails with ErrNotFound if
// there is no such attacker.
func (s *Store) EnsureStubIdentity(ctx context.Context, attacker string) (identity *Identity, created bool, err error) {
	err = s.audited(ctx, deed{action: "ensureStubIdentity", target: attacker}, nil, func(c *change, d *deed) error {
		identity, created, err = c.ensureStub(ctx, attacker, d)
		return err
	})
	if err != nil {
		return nil, false, err
	}
	return identity, created, nil
}

func (c *change) ensureStub(ctx context.Context, attacker string, d *deed) (*Identity, bool, error) {
	row, err := find(ctx, c.Store, attackers, attacker)
	if err != nil {
		return nil, false, err
	}
	if row == nil {
		return nil, false, notFound("attacker")
	}
	d.before = auditedLink{row.IdentityUUID}
	if row.IdentityUUID != nil {
		d.outcome, d.after = AuditUnchanged, d.before
		identity, err := find(ctx, c.Store, identities, *row.IdentityUUID)
		if identity != nil || err != nil {
			return identity, false, err
		}
	}
	uuid := stubUUID()
	d.outcome, d.after = AuditApplied, auditedLink{&uuid}
	if err := c.createStub(ctx, uuid, row); err != nil {
		return nil, false, err
	}
	identity, err := find(ctx, c.Store, identities, uuid)
	return identity, true, err
}

// stubUUID returns a random uuid of version 4, without dashes, as DECNET writes the uuids of its stub identities.
func stubUUID() string {
	var raw [16]byte
	_, _ = rand.Read(raw[:]) // it never fails
	raw = versioned(raw, 4)
	return hex.EncodeToString(raw[:])
}

// createStub creates an identity of an attacker and links the attacker to it.
func (c *change) createStub(ctx context.Context, uuid string, attacker *Attacker) error {
	now := c.dialect.InstantArg(time.Now())
	q := &statement{dialect: c.dialect}
	q.add("INSERT INTO attacker_identities (uuid, schema_version, first_seen_at, last_seen_at, created_at, updated_at, observation_count)"+
		" SELECT ?, 1, t.first_seen, t.last_seen, ?, ?, 1 FROM attackers t WHERE ", uuid, now, now)
	q.equal("t.uuid", attacker.UUID)
	if _, err := c.exec(ctx, q); err != nil {
		return err
	}
	q = &statement{dialect: c.dialect}
	q.add("UPDATE attackers SET identity_id = ? WHERE ", uuid)
	q.equal("uuid", attacker.UUID)
	q.add(" AND ")
	if attacker.IdentityUUID == nil {
		q.add("identity_id IS NULL")
	} else {
		q.equal("identity_id", *attacker.IdentityUUID)
	}
	linked, err := c.exec(ctx, q)
	if err == nil && linked == 0 {
		err = engine.Raced(errors.New("the attacker got another identity meanwhile"))
	}
	return err
}
