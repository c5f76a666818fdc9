package model

import "decnetgraph/storage"

// InsertTagsInput is what insertTags takes.
type InsertTagsInput struct{ Tags []storage.NewTag }

// InsertTagsPayload tells what became of tags.
type InsertTagsPayload struct {
	Results    []storage.TagResult
	UserErrors []*UserError
}

// InsertedCount is the number of rows that were added.
func (p *InsertTagsPayload) InsertedCount() int { return p.count(storage.TagInserted) }

// DuplicateCount is the number of rows that were there already.
func (p *InsertTagsPayload) DuplicateCount() int { return p.count(storage.TagDuplicate) }

// BelowFloorCount is the number of rows that are not sure enough.
func (p *InsertTagsPayload) BelowFloorCount() int { return p.count(storage.TagBelowFloor) }

// RejectedCount is the number of rows that were refused.
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

// UpsertAttributionStatesInput is what upsertAttributionStates takes.
type UpsertAttributionStatesInput struct{ States []storage.NewAttributionState }

// UpsertAttributionStatesPayload tells what became of states.
type UpsertAttributionStatesPayload struct {
	Results    []AttributionStateResult
	UserErrors []*UserError
}

// AttributionStateResult tells what became of the state that stands under a key.
type AttributionStateResult struct {
	storage.StateResult

	Key storage.StateKey
}

// InsertedCount is the number of rows that were added.
func (p *UpsertAttributionStatesPayload) InsertedCount() int { return p.count(storage.StateInserted) }

// UpdatedCount is the number of rows that were overwritten.
func (p *UpsertAttributionStatesPayload) UpdatedCount() int { return p.count(storage.StateUpdated) }

// RejectedCount is the number of rows that were refused.
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
