package storage

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Command is an entry of attackers.commands.
type Command struct {
	Service   *string
	Decky     *string
	Command   *string
	Timestamp *time.Time

	unfit bool // whether a member of the entry did not fit its field
}

// commandText is an attacker's stored list of commands.
type commandText struct {
	uuid string
	list commandIndex
}

var commandTexts = table[commandText]{name: "attackers", fields: []field[commandText]{
	{"uuid", func(c *commandText) cell { return text(&c.uuid) }, "", use{}},
	{"commands", func(c *commandText) cell { return cellFunc(c.list.take) }, "", use{wide: true}},
}}

// command makes a Command of a stored entry. The text is under the key that DECNET's profiler writes, or else under
// one of the others that DECNET's own readers accept.
func command(r *record) *Command {
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
// pages are cut here, not in SQL: the text is read through once, and only the commands of the page are made of it. A text
// that is no list has no commands. One that is longer than mostWide is ErrLimit or, beside others, a Slice that is
// Unreadable.
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
	err := l.visit(ctx, attackers, func(uuid string, list *commandIndex) {
		page := list.page(l.service, p)
		for _, c := range page.Rows {
			if c.unfit {
				l.store.warned.malformedColumns("attackers", &[]string{"commands"}, uuid)
				break
			}
		}
		pages[uuid] = page
	})
	return pages, err
}

// Count implements List.
func (l commandList) Count(ctx context.Context, attackers []string) (map[string]int, error) {
	if l.err != nil {
		return nil, l.err
	}
	counts := make(map[string]int, len(attackers))
	err := l.visit(ctx, attackers, func(uuid string, list *commandIndex) { counts[uuid] = len(list.places(l.service)) })
	return counts, err
}

// visit calls visit once for each attacker, with its stored list. Lists may be long, so each one is released before the
// next is read, unless the context has a shelf.
func (l commandList) visit(ctx context.Context, attackers []string, visit func(uuid string, list *commandIndex)) error {
	shelf, shared := ctx.Value(shelfKey{}).(*shelf)
	if shared {
		if !shelf.mu.TryLock() {
			WaitPipelined(ctx, shelf.mu.Lock)
		}
		defer shelf.mu.Unlock()
		attackers = slices.DeleteFunc(slices.Clone(attackers), func(uuid string) bool {
			list, found := shelf.lists[uuid]
			if found {
				visit(uuid, list)
			}
			return found
		})
		if len(attackers) == 0 {
			return nil
		}
	}
	missing := make(map[string]bool, len(attackers))
	for _, uuid := range attackers {
		missing[uuid] = true
	}
	var failed error
	err := visitBy(ctx, l.store, commandTexts, commandTexts.key(), attackers, func(uuid string, row *commandText) {
		list := row.list
		row.list = commandIndex{}                                    // rows share memory, so a neighbouring row could keep the list alive
		if delete(missing, uuid); list.long && len(attackers) == 1 { // of many, the others are shown
			message := fmt.Sprintf("the commands of attacker %s are more than %d MiB of text, too much to read in pages", uuid, mostWide>>20)
			failed = &Error{Kind: ErrLimit, Message: message}
			return
		}
		if visit(uuid, &list); shared {
			shelf.put(uuid, &list)
		}
	})
	for uuid := range missing {
		visit(uuid, &commandIndex{})
	}
	return cmp.Or(err, failed)
}
