package storage

import (
	"cmp"
	"context"
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

// commandNames are the names that the text of a command may have in a stored entry.
var commandNames = []string{"command", "command_text", "text"}

// command makes a Command of a stored entry. The text is under the key that DECNET's profiler writes, or else under
// one of the others that DECNET's own readers accept.
func command(r *record) *Command {
	var typed *string
	for _, name := range commandNames {
		if typed == nil {
			typed = r.text(name)
		}
	}
	return &Command{Service: r.text("service"), Decky: r.text("decky"), Command: typed, Timestamp: r.instant("timestamp")}
}

// Commands lists the commands of each attacker, of one service or, with nil, of all, in stored order unless the options have
// another. The list fails if they have Since. DECNET keeps commands as one text per attacker, so
// filters are evaluated and pages are cut here, not in SQL: the text is read through once, and without a filter or an order
// only the commands of the page are made of it. A filter by sessions runs a statement more. A text
// that is no list has no commands. One that is longer than mostWide is ErrLimit or, beside others, a Slice that is
// Unreadable.
func (s *Store) Commands(service *string, o ListOptions) List[Command] {
	return newCommandList(s, service, o)
}

func newCommandList(s *Store, service *string, o ListOptions) commandList {
	return commandList{newComputedList(s, commandRows, o), service}
}

// commandList is the List of commands, of one service or, with nil, of all.
type commandList struct {
	computedList[commandRow]

	service *string
}

// matches calls take once for each attacker, with its stored list and the rows of it that match the filter.
func (l commandList) matches(ctx context.Context, attackers []string, take func(uuid string, list *commandIndex, rows []*commandRow)) error {
	var sessions map[string]map[string]*visit
	if ids := sessionsNamed(l.where); len(ids) > 0 {
		var err error
		if sessions, err = l.store.visits(ctx, ids, l.store.visitsNamed(true)); err != nil {
			return err
		}
	}
	return l.visit(ctx, attackers, func(uuid string, list *commandIndex) {
		rows := l.rowsOf(uuid, list, sessions)
		if l.service != nil {
			rows = slices.DeleteFunc(rows, func(row *commandRow) bool { return row.Service == nil || *row.Service != *l.service })
		}
		take(uuid, list, l.matching(rows, nil))
	})
}

// Page implements List.
func (l commandList) Page(ctx context.Context, attackers []string, p Page) (map[string]Slice[Command], error) {
	if err := l.check(p); err != nil {
		return nil, err
	}
	pages := make(map[string]Slice[Command], len(attackers))
	add := func(uuid string, page Slice[Command]) {
		if slices.ContainsFunc(page.Rows, func(c *Command) bool { return c.unfit }) {
			l.store.warned.malformedColumns("attackers", &[]string{"commands"}, uuid)
		}
		pages[uuid] = page
	}
	if l.plain() {
		return pages, l.visit(ctx, attackers, func(uuid string, list *commandIndex) { add(uuid, list.page(l.service, p)) })
	}
	return pages, l.matches(ctx, attackers, func(uuid string, list *commandIndex, rows []*commandRow) {
		page := mapRows(l.cut(rows, p), (*commandRow).command)
		page.Unreadable = list.long
		add(uuid, page)
	})
}

// Count implements List.
func (l commandList) Count(ctx context.Context, attackers []string) (map[string]int, error) {
	if l.err != nil {
		return nil, l.err
	}
	counts := make(map[string]int, len(attackers))
	if len(l.where) == 0 {
		return counts, l.visit(ctx, attackers, func(uuid string, list *commandIndex) { counts[uuid] = len(list.places(l.service)) })
	}
	return counts, l.matches(ctx, attackers, func(uuid string, _ *commandIndex, rows []*commandRow) { counts[uuid] = len(rows) })
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
