// Package resolvers answers the fields of the schema: each resolver checks its arguments and queries storage
// through a loader. It also builds the executor, with its limits and its error table.
package resolvers

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"decnetgraph/attack"
	"decnetgraph/graph/exec"
	"decnetgraph/graph/memory"
	"decnetgraph/graph/model"
	"decnetgraph/resolvers/loaders"
	"decnetgraph/storage"
)

// Resolver is the root of all resolvers.
type Resolver struct {
	Store     *storage.Store
	Catalogue *attack.Catalogue
	// Version is the version of the program, and StartedAt when it started, for Query.about.
	Version   string
	StartedAt time.Time
	// Memory is what all responses take their memory from; nil if it is not limited.
	Memory *memory.Budget
	// Admit and Level, if set, are those of exec.Options.
	Admit func(ctx context.Context, cost int) (release func(), err error)
	Level func(ctx context.Context, level exec.Level) (context.Context, func(exec.Outcome))
	// Charge, if set, is that of exec.Options.
	Charge func(ctx context.Context, cost int) (settle func(actual int) exec.Balance, err error)
	// RateLimit, if set, returns what Charge still lets the principal of a context spend; nil if that is any amount.
	RateLimit func(ctx context.Context) *model.RateLimit
	// WantsLevels, if set, is that of exec.Options.
	WantsLevels func(ctx context.Context) bool

	limits Limits // which the executor that it belongs to has
}

// connect answers a connection field for all owners of a level: the same page of the list of each owner, and nil for a list
// that cannot be read.
func connect[T any](ctx context.Context, owners []string, list storage.List[T], w window) ([]*model.Connection[T], error) {
	page, err := w.page(pageLimit(ctx))
	if err != nil {
		return nil, err
	}
	if reads := exec.Reads(ctx); reads != nil { // sorted
		_, ends := slices.BinarySearch(reads, "PageInfo")
		_, edges := slices.BinarySearch(reads, "Edges")
		_, nodes := slices.BinarySearch(reads, "Nodes")
		page.Bare = !ends && !edges
		if counted, ok := list.(storage.Countable); ok && page.Bare && !nodes && page.After == nil && page.Before == nil && counted.CountsAlone() {
			return mapSlice(owners, func(owner string) *model.Connection[T] {
				return model.NewConnection(storage.Slice[T]{}, page, list, owner)
			}), nil
		}
	}
	pages, err := loaders.Pages(ctx, owners, list, page)
	if err != nil {
		return nil, err
	}
	connections, empty := make([]*model.Connection[T], len(owners)), true
	for i, owner := range owners {
		empty = empty && pages[i].Len() == 0 && !pages[i].Unreadable
		if !pages[i].Unreadable {
			connections[i] = model.NewConnection(pages[i], page, list, owner)
		}
	}
	if questioner, ok := list.(storage.Questioner); ok && empty && page.After == nil && page.Before == nil && page.Offset == 0 {
		return connections, warnOfUnknown(ctx, questioner)
	}
	return connections, nil
}

// warnOfUnknown adds a warning for each value that the filter of an empty list names and that occurs nowhere: the list is
// not empty because nothing is there, but because of the value.
func warnOfUnknown(ctx context.Context, list storage.Questioner) error {
	unknown, err := list.UnknownValues(ctx)
	for _, value := range unknown {
		w := Warning{Message: fmt.Sprintf("the list is empty because %q occurs nowhere", cut(value.Text, maxQuoted))}
		for _, step := range value.Input {
			if n, err := strconv.Atoi(step); err == nil {
				w.Input = append(w.Input, ast.PathIndex(n))
			} else {
				w.Input = append(w.Input, ast.PathName(step))
			}
		}
		warn(ctx, w)
	}
	return err
}

// connectFleet answers a connection field of the root: a page of the fleet's list.
func connectFleet[T any](ctx context.Context, list storage.List[T], w window) (*model.Connection[T], error) {
	return single(connect(ctx, []string{fleetOwner}, list, w))
}

// totalCounts answers totalCount for the connections of a level, which are all pages of the same kind of list. It runs a
// statement only if reading the pages did not show the totals already.
func totalCounts[T any](ctx context.Context, connections []*model.Connection[T]) ([]*int, error) {
	known := mapSlice(connections, (*model.Connection[T]).Total)
	if !slices.Contains(known, nil) {
		return known, nil
	}
	return countFields(ctx, mapSlice(connections, (*model.Connection[T]).Owner), connections[0].Count)
}

// countFields answers a field that is a count, for each key.
func countFields[K comparable](ctx context.Context, keys []K, query loaders.Query[K, int]) ([]*int, error) {
	counts, err := loaders.LoadMany(ctx, keys, query)
	if err != nil {
		return nil, err
	}
	return mapSlice(counts, func(n int) *int { return &n }), nil
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
	return mapSlice(found, func(days []storage.TagDay) []*storage.TagDay {
		listed := make([]*storage.TagDay, len(days))
		for i := range days {
			listed[i] = &days[i]
		}
		return listed
	}), nil
}

