package storage

import (
	"cmp"
	"context"
	"slices"
)

// TacticCount is the number of tags of one tactic.
type TacticCount struct {
	TacticID string
	Count    int
}

// RollupTactics counts the tags of each row that a key names by tactic, in one statement for each scope. Tactics are
// ordered by number, and their counts add up to the count of the row.
func (s *Store) RollupTactics(ctx context.Context, keys []string) (map[string][]*TacticCount, error) {
	found := make(map[string][]*TacticCount, len(keys))
	for group, wanted := range groupKeys(keys) {
		selection, known := selected(ctx, group)
		if !known {
			continue
		}
		rows := make(map[rollupKey][]*TacticCount, len(wanted))
		if err := s.rollupTactics(ctx, group.scope, selection, wanted, rows); err != nil {
			return nil, err
		}
		for _, k := range wanted {
			if tactics := sumTactics(rows[rollupKey{owner: k.owner, technique: k.technique, sub: k.sub}]); len(tactics) > 0 {
				found[k.String()] = tactics
			}
		}
	}
	return found, nil
}

// rollupTactics adds the tactics of each group of tags to rows; several arms may have brought some of one tactic.
func (s *Store) rollupTactics(ctx context.Context, scope Scope, selection *TagSelection, wanted []rollupKey, rows map[rollupKey][]*TacticCount) error {
	if err := s.checkInstants(ctx); err != nil {
		return err
	}
	where, err := s.selectionConditions(selection)
	if err != nil {
		return err
	}
	of := s.countable(scope, append(where, techniquesIn(wanted)...), inSpan)
	q, err := s.keyedWhere(ownersOf(wanted), of.rel.with, of.where...)
	if err != nil {
		return err
	}
	q.sums = of.from == fromSums
	groups := q.groupColumns() + ", " + q.GroupKey("c.tactic")
	q.add(q.groupsOf("c", grouping{of.rel, of.columns("t.technique_id, t.sub_technique_id, t.tactic"), "", groups, of.number(), of.where}))
	var key rollupKey
	var one TacticCount
	dest := []scanner{{Into: text(&key.owner)}, {Into: text(&key.technique)}, {Into: text(&key.sub)}, {Into: text(&one.TacticID)}, {Into: safeInt(&one.Count)}}
	return s.scanRows(ctx, q, dest, func() error {
		tactic := one
		rows[key] = append(rows[key], &tactic)
		return nil
	})
}

// sumTactics adds up the rows of each tactic and sorts them. A tactic whose tags have gone is left out.
func sumTactics(rows []*TacticCount) []*TacticCount {
	slices.SortFunc(rows, func(a, b *TacticCount) int { return cmp.Compare(a.TacticID, b.TacticID) })
	once := rows[:0]
	for _, row := range rows {
		if last := len(once) - 1; last >= 0 && once[last].TacticID == row.TacticID {
			once[last].Count += row.Count
		} else {
			once = append(once, row)
		}
	}
	return slices.DeleteFunc(once, func(t *TacticCount) bool { return t.Count == 0 })
}
