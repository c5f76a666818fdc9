package model

import (
	"decnetgraph/graph/scalar"
	"decnetgraph/storage"
)

// UpsertAttributionStatesInput is the input of upsertAttributionStates.
type UpsertAttributionStatesInput struct{ States []*AttributionStateInput } // nil for null

// AttributionStateInput is a verdict to write as it was sent. A row that cannot be read is rejected by itself, so nearly
// every field takes any value.
type AttributionStateInput struct {
	IdentityUUID, Primitive, CurrentValue, Confidence, ObservationCount, LastChangeAt, LastObservationAt scalar.Given

	State *storage.AttributionVerdict
}

// ReadStates makes states for storage of states as they were sent; nil stands for null. What is wrong with one is in
// storage.NewAttributionState.Problem.
func ReadStates(given []*AttributionStateInput) []storage.NewAttributionState {
	return mapped(given, readState)
}

func readState(in *AttributionStateInput) storage.NewAttributionState {
	if in == nil {
		return storage.NewAttributionState{Problem: "the row is null"}
	}
	var row rowReader
	state := storage.NewAttributionState{
		IdentityUUID: required(&row, "identityUuid", in.IdentityUUID, scalar.UnmarshalUUID), Primitive: required(&row, "primitive", in.Primitive, readText),
		CurrentValue: optionalJSON(&row, "currentValue", in.CurrentValue),
		Confidence:   row.number("confidence", in.Confidence), ObservationCount: row.whole("observationCount", in.ObservationCount),
		LastChangeAt:      required(&row, "lastChangeAt", in.LastChangeAt, scalar.UnmarshalDateTime),
		LastObservationAt: required(&row, "lastObservationAt", in.LastObservationAt, scalar.UnmarshalDateTime),
	}
	if in.State != nil {
		state.State = *in.State
	}
	for _, at := range []struct {
		field string
		given scalar.Given
	}{{"lastChangeAt", in.LastChangeAt}, {"lastObservationAt", in.LastObservationAt}} {
		if at.given.Value == nil {
			row.fail("%s is missing", at.field)
		}
	}
	state.Problem = row.problem
	return state
}
