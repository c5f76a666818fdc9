package storagetest

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"decnetgraph/storage"
)

// spelled are stored lists of commands by attacker: the same texts as different writers of JSON spell them, and what is no list.
var spelled = map[string]string{
	"a-quotes": `[{"service":"ssh","command":"echo \"Hi\" \\ end"}]`, "a-python": `[{"command":"caf\u00e9 \ud83d\udd11"}]`, "a-plain": `[{"command":"café 🔑"}]`,
	"a-lines": `[{"command":"a\nb\tc"}]`, "a-numbers": `[{"command":"\u0077ge\u0054 \u000A"}]`, "a-service": `[{"service":"wget","command":"ls"}, 7, null]`,
	"a-text": `wget`, "a-object": `{"command":"wget"}`, "a-other": `[ {"command": null, "command_text" : "wget x"} ]`, "a-slash": `[{"command":"x\/y"},{"text":"u00e9"}]`,
	"a-none": `[]`, "a-cut": `[{"command":"wget"`, "a-nul": `[{"command":"n\u0000l"}]`,
}

func testCommands(t *testing.T, open Open) {
	t.Run("attackers are found by what they typed, however it is stored", func(t *testing.T) {
		t.Parallel()
		g := Graph{}
		for uuid, text := range spelled {
			g.Attackers = append(g.Attackers, with(attacker(uuid, ""), func(a *Attacker) { a.CommandText = &text }))
		}
		s := open(t, g)
		for text, want := range map[string][]string{
			`"hi"`: {"a-quotes"}, `\ end`: {"a-quotes"}, `\"`: {}, "é": {"a-plain", "a-python"}, "É": {}, "🔑": {"a-plain", "a-python"}, "u00e9": {"a-slash"}, "e9": {"a-slash"},
			"A\nB": {"a-lines"}, "b\tc": {"a-lines"}, `\n`: {}, "wget": {"a-numbers", "a-other"}, "T \n": {"a-numbers"}, "ls": {"a-service"}, "ssh": {}, "x/y": {"a-slash"},
			"command": {}, "n\x00l": {"a-nul"}, "l": {"a-nul", "a-service"}, ".*": {}, "[": {},
		} {
			found, err := s.AllAttackers(storage.ListOptions{Filter: &AttackerFilter{Commands: &storage.StoredTextFilter{Contains: &text}}, Order: SortedBy("UPDATED_AT", false)}).
				Page(t.Context(), fleet, whole)
			require.NoError(t, err)
			require.Equal(t, want, answer(found[""], attackerKey).keys, "%q", text)
		}
	})
	t.Run("attackers are found by the end of a long command", func(t *testing.T) {
		t.Parallel()
		g := Graph{}
		for name, filling := range map[string]string{"a-long": "abcdefg ", "a-lines": `ab\ncd\t `, "a-number": `\u0041bc`, "a-quotes": `\"a\"b`} {
			text := `[{"command":"` + strings.Repeat(filling, 1_600_000/len(filling)) + `needle","decky":"haystack"}]`
			g.Attackers = append(g.Attackers, with(attacker(name, ""), func(a *Attacker) { a.CommandText = &text }))
		}
		s := open(t, g)
		for text, want := range map[string][]string{"Needle": {"a-lines", "a-long", "a-number", "a-quotes"}, "haystack": {}} {
			found, err := s.AllAttackers(storage.ListOptions{Filter: &AttackerFilter{Commands: &storage.StoredTextFilter{Contains: &text}}, Order: SortedBy("UPDATED_AT", false)}).
				Page(t.Context(), fleet, whole)
			require.NoError(t, err)
			require.Equal(t, want, answer(found[""], attackerKey).keys, "%q", text)
		}
	})
	t.Run("sessions and commands are found by each other", func(t *testing.T) {
		t.Parallel()
		s := open(t, visited())
		contains := func(text string) *CommandFilter {
			return &CommandFilter{Command: &storage.TextFilter{Contains: &text}}
		}
		sessions := func(f *SessionFilter, order ...storage.SortKey) func(*storage.Store) storage.List[storage.Session] {
			return func(s *storage.Store) storage.List[storage.Session] {
				return s.AttackerSessions(storage.ListOptions{Filter: f, Order: order})
			}
		}
		show := func(s *storage.Session) string { return fmt.Sprint(s.SessionID, " ", s.TagCount) }
		for _, c := range []struct {
			filter *CommandsFilter
			want   []string
		}{
			{&CommandsFilter{Some: contains("PWD")}, []string{"s1 3"}},
			{&CommandsFilter{Some: contains("ls")}, []string{"s1 3", "s2 4"}},
			{&CommandsFilter{None: contains("pwd")}, []string{"s2 4"}},
			{&CommandsFilter{Count: &storage.IntRange{From: new(3)}}, []string{"s2 4"}},
			{&CommandsFilter{Some: contains("late")}, []string{}},
			{&CommandsFilter{Some: &CommandFilter{Session: []string{"s2", "s-gone"}}}, []string{"s2 4"}},
		} {
			walked(t, s, sessions(&SessionFilter{Commands: c.filter}), show, map[string][]string{"a1": c.want})
		}
		walked(t, s, sessions(nil, storage.SortKey{By: "COMMANDS", Descending: true}), show, map[string][]string{"a1": {"s2 4", "s1 3"}})
		commands := func(f *CommandFilter) func(*storage.Store) storage.List[storage.Command] {
			return func(s *storage.Store) storage.List[storage.Command] {
				return s.Commands(nil, storage.ListOptions{Filter: f})
			}
		}
		walked(t, s, commands(&CommandFilter{Session: []string{"s1"}}), shownCommand, map[string][]string{"a1": {"pwd 10", "ls 12"}, unknown: {}})
		walked(t, s, commands(&CommandFilter{Not: &CommandFilter{Session: []string{"s1", "s2"}}}), shownCommand, map[string][]string{"a1": {"ls 5", "w 11", "late 90", "timeless"}})
		walked(t, s, func(s *storage.Store) storage.List[storage.Command] {
			return s.SessionCommands(storage.ListOptions{Filter: contains("s"), Order: SortedBy("PLACE", true)})
		}, shownCommand, map[string][]string{"s1": {"ls 12"}, "s2": {"ls"}})
	})
	t.Run("a filter of sessions costs no statement more, unless it is about commands", func(t *testing.T) {
		t.Parallel()
		s := open(t, visited())
		related := &SessionFilter{
			Tags: &AttackerTagsFilter{Some: &TTPTagFilter{Technique: new("T1110")}}, Attackers: &AttackersFilter{None: &AttackerFilter{HasIdentity: new(true)}},
		}
		for _, c := range []struct {
			options storage.ListOptions
			want    int
		}{
			{storage.ListOptions{Filter: related}, 1},
			{storage.ListOptions{Filter: &SessionFilter{Commands: &CommandsFilter{}}}, 1},
			{storage.ListOptions{Filter: &SessionFilter{Commands: &CommandsFilter{Some: &CommandFilter{}}}}, 2},
			{storage.ListOptions{Order: SortedBy("COMMANDS", false)}, 2},
		} {
			statements, err := Statements(t.Context(), func(ctx context.Context) error {
				found, err := s.AttackerSessions(c.options).Page(ctx, []string{"a1", unknown}, whole)
				require.Len(t, found["a1"].Rows, 2)
				return err
			})
			require.NoError(t, err)
			require.Len(t, statements, c.want)
		}
	})
}
