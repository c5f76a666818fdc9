package storage

import (
	"context"
	"time"
)

// RebuildRollups computes all sums again from the tags, in one transaction. Readers see the old ones until it commits;
// programs that add tags wait. Afterwards the sums of the database are complete.
func (s *Store) RebuildRollups(ctx context.Context) error {
	if !s.facts().summable {
		return ErrNoRollups
	}
	pool := s.pools.Writes
	if pool != nil && s.dialect.LockTable != nil {
		pool = pool.Locking() // on MySQL the lock on all tags depends on the isolation level
	}
	return s.writeTo(ctx, pool, func(c *change) error {
		if err := c.lockCounted(ctx); err != nil {
			return err
		}
		if err := c.lockRollups(ctx); err != nil {
			return err
		}
		began := time.Now()
		insert, group := c.dialect.insertMergedParts(fromTags, "t")
		err := c.runAll(
			ctx,
			markSeen,
			"DELETE FROM rollup_part",
			"DELETE FROM rollup_total",
			"DELETE FROM rollup_daily",
			insert+" FROM ttp_tag t GROUP BY "+group+" ORDER BY "+c.dialect.Bytewise("t.attacker_uuid")+", "+c.dialect.Bytewise("t.identity_uuid"),
		)
		if err != nil {
			return err
		}
		if err := c.insertAllTotals(ctx); err != nil {
			return err
		}
		if err := c.rebuildNames(ctx); err != nil {
			return err
		}
		for _, scope := range totalledScopes {
			for more := true; more; {
				if _, more, err = c.recountSome(ctx, scope); err != nil {
					return err
				}
			}
		}
		if err := c.runAll(ctx, deleteSeen); err != nil {
			return err
		}
		return c.noteRefresh(ctx, began, ", ready = true")
	})
}

// lockCounted keeps others from changing what sums are made of until the transaction ends.
func (c *change) lockCounted(ctx context.Context) error {
	if c.dialect.LockTable == nil {
		return nil
	}
	return c.runAll(ctx, c.dialect.LockTable(attackers.name), c.dialect.LockTable(tags.name))
}
