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
func (s *Store) TechniqueChanges(scope Scope, before, after *TagSelection) func(ctx context.Context, owners []string) (map[string][]*TechniqueChange, error) {
	return func(ctx context.Context, owners []string) (map[string][]*TechniqueChange, error) {
		if err := s.checkInstants(ctx); err != nil {
			return nil, err
		}
		earlier, err := s.selectionConditions(before)
		if err != nil {
			return nil, err
		}
		later, err := s.selectionConditions(after)
		if err != nil {
			return nil, err
		}
		rel := s.dialect.tags(scope)
		q, err := s.keyedWhere(owners, rel.with, slices.Concat(earlier, later)...)
		if err != nil {
			return nil, err
		}
		const columns = "t.technique_id, t.sub_technique_id"
		old := q.groupsOf("b", grouping{rel, columns, "", q.groupColumns(), "COUNT(*), 0", earlier})
		now := q.groupsOf("a", grouping{rel, columns, "", q.groupColumns(), "0, COUNT(*)", later})
		q.add(old + " UNION ALL " + now)
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

// sumChanges adds up the rows of each technique and sorts them.
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
