package resolvers

import (
	"context"
	"time"

	"decnetgraph/graph/model"
	"decnetgraph/storage"
)

// status is what the server reads and what it may change.
func (r *Resolver) status() *model.ServerStatus {
	database := r.Store.Database()
	return &model.ServerStatus{
		Database: database.Engine, Tables: database.Tables, Writable: database.Writable, AttackRelease: r.Catalogue.Release(),
	}
}

// newestTag finds the time of the newest tag of the fleet, the one key; nil if there is no tag.
func (r *Resolver) newestTag(ctx context.Context, fleet []string) (map[string]*time.Time, error) {
	page := storage.Page{Limit: 1, Bare: true}
	slices, err := r.Store.AllTags(storage.ListOptions{}).Page(storage.Only(ctx, "CreatedAt"), fleet, page)
	if err != nil {
		return nil, err
	}
	newest := map[string]*time.Time{fleetOwner: nil}
	for _, tag := range slices[fleetOwner].Rows {
		if !tag.CreatedAt.IsZero() { // zero is an instant that cannot be read
			newest[fleetOwner] = &tag.CreatedAt
		}
	}
	return newest, nil
}

// fleetOf are the keys of what the whole fleet owns, one for each parent.
func fleetOf[T any](parents []T) []string {
	return mapSlice(parents, func(T) string { return fleetOwner })
}
