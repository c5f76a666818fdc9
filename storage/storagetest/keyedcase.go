package storagetest

import (
	"context"
	"slices"

	"decnetgraph/storage"
)

// keyedCase is one keyed query of a store with its expected answers.
type keyedCase struct {
	name string
	want map[string]any // by key; keys that the query leaves out are missing
	keys []string       // keys to query, including some without an answer
	ask  func(ctx context.Context, s *storage.Store, keys []string) (map[string]any, error)
	// follows is the number of additional statements that follow the links of merged rows.
	follows int
}

// answers returns the expected value for a key; false if there is none.
type answers[V any] func(key string) (V, bool)

// keyedOf returns a case for a query.
func keyedOf[V any](name string, query func(*storage.Store) func(context.Context, []string) (map[string]V, error), keys []string, want answers[V]) keyedCase {
	c := keyedCase{name: name, keys: keys, want: map[string]any{}}
	for _, key := range keys {
		if value, found := want(key); found {
			c.want[key] = value
		}
	}
	c.ask = func(ctx context.Context, s *storage.Store, keys []string) (map[string]any, error) {
		found, err := query(s)(ctx, keys)
		if err != nil {
			return nil, err
		}
		erased := make(map[string]any, len(found))
		for key, value := range found {
			erased[key] = value
		}
		return erased, nil
	}
	return c
}

// method turns a method of Store into the function that keyedOf takes.
func method[V any](query func(*storage.Store, context.Context, []string) (map[string]V, error)) func(*storage.Store) func(context.Context, []string) (map[string]V, error) {
	return func(s *storage.Store) func(context.Context, []string) (map[string]V, error) {
		return func(ctx context.Context, keys []string) (map[string]V, error) { return query(s, ctx, keys) }
	}
}

// byKey expects the row with the key; if there are several, the last one.
func byKey[T any](rows []*T, keyOf func(*T) string) answers[*T] {
	return func(key string) (*T, bool) {
		for _, row := range slices.Backward(rows) {
			if keyOf(row) == key {
				return row, true
			}
		}
		return nil, false
	}
}

// always expects a value for every key.
func always[V any](value func(key string) V) answers[V] {
	return func(key string) (V, bool) { return value(key), true }
}

// pointers returns pointers to the rows.
func pointers[T any](rows []T) []*T { return choose(rows, everything) }

// parts returns a part of each row.
func parts[T, P any](rows []T, part func(*T) *P) []*P {
	found := make([]*P, len(rows))
	for n := range rows {
		found[n] = part(&rows[n])
	}
	return found
}

// sorted returns a sorted copy, which is never nil, because nil would be null in an answer.
func sorted[T any](rows []*T, compare func(a, b *T) int) []*T {
	copied := append([]*T{}, rows...)
	slices.SortFunc(copied, compare)
	return copied
}

// keysOf returns the keys of the rows, and one key of no row.
func keysOf[T any](rows []*T, keyOf func(*T) string) []string {
	set := map[string]bool{unknown: true}
	for _, row := range rows {
		set[keyOf(row)] = true
	}
	return sortedKeys(set)
}
