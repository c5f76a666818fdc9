package storage_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"decnetgraph/storage"
	"decnetgraph/storage/storagetest"
)

// TestListsWithConditionsAreAsInGo compares lists with random conditions, orders and pages with a model in Go, on
// every backend: 200 conditions each, or twice the number given as -rapid.checks.
func TestListsWithConditionsAreAsInGo(t *testing.T) {
	t.Parallel()
	for n, b := range backends {
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			source := b.create(t)
			g := rapid.Custom(randomAttackers).Example(n + 1)
			b.fill(t, source, g)
			store, rows := openStore(t, source, storagetest.Options()), modelRows(g)
			rapid.Check(t, func(t *rapid.T) {
				for range 2 {
					checkConditions(t, store, g.Attackers, rows)
				}
			})
		})
	}
}

// TestListsOfLongTextsMatch has texts that are longer than any key.
func TestListsOfLongTextsMatch(t *testing.T) {
	t.Parallel()
	onceWithoutDetector(t)
	long := `["` + strings.Repeat("é", 900) + `"]`
	for _, b := range backends {
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			source := b.create(t)
			b.fill(t, source, storagetest.Graph{Attackers: storagetest.Fixture().Attackers[1:2]})
			db, _ := openSQL(t, source)
			defer db.Close()
			execute(t, db, "UPDATE attackers SET commands = '"+long+"', as_name = 'short'")
			s := openStore(t, source, storagetest.Options())
			require.Equal(t, 1, matches(t, s, storage.InTexts("commands", long)))
			require.Equal(t, 1, matches(t, s, storage.InTexts("as_name", "short", long)))
			require.Equal(t, 1, matches(t, s, storage.Not(storage.InTexts("as_name", long))))
			require.Zero(t, matches(t, s, storage.Not(storage.InTexts("commands", long))))
		})
	}
}

// matches counts the attackers that match a condition.
func matches(t *testing.T, s *storage.Store, c storage.RandomCondition) int {
	t.Helper()
	counts, err := s.AttackersWhere(c, storage.ListOptions{}, false).Count(t.Context(), []string{""})
	require.NoError(t, err)
	return counts[""]
}

// modelOwners are the identities that attackers name, and one that none does.
var modelOwners = []string{"i0", "i1", "i2", "i3"}

// randomAttackers draws attackers with tags and observations.
func randomAttackers(t *rapid.T) storagetest.Graph {
	var g storagetest.Graph
	text := rapid.SampledFrom(storage.RandomTexts)
	for _, uuid := range modelOwners {
		g.Identities = append(g.Identities, storage.Identity{UUID: uuid, JA3Hashes: rapid.SliceOfN(text, 0, 2).Draw(t, "ja3"), CreatedAt: storage.RandomInstant(t, true), UpdatedAt: storage.RandomInstant(t, true)})
	}
	for n := range 60 {
		a := storage.Attacker{
			UUID: fmt.Sprintf("a%02d", n), IP: "203.0.113.1", IdentityUUID: rapid.Ptr(rapid.SampledFrom(modelOwners[:3]), true).Draw(t, "identity"),
			FirstSeen: storage.RandomInstant(t, true), LastSeen: storage.RandomInstant(t, true), UpdatedAt: storage.RandomInstant(t, true),
			EventCount: rapid.IntRange(0, 3).Draw(t, "events"), ASN: rapid.Ptr(rapid.IntRange(0, 3), true).Draw(t, "asn"),
			IsTraversal: new(rapid.Bool().Draw(t, "traversal")),
			Services:    rapid.SliceOfN(text, 0, 3).Draw(t, "services"), Deckies: rapid.SliceOfN(text, 0, 3).Draw(t, "deckies"),
			ASName: rapid.Ptr(text, true).Draw(t, "name"), PTRRecord: rapid.Ptr(text, true).Draw(t, "ptr"), RPKIStatus: rapid.Ptr(text, true).Draw(t, "rpki"),
		}
		if rapid.Bool().Draw(t, "rotated") {
			a.LastRotationAt = new(storage.RandomInstant(t, true))
		}
		shows := []storage.Fingerprint{}
		for _, ja3 := range rapid.SliceOfN(text, 0, 1).Draw(t, "prints") {
			payload, _ := json.Marshal(map[string]string{"fingerprint_type": "ja3", "ja3": ja3})
			shows = append(shows, storage.Fingerprint{Payload: payload})
		}
		g.Attackers = append(g.Attackers, storagetest.Attacker{Attacker: a, Fingerprints: shows})
		for m := range rapid.IntRange(0, 3).Draw(t, "tags") {
			g.Tags = append(g.Tags, storage.TTPTag{
				UUID: fmt.Sprintf("t%02d%d", n, m), SourceKind: "command", SourceID: "x", AttackerUUID: &a.UUID, Decky: rapid.Ptr(text, true).Draw(t, "decky"),
				TacticID: "TA0006", TechniqueID: text.Draw(t, "technique"), Confidence: rapid.SampledFrom([]float64{0.25, 0.5, 0.75}).Draw(t, "confidence"),
				RuleID: "R0001", RuleVersion: 1, Evidence: storage.JSON(`{}`), AttackRelease: "v15.1", CreatedAt: storage.RandomInstant(t, true),
			})
		}
		for m := range rapid.IntRange(0, 2).Draw(t, "observations") {
			at := storage.RandomEpoch(t)
			g.Observations = append(g.Observations, storagetest.Observation{AttackerUUID: a.UUID, Observation: storage.Observation{
				ObservationID: fmt.Sprintf("o%02d%d", n, m), Primitive: text.Draw(t, "primitive"), Value: storage.JSON(`1`), At: at, WindowStart: at, WindowEnd: at,
				Source: "x", EvidenceRef: fmt.Sprintf("e%02d%d", n, m), EnvelopeVersion: 1,
			}})
		}
	}
	return g
}

