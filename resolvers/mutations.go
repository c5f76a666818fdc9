package resolvers

import (
	"context"
	"errors"

	"decnetgraph/graph/model"
	"decnetgraph/resolvers/loaders"
	"decnetgraph/storage"
)

// mendable names the fields of a mutation's input that what the caller can mend is about.
type mendable struct {
	missing string // names the row
	invalid string // holds what storage may refuse; empty for the input as a whole
}

// change runs a write and makes its payload of what came out, or of what the caller can mend. It is a
// level of the operation, so that the levels below know their parents.
func change[T, P any](
	ctx context.Context, by mendable, write func(context.Context) (T, error), payload func(T, []*model.UserError) *P,
) (*P, error) {
	return loaders.Load(ctx, fleet, func(ctx context.Context, _ []string) (map[string]*P, error) {
		written, err := write(ctx)
		if err == nil {
			return map[string]*P{fleet: payload(written, nil)}, nil
		}
		told, _ := errors.AsType[*storage.Error](err)
		mend := by.userError(told)
		if mend == nil {
			return nil, err
		}
		current, _ := told.Current.(T)
		return map[string]*P{fleet: payload(current, []*model.UserError{mend})}, nil
	})
}

// userError is what the caller can mend, or nil if it is not that.
func (m mendable) userError(err *storage.Error) *model.UserError {
	if err == nil {
		return nil
	}
	told := &model.UserError{Message: err.Message, Path: []string{"input"}}
	var field string
	switch {
	case errors.Is(err, storage.ErrNotFound):
		told.Code, field = model.UserErrorCodeNotFound, m.missing
	case errors.Is(err, storage.ErrConflict):
		told.Code, field = model.UserErrorCodeConflict, "expectedUpdatedAt"
	case errors.Is(err, storage.ErrInvalid):
		told.Code, field = model.UserErrorCodeInvalid, m.invalid
	default:
		return nil
	}
	if field != "" {
		told.Path = append(told.Path, field)
	}
	return told
}

func insertTagsPayload(results []storage.TagResult, mend []*model.UserError) *model.InsertTagsPayload {
	return &model.InsertTagsPayload{Results: results, UserErrors: mend}
}

func upsertAttributionStatesPayload(
	rows []storage.NewAttributionState,
) func([]storage.StateResult, []*model.UserError) *model.UpsertAttributionStatesPayload {
	return func(results []storage.StateResult, mend []*model.UserError) *model.UpsertAttributionStatesPayload {
		payload := &model.UpsertAttributionStatesPayload{UserErrors: mend}
		if mend == nil {
			payload.Results = make([]model.AttributionStateResult, len(results))
		}
		for i, result := range results {
			payload.Results[i] = model.AttributionStateResult{StateResult: result, Key: rows[i].Key()}
		}
		return payload
	}
}

// stub is what comes out of ensureStubIdentity.
type stub struct {
	identity *storage.Identity
	created  bool
}

func ensureStubIdentityPayload(ensured stub, mend []*model.UserError) *model.EnsureStubIdentityPayload {
	payload := &model.EnsureStubIdentityPayload{Identity: ensured.identity, UserErrors: mend}
	if mend == nil {
		payload.Created = &ensured.created
	}
	return payload
}

func setCampaignNotesPayload(campaign *storage.Campaign, mend []*model.UserError) *model.SetCampaignNotesPayload {
	return &model.SetCampaignNotesPayload{Campaign: campaign, UserErrors: mend}
}

func setIdentityNotesPayload(identity *storage.Identity, mend []*model.UserError) *model.SetIdentityNotesPayload {
	return &model.SetIdentityNotesPayload{Identity: identity, UserErrors: mend}
}

func setRuleStatePayload(state *storage.RuleState, mend []*model.UserError) *model.SetRuleStatePayload {
	return &model.SetRuleStatePayload{RuleState: state, UserErrors: mend}
}

func clearRuleStatePayload(state *storage.RuleState, mend []*model.UserError) *model.ClearRuleStatePayload {
	return &model.ClearRuleStatePayload{RuleState: state, UserErrors: mend}
}
