package storage

import (
	"context"
)

// SessionCommands lists the commands of each session in the order in which they were typed unless the options have another; see
// visit.commandsOf. Commands without a time come first. The list fails if the options have Since. It runs two
// statements, one for the sessions and one for the commands of their attackers.
func (s *Store) SessionCommands(o ListOptions) List[Command] {
	return sessionCommands{newComputedList(s, sessionCommandTable, o)}
}

type sessionCommands struct{ computedList[commandRow] }

// commandsOfSessions returns the commands of each session.
func (s *Store) commandsOfSessions(ctx context.Context, ids []string) (map[string][]*Command, error) {
	named, err := s.visits(ctx, ids, s.visitsNamed(true))
	if err != nil {
		return nil, err
	}
	visits := make(map[string]*visit, len(named))
	attackers := map[string]bool{}
	for id, of := range named {
		if v := of[id]; v != nil {
			visits[id] = v
			for attacker := range v.attackers {
				attackers[attacker] = true
			}
		}
	}
	entries, err := s.entries(ctx, sortedNames(attackers))
	if err != nil {
		return nil, err
	}
	commands := make(map[string][]*Command, len(ids))
	for id, v := range visits {
		commands[id] = v.commandsOf(entries, s.dialect.Precision)
	}
	return commands, nil
}

// matches returns the commands of each session that match the filter.
func (l sessionCommands) matches(ctx context.Context, ids []string) (map[string][]*commandRow, error) {
	commands, err := l.store.commandsOfSessions(ctx, ids)
	if err != nil {
		return nil, err
	}
	found := make(map[string][]*commandRow, len(ids))
	for _, id := range ids {
		found[id] = l.matching(sessionCommandRows(id, commands[id]), nil)
	}
	return found, nil
}

// Page implements List.
func (l sessionCommands) Page(ctx context.Context, sessions []string, p Page) (map[string]Slice[Command], error) {
	if err := l.check(p); err != nil {
		return nil, err
	}
	found, err := l.matches(ctx, sessions)
	if err != nil {
		return nil, err
	}
	pages := make(map[string]Slice[Command], len(sessions))
	for id, rows := range found {
		pages[id] = mapRows(l.cut(rows, p), (*commandRow).command)
	}
	return pages, nil
}

// Count implements List.
func (l sessionCommands) Count(ctx context.Context, sessions []string) (map[string]int, error) {
	if l.err != nil {
		return nil, l.err
	}
	found, err := l.matches(ctx, sessions)
	counts := make(map[string]int, len(sessions))
	for id, rows := range found {
		counts[id] = len(rows)
	}
	return counts, err
}
