package storagetest

import (
	"cmp"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"decnetgraph/storage"
)

// sessions are the owners of lists of sessions: some that tags name, one that was only recorded, and one that does not exist.
var sessions = []string{"s1", "s2", "s3", "s-recorded", unknown}

// sid returns the session that an event is the end of, or the empty text, and how long it lasted.
func sid(e *storage.Event) (id string, lasted time.Duration) {
	var fields struct{ Sid, Duration_s string } //nolint:revive,staticcheck // the name of the member
	if e.EventType != storage.SessionRecorded || json.Unmarshal(e.RawFields, &fields) != nil {
		return "", 0
	}
	seconds, _ := strconv.ParseFloat(fields.Duration_s, 64)
	return fields.Sid, time.Duration(seconds * float64(time.Second))
}

// recordings returns the events that are the end of a session, at one of the addresses of the session's tags or, if these have
// none, at any.
func (m *model) recordings(session string) []*storage.Event {
	placed := len(m.attackersOf(storage.KindSession, storage.Resolved, session)) > 0
	return choose(m.Events, func(e *storage.Event) bool {
		id, _ := sid(e)
		return id == session && (!placed || m.hasAddress(storage.KindSession, storage.Resolved, session, e.AttackerIP))
	})
}

// session returns what is known of a session from its tags, unless tagged is false, and the given recordings, each with its
// attacker; nil if there is neither.
func (m *model) session(id string, tagged bool, recordings []*storage.Event, attackerOf func(ip string) string) *storage.Session {
	s := &storage.Session{SessionID: id}
	deckies, attackers := map[string]bool{}, map[string]bool{}
	note := func(set map[string]bool, name string) {
		if name != "" {
			set[name] = true
		}
	}
	widen := func(first, last time.Time) {
		if s.StartedAt == nil || first.Before(*s.StartedAt) {
			s.StartedAt = &first
		}
		if s.EndedAt == nil || last.After(*s.EndedAt) {
			s.EndedAt = &last
		}
	}
	for _, t := range m.Tags {
		if tagged && deref(t.SessionID) == id && t.SessionID != nil {
			s.TagCount++
			note(deckies, deref(t.Decky))
			note(attackers, deref(t.AttackerUUID))
			widen(t.CreatedAt, t.CreatedAt)
		}
	}
	if s.TagCount == 0 && len(recordings) == 0 {
		return nil
	}
	if len(recordings) > 0 {
		s.StartedAt, s.EndedAt, s.IsRecorded, s.Service = nil, nil, true, new("ssh")
	}
	for _, e := range recordings {
		_, lasted := sid(e)
		widen(e.At.Add(-lasted), e.At)
		note(deckies, e.Decky)
		note(attackers, attackerOf(e.AttackerIP))
	}
	s.Deckies, s.AttackerCount = sortedKeys(deckies), len(attackers)
	return s
}

// first returns the smallest key of the attackers with an address, or the empty text.
func first(of []*Attacker, ip string) string {
	uuid := ""
	for _, a := range of {
		if a.IP == ip && (uuid == "" || a.UUID < uuid) {
			uuid = a.UUID
		}
	}
	return uuid
}

// namedSession returns a session by its id, or nil.
func (m *model) namedSession(id string) *storage.Session {
	of := m.attackersOf(storage.KindSession, storage.Resolved, id)
	if len(of) == 0 {
		of = choose(m.Attackers, everything)
	}
	return m.session(id, true, m.recordings(id), func(ip string) string { return first(of, ip) })
}

// sessionsOf returns the sessions of an attacker or an identity.
func (m *model) sessionsOf(kind storage.Kind, membership storage.Membership, owner string) []*storage.Session {
	attackers := m.attackersOf(kind, membership, owner)
	ends := choose(m.Events, func(e *storage.Event) bool {
		id, _ := sid(e)
		return id != "" && m.hasAddress(kind, membership, owner, e.AttackerIP)
	})
	ids := map[string]bool{} // whether a tag of the owner names the session
	for _, t := range m.tags(storage.Scope{Of: kind, Membership: membership}, owner) {
		if t.SessionID != nil {
			ids[*t.SessionID] = true
		}
	}
	for _, e := range ends {
		id, _ := sid(e)
		if _, known := ids[id]; !known {
			ids[id] = false
		}
	}
	var found []*storage.Session
	for _, id := range sortedKeys(ids) {
		of := slices.DeleteFunc(slices.Clone(ends), func(e *storage.Event) bool { named, _ := sid(e); return named != id })
		found = append(found, m.session(id, ids[id], of, func(ip string) string { return first(attackers, ip) }))
	}
	return found
}

var oldestSessions = rowsOf[storage.Session]{
	key: func(s *storage.Session) string { return s.SessionID },
	compare: func(a, b *storage.Session) int {
		return cmp.Or(a.StartedAt.Compare(*b.StartedAt), strings.Compare(a.SessionID, b.SessionID))
	},
}

func (m *model) sessionLists() []listCase {
	cases := []listCase{
		listOf("events of sessions", Unfiltered((*storage.Store).SessionEvents), newestEvents, sessions, m.recordings),
		listOf("sessions of attackers", Unfiltered((*storage.Store).AttackerSessions), oldestSessions, m.owners(storage.KindAttacker), func(owner string) []*storage.Session {
			return m.sessionsOf(storage.KindAttacker, storage.Resolved, owner)
		}),
	}
	for _, membership := range memberships {
		cases = append(cases, listOf("sessions of identities, "+string(membership), member((*storage.Store).IdentitySessions, membership), oldestSessions,
			m.owners(storage.KindIdentity), func(owner string) []*storage.Session { return m.sessionsOf(storage.KindIdentity, membership, owner) }))
	}
	return cases
}
