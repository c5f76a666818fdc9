package storage

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"
)

// DECNET keeps the commands of an attacker in one list, without the session of each. This file finds those of a session, and
// the one that a tag was made of.

// entry is a command of an attacker, with what the stored object says of its source.
type entry struct {
	command *Command
	ids     []string // values of the keys that DECNET's backfill takes for the id of the command
	session *string
}

// entries reads the commands of attackers, each list whole.
func (s *Store) entries(ctx context.Context, attackers []string) (map[string][]entry, error) {
	found := make(map[string][]entry, len(attackers))
	if len(attackers) == 0 {
		return found, nil
	}
	made := 0
	err := newCommandList(s, nil, ListOptions{}).visit(ctx, attackers, func(uuid string, list *commandIndex) {
		if made += len(list.entries); made > s.options.MaxRows {
			return
		}
		found[uuid] = list.all()
	})
	if err == nil && made > s.options.MaxRows {
		err = tooMuch("%d commands", s.options.MaxRows)
	}
	return found, err
}

// all returns all commands of the list.
func (c *commandIndex) all() []entry {
	of := make([]entry, len(c.entries))
	for place := range of {
		unfit := false
		r := record{unfit: &unfit}
		r.read(c.entry(place))
		of[place] = entry{command: command(&r), session: r.text("session_id")}
		of[place].command.unfit = unfit
		for _, name := range []string{"id", "uuid", "command_id"} {
			if id := r.text(name); id != nil {
				of[place].ids = append(of[place].ids, *id)
			}
		}
	}
	return of
}

// commandsOf returns the commands of a session in the order in which they were typed. Those of a recorded session are the
// ones that its attackers typed on its decky while it lasted, as DECNET's collector chooses them, and those that name the
// session themselves. Of any other session only those are known that tags were made of.
func (v *visit) commandsOf(entries map[string][]entry, precision time.Duration) []*Command {
	var commands []*Command
	for _, attacker := range sortedNames(v.attackers) {
		for _, e := range entries[attacker] {
			if v.holds(e, precision) {
				commands = append(commands, e.command)
			}
		}
	}
	if v.recording == nil {
		commands = append(commands, v.tagged(entries, commands)...)
	}
	slices.SortStableFunc(commands, func(a, b *Command) int { return instantOf(a).Compare(instantOf(b)) })
	return commands
}

// instantOf is the time of a command; the zero time, before all others, if it is not known.
func instantOf(c *Command) time.Time {
	if c.Timestamp == nil {
		return time.Time{}
	}
	return *c.Timestamp
}

// holds reports whether a command belongs to the session. The database may have cut the fraction of the end off, and the
// duration has three digits.
func (v *visit) holds(e entry, precision time.Duration) bool {
	if e.session != nil {
		return *e.session == v.id
	}
	if v.recording == nil || e.command.Timestamp == nil || e.command.Decky != nil && *e.command.Decky != v.recording.decky {
		return false
	}
	at := *e.command.Timestamp
	return !at.Before(v.recording.first.Add(-time.Millisecond)) && at.Before(v.recording.last.Add(precision))
}

// tagged returns the commands that tags of the session were made of, in the order of the tags, without those in others.
func (v *visit) tagged(entries map[string][]entry, others []*Command) []*Command {
	made := slices.SortedFunc(slices.Values(v.typed), func(a, b typed) int {
		if c := a.at.Compare(b.at); c != 0 {
			return c
		}
		if c := len(a.sourceID) - len(b.sourceID); c != 0 { // …#9 is before …#10
			return c
		}
		return strings.Compare(a.sourceID, b.sourceID)
	})
	seen := map[string]bool{}
	var commands []*Command
	for _, t := range made {
		if seen[t.sourceID] {
			continue
		}
		seen[t.sourceID] = true
		if c := t.command(entries[t.attacker], nil, 0); c != nil && !slices.Contains(others, c) && !slices.Contains(commands, c) {
			commands = append(commands, c)
		}
	}
	return commands
}

// command returns the command that a tag was made of, or nil if neither the attacker's list nor the evidence has it. Where the
// list has the same text more than once and nothing tells which one it was, it is the text without a time.
func (t typed) command(entries []entry, during *visit, precision time.Duration) *Command {
	if place, ok := t.place(len(entries)); ok && t.fits(entries[place]) {
		return entries[place].command
	}
	var same, within []*Command
	for _, e := range entries {
		if slices.Contains(e.ids, t.sourceID) {
			return e.command
		}
		if t.text != nil && t.fits(e) {
			if same = append(same, e.command); during != nil && during.holds(e, precision) {
				within = append(within, e.command)
			}
		}
	}
	if len(within) > 0 {
		same = within
	}
	if at, dated := t.typedAt(); dated {
		same = slices.DeleteFunc(same, func(c *Command) bool { return c.Timestamp == nil || !c.Timestamp.Equal(at) })
	}
	if len(same) == 1 {
		return same[0]
	}
	if t.text == nil {
		return nil
	}
	c := &Command{Command: t.text}
	if t.decky != "" {
		c.Decky = &t.decky
	}
	if len(same) > 0 && same[0].Service != nil {
		service := *same[0].Service
		if !slices.ContainsFunc(same, func(c *Command) bool { return c.Service == nil || *c.Service != service }) {
			c.Service = &service
		}
	}
	return c
}

// fits reports whether an entry may be the command of the tag: it has the same text, and was typed on the same decky.
func (t typed) fits(e entry) bool {
	if t.text != nil && (e.command.Command == nil || *e.command.Command != *t.text) {
		return false
	}
	return t.decky == "" || e.command.Decky == nil || *e.command.Decky == t.decky
}

// place returns the place in the attacker's list that the source of a backfilled tag names: {uuid of the attacker}#cmd{place}.
func (t typed) place(entries int) (int, bool) {
	number, named := strings.CutPrefix(t.sourceID, t.attacker+"#cmd")
	place, err := strconv.Atoi(number)
	return place, named && t.attacker != "" && err == nil && place >= 0 && place < entries
}

// typedAt returns the time that the source of a tag without a session ends in: {address}-{time}. An address has no hyphen.
func (t typed) typedAt() (at time.Time, dated bool) {
	_, written, found := strings.Cut(t.sourceID, "-")
	if !found || strings.Contains(t.sourceID, "#") {
		return at, false
	}
	at, err := time.Parse(time.RFC3339Nano, written)
	return at, err == nil
}