// modelRows are the attackers as conditions see them, in the order of the graph.
func modelRows(g storagetest.Graph) []storage.ModelRow {
	observations := map[string][]storage.ModelRow{}
	for _, o := range g.Observations {
		observations[o.AttackerUUID] = append(observations[o.AttackerUUID], storage.ModelRow{Values: map[string]any{"primitive": o.Primitive, "ts": o.At}})
	}
	tags := map[string][]storage.ModelRow{}
	for _, t := range g.Tags {
		tags[*t.AttackerUUID] = append(tags[*t.AttackerUUID], storage.ModelRow{
			Values:  map[string]any{"decky_id": value(t.Decky), "technique_id": t.TechniqueID, "confidence": t.Confidence, "created_at": t.CreatedAt},
			Related: map[string][]storage.ModelRow{"observations": observations[*t.AttackerUUID]},
		})
	}
	var rows []storage.ModelRow
	for _, a := range g.Attackers {
		ja3 := []string{}
		for _, shown := range a.Fingerprints {
			var payload struct{ JA3 string }
			_ = json.Unmarshal(shown.Payload, &payload)
			ja3 = append(ja3, payload.JA3)
		}
		for _, i := range g.Identities {
			if a.IdentityUUID != nil && i.UUID == *a.IdentityUUID {
				ja3 = append(ja3, i.JA3Hashes...)
			}
		}
		rows = append(rows, storage.ModelRow{
			Values: map[string]any{
				"as_name": value(a.ASName), "ptr_record": value(a.PTRRecord), "rpki_status": value(a.RPKIStatus), "event_count": a.EventCount,
				"asn": value(a.ASN), "is_traversal": *a.IsTraversal, "last_seen": a.LastSeen, "last_rotation_at": value(a.LastRotationAt),
				"services": a.Services, "deckies": a.Deckies, "ja3": ja3,
			},
			Related: map[string][]storage.ModelRow{"ttp_tag": tags[a.UUID], "observations": observations[a.UUID]},
		})
	}
	return rows
}

// value is what a pointer points to, or nil.
func value[V any](pointer *V) any {
	if pointer == nil {
		return nil
	}
	return *pointer
}

