// Package model holds what GraphQL knows and storage does not: pages with cursors, entries of the
// ATT&CK catalogue, and the inputs that gqlgen generates.
package model

import (
	"context"
	"encoding/base64"
	"encoding/json"

	"decnetgraph/storage"
)

// Connection is a page of a list, as Relay wants it.
type Connection[T any] struct {
	slice storage.Slice[T]
	asked storage.Page
	list  storage.List[T]
	owner string
}

// NewConnection makes a connection of the slice that answers a page of an owner's list.
func NewConnection[T any](slice storage.Slice[T], asked storage.Page, list storage.List[T], owner string) *Connection[T] {
	return &Connection[T]{slice, asked, list, owner}
}

// Nodes are the items in list order.
func (c *Connection[T]) Nodes() []*T { return c.slice.Rows }

// Edges are the items with their cursors in list order.
func (c *Connection[T]) Edges() []*Edge[T] {
	edges := make([]*Edge[T], len(c.slice.Rows))
	for i, row := range c.slice.Rows {
		edges[i] = &Edge[T]{Cursor: EncodeCursor(c.slice.Position(i)), Node: row}
	}
	return edges
}

// PageInfo tells where the page stands. What lies behind the near end is known from the request:
// something does if it started after a cursor or an offset.
func (c *Connection[T]) PageInfo() *PageInfo {
	info := &PageInfo{
		HasNextPage:     c.asked.Before != nil,
		HasPreviousPage: c.asked.After != nil || c.asked.Offset > 0,
	}
	if c.asked.Backward {
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
		if c.asked.Backward {
			info.StartCursor = &reached
		} else {
			info.EndCursor = &reached
		}
	}
	return info
}

// Skipped is the number of rows that the page leaves out.
func (c *Connection[T]) Skipped() int { return c.slice.Skipped }

// Total is the number of items across all pages, or nil if reading the page has not told it.
func (c *Connection[T]) Total() *int { return c.slice.Total }

// Owner is the owner of the list.
func (c *Connection[T]) Owner() string { return c.owner }

// Count counts the items of each owner's list across all pages.
func (c *Connection[T]) Count(ctx context.Context, owners []string) (map[string]int, error) {
	return c.list.Count(ctx, owners)
}

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
	RuleStateEdge                = Edge[storage.RuleState]
)

// EncodeCursor writes a position as an opaque text.
func EncodeCursor(at storage.Position) string {
	content, _ := json.Marshal([]string{at.List, at.Sort, at.Key}) // texts always marshal
	return base64.RawURLEncoding.EncodeToString(content)
}

// DecodeCursor reads what EncodeCursor wrote; ok is false for anything else.
func DecodeCursor(cursor string) (at storage.Position, ok bool) {
	content, err := base64.RawURLEncoding.DecodeString(cursor)
	var parts []string
	if err != nil || json.Unmarshal(content, &parts) != nil || len(parts) != 3 {
		return storage.Position{}, false
	}
	return storage.Position{List: parts[0], Sort: parts[1], Key: parts[2]}, true
}
