package storage

import (
	"context"
	"slices"
	"time"
)

// Session is a visit to the deckies: one that tags name, or one that DECNET has recorded.
type Session struct {
	SessionID string
	// StartedAt and EndedAt are those of the recording, if there is one. Otherwise they are the times at which the first and
	// the last tag of the session were written. They are nil if no such instant can be read.
	StartedAt, EndedAt *time.Time
	IsRecorded         bool
	Service            *string  // of the recording
	Deckies            []string // sorted
	TagCount           int
	AttackerCount      int
}

// ID is the reference to the session.
func (s *Session) ID() Ref { return Ref{KindSession, s.SessionID} }

// sessionFields are the fields of a Session that a statement is needed for.
var sessionFields = []string{"StartedAt", "EndedAt", "IsRecorded", "Service", "Deckies", "TagCount", "AttackerCount"}

// TaggedSessions finds sessions that tags are known to name. It runs a statement only if more than their ids is needed; see
// Only.
func (s *Store) TaggedSessions(ctx context.Context, ids []string) (map[string]*Session, error) {
	found := make(map[string]*Session, len(ids))
	names, narrowed := ctx.Value(onlyKey{}).([]string)
	if narrowed && !slices.ContainsFunc(names, func(name string) bool { return slices.Contains(sessionFields, name) }) {
		for _, id := range ids {
			found[id] = &Session{SessionID: id}
		}
		return found, nil
	}
	visits, err := s.visits(ctx, ids, s.visitsNamed(false))
	for id, of := range visits {
		if v := of[id]; v != nil {
			found[id] = v.session()
		} else {
			found[id] = &Session{SessionID: id}
		}
	}
	return found, err
}

// Sessions finds sessions that tags name or that DECNET has recorded.
func (s *Store) Sessions(ctx context.Context, ids []string) (map[string]*Session, error) {
	visits, err := s.visits(ctx, ids, s.visitsNamed(false))
	found := make(map[string]*Session, len(ids))
	for id, of := range visits {
		if v := of[id]; v != nil {
			found[id] = v.session()
		}
	}
	return found, err
}
