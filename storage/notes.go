package storage

import (
	"context"
	"time"
)

// MaxNotes is the largest number of characters in notes.
const MaxNotes = 10_000

// SetCampaignNotes replaces the notes of exactly this campaign, without following merges; nil clears them. It fails
// with ErrConflict if the row is not the expected one.
func (s *Store) SetCampaignNotes(ctx context.Context, uuid string, notes *string, expected Expected) (*Campaign, error) {
	return setNotes(ctx, s, "setCampaignNotes", campaigns, "campaign", uuid, notes, expected, func(c *Campaign) edited { return c })
}

// SetIdentityNotes replaces the notes of exactly this identity, without following merges; nil clears them. It fails
// with ErrConflict if the row is not the expected one.
func (s *Store) SetIdentityNotes(ctx context.Context, uuid string, notes *string, expected Expected) (*Identity, error) {
	return setNotes(ctx, s, "setIdentityNotes", identities, "identity", uuid, notes, expected, func(i *Identity) edited { return i })
}

func setNotes[T any](
	ctx context.Context, s *Store, action string, of table[T], name, uuid string, notes *string, expected Expected, as func(*T) edited,
) (changed *T, err error) {
	var v validation
	v.required("uuid", uuid)
	v.text("text of the notes", notes, MaxNotes)
	err = s.audited(ctx, deed{action: action, target: uuid}, v.invalid(), func(c *change, d *deed) error {
		if err := c.lock(ctx, of.name, "notes", uuid); err != nil {
			return err
		}
		row, err := find(ctx, c.Store, of, uuid)
		if err != nil {
			return err
		}
		if row == nil {
			return notFound(name)
		}
		if !expected.matches(as(row), c.dialect.Precision) {
			return &Error{Kind: ErrConflict, Message: "the " + name + " was changed since it was read", Current: row}
		}
		d.before, d.after = auditOfNotes(as(row).notes()), auditOfNotes(notes)
		q := &statement{dialect: c.dialect}
		q.add("UPDATE "+of.name+" SET notes = ?, updated_at = ? WHERE ", notes, c.dialect.InstantArg(c.after(as(row).lastUpdate())))
		q.equal("uuid", uuid)
		if _, err := c.exec(ctx, q); err != nil {
			return err
		}
		changed, err = find(ctx, c.Store, of, uuid)
		return err
	})
	if err != nil {
		return nil, err
	}
	return changed, nil
}

// lock locks a row until the transaction ends. It does so by writing a column's own value to it.
func (c *change) lock(ctx context.Context, table, column, uuid string) error {
	q := &statement{dialect: c.dialect}
	q.add("UPDATE " + table + " SET " + column + " = " + column + " WHERE ")
	q.equal("uuid", uuid)
	_, err := c.exec(ctx, q)
	return err
}

// after returns the current time or, if that is not in a later millisecond than at, the first one that is and that the
// database can store. Instants end with the millisecond, so that clients in JavaScript can send them back exactly.
func (c *change) after(at time.Time) time.Time {
	step := max(c.dialect.Precision, time.Millisecond)
	if now := time.Now().UTC().Truncate(step); now.After(at) {
		return now
	}
	return at.Truncate(step).Add(step)
}
