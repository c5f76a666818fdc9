package resolvers

import (
	"context"

	"decnetgraph/graph/model"
	"decnetgraph/storage"
)

// search answers a search. What it leaves out is a warning of the response.
func (r *Resolver) search(ctx context.Context, q storage.SearchQuery, w window) (*model.Connection[storage.SearchHit], error) {
	for _, t := range r.Catalogue.Techniques() {
		q.Catalogue = append(q.Catalogue,
			storage.CatalogueText{AttackID: t.AttackID, Text: t.AttackID}, storage.CatalogueText{AttackID: t.AttackID, Name: true, Text: t.Name})
	}
	q.Notice = func(message string) { warn(ctx, Warning{Message: message}) }
	return connectFleet(ctx, r.Store.Search(q), w)
}

// hitFilter converts the input of a search's filter to the one of storage.
func hitFilter(f *model.SearchFilter) storage.HitFilter {
	if f == nil {
		return storage.HitFilter{}
	}
	return storage.HitFilter{Seen: f.Seen, Fields: f.Fields, Matches: f.Match, Attackers: f.Attacker}
}
