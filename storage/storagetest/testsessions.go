package storagetest

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"decnetgraph/storage"
)

// visited is a graph with a recorded session, s1, and one without a recording, s2, of one attacker.
func visited() Graph {
	ls, pwd, again := new("ls"), new("pwd"), new("ls")
	typed := func(text *string, decky string, seconds int) storage.Command {
		return storage.Command{Service: new("ssh"), Decky: &decky, Command: text, Timestamp: new(at(seconds))}
	}
	made := func(uuid, kind, source, session string, seconds int, evidence string) storage.TTPTag {
		return with(tag(uuid, "", "a1"), func(t *storage.TTPTag) {
			t.SourceKind, t.SourceID, t.SessionID, t.Decky, t.CreatedAt, t.Evidence = kind, source, link(session), new("decky-1"), at(seconds), storage.JSON(evidence)
		})
	}
	return Graph{
		Attackers: []Attacker{with(attacker("a1", ""), func(a *Attacker) {
			a.Commands = []storage.Command{
				typed(ls, "decky-1", 5), typed(new("id"), "decky-1", 9), typed(pwd, "decky-1", 10), typed(new("w"), "decky-2", 11), typed(again, "decky-1", 12),
				typed(new("late"), "decky-1", 90),
				{Command: new("timeless")},
			}
		})},
		Events: []storage.Event{
			recorded(1, "s1", "203.0.113.1", "decky-1", 20, "10.000"),
			event(2, "message_stored", "203.0.113.1", "decky-1", 30, `{"msg_id":"<m1>","stored_as":"one.eml"}`), event(3, "message_stored", "203.0.113.1", "decky-1", 31, `{"stored_as":"two.eml"}`),
		},
		Tags: []storage.TTPTag{
			made("t1", "command", "s1#0", "s1", 21, `{"command_text":"ls"}`), made("t2", "command", "s1#1", "s1", 21, `{"command_text":"pwd"}`),
			made("t3", "command", "s2#10", "s2", 40, `{"command_text":"whoami"}`), made("t4", "command", "s2#9", "s2", 40, `{"command_text":"id"}`),
			made("t5", "command", "s2#11", "s2", 41, `{"command_text":"ls"}`), made("t6", "session", "s2", "s2", 42, `{}`),
			made("t7", "email", "<m1>", "", 43, `{}`), made("t8", "email", "two.eml", "", 43, `{}`), made("t9", "email", "one.eml", "", 43, `{}`),
			made("ta", "command", "a1#cmd3", "", 44, `{"command_text":"w"}`), made("tb", "command", "203.0.113.1-"+at(12).Format(time.RFC3339), "", 44, `{"command_text":"ls"}`),
			made("tc", "intel", "intel-catchup:s1", "s1", 22, `{}`), made("td", "ipv6_leak", "a1", "", 45, `{}`), made("te", "canary_fingerprint", "h1", "", 45, `{}`),
			made("tf", "canary_fingerprint", "k1", "", 45, `{}`), made("tg", "credential", "r1", "", 45, `{}`), made("th", "http_fingerprint", "x", "", 45, `{}`),
			made("ti", "command", "gone#1", "", 45, `{}`), made("tj", "identity", "i1", "", 45, `{}`), made("tk", "session", "s-gone", "", 45, `{}`),
		},
		Identities: []storage.Identity{identity("i1", "", "")},
		Intel:      []Intel{{AttackerIntel: storage.AttackerIntel{UUID: "n1", AttackerUUID: "a1", AttackerIP: "203.0.113.1", CachedAt: at(1), ExpiresAt: at(2)}, Reports: emptyReports()}},
		Tokens:     fixtureTokens(), Triggers: fixtureTriggers()[:1], Shared: fixtureShared()[:1], Blobs: fixtureBlobs(),
	}
}

func emptyReports() storage.IntelReports {
	none := storage.JSON(`{}`)
	return storage.IntelReports{Greynoise: none, Abuseipdb: none, Feodo: none, Threatfox: none}
}

// shownCommand is a command and the second of its time, as text.
func shownCommand(c *storage.Command) string {
	if c.Timestamp == nil {
		return deref(c.Command)
	}
	return fmt.Sprintf("%s %d", deref(c.Command), int(c.Timestamp.Sub(at(0)).Seconds()))
}

func shownEntry(e *storage.TimelineEntry) string {
	switch {
	case e.Command != nil:
		return shownCommand(e.Command)
	case e.Event != nil:
		return e.Event.EventType
	default:
		return e.Tag.UUID
	}
}

