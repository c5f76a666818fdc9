package model

import "decnetgraph/storage"

// InsertTagsPayload is the result of insertTags.
type InsertTagsPayload struct {
	Results    []storage.TagResult
	UserErrors []*UserError
}

// InsertedCount returns the number of rows that were inserted.
func (p *InsertTagsPayload) InsertedCount() int { return p.count(storage.TagInserted) }

// DuplicateCount returns the number of rows whose key was already stored or came earlier in the list.
func (p *InsertTagsPayload) DuplicateCount() int { return p.count(storage.TagDuplicate) }

// BelowFloorCount returns the number of rows whose confidence is below the floor.
func (p *InsertTagsPayload) BelowFloorCount() int { return p.count(storage.TagBelowFloor) }

// RejectedCount returns the number of rows that were refused.
func (p *InsertTagsPayload) RejectedCount() int { return p.count(storage.TagRejected) }

func (p *InsertTagsPayload) count(outcome storage.TagOutcome) int {
	n := 0
	for _, result := range p.Results {
		if result.Outcome == outcome {
			n++
		}
	}
	return n
}

// UpsertAttributionStatesPayload is the result of upsertAttributionStates.
type UpsertAttributionStatesPayload struct {
	Results    []AttributionStateResult
	UserErrors []*UserError
}

// AttributionStateResult is the result for one row of the input, and the key of the stored state.
type AttributionStateResult struct {
	storage.StateResult

	Key storage.StateKey
}

// InsertedCount returns the number of rows that were inserted.
func (p *UpsertAttributionStatesPayload) InsertedCount() int { return p.count(storage.StateInserted) }

// UpdatedCount returns the number of rows that were overwritten.
func (p *UpsertAttributionStatesPayload) UpdatedCount() int { return p.count(storage.StateUpdated) }

// RejectedCount returns the number of rows that were refused.
func (p *UpsertAttributionStatesPayload) RejectedCount() int { return p.count(storage.StateRejected) }

func (p *UpsertAttributionStatesPayload) count(outcome storage.StateOutcome) int {
	n := 0
	for _, result := range p.Results {
		if result.Outcome == outcome {
			n++
		}
	}
	return n
}
