package storage

import "context"

// RollupCount is a count of a rollup row that costs a statement of its own. It is also the column of the count in
// rollup_total.
type RollupCount string

// The counts that cost a statement of their own.
const (
	RollupIdentities RollupCount = "identities"
	RollupAttackers  RollupCount = "attackers"
)

// RollupCounts counts the distinct identities or attackers of the tags of each row that a key names. The identity
// of a tag is its own or else its attacker's, with merged identities taken as one; a Literal scope counts only the
// tags' own, as DECNET does.
func (s *Store) RollupCounts(count RollupCount) func(ctx context.Context, keys []string) (map[string]int, error) {
	return func(ctx context.Context, keys []string) (map[string]int, error) {
		found := make(map[string]int, len(keys))
		for group, wanted := range groupKeys(keys) {
			selection, known := selected(ctx, group)
			if !known {
				continue
			}
			counts := make(map[rollupKey]int, len(wanted))
			if err := s.countRollup(ctx, group.scope, selection, wanted, count, counts); err != nil {
				return nil, err
			}
			for _, k := range wanted { // the statement counts other groups of the same owners, too
				if n, counted := counts[rollupKey{scope: k.scope, owner: k.owner, technique: k.technique, sub: k.sub}]; counted {
					found[k.String()] = n
				}
			}
		}
		return found, nil
	}
}

func (s *Store) countRollup(ctx context.Context, scope Scope, selection *TagSelection, wanted []rollupKey, count RollupCount, counts map[rollupKey]int) error {
	where, err := s.selectionConditions(selection)
	if err != nil {
		return err
	}
	if count == RollupAttackers && selection == nil && s.usesNameSums(scope.Of) {
		return s.attackersOfNames(ctx, nameTechniquesOf(scope.Of), ownersOf(wanted), func(owner, technique, sub string, n int) {
			counts[rollupKey{scope: scope, owner: owner, technique: technique, sub: sub}] += n
		})
	}
	where = append(where, techniquesIn(wanted)...)
	sums := s.usesSums(scope) && selection == nil
	rel, totals := s.dialect.countRelations(scope, count, sums)
	if !sums {
		of := s.countableTags(scope, where)
		rel, where = of.rel, of.where
	}
	actor := s.dialect.distinctActor(scope, count)
	q, err := s.keyedWhere(ownersOf(wanted), expressions(rel.with, actor.with), where...)
	if err != nil {
		return err
	}
	q.sums = sums
	q.addRowsCTE("c", rel, actorColumns, where)
	sides := "SELECT " + q.groupColumns() + ", " + actor.count() + " FROM c" + actor.join + " GROUP BY " + q.groupColumns()
	if len(totals.arms) > 0 {
		q.addRowsCTE("counted", totals, "t.technique_id, t.sub_technique_id, t."+string(count), where)
		sides += " UNION ALL SELECT " + q.groupColumns() + ", c." + string(count) + " FROM counted c"
	}
	q.add(sides)
	key := rollupKey{scope: scope}
	var n int
	dest := []scanner{{Into: text(&key.owner)}, {Into: text(&key.technique)}, {Into: text(&key.sub)}, {Into: safeInt(&n)}}
	return s.scanRows(ctx, q, dest, func() error {
		counts[key] = n
		return nil
	})
}

// actorColumns are the columns that distinctActor reads, and those of the group.
const actorColumns = "t.technique_id, t.sub_technique_id, t.attacker_uuid, t.identity_uuid"

// actor is the SQL of an identity or an attacker in rows c.
type actor struct {
	column string // identifies it
	join   string // tables that column needs after c
	with   string // common table expressions that join needs
}

// count is the aggregate that counts distinct actors.
func (a actor) count() string { return "COUNT(DISTINCT " + a.column + ")" }

// distinctActor returns what a count counts.
func (d dialect) distinctActor(scope Scope, count RollupCount) actor {
	switch {
	case count == RollupAttackers:
		return actor{column: d.Bytewise("c.attacker_uuid")}
	case scope.Membership == Literal:
		return actor{column: d.Bytewise("c.identity_uuid")}
	}
	return actor{
		column: d.Bytewise("COALESCE(f.representative, c.identity_uuid, a.identity_id)"),
		join: " LEFT JOIN attackers a ON c.identity_uuid IS NULL AND " + d.Equal("a.uuid", "c.attacker_uuid") +
			" LEFT JOIN representatives f ON " + d.Equal("f.uuid", "COALESCE(c.identity_uuid, a.identity_id)"),
		with: d.representativesCTE(),
	}
}

// distinctActors returns the SELECT list of all distinct counts, named by their columns, and what they need.
func (d dialect) distinctActors(scope Scope) actor {
	all := actor{column: distinctList(func(count RollupCount) string {
		return d.distinctActor(scope, count).count() + " AS " + string(count)
	})}
	for _, count := range rollupCounts {
		one := d.distinctActor(scope, count)
		all.join += one.join
		all.with = expressions(all.with, one.with)
	}
	return all
}

// countRelations returns the rows that distinct identities or attackers are counted from, and, for owners whose counts
// are up to date, the totals that hold them.
func (d dialect) countRelations(scope Scope, count RollupCount, sums bool) (from, totals relation) {
	switch {
	case !sums:
		return d.tags(scope), relation{}
	case !scope.hasTotals():
		return d.parts("requested", scope, byTechnique.complete...), relation{}
	}
	owners := scope.totalOwners()
	outdated := owners.outdatedCountsSelect(d) + " UNION SELECT requested.k FROM requested" +
		d.join(totalsSubquery(scope, byTechnique, string(count)+" IS NULL")+" t", "t.owner", "requested.k")
	if count == RollupIdentities && scope.Membership == Resolved { // links that no owner is above decide who represents whom
		outdated += " UNION SELECT k FROM requested WHERE EXISTS (SELECT 1 FROM rollup_stale WHERE " + markCondition(owners.mergeMarks()) + ")"
	}
	from = d.parts(outdatedRequested, scope, byTechnique.complete...)
	ancestors := owners.ancestorsCTE(d, owners.marksOf(byTechnique), freshGroupCondition(d))
	from.with = expressions(ancestors, outdatedCTE(outdated), outdatedRequestedCTE, from.with)
	return from, relation{arms: []arm{totalsArm(scope, byTechnique).withCondition(upToDateCondition)}}
}
