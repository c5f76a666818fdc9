package storage

import (
	"context"
	"errors"
	"slices"
	"time"
)

// AttackerCommands is an attacker with all its commands.
type AttackerCommands struct {
	Attacker Attacker
	Commands []*Command
	Entries  []JSON // the stored object of each command, unchanged

	list       commandIndex
	unreadable bool
}

// LastSeen is the time of the attacker's last event, which orders the lists.
func (c *AttackerCommands) LastSeen() time.Time { return c.Attacker.LastSeen }

// attackerCommands has the columns of an attacker and its commands.
var attackerCommands = func() table[AttackerCommands] {
	t := table[AttackerCommands]{name: attackers.name, list: "attackerCommands", sorted: []SortKey{{By: string(AttackerLastSeen)}}}
	for _, f := range attackers.fields {
		t.fields = append(t.fields, field[AttackerCommands]{f.column, func(c *AttackerCommands) cell { return f.into(&c.Attacker) }, "", f.use})
	}
	t.fields = append(t.fields, field[AttackerCommands]{"commands", func(c *AttackerCommands) cell { return cellFunc(c.take) }, "", use{wide: true}})
	return t
}()

// take reads the stored commands as DECNET's bulk read does: the objects of a JSON list. Empty text is an empty list;
// anything else makes the row unreadable.
func (c *AttackerCommands) take(v *value) bool {
	fits := c.list.take(v)
	c.unreadable = c.list.bad || c.list.null
	return fits && !c.unreadable
}

// fill fills Commands and Entries, or one of them, and reports whether every member of the commands fits its field.
func (c *AttackerCommands) fill(commands, entries bool) (fits bool) {
	fits = true
	if commands {
		c.Commands = c.list.commands(c.list.places(nil))
		for _, made := range c.Commands {
			fits = fits && !made.unfit
		}
	}
	if entries {
		c.Entries = make([]JSON, len(c.list.entries))
		for place := range c.Entries {
			c.Entries[place] = parseJSON(c.list.entry(place))
		}
	}
	c.list = commandIndex{}
	return fits
}

// AllAttackerCommands lists the attackers with all their commands, by their last event, oldest first;
// ListOptions.Since bounds the last event. Attackers whose commands cannot be read are left out of pages and
// counted in Slice.Skipped. Count includes them, because only reading them shows that they are unreadable.
func (s *Store) AllAttackerCommands(o ListOptions) List[AttackerCommands] {
	return readableCommands{listOf(s, attackerCommands, unowned("attackers", ""), o)}
}

// readableCommands leaves unreadable rows out of the pages of a query without owners.
type readableCommands struct{ query[AttackerCommands] }

// A page with unreadable rows is filled by further statements, each of which reads more rows than the one before.
// After maxReads statements, about 5,000 rows, the page stays short.
const (
	maxReads    = 8     // statements for a page
	maxReadRows = 1_000 // rows of a further statement, unless the page is longer
)

// Page implements List.
func (l readableCommands) Page(ctx context.Context, owners []string, p Page) (map[string]Slice[AttackerCommands], error) {
	if l.err != nil {
		return nil, l.err
	}
	if err := l.order.check(p); err != nil {
		return nil, err
	}
	pages := make(map[string]Slice[AttackerCommands], len(owners))
	for _, owner := range owners {
		pages[owner] = Slice[AttackerCommands]{Rows: []*AttackerCommands{}}
	}
	if _, wanted := pages[""]; !wanted {
		return pages, nil
	}
	f := filling{page: p}
	most := l.store.options.MaxRows - 1 // a statement reads one row more than its limit
	rest := Page{Limit: min(p.Offset+p.Limit+1, most), Backward: p.Backward, After: p.After, Before: p.Before}
	for read, grow := 0, 4; read < maxReads; read++ {
		found, err := l.query.Page(ctx, []string{""}, rest)
		if read > 0 && rest.Limit > 1 && errors.Is(err, ErrLimit) { // the caller did not ask for so many rows
			rest.Limit, grow = max(1, rest.Limit/8), 1
			continue
		}
		if err != nil {
			return nil, err
		}
		if f.add(found[""]) || f.reached == nil {
			break
		}
		if f.bytes > l.store.options.MaxBytes {
			return nil, tooMuch("%d bytes of text", l.store.options.MaxBytes)
		}
		if p.Backward {
			rest.Before = f.reached
		} else {
			rest.After = f.reached
		}
		rest.Limit = min(grow*rest.Limit, max(maxReadRows, p.Limit), most)
	}
	pages[""] = f.slice()
	return pages, l.complete(ctx, pages[""].Rows)
}

// complete fills the rows of a page with what the context needs of commands and entries.
func (l readableCommands) complete(ctx context.Context, rows []*AttackerCommands) error {
	names, narrowed := ctx.Value(onlyKey{}).([]string)
	commands, entries := !narrowed || slices.Contains(names, "Commands"), !narrowed || slices.Contains(names, "Entries")
	if !commands && !entries {
		return nil
	}
	made := 0
	for _, row := range rows {
		if made += len(row.list.entries); made > l.store.options.MaxRows {
			return tooMuch("%d commands", l.store.options.MaxRows)
		}
		if !row.fill(commands, entries) {
			l.store.warned.malformedColumns(attackers.name, &[]string{"commands"}, row.Attacker.UUID)
		}
		if err := ctx.Err(); err != nil {
			return l.store.fault(ctx, err)
		}
	}
	return nil
}

// filling is a page that is being filled.
type filling struct {
	page    Page
	rows    []*AttackerCommands // readable rows in reading order, up to one more than the page holds
	at      []Position          // the position of each of them
	offset  int                 // number of readable rows skipped for Page.Offset
	skipped int                 // number of unreadable rows before the last of rows
	pending int                 // number of unreadable rows after it
	bytes   int                 // size of the stored lists
	reached *Position           // position of the last row read, nil at the end of the range
}

// add adds the rows of a statement and reports whether the page is full.
func (f *filling) add(found Slice[AttackerCommands]) bool {
	for n := range found.Rows {
		if f.page.Backward {
			n = len(found.Rows) - 1 - n
		}
		row := found.Rows[n]
		if row.unreadable {
			f.pending++
			continue
		}
		if f.offset < f.page.Offset {
			f.offset, f.pending = f.offset+1, 0
			continue
		}
		if f.rows, f.at = append(f.rows, row), append(f.at, found.Position(n)); len(f.rows) > f.page.Limit {
			return true
		}
		f.skipped, f.pending = f.skipped+f.pending, 0
		f.bytes += len(row.list.text)
	}
	f.reached = nil
	if found.More {
		last := len(found.Rows) - 1
		if f.page.Backward {
			last = 0
		}
		at := found.Position(last)
		f.reached = &at
	}
	return false
}

// slice returns the page.
func (f *filling) slice() Slice[AttackerCommands] {
	full := len(f.rows) > f.page.Limit
	if !full {
		f.skipped += f.pending
	}
	s := cut(f.rows, f.page, func(i int) Position { return f.at[i] })
	s.Skipped = f.skipped
	if !full && f.reached != nil {
		s.More, s.Reached = true, f.reached
	}
	return s
}
