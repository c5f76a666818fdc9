package loaders

import (
	"context"
	"maps"
	"slices"
	"sync"

	"decnetgraph/graph/exec"
	"decnetgraph/storage"
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
	read, err := coverOf[K, C](r, use.Edge).load(ctx, r, keys, c.Read)
	if err != nil {
		return nil, err
	}
	values := make([]V, len(keys))
	for i, key := range keys {
		values[i] = c.Upper(read[key])
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
	read, err := coverOf[K, C](r, use.CoveredBy).load(ctx, r, owners, c.Read)
	if err != nil {
		return nil, err
	}
	values := make([]V, len(keys))
	var rest []K
	var places []int
	for i, key := range keys {
		value, has := c.Lower(read[owners[i]], key)
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

// cover is what was read for a pair of fields.
type cover[K comparable, C any] struct {
	mu   sync.Mutex // held while something is read, so that the other field waits for it
	read map[K]C
}

// coverOf returns the cover of an edge, and makes it for the first field.
func coverOf[K comparable, C any](r *response, edge string) *cover[K, C] {
	r.mu.Lock()
	defer r.mu.Unlock()
	if known, ok := r.covers[edge]; ok {
		return known.(*cover[K, C])
	}
	fresh := &cover[K, C]{}
	if r.covers == nil {
		r.covers = map[string]any{}
	}
	r.covers[edge] = fresh
	return fresh
}

// load returns what was read for keys, and reads what is missing.
func (c *cover[K, C]) load(ctx context.Context, r *response, keys []K, query Query[K, C]) (map[K]C, error) {
	if !c.mu.TryLock() {
		storage.WaitPipelined(ctx, c.mu.Lock)
	}
	defer c.mu.Unlock()
	missing := make([]K, 0, 1)
	for _, key := range keys {
		if _, known := c.read[key]; !known && !slices.Contains(missing, key) {
			missing = append(missing, key)
		}
	}
	if len(missing) == 0 {
		return c.read, nil
	}
	found, err := run(ctx, r, missing, query)
	if err != nil {
		return nil, err
	}
	read := make(map[K]C, len(c.read)+len(missing)) // the other field may be reading the old one
	maps.Copy(read, c.read)
	for _, key := range missing {
		read[key] = found[key]
	}
	c.read = read
	return read, nil
}
