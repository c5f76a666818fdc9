package storage

import (
	"context"
	"slices"
	"strings"
	"sync"

	"decnetgraph/storage/engine"
)

// commandIndex is a stored list of commands, with the place of each entry in the text. The zero value is an empty list.
type commandIndex struct {
	text    string
	entries []span
	null    bool // the text is JSON null, which stands for an empty list
	bad     bool // the text is no list
	long    bool // because it is too long to be read

	services []int32          // of each entry: the number of its service in named, or -1; made when it is first needed
	named    map[string]int32 // numbers of services
}

// span is a part of a text. Texts are shorter than mostWide.
type span struct{ from, to int32 }

// take reads the value of the column: the objects of a JSON list. Other entries are left out. NULL and empty text are an
// empty list.
func (c *commandIndex) take(v *value) bool {
	*c = commandIndex{}
	if c.text, _ = v.Text(); c.text == "" {
		return true
	}
	if c.text == tooLong {
		*c = commandIndex{bad: true, long: true}
		return false
	}
	if c.null = isJSONNull(strings.TrimSpace(c.text)); c.null {
		return true
	}
	fits := true
	s := jsonScanner{text: c.text, interrupted: v.Interrupted}
	c.bad = !s.elements(func(start int, element string) {
		if element[0] == '{' {
			c.entries = append(c.entries, span{int32(start), int32(start + len(element))}) //nolint:gosec // see mostWide
		} else {
			fits = false
		}
	})
	if c.bad {
		c.text, c.entries = "", nil
	}
	return fits && !c.bad
}

// entry returns the text of an entry.
func (c *commandIndex) entry(place int) string {
	return c.text[c.entries[place].from:c.entries[place].to]
}

// places returns the indices of the entries of a service or, with nil, of all.
func (c *commandIndex) places(service *string) []int32 {
	chosen := make([]int32, 0, len(c.entries))
	if service == nil {
		for place := range c.entries {
			chosen = append(chosen, int32(place))
		}
		return chosen
	}
	c.nameServices()
	number, used := c.named[*service]
	for place, n := range c.services {
		if used && n == number {
			chosen = append(chosen, int32(place))
		}
	}
	return chosen
}

// nameServices numbers the services of all entries, so that each further list of one service costs no reading.
func (c *commandIndex) nameServices() {
	if c.named != nil {
		return
	}
	c.named, c.services = map[string]int32{}, make([]int32, len(c.entries))
	var r record
	for place := range c.entries {
		c.services[place] = -1
		r.read(c.entry(place))
		if service := r.text("service"); service != nil {
			number, known := c.named[*service]
			if !known {
				number = int32(len(c.named)) //nolint:gosec // see mostWide
				c.named[*service] = number
			}
			c.services[place] = number
		}
	}
}

// storedCommands names the order of the stored list in positions; the sort key of a command is its place there.
const storedCommands = "commands.place ASC"

// page returns a page of the entries of a service or, with nil, of all.
func (c *commandIndex) page(service *string, p Page) Slice[Command] {
	if c.long {
		return Slice[Command]{Rows: []*Command{}, Unreadable: true}
	}
	chosen := c.places(service)
	total := len(chosen)
	if p.After != nil {
		after := p.After.place()
		chosen = chosen[firstPlace(chosen, after+1):]
	}
	if p.Before != nil {
		before := p.Before.place()
		chosen = chosen[:firstPlace(chosen, before)]
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
	position := func(i int) Position {
		place := stored{kind: engine.Integer, bits: int64(chosen[i])}
		return Position{List: storedCommands, Sort: writeKey(place), Key: writeKey(place)}
	}
	return Slice[Command]{Rows: c.commands(slices.Clone(chosen)), More: more, Total: &total, Position: position}
}

// commands makes commands of the entries at some places.
func (c *commandIndex) commands(places []int32) []*Command {
	made := make([]*Command, len(places))
	for i, place := range places {
		unfit := false
		r := record{unfit: &unfit}
		r.read(c.entry(int(place)))
		made[i] = command(&r)
		made[i].unfit = unfit
	}
	return made
}

// firstPlace returns the index of the first of the sorted places that is not before a place.
func firstPlace(sorted []int32, place int64) int {
	at, _ := slices.BinarySearchFunc(sorted, place, func(one int32, place int64) int { return int(int64(one) - place) })
	return at
}

// place returns the sort key of a command. A forged position is before all commands.
func (p *Position) place() int64 {
	stored, _ := readKey(p.Sort)
	place, _ := stored.(int64)
	return max(-1, min(place, 1<<31)) // beyond all places, but far from overflows
}

// shelf keeps stored lists for further pages of the same response, up to a number of bytes. Its mutex is held while a
// list is read, so that aliases of one page read it once.
type shelf struct {
	selections sync.Map // of tags, by their digests: the keys of rollup rows have only these
	prints     sync.Map // a keptPrint for each Print that filters name

	mu    sync.Mutex
	lists map[string]*commandIndex
	bytes int
}

type shelfKey struct{}

// WithShelf returns a context in which several pages of the same stored list, such as aliases in one request, read the
// list once. It is for the time of one response, which then shows one state of the list.
func WithShelf(ctx context.Context) context.Context {
	return context.WithValue(ctx, shelfKey{}, &shelf{lists: map[string]*commandIndex{}})
}

// put adds a list, if there is room.
func (s *shelf) put(uuid string, list *commandIndex) {
	const spanBytes = 8
	if size := len(list.text) + spanBytes*len(list.entries); s.bytes+size <= mostWide {
		s.bytes += size
		s.lists[uuid] = list
	}
}
