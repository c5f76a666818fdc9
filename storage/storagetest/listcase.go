package storagetest

import (
	"context"
	"slices"

	"decnetgraph/storage"
)

// listCase is one List of a store with its expected content.
type listCase struct {
	name  string
	want  map[string]wanted // by owner, including owners without rows
	page  func(ctx context.Context, s *storage.Store, owners []string, p storage.Page) (map[string]answered, error)
	count func(ctx context.Context, s *storage.Store, owners []string) (map[string]int, error)
}

// wanted is the expected list of one owner.
type wanted struct {
	keys []string // keys of the rows, in order
	rows []any
	// places has the position of each row among the rows of all owners, so that the expected page is known for a
	// cursor from another owner's list.
	places []int
}

// answered is a page of one owner as the store returned it.
type answered struct {
	keys  []string
	rows  []any
	more  bool
	total *int
	at    []storage.Position // position of each row
}

// rowsOf describes the rows of a case: their key, for messages, and the order of the list.
type rowsOf[T any] struct {
	key     func(*T) string
	compare func(a, b *T) int
}

// listOf returns a case for a list. rows returns the expected rows of an owner in any order.
func listOf[T any](name string, open func(*storage.Store) storage.List[T], of rowsOf[T], owners []string, rows func(owner string) []*T) listCase {
	lists, all := map[string][]*T{}, []*T{}
	for _, owner := range owners {
		list := slices.SortedFunc(slices.Values(rows(owner)), of.compare)
		lists[owner] = list
		all = append(all, list...)
	}
	slices.SortFunc(all, of.compare)
	c := listCase{name: name, want: map[string]wanted{}}
	for owner, list := range lists {
		w := wanted{keys: []string{}, rows: []any{}, places: []int{}}
		for _, row := range list {
			place, _ := slices.BinarySearchFunc(all, row, of.compare)
			w.keys, w.rows, w.places = append(w.keys, of.key(row)), append(w.rows, row), append(w.places, place)
		}
		c.want[owner] = w
	}
	c.page = func(ctx context.Context, s *storage.Store, owners []string, p storage.Page) (map[string]answered, error) {
		slices, err := open(s).Page(ctx, owners, p)
		if err != nil {
			return nil, err
		}
		found := make(map[string]answered, len(slices))
		for owner, slice := range slices {
			found[owner] = answer(slice, of.key)
		}
		return found, nil
	}
	c.count = func(ctx context.Context, s *storage.Store, owners []string) (map[string]int, error) {
		return open(s).Count(ctx, owners)
	}
	return c
}

// Unfiltered turns a list of a store into the same list without options.
func Unfiltered[T any](list func(*storage.Store, storage.ListOptions) storage.List[T]) func(*storage.Store) storage.List[T] {
	return func(s *storage.Store) storage.List[T] { return list(s, storage.ListOptions{}) }
}

// SortedBy is the order by one sort key.
func SortedBy[K ~string](by K, descending bool) []storage.SortKey {
	return []storage.SortKey{{By: string(by), Descending: descending}}
}

func answer[T any](slice storage.Slice[T], key func(*T) string) answered {
	a := answered{keys: []string{}, rows: []any{}, more: slice.More, total: slice.Total}
	for i, row := range slice.Rows {
		a.keys, a.rows, a.at = append(a.keys, key(row)), append(a.rows, row), append(a.at, slice.Position(i))
	}
	return a
}

// owners returns the owners of the case in a fixed order.
func (c listCase) owners() []string { return sortedKeys(c.want) }

// bound is one end of a range: a position, and its place among the rows of all owners.
type bound struct {
	position storage.Position
	place    int
}

// cut returns the expected keys of a page, and whether the list continues after it.
func (w wanted) cut(p storage.Page, after, before *bound) (keys []string, more bool) {
	keys = []string{}
	for n, key := range w.keys {
		if (after == nil || w.places[n] > after.place) && (before == nil || w.places[n] < before.place) {
			keys = append(keys, key)
		}
	}
	if p.Backward {
		slices.Reverse(keys)
	}
	keys = keys[min(p.Offset, len(keys)):]
	more = len(keys) > p.Limit
	keys = keys[:min(p.Limit, len(keys))]
	if p.Backward {
		slices.Reverse(keys)
	}
	return keys, more
}
