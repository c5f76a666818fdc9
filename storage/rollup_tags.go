package storage

import (
	"context"
	"slices"
)

// RollupTags lists the tags that each row that a key names counts, newest first.
func (s *Store) RollupTags(o ListOptions) List[TTPTag] { return rollupTags{s, o} }

type rollupTags struct {
	store   *Store
	options ListOptions
}

// Page implements List.
func (l rollupTags) Page(ctx context.Context, keys []string, p Page) (map[string]Slice[TTPTag], error) {
	return perScope(ctx, l, keys, func(q query[TTPTag], owners []string) (map[string]Slice[TTPTag], error) {
		return q.Page(ctx, owners, p)
	})
}

// Count implements List.
func (l rollupTags) Count(ctx context.Context, keys []string) (map[string]int, error) {
	return perScope(ctx, l, keys, func(q query[TTPTag], owners []string) (map[string]int, error) {
		return q.Count(ctx, owners)
	})
}

// perScope reads, for the keys of each scope, a list whose owners are groups instead of the scope's own owners.
func perScope[V any](ctx context.Context, l rollupTags, keys []string, list func(query[TTPTag], []string) (map[string]V, error)) (map[string]V, error) {
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
		where = append(where, techniquesIn(wanted)...)
		rel := s.dialect.tags(keyed.scope)
		rel.arms = slices.Clone(rel.arms)
		group := s.dialect.Bytewise("CONCAT(" + rel.arms[0].owner + ", '|', t.technique_id, '|', COALESCE(t.sub_technique_id, ''))")
		for i := range rel.arms { // the arms of a scope name their owner alike
			rel.arms[i].owner = group
		}
		names := make(map[string]string, len(wanted))
		owners := make([]string, len(wanted))
		for i, k := range wanted {
			owners[i] = k.owner + "|" + k.technique + "|" + k.sub
			names[owners[i]] = k.String()
		}
		tagsOfGroups := listOf(s, tags, rel, l.options, append(where, amongTexts{group, owners})...)
		tagsOfGroups.keys = ownersOf(wanted)
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
