// Package resolvers answers the fields of the schema: each resolver checks its arguments and asks
// storage through a loader. It also puts the schema behind HTTP.
package resolvers

import (
	"context"

	"decnetgraph/graph/model"
	"decnetgraph/resolvers/loaders"
	"decnetgraph/storage"
)

// Resolver is the root of all resolvers.
type Resolver struct {
	Store     *storage.Store
	Catalogue model.Catalogue
}

// connect answers a connection field: one page of the list that belongs to owner, empty for a list
// without owners.
func connect[T any](ctx context.Context, list storage.List[T], owner string, w window) (*model.Connection[T], error) {
	page, err := w.page(longestPage(ctx))
	if err != nil {
		return nil, err
	}
	slice, err := loaders.Page(ctx, owner, list, page)
	if err != nil {
		return nil, err
	}
	total := func(ctx context.Context) (int, error) {
		if slice.Total != nil {
			return *slice.Total, nil
		}
		return loaders.Load(ctx, owner, list.Count)
	}
	return model.NewConnection(slice, page, total), nil
}

// number answers a count field.
func number[K comparable](ctx context.Context, key K, query loaders.Query[K, int]) (*int, error) {
	n, err := loaders.Load(ctx, key, query)
	if err != nil {
		return nil, err
	}
	return &n, nil
}

// fleet is the owner of lists and rollups of everything: the empty text.
const fleet = ""

// scope says which tags count toward an owner of the kind.
func scope(of storage.Kind, m storage.Membership) storage.Scope {
	return storage.Scope{Of: of, Membership: m}
}

// nodesOf answers for global ids of any kind, in their order, nil where nothing is found. It is a
// query of one key, so that the level below knows its parents.
func (r *Resolver) nodesOf(ids []*storage.Ref) loaders.Query[string, []model.Node] {
	return func(ctx context.Context, _ []string) (map[string][]model.Node, error) {
		refs := make([]storage.Ref, len(ids))
		for i, id := range ids {
			refs[i] = *id
		}
		found, err := r.Store.Rows(ctx, refs)
		if err != nil {
			return nil, err
		}
		nodes := make([]model.Node, len(refs))
		for i, ref := range refs {
			if row, ok := found[ref].(model.Node); ok {
				nodes[i] = row
			} else {
				nodes[i] = r.Catalogue.Node(ref)
			}
		}
		return map[string][]model.Node{fleet: nodes}, nil
	}
}

// clusterOrder reads the order of campaigns or identities; last written first is the default.
func clusterOrder(by *model.ClusterOrder) (storage.ClusterOrder, bool) {
	if by == nil {
		return storage.ClusterUpdatedAt, true
	}
	return by.Field, by.Direction.Descending()
}

// attackerOrder reads the order of attackers; seen last first is the default.
func attackerOrder(by *model.AttackerOrder) (storage.AttackerOrder, bool) {
	if by == nil {
		return storage.AttackerLastSeen, true
	}
	return by.Field, by.Direction.Descending()
}

// tagsDescending reads the order of tags; newest first is the default.
func tagsDescending(by *model.TTPTagOrder) bool { return by == nil || by.Direction.Descending() }
