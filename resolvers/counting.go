package resolvers

import (
	"cmp"
	"context"
	"slices"
	"time"

	"decnetgraph/graph/model"
	"decnetgraph/resolvers/loaders"
	"decnetgraph/storage"
)

// rollup answers techniques: the rollup of each owner, of the tags that the arguments choose.
func (r *Resolver) rollup(
	ctx context.Context, owners []string, in storage.Scope, from, until *time.Time, filter *model.TTPTagFilter,
) ([][]*storage.TechniqueRollup, error) {
	selection, err := storage.SelectTags(filter, from, until)
	if err != nil {
		return nil, err
	}
	found, err := loaders.LoadMany(ctx, owners, r.Store.Techniques(in, selection))
	if err != nil {
		return nil, err
	}
	return found, r.warnOfNoTags(ctx, filter, slices.ContainsFunc(found, func(rows []*storage.TechniqueRollup) bool { return len(rows) > 0 }))
}

// warnOfNoTags adds a warning for each value of a filter that occurs nowhere, if no tags were counted because of it.
func (r *Resolver) warnOfNoTags(ctx context.Context, filter *model.TTPTagFilter, counted bool) error {
	if filter == nil || counted {
		return nil
	}
	return warnOfUnknown(ctx, r.Store.AllTags(storage.ListOptions{Filter: filter}).(storage.Questioner))
}

// rollupKeys are the keys that the fields of rows of rollups are read by.
func rollupKeys(rows []*storage.TechniqueRollup) []string {
	return mapSlice(rows, (*storage.TechniqueRollup).Key)
}

// countRollups answers a field of rows of rollups that is a count.
func (r *Resolver) countRollups(ctx context.Context, rows []*storage.TechniqueRollup, count storage.RollupCount) ([]*int, error) {
	return countFields(ctx, rollupKeys(rows), r.Store.RollupCounts(count))
}

// rollupTactics are the tactics of each row of a rollup, in matrix order.
func (r *Resolver) rollupTactics(ctx context.Context, rows []*storage.TechniqueRollup) ([][]*storage.TacticCount, error) {
	found, err := loaders.LoadMany(ctx, rollupKeys(rows), r.Store.RollupTactics)
	if err != nil {
		return nil, err
	}
	places := r.tacticPlaces()
	return mapSlice(found, func(tactics []*storage.TacticCount) []*storage.TacticCount {
		ordered := append([]*storage.TacticCount{}, tactics...) // other fields may share what was read
		slices.SortStableFunc(ordered, func(a, b *storage.TacticCount) int { return cmp.Compare(places(a.TacticID), places(b.TacticID)) })
		return ordered
	}), nil
}

// tacticPlaces returns the place of each tactic in the matrices, and a later one for a number that they do not have.
func (r *Resolver) tacticPlaces() func(attackID string) int {
	tactics := r.Catalogue.Tactics()
	places := make(map[string]int, len(tactics))
	for i, tactic := range tactics {
		places[tactic.AttackID] = i
	}
	return func(attackID string) int {
		if place, known := places[attackID]; known {
			return place
		}
		return len(places)
	}
}

// selectedRollups finds the rows of rollups whose ids contain a selection of tags.
func (r *Resolver) selectedRollups(ctx context.Context, refs []storage.Ref, found map[storage.Ref]model.Node) error {
	var rollups []string
	for _, ref := range refs {
		if found[ref] == nil && ref.Kind == storage.KindTechniqueRollup {
			rollups = append(rollups, ref.Key)
		}
	}
	if len(rollups) == 0 {
		return nil
	}
	rows, err := r.Store.SelectedRollupRows(ctx, rollups, func() any { return new(model.TTPTagFilter) })
	for key, row := range rows {
		found[storage.Ref{Kind: storage.KindTechniqueRollup, Key: key}] = row
	}
	return err
}
