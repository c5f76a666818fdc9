package resolvers

import (
	"context"
	"strconv"

	"decnetgraph/graph/model"
	"decnetgraph/resolvers/loaders"
	"decnetgraph/storage"
)

// network answers Query.network.
func (r *Resolver) network(ctx context.Context, by model.NetworkLookup) (*storage.Network, error) {
	switch {
	case by.Asn != nil && *by.Asn < 0:
		return nil, storage.Invalid("by.asn: an autonomous system has no negative number, such as %d", *by.Asn)
	case by.Asn != nil:
		return loaders.Load(ctx, strconv.Itoa(*by.Asn), r.Store.Networks(storage.NetworkASN))
	case by.Prefix != nil:
		return loaders.Load(ctx, *by.Prefix, r.Store.Networks(storage.NetworkPrefix))
	case by.Country != nil:
		return loaders.Load(ctx, *by.Country, r.Store.Networks(storage.NetworkCountry))
	default:
		return nil, storage.Invalid("name the network by its asn, its prefix or its country")
	}
}

// perNetworkKind asks for the networks of each kind together, and returns the answers in the order of the networks.
func perNetworkKind[V any](networks []*storage.Network, ask func(kind storage.NetworkKind, values []string) ([]V, error)) ([]V, error) {
	places := map[storage.NetworkKind][]int{}
	for i, network := range networks {
		places[network.Kind] = append(places[network.Kind], i)
	}
	answers := make([]V, len(networks))
	for kind, at := range places {
		found, err := ask(kind, mapSlice(at, func(i int) string { return networks[i].Value }))
		if err != nil {
			return nil, err
		}
		for n, i := range at {
			answers[i] = found[n]
		}
	}
	return answers, nil
}

// fingerprint answers Query.fingerprint.
func (r *Resolver) fingerprint(ctx context.Context, by storage.FingerprintLookup) (*storage.PrintMatch, error) {
	field, given, err := by.Print()
	if err != nil {
		return nil, storage.Invalid("by.%s: %v", field, err)
	}
	return loaders.Load(ctx, given, func(ctx context.Context, prints []storage.Print) (map[storage.Print]*storage.PrintMatch, error) {
		found := make(map[storage.Print]*storage.PrintMatch, len(prints))
		for _, p := range prints {
			match, err := r.Store.FindPrint(ctx, p)
			if err != nil {
				return nil, err
			}
			found[p] = match
		}
		return found, nil
	})
}

// multiActorBehaviors finds the behaviours of identities that look like more than one person, ordered by name.
func (r *Resolver) multiActorBehaviors(ctx context.Context, identities []string) (map[string][]*model.MultiActorBehavior, error) {
	verdict := storage.VerdictMultiActor
	states, err := r.Store.AttributionStates(storage.Literal, &verdict)(ctx, identities)
	found := make(map[string][]*model.MultiActorBehavior, len(states))
	for identity, rows := range states {
		found[identity] = mapSlice(rows, func(s *storage.AttributionState) *model.MultiActorBehavior {
			return &model.MultiActorBehavior{State: s}
		})
	}
	return found, err
}
