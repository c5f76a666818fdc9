package storage

import (
	"context"
	"slices"
	"strconv"
	"strings"
)

// RollupTags lists the tags that each row that a key names counts, newest first.
func (s *Store) RollupTags(o ListOptions) List[TTPTag] { return rollupTags{s, o} }

type rollupTags struct {
	store   *Store
	options ListOptions
}

// Page implements List.
func (l rollupTags) Page(ctx context.Context, keys []string, p Page) (map[string]Slice[TTPTag], error) {
	first := 0
	if p.After == nil && p.Before == nil && !p.Backward {
		first = p.Offset + p.ahead()
	}
	return perScope(ctx, l, keys, first, func(q query[TTPTag], owners []string) (map[string]Slice[TTPTag], error) {
		return q.Page(ctx, owners, p)
	})
}

// Count implements List.
func (l rollupTags) Count(ctx context.Context, keys []string) (map[string]int, error) {
	return perScope(ctx, l, keys, 0, func(q query[TTPTag], owners []string) (map[string]int, error) {
		return q.Count(ctx, owners)
	})
}

// perScope reads, for the keys of each scope, a list whose owners are groups instead of the scope's own owners. If the
// caller needs only the first tags of each group, first is how many; 0 means all.
func perScope[V any](
	ctx context.Context, l rollupTags, keys []string, first int, list func(query[TTPTag], []string) (map[string]V, error),
) (map[string]V, error) {
	s, found := l.store, empties[V](keys)
	for keyed, wanted := range groupKeys(keys) {
		selection, known := selected(ctx, keyed)
		if !known {
			continue
		}
		where, err := s.selectionConditions(selection)
		if err != nil {
			return nil, err
		}
		names := make(map[string]string, len(wanted))
		owners := make([]string, len(wanted))
		for i, k := range wanted {
			owners[i] = k.owner + "|" + k.technique + "|" + k.sub
			names[owners[i]] = k.String()
		}
		tagsOfGroups := listOf(s, tags, relation{}, l.options, where...)
		if keyed.scope.Of == KindFleet && readable(wanted) && (s.dialect.Lateral || first > 0 && tagsOfGroups.newestOfAll()) {
			tagsOfGroups.rel = s.dialect.tagsOfCells(first)
		} else {
			group, rel := s.dialect.tagsByCell(keyed.scope)
			tagsOfGroups.rel, tagsOfGroups.keys = rel, ownersOf(wanted)
			tagsOfGroups.where = slices.Concat(tagsOfGroups.where, techniquesIn(wanted), and{amongTexts{group, owners}})
		}
		answers, err := list(tagsOfGroups, owners)
		if err != nil {
			return nil, err
		}
		for owner, answer := range answers {
			if name, wanted := names[owner]; wanted {
				found[name] = answer
			}
		}
	}
	return found, nil
}

// newestOfAll reports whether the list has all rows, the newest first, and the database holds their instants alike.
func (l query[T]) newestOfAll() bool {
	own, _ := l.table.ordered(nil)
	return l.err == nil && len(l.where) == 0 && l.order.name() == own.name() && !l.store.dialect.holdsOdd("created_at")
}

// tagsByCell is the relation of the tags of a scope, each owned by its cell: the owner, the technique and the sub-technique
// in one text, of which group is the SQL.
func (d dialect) tagsByCell(scope Scope) (group string, rel relation) {
	rel = d.tags(scope)
	rel.arms = slices.Clone(rel.arms)
	group = d.Bytewise("CONCAT(" + rel.arms[0].owner + ", '|', t.technique_id, '|', COALESCE(t.sub_technique_id, ''))")
	for i := range rel.arms { // the arms of a scope name their owner alike
		rel.arms[i].owner = group
	}
	return group, rel
}

// tagsOfCells is the relation of the tags of the fleet to cells, which are requested as tagsByCell writes them. It finds
// the first tags of each cell by an index, where tagsByCell reads all tags of the fleet. On databases without lateral derived
// tables, it leaves out the tags of a cell that are older than the newest ones, as many as first says.
func (d dialect) tagsOfCells(first int) relation {
	names := "SUBSTR(k, 2)"
	end := d.BytePosition("'|'", names)
	technique, sub := "SUBSTR("+names+", 1, "+end+" - 1)", "SUBSTR("+names+", "+end+" + 1)"
	rel := relation{with: "cells(owner, technique, sub) AS (SELECT owner, " + technique + ", " + sub + " FROM requested)"}
	none := func(sub string) string { return d.Equal(sub, "''") }
	for _, a := range []struct{ column, key, where, cells string }{
		{"t.sub_technique_id", "c.sub", d.Equal("t.technique_id", "c.technique"), "NOT (" + none("sub") + ")"},
		{"t.technique_id", "c.technique", "(t.sub_technique_id IS NULL OR " + none("t.sub_technique_id") + ")", none("sub")},
	} {
		cells := "(SELECT * FROM cells WHERE " + a.cells + ") c"
		if !d.Lateral {
			oldest := "(SELECT t.created_at FROM ttp_tag t WHERE " + d.Equal(a.column, a.key) + " AND " + a.where +
				" ORDER BY t.created_at DESC, t.uuid DESC LIMIT 1 OFFSET " + strconv.Itoa(first-1) + ")"
			a.where += " AND t.created_at >= COALESCE(" + oldest + ", " + d.EarliestInstant + ")"
		}
		rel.arms = append(rel.arms, arm{owner: "c.owner", from: cells, steps: []step{{tags.name + " t", a.column, a.key}}, where: a.where})
	}
	return rel
}

// readable reports whether tagsOfCells can tell the technique of each key from the sub-technique.
func readable(keys []rollupKey) bool {
	return !slices.ContainsFunc(keys, func(k rollupKey) bool { return strings.Contains(k.technique, "|") })
}
