package storage

import (
	"cmp"
	"context"
	"slices"
)

// TechniqueChange compares the numbers of tags of one technique, or of one sub-technique, in two spans of time.
type TechniqueChange struct {
	TechniqueID    string
	SubTechniqueID *string
	Before, After  int
}

// Difference is the number of tags that there are more after than before; negative if there are less.
func (t *TechniqueChange) Difference() int { return t.After - t.Before }

// TechniqueChanges compares the tags of each owner in two selections, by technique, in one statement for all owners. A
// technique that only one of them has is listed with 0 in the other. Rows are ordered by the size of the difference,
// largest first, then by the number of tags after, largest first, then by technique and sub-technique.
func (s *Store) TechniqueChanges(scope Scope, earlier, later *TagSelection) func(ctx context.Context, owners []string) (map[string][]*TechniqueChange, error) {
	return func(ctx context.Context, owners []string) (map[string][]*TechniqueChange, error) {
		if err := s.checkInstants(ctx); err != nil {
			return nil, err
		}
		oldConditions, err := s.selectionConditions(earlier)
		if err != nil {
			return nil, err
		}
		newConditions, err := s.selectionConditions(later)
		if err != nil {
			return nil, err
		}
		old, now := s.countable(scope, oldConditions, inSpan), s.countable(scope, newConditions, inSpan)
		if old.from != now.from { // one of them has no whole day: both are short
			old, now = s.countableTags(scope, oldConditions), s.countableTags(scope, newConditions)
		}
		q, err := s.keyedWhere(owners, old.rel.with, slices.Concat(old.where, now.where)...)
		if err != nil {
			return nil, err
		}
		q.sums = old.from == fromSums
		columns, number := old.columns("t.technique_id, t.sub_technique_id"), old.number()
		before := q.groupsOf("b", grouping{old.rel, columns, "", q.groupColumns(), number + ", 0", old.where})
		after := q.groupsOf("a", grouping{now.rel, columns, "", q.groupColumns(), "0, " + number, now.where})
		q.add(before + " UNION ALL " + after)
		found := emptyLists[*TechniqueChange](owners)
		var owner string
		var row TechniqueChange
		dest := []scanner{
			{Into: text(&owner)},
			{Into: text(&row.TechniqueID)},
			{Into: optionalText(&row.SubTechniqueID)},
			{Into: safeInt(&row.Before)},
			{Into: safeInt(&row.After)},
		}
		err = s.scanRows(ctx, q, dest, func() error {
			if _, wanted := found[owner]; wanted {
				change := row
				found[owner] = append(found[owner], &change)
			}
			return nil
		})
		for owner, rows := range found {
			found[owner] = sumChanges(rows)
		}
		return found, err
	}
}

// sumChanges adds up the rows of each technique and sorts them. A technique whose tags have gone is left out.
func sumChanges(rows []*TechniqueChange) []*TechniqueChange {
	byTechnique := func(a, b *TechniqueChange) int {
		return compareTechniques(a.TechniqueID, a.SubTechniqueID, b.TechniqueID, b.SubTechniqueID)
	}
	slices.SortFunc(rows, byTechnique)
	once := rows[:0]
	for _, row := range rows {
		if last := len(once) - 1; last >= 0 && byTechnique(once[last], row) == 0 {
			once[last].Before += row.Before
			once[last].After += row.After
		} else {
			once = append(once, row)
		}
	}
	once = slices.DeleteFunc(once, func(t *TechniqueChange) bool { return t.Before == 0 && t.After == 0 })
	slices.SortStableFunc(once, func(a, b *TechniqueChange) int {
		return cmp.Or(cmp.Compare(magnitude(b.Difference()), magnitude(a.Difference())), cmp.Compare(b.After, a.After))
	})
	return once
}

// ChangeOrder is an order of changes. Rows that are equal in it are ordered by technique and sub-technique.
type ChangeOrder string

// Orders of changes.
const (
	ChangesByDifference ChangeOrder = "DIFFERENCE" // by the size of the difference, largest first, then by the number after
	ChangesByAfter      ChangeOrder = "AFTER"      // by the number after, then by the one before, both largest first
)

// SortChanges sorts rows, which TechniqueChanges returns by difference.
func SortChanges(rows []*TechniqueChange, by ChangeOrder) {
	if by == ChangesByAfter {
		slices.SortFunc(rows, func(a, b *TechniqueChange) int {
			return cmp.Or(b.After-a.After, b.Before-a.Before, compareTechniques(a.TechniqueID, a.SubTechniqueID, b.TechniqueID, b.SubTechniqueID))
		})
	}
}

func magnitude(n int) int { return max(n, -n) }
