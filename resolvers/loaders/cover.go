package loaders

import (
	"context"

	"decnetgraph/graph/exec"
)

// Covering answers a pair of fields of which the plan says that one read serves both; see exec.Cover. C is what is read
// for an object of the upper field.
type Covering[K comparable, C, V any] struct {
	Read  Query[K, C]
	Upper func(C) V
	Lower func(read C, key K) (value V, has bool)
}

// LoadUpper returns a value for each key of the upper field that is being resolved. If it covers no other field, the values
// are those of query.
func LoadUpper[K comparable, C, V any](ctx context.Context, keys []K, c Covering[K, C, V], query Query[K, V]) ([]V, error) {
	use := exec.FieldUseOf(ctx)
	if use == nil || !use.Covers || len(keys) == 0 {
		return LoadMany(ctx, keys, query)
	}
	r := ctx.Value(responseKey{}).(*response)
	read := make([]C, len(keys))
	if err := sharedBy(r, coverName(use.Edge), c.Read).load(ctx, keys, read); err != nil {
		return nil, err
	}
	values := make([]V, len(keys))
	for i := range keys {
		values[i] = c.Upper(read[i])
	}
	return values, addObjects(r, values)
}

// LoadLower returns a value for each key of the lower field that is being resolved. owners are the keys of the objects of
// the upper field that each key was found below. What was not read for these comes from query.
func LoadLower[K comparable, C, V any](ctx context.Context, owners, keys []K, c Covering[K, C, V], query Query[K, V]) ([]V, error) {
	use := exec.FieldUseOf(ctx)
	if use == nil || use.CoveredBy == "" || len(keys) == 0 {
		return LoadMany(ctx, keys, query)
	}
	r := ctx.Value(responseKey{}).(*response)
	read := make([]C, len(owners))
	if err := sharedBy(r, coverName(use.CoveredBy), c.Read).load(ctx, owners, read); err != nil {
		return nil, err
	}
	values := make([]V, len(keys))
	var rest []K
	var places []int
	for i, key := range keys {
		value, has := c.Lower(read[i], key)
		if values[i] = value; !has {
			rest, places = append(rest, key), append(places, i)
		}
	}
	if err := addObjects(r, values); err != nil || len(rest) == 0 {
		return values, err
	}
	others, err := LoadMany(ctx, rest, query)
	if err != nil {
		return nil, err
	}
	for i, place := range places {
		values[place] = others[i]
	}
	return values, nil
}

// coverName is the name of the cache of what an edge reads for two fields.
func coverName(edge string) string { return "cover:" + edge }
