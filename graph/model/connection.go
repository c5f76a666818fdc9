// Package model holds the Go types of the schema that are not rows of package storage: connections with cursors,
// entries of the ATT&CK catalogue, payloads, and the types that gqlgen generates.
package model

import (
	"context"
	"encoding/base64"
	"encoding/json"

	"decnetgraph/storage"
)

// Connection is a page of a list, as defined by the Relay cursor connections specification.
type Connection[T any] struct {
	slice storage.Slice[T]
	page  storage.Page
	list  storage.List[T]
	owner string
}

// NewConnection returns the connection for a page of an owner's list; slice holds the rows of the page.
func NewConnection[T any](slice storage.Slice[T], page storage.Page, list storage.List[T], owner string) *Connection[T] {
	return &Connection[T]{slice, page, list, owner}
}

// Nodes returns the items in list order.
func (c *Connection[T]) Nodes() []*T { return c.slice.Rows }

// Edges returns the items with their cursors, in list order.
func (c *Connection[T]) Edges() []*Edge[T] {
	edges := make([]*Edge[T], len(c.slice.Rows))
	for i, row := range c.slice.Rows {
		edges[i] = &Edge[T]{Cursor: EncodeCursor(c.slice.Position(i)), Node: row}
	}
	return edges
}

// PageInfo returns the position of the page in the list. Whether items precede the start of the page follows from
// the request, without a statement: they do if it has a cursor or an offset. For a page from the end the same
// applies to the items after it.
func (c *Connection[T]) PageInfo() *PageInfo {
	info := &PageInfo{
		HasNextPage:     c.page.Before != nil,
		HasPreviousPage: c.page.After != nil || c.page.Offset > 0,
	}
	if c.page.Backward {
		info.HasPreviousPage = info.HasPreviousPage || c.slice.More
	} else {
		info.HasNextPage = info.HasNextPage || c.slice.More
	}
	if rows := c.slice.Rows; len(rows) > 0 {
		first, last := EncodeCursor(c.slice.Position(0)), EncodeCursor(c.slice.Position(len(rows)-1))
		info.StartCursor, info.EndCursor = &first, &last
	}
	if c.slice.Reached != nil {
		reached := EncodeCursor(*c.slice.Reached)
		if c.page.Backward {
			info.StartCursor = &reached
		} else {
			info.EndCursor = &reached
		}
	}
	return info
}

// Skipped returns the number of rows that the page leaves out because they cannot be read.
func (c *Connection[T]) Skipped() int { return c.slice.Skipped }

// Total returns the number of items in the whole list, or nil if it is not known from reading the page.
func (c *Connection[T]) Total() *int { return c.slice.Total }

// Owner returns the key of the list's owner.
func (c *Connection[T]) Owner() string { return c.owner }

// Count returns the number of items in the whole list of each owner.
func (c *Connection[T]) Count(ctx context.Context, owners []string) (map[string]int, error) {
	return c.list.Count(ctx, owners)
}

// List returns the list that the page is of.
func (c *Connection[T]) List() storage.List[T] { return c.list }

// Edge is an item with its cursor.
type Edge[T any] struct {
	Cursor string
	Node   *T
}

// The connections and edges of the schema.
type (
	CampaignConnection           = Connection[storage.Campaign]
	CampaignEdge                 = Edge[storage.Campaign]
	IdentityConnection           = Connection[storage.Identity]
	IdentityEdge                 = Edge[storage.Identity]
	AttackerConnection           = Connection[storage.Attacker]
	AttackerEdge                 = Edge[storage.Attacker]
	TTPTagConnection             = Connection[storage.TTPTag]
	TTPTagEdge                   = Edge[storage.TTPTag]
	AttackerCommandsConnection   = Connection[storage.AttackerCommands]
	AttackerCommandsEdge         = Edge[storage.AttackerCommands]
	CommandConnection            = Connection[storage.Command]
	CommandEdge                  = Edge[storage.Command]
	ObservationConnection        = Connection[storage.Observation]
	ObservationEdge              = Edge[storage.Observation]
	DeckyPhaseConnection         = Connection[storage.DeckyPhase]
	DeckyPhaseEdge               = Edge[storage.DeckyPhase]
	CanaryTriggerConnection      = Connection[storage.CanaryTrigger]
	CanaryTriggerEdge            = Edge[storage.CanaryTrigger]
	CanaryTokenConnection        = Connection[storage.CanaryToken]
	CanaryTokenEdge              = Edge[storage.CanaryToken]
	SMTPTargetConnection         = Connection[storage.SMTPTarget]
	SMTPTargetEdge               = Edge[storage.SMTPTarget]
	MultiActorIdentityConnection = Connection[storage.MultiActorIdentity]
	MultiActorIdentityEdge       = Edge[storage.MultiActorIdentity]
	RuleStateConnection          = Connection[storage.RuleState]
	AuditEntryConnection         = Connection[storage.AuditEntry]
	DeckyConnection              = Connection[storage.Decky]
	RuleConnection               = Connection[storage.Rule]
	RuleStateEdge                = Edge[storage.RuleState]
	AuditEntryEdge               = Edge[storage.AuditEntry]
	SearchConnection             = Connection[storage.SearchHit]
	SearchEdge                   = Edge[storage.SearchHit]
	EventConnection              = Connection[storage.Event]
	EventEdge                    = Edge[storage.Event]
	CredentialConnection         = Connection[storage.Credential]
	CredentialEdge               = Edge[storage.Credential]
	SharedCredentialConnection   = Connection[storage.SharedCredential]
	SharedCredentialEdge         = Edge[storage.SharedCredential]
	AttachmentConnection         = Connection[storage.Attachment]
	AttachmentEdge               = Edge[storage.Attachment]
	BountyConnection             = Connection[storage.Bounty]
	BountyEdge                   = Edge[storage.Bounty]
	SessionConnection            = Connection[storage.Session]
	SessionEdge                  = Edge[storage.Session]
	SessionTimelineConnection    = Connection[storage.TimelineEntry]
	SessionTimelineEdge          = Edge[storage.TimelineEntry]
	DeckyEdge                    = Edge[storage.Decky]
	NetworkConnection            = Connection[storage.Network]
	NetworkEdge                  = Edge[storage.Network]
	RuleEdge                     = Edge[storage.Rule]
)

// EncodeCursor returns a position as an opaque text.
func EncodeCursor(at storage.Position) string {
	content, _ := json.Marshal([]string{at.List, at.Sort, at.Key}) // texts always marshal
	return base64.RawURLEncoding.EncodeToString(content)
}

// DecodeCursor reads a cursor that EncodeCursor has written; ok is false for any other text.
func DecodeCursor(cursor string) (at storage.Position, ok bool) {
	content, err := base64.RawURLEncoding.DecodeString(cursor)
	var parts []string
	if err != nil || json.Unmarshal(content, &parts) != nil || len(parts) != 3 {
		return storage.Position{}, false
	}
	return storage.Position{List: parts[0], Sort: parts[1], Key: parts[2]}, true
}
