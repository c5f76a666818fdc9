package storage

import (
	"context"
	"slices"
	"time"

	"decnetgraph/storage/engine"
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
	{"uuid", func(c *commandText) cell { return text(&c.uuid) }, ""},
	{"commands", func(c *commandText) cell { return records(&c.entries, command) }, ""},
}}

// command takes the text from the key that the profiler writes, or else from one of those that
// DECNET's own readers accept besides.
func command(r record) *Command {
	typed := r.text("command")
	for _, other := range []string{"command_text", "text"} {
		if typed == nil {
			typed = r.text(other)
		}
	}
	return &Command{Service: r.text("service"), Decky: r.text("decky"), Command: typed, Timestamp: r.instant("timestamp")}
}

// storedCommands is the order of the stored list; the sort key of a command is its place there.
var storedCommands = order{name: "commands.place"}

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
	pages := make(map[string]Slice[Command], len(attackers))
	err := l.each(ctx, attackers, func(uuid string, entries []*Command) {
		pages[uuid] = l.cut(entries, p)
	})
	return pages, err
}

// cut takes a page out of the whole list.
func (l commandList) cut(entries []*Command, p Page) Slice[Command] {
	var kept []*Command
	total := len(entries)
	for _, c := range entries {
		if (p.After == nil || c.place > p.After.place()) && (p.Before == nil || c.place < p.Before.place()) {
			kept = append(kept, c)
		}
	}
	skipped := min(p.Offset, len(kept))
	more := len(kept)-skipped > p.Limit
	if p.Backward {
		kept = kept[:len(kept)-skipped]
		kept = kept[max(0, len(kept)-p.Limit):]
	} else {
		kept = kept[skipped:]
		kept = kept[:min(len(kept), p.Limit)]
	}
	kept = slices.Clone(kept)
	position := func(i int) Position {
		return storedCommands.position(stored{kind: engine.Integer, bits: int64(kept[i].place)}, stored{kind: engine.Textual})
	}
	return Slice[Command]{Rows: kept, More: more, Total: &total, Position: position}
}

// place is the sort key of a command; a forged one stands before all.
func (p *Position) place() int {
	stored, _ := readKey(p.Sort)
	place, _ := stored.(int64)
	return int(place)
}

// Count implements List.
func (l commandList) Count(ctx context.Context, attackers []string) (map[string]int, error) {
	counts := make(map[string]int, len(attackers))
	err := l.each(ctx, attackers, func(uuid string, entries []*Command) { counts[uuid] = len(entries) })
	return counts, err
}

// each hands over the list of every attacker, without the commands of other services. Lists may be
// long, so that one is let go before the next is read.
func (l commandList) each(ctx context.Context, attackers []string, visit func(uuid string, entries []*Command)) error {
	missing := make(map[string]bool, len(attackers))
	for _, uuid := range attackers {
		missing[uuid] = true
	}
	err := visitBy(ctx, l.store, commandTexts, commandTexts.key(), attackers, func(uuid string, row *commandText) {
		delete(missing, uuid)
		var kept []*Command
		for i, c := range row.entries {
			c.place = i
			if l.service == nil || (c.Service != nil && *c.Service == *l.service) {
				kept = append(kept, c)
			}
		}
		row.entries = nil // its neighbours may keep it
		visit(uuid, kept)
	})
	for uuid := range missing {
		visit(uuid, nil)
	}
	return err
}
