package storage

import (
	"context"
)

// RollupRefresh tells what a refresh or a rebuild of the rollups' sums found to do.
type RollupRefresh struct {
	Parts int // fresh parts that were merged
	Marks int // marks of changed links that were done with
}

// ErrNoRollups tells of a database that keeps no sums, as DECNET's own.
var ErrNoRollups = &Error{Kind: ErrInvalid, Message: "the database keeps no sums of its tags: it is DECNET's own, or it needs migrate"}

// RollupsKept reports whether this store reads rollups from sums, which databases of our own keep.
func (s *Store) RollupsKept() bool { return s.sums }

// rollupsReady reports whether the sums of a database of our own hold all its tags.
func (s *Store) rollupsReady(ctx context.Context) (ready bool, err error) {
	err = s.catalogue(ctx, "SELECT ready FROM rollup_state", []scanner{{Into: flag(&ready)}}, func() {})
	return ready, err
}

// RefreshRollups merges what was added since the last refresh into the sums, and brings the totals up to
// date with changed links. Readers see all of it or nothing, and the same numbers before and after.
func (s *Store) RefreshRollups(ctx context.Context) (RollupRefresh, error) {
	var done RollupRefresh
	if !s.sums {
		return done, ErrNoRollups
	}
	err := s.write(ctx, func(c *change) (err error) {
		if err := c.lockRollups(ctx); err != nil {
			return err
		}
		// What changes from here on leaves marks that are not seen, and which stay.
		if done.Marks, err = c.run(ctx, "UPDATE rollup_stale SET seen = 1"); err != nil {
			return err
		}
		if done.Parts, err = c.run(ctx, "UPDATE rollup_part SET dimension = dimension + 3 WHERE dimension IN (0, 2)"); err != nil {
			return err
		}
		if err := c.replaceSums(ctx, done); err != nil {
			return err
		}
		return c.runAll(ctx, "DELETE FROM rollup_stale WHERE seen = 1", "UPDATE rollup_state SET refreshes = refreshes + 1")
	})
	return done, err
}

// replaceSums merges what a refresh has set apart.
func (c *change) replaceSums(ctx context.Context, found RollupRefresh) error {
	older, err := c.lastTotal(ctx)
	if err != nil {
		return err
	}
	if found.Parts > 0 {
		if err := c.addTotals(ctx); err != nil {
			return err
		}
		if err := c.mergeParts(ctx); err != nil {
			return err
		}
	}
	if found.Marks > 0 {
		if err := c.redoTotals(ctx); err != nil {
			return err
		}
	}
	if found.Parts > 0 {
		return c.mergeTotals(ctx, older)
	}
	return nil
}

// lockRollups waits until nobody else replaces parts.
func (c *change) lockRollups(ctx context.Context) error {
	_, err := c.refreshes(ctx, c.dialect.ForUpdate)
	return err
}

// run runs a statement without arguments.
func (c *change) run(ctx context.Context, text string) (int, error) {
	q := &statement{dialect: c.dialect}
	q.add(text)
	n, err := c.exec(ctx, q)
	return int(n), err
}

func (c *change) runAll(ctx context.Context, texts ...string) error {
	for _, text := range texts {
		if _, err := c.run(ctx, text); err != nil {
			return err
		}
	}
	return nil
}

const partColumns = "dimension, attacker_uuid, identity_uuid, technique_id, sub_technique_id, day, tactic, tags, first_seen, last_seen, confidence"

