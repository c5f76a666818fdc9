// Package loaders answers the edges of one response. Every edge of a level is one keyed query for any number of
// parents, because the executor of package exec resolves a level for all parents at once.
//
// If several fields of an operation select the same edge with the same arguments, or follow links to the same kind of
// row, a dataloader caches what was read: no key is queried twice, and fields that are resolved at the same time share
// a statement.
package loaders

import (
	"context"
	"reflect"

	"decnetgraph/graph/exec"
	"decnetgraph/graph/memory"
	"decnetgraph/storage"
)

// Query answers for many keys at once. A key that it leaves out gets the zero value.
type Query[K comparable, V any] func(ctx context.Context, keys []K) (map[K]V, error)

// Link is a query that follows links to rows of one kind. All links of a kind share what they read.
type Link[K comparable, V any] struct {
	// Name distinguishes links with one type of value, such as those to a row itself from those to the row that it was
	// merged into.
	Name  string
	Query Query[K, V]
}

// Options limit the loaders of a response.
type Options struct {
	// MaxEdges is the number of edges, each a statement, that a response may have.
	MaxEdges int
	// MaxObjects is the number of objects that a response may hold.
	MaxObjects int
	// MaxRowBytes and Memory are those of exec.Budget.
	MaxRowBytes int64
	Memory      *memory.Budget
	// Parallel is the number of statements that a response may run at a time, so that one request does not hold all
	// connections. Statements that are sent together count as one.
	Parallel int
	// Store is what the queries read; nil if their statements must not be sent together.
	Store *storage.Store
}

// Attach gives a response its loaders and its budget. They must not be used for another response, because cached rows
// are never read again.
func Attach(ctx context.Context, options Options) context.Context {
	r := &response{slots: make(chan struct{}, options.Parallel), budget: exec.Budget{
		MaxEdges: options.MaxEdges, MaxObjects: options.MaxObjects, MaxRowBytes: options.MaxRowBytes, Memory: options.Memory,
	}}
	if options.Store != nil {
		ctx, r.pipeline = options.Store.WithPipeline(ctx, r.take, r.give)
	}
	return exec.WithBudget(context.WithValue(storage.WithShelf(ctx), responseKey{}, r), &r.budget)
}

// Load returns the value of one key, for a field of the root.
func Load[K comparable, V any](ctx context.Context, key K, query Query[K, V]) (V, error) {
	values, err := LoadMany(ctx, []K{key}, query)
	if err != nil {
		var none V
		return none, err
	}
	return values[0], nil
}

// LoadMany returns a value for each key, in their order, for the field that is being resolved. A resolver may call it
// once: what it returns may be kept for other fields that ask for the same.
func LoadMany[K comparable, V any](ctx context.Context, keys []K, query Query[K, V]) ([]V, error) {
	name := ""
	if use := exec.FieldUseOf(ctx); use != nil && use.EdgeShared {
		name = use.Edge
	}
	return load(ctx, name, keys, query)
}

// Follow returns the row that each key leads to, in their order, for the field that is being resolved.
func Follow[K comparable, V any](ctx context.Context, keys []K, link Link[K, V]) ([]V, error) {
	use := exec.FieldUseOf(ctx)
	if use == nil || !use.LinkShared {
		return LoadMany(ctx, keys, link.Query)
	}
	return load(ctx, use.Scope+"->"+link.Name, keys, link.Query)
}

// FollowOptional is Follow for links that may be missing, which lead to the zero value.
func FollowOptional[K comparable, V any](ctx context.Context, links []*K, link Link[K, V]) ([]V, error) {
	keys, places := make([]K, 0, len(links)), make([]int, 0, len(links))
	for i, key := range links {
		if key != nil {
			keys, places = append(keys, *key), append(places, i)
		}
	}
	found, err := Follow(ctx, keys, link)
	if err != nil {
		return nil, err
	}
	values := make([]V, len(links))
	for i, place := range places {
		values[place] = found[i]
	}
	return values, nil
}

// Pages returns the same page of each owner's list, for the field that is being resolved.
func Pages[T any](ctx context.Context, owners []string, list storage.List[T], page storage.Page) ([]storage.Slice[T], error) {
	return LoadMany(ctx, owners, func(ctx context.Context, owners []string) (map[string]storage.Slice[T], error) {
		return list.Page(ctx, owners, page)
	})
}

// load answers for keys through the dataloader of a name, or without one if the name is empty, and counts the objects
// of the answers.
func load[K comparable, V any](ctx context.Context, name string, keys []K, query Query[K, V]) ([]V, error) {
	if len(keys) == 0 {
		return []V{}, nil
	}
	r := ctx.Value(responseKey{}).(*response)
	values := make([]V, len(keys))
	if name == "" {
		found, err := run(ctx, r, keys, query)
		if err != nil {
			return nil, err
		}
		for i, key := range keys {
			values[i] = found[key]
		}
	} else if err := sharedBy(r, name, query).load(ctx, keys, values); err != nil {
		return nil, err
	}
	return values, addObjects(r, values)
}

// addObjects takes the objects of values from the budget.
func addObjects[V any](r *response, values []V) error {
	objects := 0
	for i := range values {
		objects += count(&values[i])
	}
	return r.budget.AddObjects(objects)
}

// count is the number of objects that a value holds. It takes a pointer, since a page in an interface would be copied.
func count[V any](value *V) int {
	if page, ok := any(value).(interface{ Len() int }); ok { // the rows, and the connection around them
		return page.Len() + 1
	}
	switch v := reflect.ValueOf(value).Elem(); v.Kind() {
	case reflect.Slice:
		return v.Len()
	case reflect.Pointer:
		if !v.IsNil() {
			return 1
		}
	}
	return 0
}
