package storage

import "context"

// Session is a session that at least one tag names.
type Session struct {
	SessionID string
}

// Session is the session that the tag names, or nil.
func (t *TTPTag) Session() *Session {
	if t.SessionID == nil {
		return nil
	}
	return &Session{SessionID: *t.SessionID}
}

// ID is the reference to the session.
func (s *Session) ID() Ref { return Ref{KindSession, s.SessionID} }

// Sessions finds the sessions that tags name.
func (s *Store) Sessions(ctx context.Context, ids []string) (map[string]*Session, error) {
	q, err := s.keyed(ids, "")
	if err != nil {
		return nil, err
	}
	q.add("SELECT requested.owner FROM requested WHERE EXISTS (SELECT 1 FROM ttp_tag t WHERE " + q.Equal("t.session_id", "requested.k") + ")")
	found := map[string]*Session{}
	var id string
	return found, s.scanRows(ctx, q, []scanner{{Into: text(&id)}}, func() error {
		found[id] = &Session{SessionID: id}
		return nil
	})
}
