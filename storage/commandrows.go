package storage

import "decnetgraph/storage/engine"

// commandRow is a command with what lists are filtered and ordered by.
type commandRow struct {
	*Command

	place    int      // in the list, from 0
	sessions []string // those of the sessions named by the filter that the command belongs to
}

// sessionOfCommand is the value of commands that only their sessions show.
const sessionOfCommand = "session"

// commandRows says what lists of the commands of attackers are filtered and ordered by. A command without a time is before
// all others.
var commandRows = computed[commandRow]{
	name: "commands", list: "commands", sorted: []SortKey{{By: "PLACE"}},
	key: func(c *commandRow) stored { return stored{kind: engine.Integer, bits: int64(c.place)} },
	values: []computedValue[commandRow]{
		{name: "place", of: func(c *commandRow) any { return c.place }, kind: wholeValues, order: "PLACE"},
		{name: "command", of: func(c *commandRow) any { return optionalValue(c.Command.Command) }, kind: textValues, filter: "Command"},
		{
			name: "service", of: func(c *commandRow) any { return optionalValue(c.Service) }, kind: textValues, filter: "Service",
			open: []openColumn{{table: "attackers", column: "services", list: true}, {table: "logs", column: "service"}},
		},
		{
			name: "decky", of: func(c *commandRow) any { return optionalValue(c.Decky) }, kind: textValues, filter: "Decky",
			open: []openColumn{{table: "attackers", column: "deckies", list: true}, {table: "logs", column: "decky"}, {table: "ttp_tag", column: "decky_id"}},
		},
		{name: "timestamp", of: func(c *commandRow) any { return optionalValue(c.Timestamp) }, kind: instantValues, filter: "Timestamp", order: "TIMESTAMP"},
		{name: sessionOfCommand, of: func(c *commandRow) any { return c.sessions }, kind: textValues, filter: "Session"},
	},
}

// sessionCommandTable is commandRows for lists of the commands of sessions.
var sessionCommandTable = func() computed[commandRow] {
	t := commandRows
	t.list = "sessionCommands"
	return t
}()

// optionalValue is a value of a row, nil for none.
func optionalValue[V any](value *V) any {
	if value == nil {
		return nil
	}
	return *value
}

func (c *commandRow) asComputed() computedRow {
	return computedRow{value: func(name string) any { return commandRows.value(c, name) }}
}

// command returns the command itself.
func (c *commandRow) command() *Command { return c.Command }

// sessionCommandRows are the rows of the commands of a session.
func sessionCommandRows(id string, commands []*Command) []*commandRow {
	rows := make([]*commandRow, len(commands))
	for place, c := range commands {
		rows[place] = &commandRow{c, place, []string{id}}
	}
	return rows
}

// sessionsNamed returns the sessions that a filter of commands names.
func sessionsNamed(where and) []string {
	var ids []string
	each(where, func(c condition) {
		if c, ok := c.(inList); ok && c.column == sessionOfCommand {
			ids = append(ids, c.texts...)
		}
	})
	return sorted(ids)
}

// mapRows returns a page of what a function makes of each row.
func mapRows[T, V any](page Slice[T], made func(*T) *V) Slice[V] {
	rows := make([]*V, len(page.Rows))
	for i, row := range page.Rows {
		rows[i] = made(row)
	}
	return Slice[V]{
		Rows: rows, More: page.More, Total: page.Total, Skipped: page.Skipped, Reached: page.Reached, Unreadable: page.Unreadable, Position: page.Position,
	}
}

// rowsOf are the rows of the stored commands of an attacker. sessions are those that the filter names, by owner and id.
func (l commandList) rowsOf(attacker string, list *commandIndex, sessions map[string]map[string]*visit) []*commandRow {
	entries := list.all()
	rows := make([]*commandRow, len(entries))
	for place, e := range entries {
		rows[place] = &commandRow{Command: e.command, place: place}
	}
	for id, of := range sessions {
		if v := of[id]; v != nil && v.attackers[attacker] {
			held := map[*Command]bool{}
			for _, c := range v.commandsOf(map[string][]entry{attacker: entries}, l.store.dialect.Precision) {
				held[c] = true
			}
			for _, row := range rows {
				if held[row.Command] {
					row.sessions = append(row.sessions, id)
				}
			}
		}
	}
	return rows
}
