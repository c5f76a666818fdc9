package resolvers

import (
	"context"
	"slices"

	"decnetgraph/auth"
	"decnetgraph/graph"
	"decnetgraph/graph/model"
	"decnetgraph/storage"
)

// search answers a search of the fields that the caller may read: a hit would say what is in a field, and so would its
// absence. What the search leaves out is a warning of the response.
func (r *Resolver) search(ctx context.Context, q storage.SearchQuery, w window) (*model.Connection[storage.SearchHit], error) {
	for _, t := range r.Catalogue.Techniques() {
		q.Catalogue = append(q.Catalogue,
			storage.CatalogueText{AttackID: t.AttackID, Text: t.AttackID}, storage.CatalogueText{AttackID: t.AttackID, Name: true, Text: t.Name})
	}
	q.Hidden = hiddenFrom(ctx)
	q.Notice = func(message string) { warn(ctx, Warning{Message: message}) }
	return connectFleet(ctx, r.Store.Search(q), w)
}

// hiddenFrom are the fields of hits that the caller may not read.
func hiddenFrom(ctx context.Context) []string {
	var role auth.Role
	if principal := auth.From(ctx); principal != nil {
		role = principal.Role
	}
	return slices.DeleteFunc(storage.SearchFields(), func(field string) bool { return graph.MayRead(role, field) })
}

// hitFilter converts the input of a search's filter to the one of storage.
func hitFilter(f *model.SearchFilter) storage.HitFilter {
	if f == nil {
		return storage.HitFilter{}
	}
	return storage.HitFilter{Seen: f.Seen, Fields: f.Fields, Matches: f.Match, Attackers: f.Attacker}
}