// checkConditions draws a condition and an order, and reads the attackers that match: counted, on one page for all
// owners, and page by page for one.
func checkConditions(t *rapid.T, store *storage.Store, all []storagetest.Attacker, rows []storage.ModelRow) {
	c, nested := storage.DrawCondition(t), rapid.Bool().Draw(t, "nested")
	keys := rapid.SliceOfNDistinct(rapid.Custom(func(t *rapid.T) storage.SortKey {
		return storage.SortKey{By: rapid.SampledFrom([]string{"LAST_SEEN", "FIRST_SEEN", "EVENT_COUNT"}).Draw(t, "by"), Descending: rapid.Bool().Draw(t, "descending")}
	}), 0, 3, func(k storage.SortKey) string { return k.By }).Draw(t, "order")
	owners := fleet
	if nested {
		owners = modelOwners
	}
	want := map[string][]string{}
	for _, a := range sortedAttackers(all, rows, keys) {
		if owner, some := value(a.row.IdentityUUID).(string); c.Holds(a.model) && (!nested || some) {
			if !nested {
				owner = ""
			}
			want[owner] = append(want[owner], a.row.UUID)
		}
	}
	list, text := store.AttackersWhere(c, storage.ListOptions{Order: keys}, nested), store.Text(t.Context(), c)
	counts, err := list.Count(t.Context(), owners)
	require.NoError(t, err, text)
	found, err := list.Page(t.Context(), owners, storage.Page{Limit: 100})
	require.NoError(t, err, text)
	for _, owner := range owners {
		require.Equal(t, want[owner], uuids(found[owner]), "%q: %s", owner, text)
		require.Equal(t, len(want[owner]), counts[owner], "%q: %s", owner, text)
	}
	owner := rapid.SampledFrom(owners).Draw(t, "owner")
	walked := walkAttackers(t, list, owner, rapid.IntRange(3, 30).Draw(t, "limit"), rapid.Bool().Draw(t, "backward"))
	require.Equal(t, want[owner], walked, "%q page by page: %s", owner, text)
}

// modelAttacker is an attacker with its row of the model.
type modelAttacker struct {
	row   storagetest.Attacker
	model storage.ModelRow
}

// sortedAttackers sorts by sort keys, or by the list's own order, and then by key.
func sortedAttackers(all []storagetest.Attacker, rows []storage.ModelRow, keys []storage.SortKey) []modelAttacker {
	if len(keys) == 0 {
		keys = []storage.SortKey{{By: "LAST_SEEN", Descending: true}}
	}
	sorted := make([]modelAttacker, len(all))
	for n, a := range all {
		sorted[n] = modelAttacker{a, rows[n]}
	}
	slices.SortFunc(sorted, func(a, b modelAttacker) int {
		order := 0
		for _, key := range keys {
			c := map[string]int{
				"LAST_SEEN": a.row.LastSeen.Compare(b.row.LastSeen), "FIRST_SEEN": a.row.FirstSeen.Compare(b.row.FirstSeen),
				"EVENT_COUNT": cmp.Compare(a.row.EventCount, b.row.EventCount),
			}[key.By]
			order = cmp.Or(order, directed(c, key.Descending))
		}
		return cmp.Or(order, directed(strings.Compare(a.row.UUID, b.row.UUID), keys[len(keys)-1].Descending))
	})
	return sorted
}

func directed(order int, descending bool) int {
	if descending {
		return -order
	}
	return order
}

// walkAttackers reads a list page by page and returns the keys in the order of the list.
func walkAttackers(t *rapid.T, list storage.List[storage.Attacker], owner string, limit int, backward bool) []string {
	var walked []string
	for p := (storage.Page{Limit: limit, Backward: backward}); ; {
		pages, err := list.Page(t.Context(), []string{owner}, p)
		require.NoError(t, err)
		page := pages[owner]
		if backward {
			walked = append(uuids(page), walked...)
		} else {
			walked = append(walked, uuids(page)...)
		}
		if !page.More {
			return walked
		}
		first, last := page.Position(0), page.Position(page.Len()-1)
		if p.After = &last; backward {
			p.After, p.Before = nil, &first
		}
	}
}

func uuids(page storage.Slice[storage.Attacker]) []string {
	var keys []string
	for _, a := range page.Rows {
		keys = append(keys, a.UUID)
	}
	return keys
}
