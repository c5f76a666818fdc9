package resolvers

import (
	"context"
	"encoding/json"
	"slices"

	"decnetgraph/graph/model"
	"decnetgraph/resolvers/loaders"
	"decnetgraph/storage"
)

// checkTop refuses a number of values that a distribution cannot list.
func checkTop(top int) error {
	if top < 1 || top > MaxPage {
		return storage.Invalid("top lies between 1 and %d, not %d", MaxPage, top)
	}
	return nil
}

// distributions answers distribution of the connections of a level: how the rows of each list are distributed.
func distributions[T any](ctx context.Context, connections []*model.Connection[T], by string, top int) ([]*storage.Distribution, error) {
	if err := checkTop(top); err != nil {
		return nil, err
	}
	list := connections[0].List().(storage.Divisible)
	owners := mapSlice(connections, (*model.Connection[T]).Owner)
	found, err := loaders.LoadMany(ctx, owners, func(ctx context.Context, owners []string) (map[string]storage.Distribution, error) {
		groups, err := list.Groups(ctx, owners, []string{by})
		answers := make(map[string]storage.Distribution, len(groups))
		for owner, of := range groups {
			answers[owner] = storage.Distribute(by, of, nil, top)
		}
		return answers, err
	})
	return pointersTo(found), err
}

// tagsOfPage is the whole list that a page of tags is of.
func tagsOfPage(page *model.Connection[storage.TTPTag]) model.Division {
	return model.Division{List: page.List().(storage.Divisible), Owner: page.Owner()}
}

// tagsOfValue are the tags that have a value.
func tagsOfValue(value *model.TagValueCount) model.Division { return value.Division }

// divisionKey identifies a Division among those of a level, which have the list and the values to count by in common.
type divisionKey struct{ owner, keys string }

func keyOfDivision(d model.Division) divisionKey {
	keys, _ := json.Marshal(d.Keys) // texts always marshal
	return divisionKey{d.Owner, string(keys)}
}

// tagDistributions answers distribution of tags: how those of each Division are distributed over one more value.
func tagDistributions(ctx context.Context, of []model.Division, by storage.TagFacet, top int) ([]*model.TagDistribution, error) {
	if err := checkTop(top); err != nil {
		return nil, err
	}
	all := slices.Concat(of[0].By, []string{string(by)})
	query := perDivision(all, of[0].List.Groups, func(groups []storage.Group, keys []*string) storage.Distribution {
		return storage.Distribute(string(by), groups, keys, top)
	})
	found, err := loaders.LoadMany(ctx, mapSlice(of, keyOfDivision), query)
	if err != nil {
		return nil, err
	}
	answers := make([]*model.TagDistribution, len(of))
	for i := range of {
		answers[i] = &model.TagDistribution{Distribution: found[i], Division: of[i]}
		answers[i].Division.By = all
	}
	return answers, nil
}

// attackersOfValues counts the distinct attackers of the tags that have each value.
func attackersOfValues(ctx context.Context, values []*model.TagValueCount) ([]*int, error) {
	of := mapSlice(values, tagsOfValue)
	return countFields(ctx, mapSlice(of, keyOfDivision), perDivision(of[0].By, of[0].List.AttackerGroups, func(groups []storage.Group, keys []*string) int {
		count := 0
		for _, g := range groups {
			if storage.SameValues(g.Keys, keys) {
				count += g.Count
			}
		}
		return count
	}))
}

// groupQuery is a method of storage.Divisible.
type groupQuery = func(ctx context.Context, owners, by []string) (map[string][]storage.Group, error)

// perDivision makes a query for divisions of one that counts groups of whole lists. answer makes the answer for the values
// of a Division from all groups of its owner.
func perDivision[V any](by []string, query groupQuery, answer func([]storage.Group, []*string) V) loaders.Query[divisionKey, V] {
	return func(ctx context.Context, keys []divisionKey) (map[divisionKey]V, error) {
		groups, err := query(ctx, mapSlice(keys, func(k divisionKey) string { return k.owner }), by)
		if err != nil {
			return nil, err
		}
		answers := make(map[divisionKey]V, len(keys))
		for _, key := range keys {
			var values []*string
			if err := json.Unmarshal([]byte(key.keys), &values); err != nil {
				return nil, err
			}
			answers[key] = answer(groups[key.owner], values)
		}
		return answers, nil
	}
}

// techniqueOf is the catalogue entry of the technique that tags are counted by; nil if they are counted by another value.
func (r *Resolver) techniqueOf(value *storage.ValueCount) *model.Technique {
	if value.Facet != string(storage.TagsByTechnique) && value.Facet != string(storage.TagsByParent) {
		return nil
	}
	return r.subTechnique(value.Key)
}

// tacticOf is the catalogue entry of the tactic that tags are counted by; nil if they are counted by another value.
func (r *Resolver) tacticOf(value *storage.ValueCount) *model.Tactic {
	if value.Facet != string(storage.TagsByTactic) || value.Key == nil {
		return nil
	}
	return r.tactic(*value.Key)
}
