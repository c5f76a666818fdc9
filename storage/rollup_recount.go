package storage

import (
	"context"
	"slices"
)

// recountedOwners is how many owners are counted in a transaction.
const recountedOwners = 4

// uncounted is a total whose identities or attackers are to be counted.
type uncounted struct {
	total int64
	group rollupKey
}

// RecountRollups counts the identities and attackers that a refresh has left to be counted, and tells
// of how many totals. Until then they are counted for each request that wants them.
//
// It counts without the lock, a few owners at a time. What is counted holds for the totals of one refresh: what
// changes meanwhile leaves marks, or fresh parts, for the next one. So it ends if there was another one.
func (s *Store) RecountRollups(ctx context.Context) (counted int, err error) {
	if !s.sums {
		return 0, ErrNoRollups
	}
	for _, scope := range totalledScopes {
		for more := true; more && err == nil; {
			n := 0
			err = s.write(ctx, func(c *change) (err error) {
				n, more, err = c.recountSome(ctx, scope)
				return err
			})
			counted += n
		}
	}
	return counted, err
}

// recountSome counts for a few owners of a scope, and tells whether there may be more of them.
func (c *change) recountSome(ctx context.Context, scope Scope) (n int, more bool, err error) {
	before, err := c.refreshes(ctx, "")
	if err != nil {
		return 0, false, err
	}
	rows, err := c.uncounted(ctx, scope)
	if err != nil || len(rows) == 0 {
		return 0, false, err
	}
	owners := distinct(groupsOf(rows), func(k rollupKey) string { return k.owner })
	if len(owners) > recountedOwners {
		more = true
		rows = slices.DeleteFunc(rows, func(u uncounted) bool { return slices.Contains(owners[recountedOwners:], u.group.owner) })
	}
	counts, err := c.recounts(ctx, scope, groupsOf(rows))
	if err != nil {
		return 0, false, err
	}
	now, err := c.refreshes(ctx, c.dialect.ForUpdate)
	if err != nil || now != before {
		return 0, false, err
	}
	for _, row := range rows {
		q := &statement{dialect: c.dialect}
		q.add("UPDATE rollup_total SET identities = ?, attackers = ? WHERE total = ?", counts[row.group].identities, counts[row.group].attackers, row.total)
		if _, err := c.exec(ctx, q); err != nil {
			return 0, false, err
		}
	}
	return len(rows), more, nil
}

// refreshes is how often the totals were refreshed; a suffix may lock them.
func (c *change) refreshes(ctx context.Context, lock string) (n int64, err error) {
	err = c.catalogue(ctx, "SELECT refreshes FROM rollup_state"+lock, []scanner{{Into: large(&n)}}, func() {})
	return n, err
}

func groupsOf(rows []uncounted) []rollupKey {
	groups := make([]rollupKey, len(rows))
	for i, row := range rows {
		groups[i] = row.group
	}
	return groups
}

func (c *change) uncounted(ctx context.Context, scope Scope) (rows []uncounted, err error) {
	row := uncounted{group: rollupKey{scope: scope}}
	dest := []scanner{{Into: large(&row.total)}, {Into: text(&row.group.owner)}, {Into: text(&row.group.technique)}, {Into: text(&row.group.sub)}}
	err = c.catalogue(ctx, "SELECT total, owner, technique_id, sub_technique_id FROM rollup_total WHERE "+scope.totals(byTechnique)+
		" AND (identities IS NULL OR attackers IS NULL)", dest, func() {
		rows = append(rows, row)
		row = uncounted{group: rollupKey{scope: scope}}
	})
	return rows, err
}

// behindGroup is how many are behind a total.
type behindGroup struct{ identities, attackers int }

// recounts counts identities and attackers for groups, and for others of the same owners and techniques.
func (c *change) recounts(ctx context.Context, scope Scope, groups []rollupKey) (map[rollupKey]behindGroup, error) {
	d := c.dialect
	where, err := d.among("t.technique_id", distinct(groups, func(k rollupKey) string { return k.technique }))
	if err != nil {
		return nil, err
	}
	rel := d.parts("asked", scope, dimension{parts: "t.dimension = 1"})
	attackers, _, _ := d.behind(scope, RollupAttackers)
	identities, join, faces := d.behind(scope, RollupIdentities)
	q, err := c.keyed(ownersOf(groups), expressions(rel.with, faces))
	if err != nil {
		return nil, err
	}
	q.named("c", rel, "t.technique_id, t.sub_technique_id, t.attacker_uuid, t.identity_uuid", []condition{where})
	q.add("SELECT " + d.groups() + ", COUNT(DISTINCT " + identities + "), COUNT(DISTINCT " + attackers + ") FROM c" + join + " GROUP BY " + d.groups())
	found := map[rollupKey]behindGroup{}
	key := rollupKey{scope: scope}
	var n behindGroup
	dest := []scanner{{Into: text(&key.owner)}, {Into: text(&key.technique)}, {Into: text(&key.sub)}, {Into: whole(&n.identities)}, {Into: whole(&n.attackers)}}
	return found, c.each(ctx, q, dest, func() error {
		found[key] = n
		key = rollupKey{scope: scope}
		return nil
	})
}