func testSessions(t *testing.T, open Open) {
	s := open(t, visited())
	t.Run("a recorded session has what was typed on its decky while it lasted, another what its tags tell", func(t *testing.T) {
		commands := Unfiltered((*storage.Store).SessionCommands)
		walked(t, s, commands, shownCommand, map[string][]string{"s1": {"pwd 10", "ls 12"}, "s2": {"whoami", "ls", "id 9"}, "s-gone": {}})
		statements, err := Statements(t.Context(), func(ctx context.Context) error {
			_, err := commands(s).Page(ctx, []string{"s1", "s2"}, whole)
			return err
		})
		require.NoError(t, err)
		require.Len(t, statements, 2)
	})
	t.Run("a time line has commands, the end and the tags by time", func(t *testing.T) {
		walked(t, s, Unfiltered((*storage.Store).SessionTimeline), shownEntry, map[string][]string{
			"s1": {"pwd 10", "ls 12", "session_recorded", "t1", "t2", "tc"}, "s2": {"whoami", "ls", "id 9", "t3", "t4", "t5", "t6"}, "s-gone": {},
		})
		statements, err := Statements(t.Context(), func(ctx context.Context) error {
			_, err := s.SessionTimeline(storage.ListOptions{}).Page(ctx, []string{"s1", "s2"}, whole)
			return err
		})
		require.NoError(t, err)
		require.Len(t, statements, 4)
	})
	t.Run("each tag has its source", func(t *testing.T) { testSources(t, s) })
	t.Run("more than the id of a tagged session costs one statement", func(t *testing.T) {
		for fields, want := range map[string]int{"SessionID": 0, "StartedAt": 1} {
			statements, err := Statements(t.Context(), func(ctx context.Context) error {
				found, err := s.TaggedSessions(storage.Only(ctx, fields), []string{"s1", "s2"})
				require.Len(t, found, 2)
				return err
			})
			require.NoError(t, err)
			require.Len(t, statements, want, fields)
		}
	})
}

// walked reads a list from both ends in pages of every size up to four.
func walked[T any](t *testing.T, s *storage.Store, open func(*storage.Store) storage.List[T], show func(*T) string, want map[string][]string) {
	t.Helper()
	counts, err := open(s).Count(t.Context(), sortedKeys(want))
	require.NoError(t, err)
	for owner, rows := range want {
		require.Equal(t, len(rows), counts[owner], owner)
		for size := 1; size <= 4; size++ {
			for _, backward := range []bool{false, true} {
				shown := []string{}
				for p := (storage.Page{Limit: size, Backward: backward}); ; {
					pages, err := open(s).Page(t.Context(), []string{owner}, p)
					require.NoError(t, err)
					page, part := pages[owner], []string{}
					for i, row := range page.Rows {
						part = append(part, show(row))
						at := page.Position(i)
						if backward && i == 0 {
							p.Before = &at
						} else if !backward {
							p.After = &at
						}
					}
					if shown = append(shown, part...); backward {
						shown = append(slices.Clone(part), shown[:len(shown)-len(part)]...)
					}
					require.LessOrEqual(t, len(shown), len(rows), "the walk does not end: %v", shown)
					if !page.More {
						break
					}
				}
				require.Equal(t, rows, shown, "%s in pages of %d, backward %v", owner, size, backward)
			}
		}
	}
}

func testSources(t *testing.T, s *storage.Store) {
	t.Helper()
	var uuids []string
	for _, one := range visited().Tags {
		uuids = append(uuids, one.UUID)
	}
	rows, err := s.Tags(t.Context(), uuids)
	require.NoError(t, err)
	var tags []*storage.TTPTag
	for _, uuid := range uuids {
		tags = append(tags, rows[uuid])
	}
	found, err := s.TagSources(t.Context(), tags)
	require.NoError(t, err)
	shown := map[string]string{}
	for one, source := range found {
		shown[one.UUID] = shownSource(source)
	}
	require.Equal(t, map[string]string{
		"t1": "command ls 12", "t2": "command pwd 10", "t3": "command whoami", "t4": "command id 9", "t5": "command ls", "t6": "session s2", "t7": "event 2", "t8": "event 3",
		"ta": "command w", "tb": "command ls 12", "tc": "intel n1", "td": "attacker a1", "te": "trigger h1", "tf": "token k1", "tg": "shared r1", "tj": "identity i1",
	}, shown)
}

func shownSource(source storage.TagSource) string {
	switch source := source.(type) {
	case *storage.Command:
		return "command " + shownCommand(source)
	case *storage.AttackerIntel:
		return "intel " + source.UUID
	case *storage.Attacker:
		return "attacker " + source.UUID
	case *storage.Event:
		return fmt.Sprint("event ", source.EventID)
	case *storage.CanaryTrigger:
		return "trigger " + source.UUID
	case *storage.CanaryToken:
		return "token " + source.UUID
	case *storage.Session:
		return "session " + source.SessionID
	case *storage.SharedCredential:
		return "shared " + source.UUID
	default:
		return "identity " + source.(*storage.Identity).UUID
	}
}
