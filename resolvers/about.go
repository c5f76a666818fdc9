package resolvers

import (
	"context"
	"time"

	"decnetgraph/auth"
	"decnetgraph/graph"
	"decnetgraph/graph/model"
)

// viewer is who sends the request.
func (r *Resolver) viewer(ctx context.Context) (*model.Viewer, error) {
	principal := auth.From(ctx)
	if principal == nil {
		return nil, auth.ErrUnauthenticated
	}
	v := &model.Viewer{Role: principal.Role, Way: principal.Way, Limits: r.limits.shown()}
	if r.RateLimit != nil {
		v.Limits.Rate = r.RateLimit(ctx)
	}
	if principal.Name != "" {
		v.Name = &principal.Name
	}
	if !principal.ExpiresAt.IsZero() {
		v.ExpiresAt = &principal.ExpiresAt
	}
	return v, nil
}

// shown are the limits as clients see them.
func (l Limits) shown() *model.RequestLimits {
	return &model.RequestLimits{
		BodyBytes: int(l.BodyBytes), Tokens: l.Tokens, Fields: l.fields(), Timeout: l.Timeout.Seconds(), PageItems: l.Page,
		Objects: l.Objects, Edges: l.Edges, AnswerBytes: l.AnswerBytes,
	}
}

// about is the program that serves, and what it serves.
func (r *Resolver) about() *model.About {
	database := r.Store.Database()
	return &model.About{
		Version: r.Version, SchemaVersion: graph.Version(), AttackRelease: r.Catalogue.Release(),
		Database: database.Engine, Backend: database.Tables, Writes: database.Writable, StartedAt: r.StartedAt,
	}
}

// serving returns the resolvers of a server with some limits. It has started now unless the resolvers say when.
func (r *Resolver) serving(limits Limits) *Resolver {
	served := *r
	served.limits = limits
	if served.StartedAt.IsZero() {
		served.StartedAt = time.Now()
	}
	return &served
}
