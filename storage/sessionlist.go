package storage

import (
	"context"
	"slices"
	"time"

	"decnetgraph/storage/engine"
)

// SessionStartedAt is the sort key of the own order of sessions.
const SessionStartedAt = "STARTED_AT"

// The related rows of sessions that filters ask for.
const (
	sessionTags     = "tags of sessions"
	sessionAttacker = "attackers of sessions"
	sessionCommand  = "commands of sessions"
)

// commandCount is the value of sessions that only their commands show.
const commandCount = "commands"

// sessionRows says what lists of sessions are filtered and ordered by. A session without a start or an end is before all
// others.
var sessionRows = computed[visit]{
	name: "sessions", list: "sessions", sorted: []SortKey{{By: SessionStartedAt}},
	key: func(v *visit) stored { return stored{kind: engine.Textual, text: v.id} },
	values: []computedValue[visit]{
		{name: "session_id", of: func(v *visit) any { return v.id }, kind: textValues, filter: "SessionID"},
		{name: "started_at", of: func(v *visit) any { return optionalInstant(v.lasted().first) }, kind: instantValues, filter: "StartedAt", order: SessionStartedAt},
		{name: "ended_at", of: func(v *visit) any { return optionalInstant(v.lasted().last) }, kind: instantValues, filter: "EndedAt", order: "ENDED_AT"},
		{name: "duration", of: (*visit).duration, kind: wholeValues, filter: "Duration", order: "DURATION"},
		{name: "is_recorded", of: func(v *visit) any { return v.recording != nil }, kind: truthValues, filter: "IsRecorded"},
		{name: "service", of: (*visit).service, kind: textValues, filter: "Service", open: []openColumn{{table: "logs", column: "service"}}},
		{
			name: "deckies", of: func(v *visit) any { return sortedNames(v.deckies) }, kind: textValues, filter: "Deckies",
			open: []openColumn{{table: "ttp_tag", column: "decky_id"}, {table: "logs", column: "decky"}},
		},
		{name: "tags", of: func(v *visit) any { return v.tags }, kind: wholeValues, filter: "TagCount", order: "TAGS"},
		{name: "attackers", of: func(v *visit) any { return len(v.attackers) }, kind: wholeValues, filter: "AttackerCount", order: "ATTACKERS"},
		{name: commandCount, of: func(v *visit) any { return len(v.commands) }, kind: wholeValues, order: "COMMANDS"},
	},
}

// optionalInstant is an instant as the value of a row, nil for none.
func optionalInstant(at time.Time) any {
	if at.IsZero() {
		return nil
	}
	return at
}

// duration is how long the session lasted in seconds, rounded down; nil if its start or its end is not known.
func (v *visit) duration() any {
	lasted := v.lasted()
	if lasted.first.IsZero() || lasted.last.IsZero() {
		return nil
	}
	return int(lasted.last.Sub(lasted.first) / time.Second)
}

// service is the service of the recording; nil without one.
func (v *visit) service() any {
	if v.recording == nil {
		return nil
	}
	return v.recording.service
}

// AttackerSessions lists the sessions of each attacker: those that its tags name, and those that DECNET has recorded from its
// address. Of one that was recorded only, no tags are counted: those of another attacker at the same address, which DECNET never
// stores, are not looked for. The oldest is the first unless the options have an order. The
// list fails if the options have Since. What is known of a session is read of all its tags and recordings, so
// filters are evaluated and pages are cut here, not in SQL: in one statement, and a second one if the filter or the order is
// about commands.
func (s *Store) AttackerSessions(o ListOptions) List[Session] {
	return newSessionList(s, KindAttacker, Resolved, o)
}

// IdentitySessions is AttackerSessions for identities: for the tags of each identity, and the addresses of its attackers.
func (s *Store) IdentitySessions(m Membership, o ListOptions) List[Session] {
	return newSessionList(s, KindIdentity, m, o)
}

// sessionList is the List of the sessions of owners of a kind.
type sessionList struct {
	computedList[visit]

	kind         Kind
	membership   Membership
	measured     []*relatedRows // conditions on related rows that the statement evaluates
	withCommands bool           // whether the filter or the order is about commands
}

func newSessionList(s *Store, kind Kind, m Membership, o ListOptions) sessionList {
	l := sessionList{computedList: newComputedList(s, sessionRows, o), kind: kind, membership: m}
	if l.err != nil {
		return l
	}
	l.withCommands = l.ordersBy(commandCount)
	each(l.where, func(c condition) {
		switch c, ok := c.(*relatedRows); {
		case !ok:
		case c.rows == sessionCommand:
			l.withCommands = true
		default:
			l.measured = append(l.measured, c)
		}
	})
	return l
}

// matches returns the sessions of each owner that match the filter.
func (l sessionList) matches(ctx context.Context, owners []string) (map[string][]*visit, error) {
	visits, err := l.store.visits(ctx, owners, l.store.visitsOf(l.kind, l.membership, l.measured, l.withCommands), l.measured...)
	if err != nil {
		return nil, err
	}
	if l.withCommands {
		if err := l.addCommands(ctx, visits); err != nil {
			return nil, err
		}
	}
	found := make(map[string][]*visit, len(owners))
	for owner, of := range visits {
		all := make([]*visit, 0, len(of))
		for _, v := range of {
			all = append(all, v)
		}
		found[owner] = l.matching(all, l.related)
	}
	return found, nil
}

// addCommands finds the commands of all sessions.
func (l sessionList) addCommands(ctx context.Context, visits map[string]map[string]*visit) error {
	attackers := map[string]bool{}
	for _, of := range visits {
		for _, v := range of {
			for attacker := range v.attackers {
				attackers[attacker] = true
			}
		}
	}
	entries, err := l.store.entries(ctx, sortedNames(attackers))
	if err != nil {
		return err
	}
	for _, of := range visits {
		for _, v := range of {
			v.commands = v.commandsOf(entries, l.store.dialect.Precision)
		}
	}
	return nil
}

// related counts the related rows of a session that meet a condition.
func (l sessionList) related(v *visit, c *relatedRows) int {
	if c.rows == sessionCommand {
		rows := sessionCommandRows(v.id, v.commands)
		return len(slices.DeleteFunc(rows, func(row *commandRow) bool { return !conditionHolds(c.where, row.asComputed()) }))
	}
	n := slices.Index(l.measured, c)
	if c.rows == sessionTags {
		return v.measured[n].tags
	}
	return len(v.measured[n].attackers)
}

// Page implements List.
func (l sessionList) Page(ctx context.Context, owners []string, p Page) (map[string]Slice[Session], error) {
	if err := l.check(p); err != nil {
		return nil, err
	}
	found, err := l.matches(ctx, owners)
	if err != nil {
		return nil, err
	}
	pages := make(map[string]Slice[Session], len(owners))
	for owner, of := range found {
		page := l.cut(of, p)
		pages[owner] = mapRows(page, (*visit).session)
	}
	return pages, nil
}

// Count implements List.
func (l sessionList) Count(ctx context.Context, owners []string) (map[string]int, error) {
	if l.err != nil {
		return nil, l.err
	}
	found, err := l.matches(ctx, owners)
	counts := make(map[string]int, len(owners))
	for owner, of := range found {
		counts[owner] = len(of)
	}
	return counts, err
}
