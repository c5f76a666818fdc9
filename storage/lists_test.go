package storage_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"decnetgraph/storage"
	"decnetgraph/storage/storagetest"
)

// storedLists are texts of a column that should hold a JSON list, and the texts that each one holds.
var storedLists = []struct {
	stored string
	holds  []string
}{
	{`["web-01", "db-01"]`, []string{"web-01", "db-01"}},
	{`["caf\u00e9", "\ud83d\udd11", "\u0041\/\"\\b"]`, []string{"café", "🔑", `A/"\b`}},
	{`["café","🔑"]`, []string{"café", "🔑"}},
	{" [ \"a\" ,\n\"b\"\t] ", []string{"a", "b"}},
	{`["A", "a ", " a", "á"]`, []string{"A", "a ", " a", "á"}},
	{`[""]`, []string{""}},
	{`[22, 1.0, -1e5, true, false, null, "x"]`, []string{"22", "1.0", "-1e5", "true", "false", "x"}},
	{`["\"],[\"", "%", "_", "?", "'", "\u00e9?"]`, []string{`"],["`, "%", "_", "?", "'", "é?"}},
	{`["\u0000", "after"]`, []string{"after"}},
	{`["\\u0061"]`, []string{`\u0061`}},
	{`["` + strings.Repeat("long", 2000) + `", "end"]`, []string{strings.Repeat("long", 2000), "end"}},
	{`[]`, nil},
	{``, nil},
	{`null`, nil},
	{`"web-01"`, nil},
	{`{"web-01": "web-01"}`, nil},
	{`["web-01"`, nil},
	{`["web-01"]]`, nil},
	{`["web-01",]`, nil},
	{`['web-01']`, nil},
	{`web-01`, nil},
	{`22`, nil},
}

// TestListsHoldTheirElementsHoweverTheyAreWritten looks for every text in every stored list, on every backend.
func TestListsHoldTheirElementsHoweverTheyAreWritten(t *testing.T) {
	t.Parallel()
	onceWithoutDetector(t)
	asked := map[string]bool{"x": true, "absent": true, "web": true, "null": true, "cafe": true, "\xff": true, "22.0": true}
	for _, list := range storedLists {
		for _, text := range list.holds {
			asked[text] = true
		}
	}
	for _, b := range backends {
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			source := b.create(t)
			b.fill(t, source, storagetest.Graph{Attackers: storagetest.Fixture().Attackers[1:2]})
			db, mark := openSQL(t, source)
			defer db.Close()
			s := openStore(t, source, storagetest.Options())
			for _, list := range storedLists {
				execute(t, db, "UPDATE attackers SET deckies = "+mark(1), list.stored)
				held := map[string]bool{}
				for _, text := range list.holds {
					held[text] = true
				}
				for text := range asked {
					want := 0
					if held[text] {
						want = 1
					}
					require.Equal(t, want, matches(t, s, storage.ListHolds("deckies", text)), "%q in %s", text, list.stored)
					require.Equal(t, 1-want, matches(t, s, storage.Not(storage.ListHolds("deckies", text))), "not %q in %s", text, list.stored)
				}
				require.Zero(t, matches(t, s, storage.ListHolds("deckies")))
				some := append([]string{"absent"}, list.holds...)
				require.Equal(t, len(list.holds) > 0, matches(t, s, storage.ListHolds("deckies", some...)) == 1, list.stored)
			}
		})
	}
}
