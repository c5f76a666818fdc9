package storage

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// sessionCommandOrder is the order in which commands were typed; the sort key of a command is its place there.
var sessionCommandOrder = order{list: "sessionCommands", columns: []sortColumn{{column: "place"}}}

// SessionCommands lists the commands of each session in the order in which they were typed, the only one; see
// visit.commandsOf. Commands without a time come first. The list fails if the options have anything set. It runs two
// statements, one for the sessions and one for the commands of their attackers.
func (s *Store) SessionCommands(o ListOptions) List[Command] {
	l := sessionCommands{store: s}
	if o.Filter != nil || len(o.Order) > 0 || o.Since != nil {
		l.err = errors.New("the commands of sessions have no options")
	}
	return l
}

type sessionCommands struct {
	store *Store
	err   error // refuses options
}

// of returns the commands of each session.
func (l sessionCommands) of(ctx context.Context, ids []string) (map[string][]*Command, error) {
	if l.err != nil {
		return nil, l.err
	}
	named, err := l.store.visits(ctx, ids, l.store.visitsNamed(true))
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
	entries, err := l.store.entries(ctx, sortedNames(attackers))
	if err != nil {
		return nil, err
	}
	commands := make(map[string][]*Command, len(ids))
	for id, v := range visits {
		commands[id] = v.commandsOf(entries, l.store.dialect.Precision)
	}
	return commands, nil
}

// Page implements List.
func (l sessionCommands) Page(ctx context.Context, sessions []string, p Page) (map[string]Slice[Command], error) {
	if err := sessionCommandOrder.check(p); err != nil {
		return nil, err
	}
	commands, err := l.of(ctx, sessions)
	if err != nil {
		return nil, err
	}
	pages := make(map[string]Slice[Command], len(sessions))
	for _, id := range sessions {
		pages[id] = cutPlaces(commands[id], p, sessionCommandOrder.name())
	}
	return pages, nil
}

// cutPlaces returns a page of rows whose positions are their places.
func cutPlaces[T any](rows []*T, p Page, list string) Slice[T] {
	from, to := 0, len(rows)
	if p.After != nil {
		from = min(to, int(p.After.place())+1)
	}
	if p.Before != nil {
		to = max(from, min(to, int(p.Before.place())))
	}
	places := make([]int, to-from)
	for i := range places {
		places[i] = from + i
	}
	if p.Backward {
		slices.Reverse(places)
	}
	places = places[min(p.Offset, len(places)):]
	places = places[:min(p.Limit+1, len(places))]
	chosen := make([]*T, len(places))
	for i, place := range places {
		chosen[i] = rows[place]
	}
	page := cut(chosen, p, func(i int) Position {
		return Position{List: list, Sort: fmt.Sprintf("i%d", places[i]), Key: fmt.Sprintf("i%d", places[i])}
	})
	total := len(rows)
	page.Total = &total
	return page
}

// Count implements List.
func (l sessionCommands) Count(ctx context.Context, sessions []string) (map[string]int, error) {
	commands, err := l.of(ctx, sessions)
	counts := make(map[string]int, len(sessions))
	for _, id := range sessions {
		counts[id] = len(commands[id])
	}
	return counts, err
}