// mergeParts replaces the parts of dimension 3, which were fresh, and those of their groups by sums, and does
// away with 5, which had days only. What is merged is what this transaction has marked for itself, whatever
// others add meanwhile.
func (c *change) mergeParts(ctx context.Context) error {
	d := c.dialect
	group := ""
	for _, column := range []string{"attacker_uuid", "identity_uuid", "technique_id", "sub_technique_id"} {
		group += " AND " + d.nullSame("p."+column, "c."+column)
	}
	anchors := d.Bytewise("attacker_uuid") + ", " + d.Bytewise("identity_uuid")
	techniques := anchors + ", " + d.Bytewise("technique_id") + ", " + d.Bytewise("sub_technique_id")
	return c.runAll(
		ctx,
		// The subquery in a subquery is for MySQL, which does not read the table that it changes.
		"UPDATE rollup_part SET dimension = 4 WHERE dimension = 1 AND part IN (SELECT part FROM ("+
			"SELECT p.part FROM rollup_part c"+d.join("rollup_part p", "p.attacker_uuid", "c.attacker_uuid")+
			" WHERE "+d.NoIndexPrefix+"p.dimension = 1 AND c.dimension = 3"+group+
			" UNION SELECT p.part FROM rollup_part c"+d.join("rollup_part p", "p.identity_uuid", "c.identity_uuid")+
			" WHERE "+d.NoIndexPrefix+"p.dimension = 1 AND c.dimension = 3 AND c.attacker_uuid IS NULL"+group+") s)",
		"INSERT INTO rollup_part ("+partColumns+") SELECT 1, "+techniques+", '', MAX("+d.Bytewise("tactic")+"), SUM(tags), MIN(first_seen), "+
			"MAX(last_seen), MAX(confidence)"+
			" FROM rollup_part WHERE dimension IN (3, 4) GROUP BY "+techniques,
		"DELETE FROM rollup_part WHERE dimension IN (3, 4, 5)",
	)
}

// RebuildRollups makes all sums anew from the tags. Readers see the old ones until it is done; whoever
// adds tags waits. A database is ready for rollups from then on.
func (s *Store) RebuildRollups(ctx context.Context) error {
	if !s.summable {
		return ErrNoRollups
	}
	return s.frozen().write(ctx, func(c *change) error {
		d := c.dialect
		if d.LockTags != "" {
			if err := c.freezeTags(ctx); err != nil {
				return err
			}
		}
		if err := c.lockRollups(ctx); err != nil {
			return err
		}
		anchors := d.Bytewise("t.attacker_uuid") + ", " + d.Bytewise("t.identity_uuid")
		techniques := anchors + ", " + d.Bytewise("t.technique_id") + ", " + d.Bytewise("t.sub_technique_id")
		err := c.runAll(
			ctx,
			"UPDATE rollup_stale SET seen = 1",
			"DELETE FROM rollup_part",
			"DELETE FROM rollup_total",
			"INSERT INTO rollup_part ("+partColumns+") SELECT 1, "+techniques+", '', MAX("+d.Bytewise("t.tactic")+"), COUNT(*), "+
				"MIN(t.created_at), MAX(t.created_at), MAX(t.confidence)"+
				" FROM ttp_tag t GROUP BY "+techniques+" ORDER BY "+anchors,
		)
		if err != nil {
			return err
		}
		if err := c.totalAll(ctx); err != nil {
			return err
		}
		for _, scope := range totalledScopes {
			for more := true; more; {
				if _, more, err = c.recountSome(ctx, scope); err != nil {
					return err
				}
			}
		}
		return c.runAll(ctx, "DELETE FROM rollup_stale WHERE seen = 1", "UPDATE rollup_state SET ready = true, refreshes = refreshes + 1")
	})
}

// freezeTags waits for those who add tags, and then keeps all from it until the transaction ends.
func (c *change) freezeTags(ctx context.Context) error {
	_, err := c.run(ctx, c.dialect.LockTags)
	return err
}

// frozen is the store with transactions in which a lock on all rows of a table also blocks inserts. On MySQL that
// depends on the isolation level.
func (s *Store) frozen() *Store {
	if s.dialect.LockTags == "" {
		return s
	}
	locking := s.writes.Locking()
	return &Store{&shared{dialect: s.dialect, options: s.options, reads: s.reads, writes: locking, replicas: s.replicas}, s.from}
}
