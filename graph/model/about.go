package model

import (
	"time"

	"decnetgraph/auth"
	"decnetgraph/storage"
)

// Viewer is who sends a request.
type Viewer struct {
	Name      *string
	Role      auth.Role
	Way       auth.Way
	ExpiresAt *time.Time
	Limits    *RequestLimits
}

// RequestLimits bound what one request may send, ask for and be answered with. Timeout is in seconds.
type RequestLimits struct {
	BodyBytes, Objects, AnswerBytes  int
	Tokens, Fields, PageItems, Edges int
	Timeout                          float64
	Rate                             *RateLimit // nil if there is none
}

// RateLimit is what the operations of one principal may cost together in each period. Period is in seconds.
type RateLimit struct {
	Capacity, Remaining int
	Period              float64
	ResetAt             time.Time
}

// About is the program that serves, and what it serves.
type About struct {
	Version       string
	SchemaVersion string
	AttackRelease string
	Database      string
	Backend       storage.TableLayout
	Writes        bool
	StartedAt     time.Time
}
