package resolvers

import (
	"context"
	"errors"
	"time"

	"decnetgraph/auth"
	"decnetgraph/graph/model"
	"decnetgraph/resolvers/loaders"
	"decnetgraph/storage"
)

// inputFields names the fields of a mutation's input that its user errors point to.
type inputFields struct {
	missing string // identifies the row, for NOT_FOUND
	invalid string // what storage may refuse, for INVALID; empty for the input as a whole
	version string // what the client has read, for CONFLICT
}

// notesFields are the fields of setCampaignNotes and setIdentityNotes.
func notesFields(revision *string) inputFields {
	fields := inputFields{missing: "uuid", invalid: "notes", version: "expectedUpdatedAt"}
	if revision != nil {
		fields.version = "expectedRevision"
	}
	return fields
}

// tagReader reads the tags of a request.
func (r *Resolver) tagReader(strict bool) model.TagReader {
	return model.TagReader{Catalogue: r.Catalogue, Strict: strict, Now: time.Now()}
}

// runMutation runs a write and makes the payload of its result. An error that the client can correct becomes a user
// error of the payload, and the row as it is now its result; any other error is returned. The write runs as a level of
// the operation, so that the levels below it know their parents.
func runMutation[T, P any](
	ctx context.Context, fields inputFields, write func(context.Context) (T, error), payload func(T, []*model.UserError) *P,
) (*P, error) {
	return loaders.Load(ctx, fleetOwner, func(ctx context.Context, _ []string) (map[string]*P, error) {
		written, err := write(storage.WithActor(ctx, auth.From(ctx).Actor()))
		if err == nil {
			return map[string]*P{fleetOwner: payload(written, nil)}, nil
		}
		cause, _ := errors.AsType[*storage.Error](err)
		userError := fields.userError(cause)
		if userError == nil {
			return nil, err
		}
		current, _ := cause.Current.(T)
		return map[string]*P{fleetOwner: payload(current, []*model.UserError{userError})}, nil
	})
}

// userError is the user error for an error of storage, or nil if the client cannot correct it.
func (f inputFields) userError(err *storage.Error) *model.UserError {
	if err == nil {
		return nil
	}
	shown := &model.UserError{Message: cut(err.Message, maxMessage), Path: []string{"input"}}
	var field string
	switch {
	case errors.Is(err, storage.ErrNotFound):
		shown.Code, field = model.UserErrorCodeNotFound, f.missing
	case errors.Is(err, storage.ErrConflict):
		shown.Code, field = model.UserErrorCodeConflict, f.version
	case errors.Is(err, storage.ErrInvalid):
		shown.Code, field = model.UserErrorCodeInvalid, f.invalid
	default:
		return nil
	}
	if field != "" {
		shown.Path = append(shown.Path, field)
	}
	return shown
}

// setBy is who sets the state of a rule: the principal where people log in, otherwise who the client says.
func setBy(ctx context.Context, state storage.RuleState) storage.RuleState {
	if p := auth.From(ctx); p != nil && p.Way != auth.ByNothing {
		state.SetBy = new(p.Actor().Name)
	}
	return state
}

func insertTagsPayload(results []storage.TagResult, errs []*model.UserError) *model.InsertTagsPayload {
	return &model.InsertTagsPayload{Results: results, UserErrors: errs}
}

func upsertAttributionStatesPayload(
	rows []storage.NewAttributionState,
) func([]storage.StateResult, []*model.UserError) *model.UpsertAttributionStatesPayload {
	return func(results []storage.StateResult, errs []*model.UserError) *model.UpsertAttributionStatesPayload {
		payload := &model.UpsertAttributionStatesPayload{UserErrors: errs}
		if errs == nil {
			payload.Results = make([]model.AttributionStateResult, len(results))
		}
		for i, result := range results {
			payload.Results[i] = model.AttributionStateResult{StateResult: result, Key: rows[i].Key()}
		}
		return payload
	}
}

// ensuredIdentity is the result of ensureStubIdentity: an identity, and whether it is new.
type ensuredIdentity struct {
	identity *storage.Identity
	created  bool
}

func ensureStubIdentityPayload(ensured ensuredIdentity, errs []*model.UserError) *model.EnsureStubIdentityPayload {
	payload := &model.EnsureStubIdentityPayload{Identity: ensured.identity, UserErrors: errs}
	if errs == nil {
		payload.Created = &ensured.created
	}
	return payload
}

func setCampaignNotesPayload(campaign *storage.Campaign, errs []*model.UserError) *model.SetCampaignNotesPayload {
	return &model.SetCampaignNotesPayload{Campaign: campaign, UserErrors: errs}
}

func setIdentityNotesPayload(identity *storage.Identity, errs []*model.UserError) *model.SetIdentityNotesPayload {
	return &model.SetIdentityNotesPayload{Identity: identity, UserErrors: errs}
}

func setRuleStatePayload(state *storage.RuleState, errs []*model.UserError) *model.SetRuleStatePayload {
	return &model.SetRuleStatePayload{RuleState: state, UserErrors: errs}
}

func clearRuleStatePayload(state *storage.RuleState, errs []*model.UserError) *model.ClearRuleStatePayload {
	return &model.ClearRuleStatePayload{RuleState: state, UserErrors: errs}
}
