package storagetest

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"decnetgraph/storage"
)

// searchedOwners is a filter of attackers, as ListOptions takes it.
type searchedOwners struct {
	IP          *storage.AddressFilter `json:"ip"`
	ASN         *storage.IntFilter     `json:"asn"`
	Tags        *searchedOwnersTags    `json:"tags"`
	Fingerprint *storage.FingerprintLookup
}

type searchedOwnersTags struct{ Some *searchedOwnersTag }

type searchedOwnersTag struct{ SessionID *storage.TextFilter }

// testSearchFilter compares searches with a filter of fields, of matches and of attackers with the model.
func testSearchFilter(t *testing.T, s *storage.Store, g Graph) {
	t.Helper()
	all := searchModel(g, searchCatalogue)
	attackers := func(meets func(a *Attacker) bool) func(foundText) bool {
		return func(h foundText) bool {
			return (h.Kind == storage.SearchAttacker || h.Kind == storage.SearchCommand) &&
				slices.ContainsFunc(g.Attackers, func(a Attacker) bool { return a.UUID == h.Key && meets(&a) })
		}
	}
	for name, c := range map[string]struct {
		filter storage.HitFilter
		meets  func(h foundText) bool
	}{
		"one field": {
			storage.HitFilter{Fields: []string{"Attacker.ptrRecord"}}, func(h foundText) bool { return h.Field == "Attacker.ptrRecord" },
		},
		"fields of several kinds": {
			storage.HitFilter{Fields: []string{"Decky.name", "Campaign.notes", "Command.command", "Decky.name"}},
			func(h foundText) bool {
				return slices.Contains([]string{"Decky.name", "Campaign.notes", "Command.command"}, h.Field)
			},
		},
		"whole texts and beginnings": {
			storage.HitFilter{Matches: []storage.SearchMatch{storage.MatchBeginning, storage.MatchExact}},
			func(h foundText) bool { return h.Match == storage.MatchBeginning || h.Match == storage.MatchExact },
		},
		"addresses in a network": {
			storage.HitFilter{Matches: []storage.SearchMatch{storage.MatchNetwork}}, func(h foundText) bool { return h.Match == storage.MatchNetwork },
		},
		"attackers of a network": {
			storage.HitFilter{Attackers: &searchedOwners{IP: &storage.AddressFilter{CIDR: new("2001:db8::/32")}}},
			attackers(func(a *Attacker) bool { return strings.HasPrefix(strings.ToLower(a.IP), "2001:db8:") }),
		},
		"attackers by their tags": {
			storage.HitFilter{Attackers: &searchedOwners{Tags: &searchedOwnersTags{Some: &searchedOwnersTag{SessionID: &storage.TextFilter{Equals: new("session-WGET")}}}}},
			attackers(func(a *Attacker) bool { return a.UUID == "a00" || a.UUID == "a01" }),
		},
		"attackers by a fingerprint": {
			storage.HitFilter{Attackers: &searchedOwners{Fingerprint: &storage.FingerprintLookup{HASSH: new("hassh-wget")}}},
			attackers(func(a *Attacker) bool { return a.UUID == "a00" }),
		},
		"all at once": {
			storage.HitFilter{
				Fields: []string{"Command.command", "Attacker.asName"}, Matches: []storage.SearchMatch{storage.MatchPart}, Seen: &storage.InstantRange{From: new(at(1))},
				Attackers: &searchedOwners{ASN: &storage.IntFilter{From: new(64503)}},
			},
			func(h foundText) bool {
				return attackers(func(a *Attacker) bool { return *a.ASN >= 64503 })(h) && h.Match == storage.MatchPart && h.Seen != nil && !h.Seen.Before(at(1)) &&
					(h.Field == "Command.command" || h.Field == "Attacker.asName")
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			for _, text := range []string{"wget", "198.51.100.0/24", "decky", "Wget http"} {
				for _, order := range []storage.SearchOrder{storage.SearchRelevance, storage.SearchNewest} {
					want := slices.DeleteFunc(find(all, text, nil, order), func(h foundText) bool { return !c.meets(h) })
					list := s.Search(storage.SearchQuery{Text: text, Order: order, HitFilter: c.filter, Catalogue: searchCatalogue})
					requireHits(t, list, want)
				}
			}
		})
	}
	t.Run("one that nothing can meet is refused with its path", func(t *testing.T) {
		for path, q := range map[string]storage.SearchQuery{
			"filter.fields":           {HitFilter: storage.HitFilter{Fields: []string{}}},
			"filter.fields.1":         {HitFilter: storage.HitFilter{Fields: []string{"Attacker.ip", "Attacker.shoeSize"}}},
			"filter.fields.0":         {Kinds: []storage.SearchKind{storage.SearchCommand}, HitFilter: storage.HitFilter{Fields: []string{"Attacker.ip"}}},
			"filter.match":            {HitFilter: storage.HitFilter{Matches: []storage.SearchMatch{}}},
			"filter.attacker":         {Kinds: []storage.SearchKind{storage.SearchRule}, HitFilter: storage.HitFilter{Attackers: &searchedOwners{ASN: &storage.IntFilter{Equals: new(1)}}}},
			"filter.attacker.ip.cidr": {HitFilter: storage.HitFilter{Attackers: &searchedOwners{IP: &storage.AddressFilter{CIDR: new("nowhere")}}}},
			"filter.seen.until":       {HitFilter: storage.HitFilter{Seen: &storage.InstantRange{From: new(at(2)), Until: new(at(1))}}},
		} {
			q.Text = "wget"
			_, err := s.Search(q).Page(t.Context(), fleet, storage.Page{Limit: 1})
			require.ErrorIs(t, err, storage.ErrInvalid, path)
			var invalid *storage.Error
			require.ErrorAs(t, err, &invalid)
			require.Equal(t, path, strings.Join(invalid.Input, "."))
		}
	})
	t.Run("a value that no attacker has is reported", func(t *testing.T) {
		list := s.Search(storage.SearchQuery{Text: "wget", HitFilter: storage.HitFilter{Attackers: &searchedOwners{ASN: &storage.IntFilter{Equals: new(1)}}}})
		requireHits(t, list, nil)
		unknown, err := list.(storage.Questioner).UnknownValues(t.Context())
		require.NoError(t, err)
		require.Equal(t, []storage.UnknownValue{{Text: "1", Input: []string{"filter", "attacker", "asn", "equals"}}}, unknown)
	})
}

// requireHits compares the hits of a list, and their number, with those of the model.
func requireHits(t *testing.T, list storage.List[storage.SearchHit], want []foundText) {
	t.Helper()
	page, err := list.Page(t.Context(), fleet, storage.Page{Limit: 500})
	require.NoError(t, err)
	var got []foundText
	for _, h := range page[""].Rows {
		got = append(got, foundText{h.Kind, h.Key, h.Field, h.Text, h.Match, h.Start, h.End, h.SeenAt})
	}
	if len(want) == 0 {
		want = nil
	}
	same(t, want, got, "with the filter")
	counts, err := list.Count(t.Context(), fleet)
	require.NoError(t, err)
	require.Equal(t, len(want), counts[""])
}
