// Package resolvers answers the fields of the schema: each resolver checks its arguments and asks
// storage through a loader. It also puts the schema behind HTTP.
package resolvers

import (
	"context"
	"slices"
	"time"

	"decnetgraph/graph/exec"
	"decnetgraph/graph/model"
	"decnetgraph/resolvers/loaders"
	"decnetgraph/storage"
)

// Resolver is the root of all resolvers.
type Resolver struct {
	Store     *storage.Store
	Catalogue model.Catalogue
}

// connect answers a connection field for all owners of a level: the same page of each one's list.
func connect[T any](ctx context.Context, owners []string, list storage.List[T], w window) ([]*model.Connection[T], error) {
	page, err := w.page(longestPage(ctx))
	if err != nil {
		return nil, err
	}
	if reads := exec.Reads(ctx); reads != nil { // which is sorted
		_, ends := slices.BinarySearch(reads, "PageInfo")
		_, edges := slices.BinarySearch(reads, "Edges")
		page.Bare = !ends && !edges
	}
	pages, err := loaders.Pages(ctx, owners, list, page)
	if err != nil {
		return nil, err
	}
	connections := make([]*model.Connection[T], len(owners))
	for i, owner := range owners {
		connections[i] = model.NewConnection(pages[i], page, list, owner)
	}
	return connections, nil
}

// connectFleet answers a connection field of the root: a page of a list without owners.
func connectFleet[T any](ctx context.Context, list storage.List[T], w window) (*model.Connection[T], error) {
	return only(connect(ctx, []string{fleet}, list, w))
}

// totals answers totalCount. The connections of a level are pages of one list.
func totals[T any](ctx context.Context, connections []*model.Connection[T]) ([]*int, error) {
	known := each(connections, (*model.Connection[T]).Total)
	if !slices.Contains(known, nil) {
		return known, nil
	}
	return numbers(ctx, each(connections, (*model.Connection[T]).Owner), connections[0].Count)
}

// numbers answers a count field.
func numbers[K comparable](ctx context.Context, asked []K, query loaders.Query[K, int]) ([]*int, error) {
	counts, err := loaders.LoadMany(ctx, asked, query)
	if err != nil {
		return nil, err
	}
	return each(counts, func(n int) *int { return &n }), nil
}

// days answers tagsByDay: the tags of each owner, counted by day.
func (r *Resolver) days(ctx context.Context, owners []string, in storage.Scope, from, to *time.Time) ([][]*storage.TagDay, error) {
	if from != nil && to != nil && from.After(*to) {
		return nil, storage.Invalid("from must not be a later day than to")
	}
	found, err := loaders.LoadMany(ctx, owners, r.Store.TagsByDay(in, from, to))
	if err != nil {
		return nil, err
	}
	return each(found, func(days []storage.TagDay) []*storage.TagDay {
		listed := make([]*storage.TagDay, len(days))
		for i := range days {
			listed[i] = &days[i]
		}
		return listed
	}), nil
}

// keys are the keys of rows and catalogue entries, by which storage finds what belongs to them.
func keys[T model.Node](objs []T) []string {
	return each(objs, func(o T) string { return o.ID().Key })
}

// each answers a field that needs no query.
func each[T, V any](objs []T, answer func(T) V) []V {
	answers := make([]V, len(objs))
	for i, o := range objs {
		answers[i] = answer(o)
	}
	return answers
}

// only is the one answer for one parent.
func only[V any](answers []V, err error) (V, error) {
	if err != nil {
		var none V
		return none, err
	}
	return answers[0], nil
}

// fleet is the owner of lists and rollups of everything: the empty text.
const fleet = ""

// scope says which tags count toward an owner of the kind.
func scope(of storage.Kind, m storage.Membership) storage.Scope {
	return storage.Scope{Of: of, Membership: m}
}

// nodes answers for global ids of any kind; what is not found is left out.
func (r *Resolver) nodes(ctx context.Context, refs []storage.Ref) (map[storage.Ref]model.Node, error) {
	rows, err := r.Store.Rows(ctx, refs)
	if err != nil {
		return nil, err
	}
	nodes := make(map[storage.Ref]model.Node, len(refs))
	for _, ref := range refs {
		if row, ok := rows[ref].(model.Node); ok {
			nodes[ref] = row
		} else if entry := r.Catalogue.Node(ref); entry != nil {
			nodes[ref] = entry
		}
	}
	return nodes, nil
}

// clusterOrder reads the order of campaigns or identities; nil is the list's own.
func clusterOrder(by *model.ClusterOrder) []storage.SortKey {
	if by == nil {
		return nil
	}
	return sortedBy(by.Field, by.Direction)
}

// attackerOrder reads the order of attackers; nil is the list's own.
func attackerOrder(by *model.AttackerOrder) []storage.SortKey {
	if by == nil {
		return nil
	}
	return sortedBy(by.Field, by.Direction)
}

// tagOrder reads the order of tags; nil is the list's own.
func tagOrder(by *model.TTPTagOrder) []storage.SortKey {
	if by == nil {
		return nil
	}
	return sortedBy(by.Field, by.Direction)
}

// sortedBy is the order by one sort key.
func sortedBy[K ~string](key K, direction model.OrderDirection) []storage.SortKey {
	return []storage.SortKey{{By: string(key), Descending: direction.Descending()}}
}
