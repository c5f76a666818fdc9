package storage

import (
	"context"
	"errors"
	"fmt"
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
	{"uuid", func(c *commandText) cell { return text(&c.uuid) }, "", use{}},
	{"commands", func(c *commandText) cell { return records(&c.entries, command) }, "", use{}},
}}

// command makes a Command of a stored entry. The text is under the key that DECNET's profiler writes, or else under
// one of the others that DECNET's own readers accept.
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
var storedCommands = order{list: "commands", columns: []sortColumn{{column: "place"}}}

// CommandFilter narrows lists of commands to those sent to one service.
type CommandFilter struct {
	Service *string
}

// Commands lists the commands of each attacker in stored order, the only one. The options may have a *CommandFilter;
// the list fails if they have another filter, an order or Since. DECNET keeps commands as one text per attacker, so
// pages are cut here, not in SQL.
func (s *Store) Commands(o ListOptions) List[Command] {
	l := commandList{store: s}
	filter, known := o.Filter.(*CommandFilter)
	switch {
	case o.Filter != nil && !known:
		l.err = fmt.Errorf("commands have no filter of type %T", o.Filter)
	case len(o.Order) > 0:
		l.err = Invalid("there is no order by %q", o.Order[0].By)
	case o.Since != nil:
		l.err = errors.New("the commands have no instant to list them since")
	case filter != nil:
		l.service = filter.Service
	}
	return l
}

// commandList is the List of commands, of one service or, with nil, of all.
type commandList struct {
	store   *Store
	service *string
	err     error // refuses options
}

// Page implements List.
func (l commandList) Page(ctx context.Context, attackers []string, p Page) (map[string]Slice[Command], error) {
	if l.err != nil {
		return nil, l.err
	}
	if err := storedCommands.check(p); err != nil {
		return nil, err
	}
	pages := make(map[string]Slice[Command], len(attackers))
	err := l.visitCommands(ctx, attackers, func(uuid string, entries []*Command) {
		pages[uuid] = l.cut(entries, p)
	})
	return pages, err
}

// cut returns a page of an attacker's commands.
func (l commandList) cut(entries []*Command, p Page) Slice[Command] {
	var chosen []*Command
	total := len(entries)
	for _, c := range entries {
		if (p.After == nil || c.place > p.After.place()) && (p.Before == nil || c.place < p.Before.place()) {
			chosen = append(chosen, c)
		}
	}
	skipped := min(p.Offset, len(chosen))
	more := len(chosen)-skipped > p.Limit
	if p.Backward {
		chosen = chosen[:len(chosen)-skipped]
		chosen = chosen[max(0, len(chosen)-p.Limit):]
	} else {
		chosen = chosen[skipped:]
		chosen = chosen[:min(len(chosen), p.Limit)]
	}
	chosen = slices.Clone(chosen)
	position := func(i int) Position {
		place := stored{kind: engine.Integer, bits: int64(chosen[i].place)}
		return Position{List: storedCommands.name(), Sort: writeKey(place), Key: writeKey(stored{kind: engine.Textual})}
	}
	return Slice[Command]{Rows: chosen, More: more, Total: &total, Position: position}
}

// place returns the sort key of a command. A forged position is before all commands.
func (p *Position) place() int {
	stored, _ := readKey(p.Sort)
	place, _ := stored.(int64)
	return int(place)
}

// Count implements List.
func (l commandList) Count(ctx context.Context, attackers []string) (map[string]int, error) {
	if l.err != nil {
		return nil, l.err
	}
	counts := make(map[string]int, len(attackers))
	err := l.visitCommands(ctx, attackers, func(uuid string, entries []*Command) { counts[uuid] = len(entries) })
	return counts, err
}

// visitCommands calls visit once for each attacker, with its commands of the service. Lists may be long, so each one is
// released before the next is read.
func (l commandList) visitCommands(ctx context.Context, attackers []string, visit func(uuid string, entries []*Command)) error {
	missing := make(map[string]bool, len(attackers))
	for _, uuid := range attackers {
		missing[uuid] = true
	}
	err := visitBy(ctx, l.store, commandTexts, commandTexts.key(), attackers, func(uuid string, row *commandText) {
		delete(missing, uuid)
		var chosen []*Command
		for i, c := range row.entries {
			c.place = i
			if l.service == nil || (c.Service != nil && *c.Service == *l.service) {
				chosen = append(chosen, c)
			}
		}
		row.entries = nil // rows share memory, so a neighbouring row could keep the list alive
		visit(uuid, chosen)
	})
	for uuid := range missing {
		visit(uuid, nil)
	}
	return err
}
