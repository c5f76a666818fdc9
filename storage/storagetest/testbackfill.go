package storagetest

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"decnetgraph/storage"
)

// commandTexts lists contents of attackers.commands with the number of entries that DECNET's bulk read returns for
// them, or -1 if it leaves the attacker out.
var commandTexts = []struct {
	text    string
	entries int
}{
	{``, 0},
	{`[]`, 0},
	{` [ ] `, 0},
	{`[{"command": "id"}]`, 1},
	{`[{"command_text": "id", "exit": [1]}, {}]`, 2},
	{`[1, "x", null, [{}], {"command": "id"}]`, 1},
	{`[{"v": NaN}, {"v": -Infinity}]`, 2},
	{`[{"command": "lone \ud800"}]`, 1},
	{`{}`, -1},
	{`{"command": "id"}`, -1},
	{`null`, -1},
	{`true`, -1},
	{`42`, -1},
	{`"[]"`, -1},
	{`[`, -1},
	{`[{"command": "cut`, -1},
	{` `, -1},
	{`not json`, -1},
	{`[{'command': 'id'}]`, -1},
	{`[{"command": "id"},]`, -1},
	{"\ufeff[]", -1},
	{"[{\"command\": \"raw\ttab\"}]", -1},
	{`[] []`, -1},
}

// bulkRead reads the complete bulk read of commands.
func bulkRead(s *storage.Store) storage.List[storage.AttackerCommands] {
	return s.AllAttackerCommands(storage.ListOptions{})
}

// testBackfill checks that the bulk read of commands leaves out the attackers whose commands cannot be read, and no
// others.
func testBackfill(t *testing.T, open Open) {
	g, readable, entries, unreadable := Graph{}, []string{}, map[string]int{}, 0
	for n := range 3 * len(commandTexts) {
		c := commandTexts[n*5%len(commandTexts)] // readable and unreadable ones alternate
		a := with(attacker(fmt.Sprintf("a%02d", n), ""), func(a *Attacker) { a.CommandText, a.LastSeen = &c.text, at(n/2) })
		g.Attackers = append(g.Attackers, a)
		if c.entries < 0 {
			unreadable++
			continue
		}
		readable, entries[a.UUID] = append(readable, a.UUID), c.entries
	}
	s := open(t, g)
	t.Run("what DECNET reads is read", func(t *testing.T) {
		page := bulkPage(t, s, storage.Page{Limit: 200})
		require.Equal(t, readable, answer(page, bulkKey).keys)
		require.Equal(t, unreadable, page.Skipped)
		for _, row := range page.Rows {
			require.Len(t, row.Entries, entries[row.Attacker.UUID], row.Attacker.UUID)
			require.Len(t, row.Commands, len(row.Entries))
		}
		counts, err := bulkRead(s).Count(t.Context(), fleet)
		require.NoError(t, err)
		require.Equal(t, len(g.Attackers), counts[""], "items and skipped ones together")
	})
	for _, size := range []int{1, 2, 5, len(readable) - 1, len(readable)} {
		for _, backward := range []bool{false, true} {
			t.Run(fmt.Sprintf("pages of %d are full, backward %t", size, backward), func(t *testing.T) {
				keys, skipped := []string{}, 0
				for p := (storage.Page{Limit: size, Backward: backward}); ; {
					page := bulkPage(t, s, p)
					found := answer(page, bulkKey)
					skipped += page.Skipped
					if backward {
						keys = append(found.keys, keys...)
					} else {
						keys = append(keys, found.keys...)
					}
					if !page.More {
						break
					}
					require.Len(t, found.keys, size)
					if p.After = &found.at[size-1]; backward {
						p.After, p.Before = nil, &found.at[0]
					}
				}
				require.Equal(t, readable, keys)
				require.Equal(t, unreadable, skipped, "all pages together")
			})
		}
	}
	t.Run("a long run of unreadable rows ends a page early, at a place to go on from", func(t *testing.T) { testLongRun(t, open) })
}

func bulkPage(t *testing.T, s *storage.Store, p storage.Page) storage.Slice[storage.AttackerCommands] {
	t.Helper()
	found, err := bulkRead(s).Page(t.Context(), fleet, p)
	require.NoError(t, err)
	return found[""]
}

func testLongRun(t *testing.T, open Open) {
	t.Helper()
	const run = 4_500
	g := Graph{}
	for n := range run + 2 {
		g.Attackers = append(g.Attackers, with(attacker(fmt.Sprintf("a%05d", n), ""), func(a *Attacker) {
			if a.LastSeen = at(n / 100); n > 0 && n <= run {
				a.CommandText = new("{}")
			}
		}))
	}
	s := open(t, g)
	var page storage.Slice[storage.AttackerCommands]
	statements, err := Statements(t.Context(), func(ctx context.Context) error {
		found, err := bulkRead(s).Page(ctx, fleet, storage.Page{Limit: 2})
		page = found[""]
		return err
	})
	require.NoError(t, err)
	require.Len(t, statements, 8)
	require.Equal(t, []string{"a00000"}, answer(page, bulkKey).keys)
	require.True(t, page.More)
	require.NotNil(t, page.Reached)
	rest := bulkPage(t, s, storage.Page{Limit: 2, After: page.Reached})
	require.Equal(t, []string{fmt.Sprintf("a%05d", run+1)}, answer(rest, bulkKey).keys)
	require.False(t, rest.More)
	require.Nil(t, rest.Reached)
	require.Equal(t, run, page.Skipped+rest.Skipped)
}
