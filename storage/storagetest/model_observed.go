package storagetest

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"

	"decnetgraph/storage"
)

type observedQuery = func(context.Context, []string) (map[string][]*storage.ObservedValue, error)

// observedCases returns the query for the values of behaviours of identities; its keys are joined by a space.
func (m *model) observedCases() []keyedCase {
	var keys []string
	for _, owner := range m.owners(storage.KindIdentity) {
		for _, primitive := range append(primitives, unknown) {
			keys = append(keys, owner+" "+primitive)
		}
	}
	query := func(s *storage.Store) observedQuery {
		return func(ctx context.Context, keys []string) (map[string][]*storage.ObservedValue, error) {
			pairs := make([]storage.StateKey, len(keys))
			for n, key := range keys {
				pairs[n].IdentityUUID, pairs[n].Primitive, _ = strings.Cut(key, " ")
			}
			found := map[string][]*storage.ObservedValue{}
			values, err := s.ObservedValues(ctx, pairs)
			for key, list := range values {
				found[strings.TrimSuffix(key.IdentityUUID+" "+key.Primitive, " ")] = list
			}
			return found, err
		}
	}
	return []keyedCase{keyedOf("observed values", query, keys, always(func(key string) []*storage.ObservedValue {
		identity, primitive, _ := strings.Cut(key, " ")
		byValue := map[string]*storage.ObservedValue{}
		for _, a := range m.rawAttackers() {
			if deref(a.IdentityUUID) != identity || a.IdentityUUID == nil {
				continue
			}
			for _, o := range m.observations(a.UUID, primitive) {
				v := byValue[string(o.Value)]
				if v == nil {
					v = &storage.ObservedValue{Value: o.Value, FirstAt: o.At, LastAt: o.At}
					byValue[string(o.Value)] = v
				}
				v.ObservationCount++
				if o.At.Before(v.FirstAt) {
					v.FirstAt = o.At
				}
				if o.At.After(v.LastAt) {
					v.LastAt = o.At
				}
			}
		}
		found := append([]*storage.ObservedValue{}, slices.Collect(maps.Values(byValue))...)
		slices.SortFunc(found, func(a, b *storage.ObservedValue) int {
			return cmp.Or(b.LastAt.Compare(a.LastAt), strings.Compare(string(a.Value), string(b.Value)))
		})
		return found
	}))}
}
