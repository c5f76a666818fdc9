package storage

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"decnetgraph/storage/engine"
)

// SessionStartedAt is the only sort key of sessions.
const SessionStartedAt = "STARTED_AT"

// AttackerSessions lists the sessions of each attacker: those that its tags name, and those that DECNET has recorded from its
// address. Of one that was recorded only, no tags are counted: those of another attacker at the same address, which DECNET never
// stores, are not looked for. The oldest is the first unless the options have an order; a session without a start is older than all others. The
// list fails if the options have a filter or Since. What is known of a session is read of all its tags and recordings, so
// pages are cut here, not in SQL.
func (s *Store) AttackerSessions(o ListOptions) List[Session] {
	return newSessionList(s, s.visitsOf(KindAttacker, Resolved), o)
}

// IdentitySessions is AttackerSessions for identities: for the tags of each identity, and the addresses of its attackers.
func (s *Store) IdentitySessions(m Membership, o ListOptions) List[Session] {
	return newSessionList(s, s.visitsOf(KindIdentity, m), o)
}

// sessionList is the List of the sessions that a query finds.
type sessionList struct {
	store *Store
	query visitQuery
	order order
	err   error // refuses options
}

func newSessionList(s *Store, query visitQuery, o ListOptions) sessionList {
	l := sessionList{store: s, query: query, order: order{list: "sessions", columns: []sortColumn{{column: "started_at"}}}}
	switch {
	case o.Filter != nil:
		l.err = fmt.Errorf("sessions have no filter of type %T", o.Filter)
	case o.Since != nil:
		l.err = errors.New("the sessions have no instant to list them since")
	case len(o.Order) > 1 || len(o.Order) == 1 && o.Order[0].By != SessionStartedAt:
		l.err = Invalid("there is no order by %q", o.Order[0].By)
	case len(o.Order) == 1:
		l.order.columns[0].descending = o.Order[0].Descending
	}
	return l
}

// placedSession is a session with its place in the order.
type placedSession struct {
	*Session

	start string // as engine.FormatInstant writes it, or empty
}

func placed(s *Session) placedSession {
	p := placedSession{Session: s}
	if s.StartedAt != nil {
		p.start = engine.FormatInstant(*s.StartedAt)
	}
	return p
}

func (p placedSession) position(list string) Position {
	return Position{
		List: list, Sort: writeKey(stored{kind: engine.Textual, text: p.start}), Key: writeKey(stored{kind: engine.Textual, text: p.SessionID}),
	}
}

// compare orders sessions by their start and then their id.
func (p placedSession) compare(start, id string) int {
	return cmp.Or(strings.Compare(p.start, start), strings.Compare(p.SessionID, id))
}

// Page implements List.
func (l sessionList) Page(ctx context.Context, owners []string, p Page) (map[string]Slice[Session], error) {
	if l.err != nil {
		return nil, l.err
	}
	if err := l.order.check(p); err != nil {
		return nil, err
	}
	visits, err := l.store.visits(ctx, owners, l.query)
	if err != nil {
		return nil, err
	}
	pages := make(map[string]Slice[Session], len(owners))
	for owner, of := range visits {
		pages[owner] = l.cut(of, p)
	}
	return pages, nil
}

// cut returns a page of the sessions of an owner.
func (l sessionList) cut(of map[string]*visit, p Page) Slice[Session] {
	all := make([]placedSession, 0, len(of))
	for _, v := range of {
		all = append(all, placed(v.session()))
	}
	sign := 1
	if l.order.keyDescending() {
		sign = -1
	}
	slices.SortFunc(all, func(a, b placedSession) int { return sign * a.compare(b.start, b.SessionID) })
	total := len(all)
	if p.After != nil {
		start, id := p.After.texts()
		all = slices.DeleteFunc(all, func(s placedSession) bool { return sign*s.compare(start, id) <= 0 })
	}
	if p.Before != nil {
		start, id := p.Before.texts()
		all = slices.DeleteFunc(all, func(s placedSession) bool { return sign*s.compare(start, id) >= 0 })
	}
	if p.Backward {
		slices.Reverse(all)
	}
	all = all[min(p.Offset, len(all)):]
	all = all[:min(p.Limit+1, len(all))]
	rows := make([]*Session, len(all))
	for i := range all {
		rows[i] = all[i].Session
	}
	page := cut(rows, p, func(i int) Position { return all[i].position(l.order.name()) })
	page.Total = &total
	return page
}

// texts returns the sort key and the key of a position that are texts; a forged one is before all others.
func (p *Position) texts() (sort, key string) {
	held, _ := readKey(p.Sort)
	sort, _ = held.(string)
	held, _ = readKey(p.Key)
	key, _ = held.(string)
	return sort, key
}

// Count implements List.
func (l sessionList) Count(ctx context.Context, owners []string) (map[string]int, error) {
	if l.err != nil {
		return nil, l.err
	}
	visits, err := l.store.visits(ctx, owners, l.query)
	if err != nil {
		return nil, err
	}
	counts := make(map[string]int, len(owners))
	for owner, of := range visits {
		counts[owner] = len(of)
	}
	return counts, nil
}
