package storage

import (
	"context"
	"slices"
)

// ownersPerRecount is how many owners are counted in one transaction.
const ownersPerRecount = 4

// uncountedTotal is a total whose distinct counts are unknown.
type uncountedTotal struct {
	total int64
	group rollupKey
}

// RecountRollups counts the distinct identities and attackers of totals for which a refresh has left them unknown, and
// returns the number of totals that it has completed. Until then each request that selects these counts computes them.
//
// It counts without the lock, a few owners at a time. The counts hold for the totals of one refresh: what changes
// meanwhile leaves marks, or fresh parts, for the next one. So it ends if there was another refresh.
func (s *Store) RecountRollups(ctx context.Context) (counted int, err error) {
	if !s.facts().sums {
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

// recountSome counts for a few owners of a scope, and reports whether there may be more of them.
func (c *change) recountSome(ctx context.Context, scope Scope) (n int, more bool, err error) {
	before, err := c.refreshes(ctx, "")
	if err != nil {
		return 0, false, err
	}
	rows, err := c.uncountedTotals(ctx, scope)
	if err != nil || len(rows) == 0 {
		return 0, false, err
	}
	owners := distinct(groupsOf(rows), func(k rollupKey) string { return k.owner })
	if len(owners) > ownersPerRecount {
		more = true
		rows = slices.DeleteFunc(rows, func(u uncountedTotal) bool { return slices.Contains(owners[ownersPerRecount:], u.group.owner) })
	}
	counts, err := c.distinctCounts(ctx, scope, groupsOf(rows))
	if err != nil {
		return 0, false, err
	}
	now, err := c.refreshes(ctx, c.dialect.ForUpdate)
	if err != nil || now != before {
		return 0, false, err
	}
	update := "UPDATE rollup_total SET " + distinctList(func(count RollupCount) string { return string(count) + " = ?" }) + " WHERE total = ?"
	for _, row := range rows {
		args := make([]any, 0, len(rollupCounts)+1)
		for i := range rollupCounts {
			n := 0 // a group that has no tags anymore
			if found := counts[row.group]; found != nil {
				n = found[i]
			}
			args = append(args, n)
		}
		q := &statement{dialect: c.dialect}
		q.add(update, append(args, row.total)...)
		if _, err := c.exec(ctx, q); err != nil {
			return 0, false, err
		}
	}
	return len(rows), more, nil
}

// refreshes returns how often the totals were refreshed; lock may end the statement so that it locks them.
func (c *change) refreshes(ctx context.Context, lock string) (n int64, err error) {
	err = c.catalogue(ctx, "SELECT refreshes FROM rollup_state"+lock, []scanner{{Into: large(&n)}}, func() {})
	return n, err
}

func groupsOf(rows []uncountedTotal) []rollupKey {
	groups := make([]rollupKey, len(rows))
	for i, row := range rows {
		groups[i] = row.group
	}
	return groups
}

// uncountedTotals returns the totals of a scope whose distinct counts are unknown.
func (c *change) uncountedTotals(ctx context.Context, scope Scope) (rows []uncountedTotal, err error) {
	unknown := ""
	for _, count := range rollupCounts {
		if unknown != "" {
			unknown += " OR "
		}
		unknown += string(count) + " IS NULL"
	}
	row := uncountedTotal{group: rollupKey{scope: scope}}
	dest := []scanner{{Into: large(&row.total)}, {Into: text(&row.group.owner)}, {Into: text(&row.group.technique)}, {Into: text(&row.group.sub)}}
	err = c.catalogue(ctx, "SELECT total, owner, technique_id, sub_technique_id FROM rollup_total WHERE "+scope.totalsCondition(byTechnique)+
		" AND ("+unknown+")", dest, func() {
		rows = append(rows, row)
		row = uncountedTotal{group: rollupKey{scope: scope}}
	})
	return rows, err
}

// distinctCounts counts, in the order of rollupCounts, for groups and for others of the same owners and techniques.
func (c *change) distinctCounts(ctx context.Context, scope Scope, groups []rollupKey) (map[rollupKey][]int, error) {
	d := c.dialect
	where := amongTexts{"t.technique_id", distinct(groups, func(k rollupKey) string { return k.technique })}
	rel := d.parts("requested", scope, mergedPart)
	actors := d.distinctActors(scope)
	q, err := c.keyed(ownersOf(groups), expressions(rel.with, actors.with))
	if err != nil {
		return nil, err
	}
	q.addRowsCTE("c", rel, actorColumns, []condition{where})
	q.add("SELECT " + d.groupColumns() + ", " + actors.column + " FROM c" + actors.join + " GROUP BY " + d.groupColumns())
	found := map[rollupKey][]int{}
	key := rollupKey{scope: scope}
	counts := make([]int, len(rollupCounts))
	dest := []scanner{{Into: text(&key.owner)}, {Into: text(&key.technique)}, {Into: text(&key.sub)}}
	for i := range counts {
		dest = append(dest, scanner{Into: safeInt(&counts[i])})
	}
	return found, c.scanRows(ctx, q, dest, func() error {
		found[key] = slices.Clone(counts)
		key = rollupKey{scope: scope}
		return nil
	})
}
