package storagetest

import (
	"context"
	"slices"

	"decnetgraph/storage"
)

// keyedCase is one keyed query of a store together with its answers.
type keyedCase struct {
	name string
	want map[string]any // by key; what a lookup leaves out is not there
	keys []string       // to ask for, those without an answer included
	ask  func(ctx context.Context, s *storage.Store, keys []string) (map[string]any, error)
	// follows is the number of statements that follow the links of those keys that were merged.
	follows int
}

// answers of a keyed query: one value for each key, or none.
type answers[V any] func(key string) (V, bool)

// keyedOf makes a case.
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

// byKey answers with the row that has the key; of several the last.
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

// always answers for every key.
func always[V any](value func(key string) V) answers[V] {
	return func(key string) (V, bool) { return value(key), true }
}

// pointers lists pointers to the rows.
func pointers[T any](rows []T) []*T { return choose(rows, everything) }

// parts lists a part of each row.
func parts[T, P any](rows []T, part func(*T) *P) []*P {
	found := make([]*P, len(rows))
	for n := range rows {
		found[n] = part(&rows[n])
	}
	return found
}

// sorted is a sorted copy, and an empty list for none: nil would be null in an answer.
func sorted[T any](rows []*T, compare func(a, b *T) int) []*T {
	copied := append([]*T{}, rows...)
	slices.SortFunc(copied, compare)
	return copied
}

// keysOf lists the keys of the rows, and one of nothing.
func keysOf[T any](rows []*T, keyOf func(*T) string) []string {
	set := map[string]bool{unknown: true}
	for _, row := range rows {
		set[keyOf(row)] = true
	}
	return sortedKeys(set)
}
