package storage

import (
	"context"
	"errors"
	"time"

	"decnetgraph/storage/engine"
)

// auditPatience is how long the audit log may be waited for when a change is over.
const auditPatience = 5 * time.Second

// deed is what a write does, for the audit log: an action on a target, and what stood before and stands afterwards.
type deed struct {
	action  string
	target  string // empty if there is none
	outcome AuditOutcome
	before  any // written as JSON; nil is null
	after   any
}

// audited is write for a change that the audit log has: work completes the deed. The log gets its entry in the same transaction or, if
// it is kept in another file, before the commit; without an entry nothing is changed, and the error is ErrUnavailable. If invalid is
// not nil, it is returned, and nothing else is done. What is refused has an entry, too.
func (s *Store) audited(ctx context.Context, d deed, invalid error, work func(c *change, d *deed) error) error {
	a := auditing{Store: s, actor: actorFrom(ctx), at: time.Now()}
	if !s.Writable() {
		return s.write(ctx, nil) // returns ErrReadOnly
	}
	a.id = s.auditID(a.at)
	err := invalid
	if err == nil {
		err = s.write(ctx, func(c *change) error {
			done := d
			done.outcome = AuditApplied
			if err := work(c, &done); err != nil {
				return err
			}
			d = done
			return a.add(ctx, c, done)
		})
	}
	if err != nil {
		a.close(ctx, d, err)
	}
	return err
}

// auditing writes the entry of one change.
type auditing struct {
	*Store

	actor  Actor
	id     string
	at     time.Time
	beside *Store // the store of the file that has the entry already
}

// add writes the entry of a change that is about to be committed.
func (a *auditing) add(ctx context.Context, c *change, d deed) error {
	if a.facts().records {
		if err := c.insertAudit(ctx, a.row(c.dialect, d)); err != nil {
			return a.failed(ctx, err)
		}
		return nil
	}
	if a.options.Records == nil && !a.Own() {
		return nil
	}
	records, err := a.Records(ctx)
	if err == nil {
		err = records.write(ctx, func(c *change) error { return c.putAudit(ctx, a.row(c.dialect, d)) })
	}
	if err != nil {
		return a.failed(ctx, err)
	}
	a.beside = records
	return nil
}

// failed returns the error of a change whose entry could not be written. The change may be tried again.
func (a *auditing) failed(ctx context.Context, err error) error {
	if errors.Is(err, engine.ErrRetry) || ctx.Err() != nil {
		return err
	}
	const refused = "the audit log cannot be written, so nothing was changed: "
	return engine.Unavailable(errors.New(refused + err.Error())) // without its kind: it is no error of the input
}

// close corrects the entry of a change that was not made, or adds that of one that was refused.
func (a *auditing) close(ctx context.Context, d deed, cause error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), auditPatience)
	defer cancel()
	reason, refused := refusal(cause)
	_, atCommit := errors.AsType[commitError](cause)
	switch {
	case a.beside != nil && atCommit && !errors.Is(cause, engine.ErrRetry):
		d.outcome = AuditUnknown
	case refused:
		d.outcome, d.before, d.after = AuditRefused, nil, map[string]string{"reason": reason}
	case a.beside != nil:
		d.outcome = AuditFailed
	default:
		return // no entry was committed
	}
	if err := a.correct(ctx, d); err != nil {
		a.options.Log.ErrorContext(ctx, "audit: the entry of a change that failed could not be written", "id", a.id, "action", d.action,
			"outcome", string(d.outcome), "principal", a.actor.Name, "way", a.actor.Way, "cause", err)
	}
}

// correct writes the entry in a transaction of its own. In the database itself there is none yet, so that an account needs no other
// right there than to insert.
func (a *auditing) correct(ctx context.Context, d deed) error {
	records, put := a.beside, (*change).putAudit
	if records == nil {
		var err error
		if records, err = a.Records(ctx); err != nil {
			if a.options.Records == nil && !a.Own() {
				return nil
			}
			return err
		}
		put = (*change).insertAudit
	}
	return records.write(recordOnly(ctx), func(c *change) error { return put(c, ctx, a.row(c.dialect, d)) })
}

// refusal returns the message of an error that is about the input and not about the database.
func refusal(err error) (reason string, ok bool) {
	known, isKnown := errors.AsType[*Error](err)
	if !isKnown || !errors.Is(err, ErrInvalid) && !errors.Is(err, ErrNotFound) && !errors.Is(err, ErrConflict) {
		return "", false
	}
	return known.Message, true
}

// row returns the entry as a row of auditEntries.
func (a *auditing) row(d dialect, did deed) newRow {
	var target, role any
	if did.target != "" {
		target = storable(did.target)
	}
	if a.actor.Role != "" {
		role = a.actor.Role
	}
	return newRow{a.id, []any{
		a.id, d.InstantArg(a.at.UTC()), a.actor.Name, a.actor.Way, role, did.action, target, string(did.outcome),
		auditJSON(did.before), auditJSON(did.after),
	}}
}

// insertAudit writes a new entry.
func (c *change) insertAudit(ctx context.Context, row newRow) error {
	return c.insert(ctx, auditEntries.names(), []newRow{row}, "")
}

// putAudit writes an entry, or what it says now.
func (c *change) putAudit(ctx context.Context, row newRow) error {
	q := &statement{dialect: c.dialect}
	q.add("DELETE FROM " + auditTable + " WHERE ")
	q.equal("id", row.key)
	if _, err := c.exec(ctx, q); err != nil {
		return err
	}
	return c.insertAudit(ctx, row)
}

// RecordAction adds an entry about what a command has done to the database, with its result as JSON.
func (s *Store) RecordAction(ctx context.Context, action, target string, outcome AuditOutcome, result any) error {
	return s.audited(ctx, deed{action: action, target: target}, nil, func(_ *change, d *deed) error {
		d.outcome, d.after = outcome, result
		return nil
	})
}