// keys are the keys of rows and catalogue entries, which own what an edge leads to.
func keys[T model.Node](objs []T) []string {
	return mapSlice(objs, func(o T) string { return o.ID().Key })
}

// mapSlice calls a function for each element and returns the results in the same order.
func mapSlice[T, V any](elements []T, call func(T) V) []V {
	results := make([]V, len(elements))
	for i, element := range elements {
		results[i] = call(element)
	}
	return results
}

// single is the answer for the only parent of a level.
func single[V any](answers []V, err error) (V, error) {
	if err != nil {
		var none V
		return none, err
	}
	return answers[0], nil
}

// fleetOwner is the owner of the lists and rollups of the whole fleet: the empty text.
const fleetOwner = ""

// scope is the tags that count toward an owner of a kind.
func scope(of storage.Kind, m storage.Membership) storage.Scope {
	return storage.Scope{Of: of, Membership: m}
}

// checkID refuses an id that is a reference to nothing, because this server did not give it out.
func checkID(id storage.Ref) error {
	if id.Kind == "" {
		return storage.Invalid("%q is not an id that this server gave out", cut(id.Key, maxQuoted))
	}
	return nil
}

// reportBadIDs reports an error for each id of a list that this server did not give out, at its place in the list. The
// element is null, and the others are answered.
func reportBadIDs(ctx context.Context, ids []*storage.Ref) {
	for i, id := range ids {
		if err := checkID(*id); err != nil {
			at := graphql.WithPathContext(ctx, graphql.NewPathWithIndex(i))
			graphql.AddError(at, graphql.AddFieldLocationToError(at, graphql.ErrorOnPath(at, err)))
		}
	}
}

// nodes finds rows and catalogue entries by their global ids. An id without a row is left out.
func (r *Resolver) nodes(ctx context.Context, refs []storage.Ref) (map[storage.Ref]model.Node, error) {
	rows, err := r.Store.Rows(ctx, refs)
	if err != nil {
		return nil, err
	}
	nodes := make(map[storage.Ref]model.Node, len(refs))
	for _, ref := range refs {
		if row, ok := rows[ref].(model.Node); ok {
			nodes[ref] = row
		} else if entry := r.catalogueEntry(ref); entry != nil {
			nodes[ref] = entry
		}
	}
	return nodes, r.selectedRollups(ctx, refs, nodes)
}

// clusterOrder is the order of campaigns or identities that an argument gives; empty is the default of the list.
func clusterOrder(by []*model.ClusterOrder) []storage.SortKey {
	return mapSlice(by, func(o *model.ClusterOrder) storage.SortKey { return sortedBy(o.Field, o.Direction) })
}

// attackerOrder is the order of attackers that an argument gives; empty is the default of the list.
func attackerOrder(by []*model.AttackerOrder) []storage.SortKey {
	return mapSlice(by, func(o *model.AttackerOrder) storage.SortKey { return sortedBy(o.Field, o.Direction) })
}

// tagOrder is the order of tags that an argument gives; empty is the default of the list.
func tagOrder(by []*model.TTPTagOrder) []storage.SortKey {
	return mapSlice(by, func(o *model.TTPTagOrder) storage.SortKey { return sortedBy(o.Field, o.Direction) })
}

// deckyOrder is the order of deckies that an argument gives; empty is the default of the list.
func deckyOrder(by []*model.DeckyOrder) []storage.SortKey {
	return mapSlice(by, func(o *model.DeckyOrder) storage.SortKey { return sortedBy(o.Field, o.Direction) })
}

// ruleOrder is the order of rules that an argument gives; empty is the default of the list.
func ruleOrder(by []*model.RuleOrder) []storage.SortKey {
	return mapSlice(by, func(o *model.RuleOrder) storage.SortKey { return sortedBy(o.Field, o.Direction) })
}

// networkOrder is the order of networks that an argument gives; empty is the default of the list.
func networkOrder(by []*model.NetworkOrder) []storage.SortKey {
	return mapSlice(by, func(o *model.NetworkOrder) storage.SortKey { return sortedBy(o.Field, o.Direction) })
}

// sortKeys is the order that an argument gives; empty is the default of the list.
func sortKeys[O interface{ SortKey() storage.SortKey }](by []*O) []storage.SortKey {
	return mapSlice(by, func(o *O) storage.SortKey { return (*o).SortKey() })
}

// sortedBy is one sort key.
func sortedBy[K ~string](key K, direction model.OrderDirection) storage.SortKey {
	return storage.SortKey{By: string(key), Descending: direction.Descending()}
}
