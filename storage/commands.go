package storage

import (
	"context"
	"strconv"
	"time"
)

// Command is an entry of attackers.commands.
type Command struct {
	Service   *string
	Decky     *string
	Command   *string
	Timestamp *time.Time

	place int // index in the stored list
}

type commandText struct {
	uuid    string
	entries []*Command
}

var commandTexts = table[commandText]{name: "attackers", fields: []field[commandText]{
	{"uuid", func(c *commandText) cell { return text(&c.uuid) }},
	{"commands", func(c *commandText) cell { return records(&c.entries, command) }},
}}

func command(r record) *Command {
	return &Command{Service: r.text("service"), Decky: r.text("decky"), Command: r.text("command"), Timestamp: r.instant("timestamp")}
}

var storedCommands = order[Command]{
	name: "commands.place", kind: byNumber,
	sort: func(c *Command) string { return strconv.Itoa(c.place) }, key: func(*Command) string { return "" },
}

// Commands lists the commands of each attacker in stored order; only those sent to one service if
// it is given. DECNET keeps them as one text per attacker, so pages are cut here, not in SQL.
func (s *Store) Commands(service *string) List[Command] { return commandList{s, service} }

type commandList struct {
	store   *Store
	service *string
}

// Page implements List.
func (l commandList) Page(ctx context.Context, attackers []string, p Page) (map[string]Slice[Command], error) {
	if err := storedCommands.check(p); err != nil {
		return nil, err
	}
	slices := make(map[string]Slice[Command], len(attackers))
	err := l.each(ctx, attackers, func(uuid string, entries []*Command) {
		slices[uuid] = l.cut(entries, p)
	})
	return slices, err
}

// cut takes a page out of the whole list.
func (l commandList) cut(entries []*Command, p Page) Slice[Command] {
	var kept []*Command
	total := len(entries)
	for _, c := range entries {
		if (p.After == nil || c.place > placeOf(p.After)) && (p.Before == nil || c.place < placeOf(p.Before)) {
			kept = append(kept, c)
		}
	}
	more := len(kept) > p.Limit
	if more && p.Backward {
		kept = kept[len(kept)-p.Limit:]
	} else if more {
		kept = kept[:p.Limit]
	}
	return Slice[Command]{Rows: kept, More: more, Total: &total, Position: storedCommands.position}
}

func placeOf(at *Position) int {
	place, _ := strconv.Atoi(at.Sort) // checked before
	return place
}

// Count implements List.
func (l commandList) Count(ctx context.Context, attackers []string) (map[string]int, error) {
	counts := make(map[string]int, len(attackers))
	err := l.each(ctx, attackers, func(uuid string, entries []*Command) { counts[uuid] = len(entries) })
	return counts, err
}

// each hands over the list of every attacker, without the commands of other services.
func (l commandList) each(ctx context.Context, attackers []string, visit func(uuid string, entries []*Command)) error {
	rows, err := lookup(ctx, l.store, commandTexts, attackers)
	if err != nil {
		return err
	}
	for _, uuid := range attackers {
		var kept []*Command
		if row := rows[uuid]; row != nil {
			for i, c := range row.entries {
				c.place = i
				if l.service == nil || (c.Service != nil && *c.Service == *l.service) {
					kept = append(kept, c)
				}
			}
		}
		visit(uuid, kept)
	}
	return nil
}
