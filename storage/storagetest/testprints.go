package storagetest

import (
	"context"
	"encoding/hex"
	"math/bits"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"decnetgraph/storage"
)

// Prints is the fixture with fingerprints in all places, in several spellings.
func Prints() Graph {
	g := Fixture()
	g.Identities = slices.Clone(g.Identities)
	for n := range g.Identities {
		i := &g.Identities[n]
		switch i.UUID {
		case "i3", "i6":
			i.JA3Hashes, i.JA4QUICHashes, i.PayloadSimhashes = []string{"é", "ja3-1"}, []string{"ja4q"}, []string{"00ff7fc3280a90ff", "x"}
		case "i9", "i2":
			i.C2Endpoints, i.KDDigraphSimhash, i.TLSCertSHA256 = []string{"c2.example:443"}, new("00ff7fc3280a90ff"), []string{"cert-1"}
		default:
		}
	}
	g.Campaigns = slices.Clone(g.Campaigns)
	for n := range g.Campaigns {
		switch c := &g.Campaigns[n]; c.UUID {
		case "c3", "c6":
			c.HASSHHashes, c.PayloadSimhashes = []string{"hassh-2"}, []string{"0x00FF7FC3280A90FE"}
		default:
		}
	}
	g.Attackers = slices.Clone(g.Attackers)
	for n := range g.Attackers {
		a := &g.Attackers[n]
		switch a.UUID {
		case "a3":
			a.Fingerprints = []storage.Fingerprint{entry("hassh_server", "hash", "hassh-2"), entry("ja4h", "ja4h", "JA4H"), entry("http_useragent", "value", "ja3-1")}
		case "a5":
			a.Fingerprints = []storage.Fingerprint{entry("ja3", "ja3", "ja3-1"), entry("tls_certificate", "cert_sha256", "cert-1")}
		case "a8":
			a.Fingerprints = []storage.Fingerprint{entry("ja4_quic", "ja4_quic", "ja4q"), entry("ja3", "ja3s", "ja3-1")}
		default:
		}
	}
	return g
}

// entry is a fingerprint of an attacker.
func entry(kind, key, value string) storage.Fingerprint {
	return storage.Fingerprint{FingerprintType: &kind, Payload: storage.JSON(`{"fingerprint_type":"` + kind + `","` + key + `":` + strconv.Quote(value) + `}`)}
}

// showing is what shows a fingerprint itself.
type showing struct{ attackers, identities, campaigns []string }

// show returns what shows a fingerprint, by the definition in the schema.
func (m *model) show(p storage.Print) showing {
	var s showing
	wanted := []string{p.Value, strings.ToLower(p.Value)}
	among := func(held []string) bool {
		return slices.ContainsFunc(held, func(h string) bool { return slices.Contains(wanted, h) })
	}
	near := func(held []string) bool {
		return slices.ContainsFunc(held, func(h string) bool {
			distance := bitsBetween(h, p.Value)
			return distance >= 0 && distance <= p.Within
		})
	}
	for _, i := range m.Identities {
		var keystroke []string
		if i.KDDigraphSimhash != nil {
			keystroke = []string{*i.KDDigraphSimhash}
		}
		shows := map[storage.PrintKind]bool{
			storage.PrintJA3: among(i.JA3Hashes), storage.PrintHASSH: among(i.HASSHHashes), storage.PrintJA4H: among(i.JA4HHashes),
			storage.PrintJA4QUIC: among(i.JA4QUICHashes), storage.PrintTLSCertSHA256: among(i.TLSCertSHA256), storage.PrintC2Endpoint: among(i.C2Endpoints),
		}[p.Kind]
		if shows || p.Kind == storage.PrintPayloadSimhash && near(i.PayloadSimhashes) || p.Kind == storage.PrintKeystrokeSimhash && near(keystroke) {
			s.identities = append(s.identities, i.UUID)
		}
	}
	for _, c := range m.Campaigns {
		shows := map[storage.PrintKind]bool{
			storage.PrintJA3: among(c.JA3Hashes), storage.PrintHASSH: among(c.HASSHHashes),
			storage.PrintTLSCertSHA256: among(c.TLSCertSHA256), storage.PrintC2Endpoint: among(c.C2Endpoints),
		}[p.Kind]
		if shows || p.Kind == storage.PrintPayloadSimhash && near(c.PayloadSimhashes) {
			s.campaigns = append(s.campaigns, c.UUID)
		}
	}
	place := map[storage.PrintKind][2]string{
		storage.PrintJA3: {"ja3", "ja3"}, storage.PrintHASSH: {"hassh_server", "hash"}, storage.PrintJA4H: {"ja4h", "ja4h"},
		storage.PrintJA4QUIC: {"ja4_quic", "ja4_quic"}, storage.PrintTLSCertSHA256: {"tls_certificate", "cert_sha256"},
	}[p.Kind]
	for n := range m.Attackers {
		a := &m.Attackers[n]
		entry := slices.ContainsFunc(a.Fingerprints, func(f storage.Fingerprint) bool {
			return place[0] != "" && deref(f.FingerprintType) == place[0] && slices.ContainsFunc(wanted, func(w string) bool {
				return strings.Contains(string(f.Payload), `"`+place[1]+`":`+strconv.Quote(w))
			})
		})
		probed := p.Kind == storage.PrintHASSH && slices.ContainsFunc(m.Prints, func(f FingerprintState) bool {
			return f.AttackerUUID == a.UUID && f.ProbeType == "hassh" && slices.Contains(wanted, f.LastHash)
		})
		if entry || probed {
			s.attackers = append(s.attackers, a.UUID)
		}
	}
	return s
}

// leadsTo reports whether the fingerprint leads to an attacker: the attacker shows it, or belongs to an identity that does.
func (s showing) leadsTo(a *storage.Attacker) bool {
	return slices.Contains(s.attackers, a.UUID) || a.IdentityUUID != nil && slices.Contains(s.identities, *a.IdentityUUID)
}

// bitsBetween returns the number of bits in which two SimHashes differ, -1 if the first is none.
func bitsBetween(held, sought string) int {
	raw, err := hex.DecodeString(strings.TrimPrefix(strings.ToLower(held), "0x"))
	if err != nil || len(raw) != 8 {
		return -1
	}
	given, _ := hex.DecodeString(strings.TrimPrefix(strings.ToLower(sought), "0x"))
	distance := 0
	for n := range raw {
		distance += bits.OnesCount8(raw[n] ^ given[n])
	}
	return distance
}

// near returns the stored SimHashes within the distance of a fingerprint, the nearest first.
func (m *model) near(p storage.Print) (found []*storage.NearSimhash) {
	var held []string
	if p.Kind == storage.PrintPayloadSimhash {
		for _, i := range m.Identities {
			held = append(held, i.PayloadSimhashes...)
		}
		for _, c := range m.Campaigns {
			held = append(held, c.PayloadSimhashes...)
		}
	}
	for _, i := range m.Identities {
		if p.Kind == storage.PrintKeystrokeSimhash && i.KDDigraphSimhash != nil {
			held = append(held, *i.KDDigraphSimhash)
		}
	}
	slices.Sort(held)
	for _, value := range slices.Compact(held) {
		if distance := bitsBetween(value, p.Value); distance >= 0 && distance <= p.Within {
			found = append(found, &storage.NearSimhash{Value: value, Distance: distance})
		}
	}
	slices.SortStableFunc(found, func(a, b *storage.NearSimhash) int { return a.Distance - b.Distance })
	return found
}

var soughtPrints = []storage.Print{
	{Kind: storage.PrintJA3, Value: "ja3-1"},
	{Kind: storage.PrintJA3, Value: "JA3-1"},
	{Kind: storage.PrintJA3, Value: "ja3-2"},
	{Kind: storage.PrintJA3, Value: "é"},
	{Kind: storage.PrintJA3, Value: "ja3-absent"},
	{Kind: storage.PrintJA3, Value: "%"},
	{Kind: storage.PrintHASSH, Value: "hassh-1"},
	{Kind: storage.PrintHASSH, Value: "hassh-2"},
	{Kind: storage.PrintJA4H, Value: "JA4H"},
	{Kind: storage.PrintJA4H, Value: "ja4h"},
	{Kind: storage.PrintJA4QUIC, Value: "ja4q"},
	{Kind: storage.PrintTLSCertSHA256, Value: "cert-1"},
	{Kind: storage.PrintC2Endpoint, Value: "c2.example:443"},
	{Kind: storage.PrintC2Endpoint, Value: "[2001:db8::1]:8443"},
	{Kind: storage.PrintPayloadSimhash, Value: "00ff7fc3280a90fe"},
	{Kind: storage.PrintPayloadSimhash, Value: "0x00FF7FC3280A90FE", Within: 1},
	{Kind: storage.PrintPayloadSimhash, Value: "ffffffffffffffff", Within: 16},
	{Kind: storage.PrintKeystrokeSimhash, Value: "00ff7fc3280a90fe"},
	{Kind: storage.PrintKeystrokeSimhash, Value: "00ff7fc3280a90fd", Within: 1},
	{Kind: storage.PrintKeystrokeSimhash, Value: "00ff7fc3280a90fd", Within: 2},
	{Kind: storage.PrintKeystrokeSimhash, Value: "ff007fc3280a90fe", Within: 16},
}

// testPrints compares who shows each fingerprint with the model.
func testPrints(t *testing.T, open Open) {
	g := Prints()
	s, m := open(t, g), newModel(g)
	for _, p := range soughtPrints {
		t.Run(string(p.Kind)+" "+p.Value+" within "+strconv.Itoa(p.Within), func(t *testing.T) {
			match, err := s.FindPrint(t.Context(), p)
			require.NoError(t, err)
			near := []*storage.NearSimhash{} // an empty list is not nil
			require.Equal(t, append(near, m.near(p)...), match.Simhashes)
			shown := m.show(p)
			named := choose(m.rawAttackers(), func(a *storage.Attacker) bool { return slices.Contains(shown.attackers, a.UUID) })
			comparePrinted(t, match, s.PrintAttackers(storage.ListOptions{}), attackerKey,
				choose(m.rawAttackers(), shown.leadsTo))
			compareFiltered(t, s, p, match)
			for _, membership := range memberships {
				comparePrinted(t, match, s.PrintIdentities(membership, storage.ListOptions{}), identityKey, m.identitiesOf(membership, named, shown.identities))
				comparePrinted(t, match, s.PrintCampaigns(membership, storage.ListOptions{}), campaignKey, m.campaignsOf(membership, named, shown.identities, shown.campaigns))
			}
		})
	}
	t.Run("in rows with long keys", func(t *testing.T) {
		long := Fixture().Attackers[1]
		long.UUID, long.Fingerprints = strings.Repeat("k", 200), []storage.Fingerprint{entry("ja3", "ja3", "ja3-long")}
		s := open(t, Graph{Attackers: []Attacker{long}})
		filter := &AttackerFilter{Fingerprint: &storage.FingerprintLookup{JA3: new("ja3-long")}, CountryCode: &storage.TextFilter{Present: new(long.CountryCode != nil)}}
		found, err := s.AllAttackers(storage.ListOptions{Filter: filter}).Page(t.Context(), []string{""}, whole)
		require.NoError(t, err)
		require.Len(t, found[""].Rows, 1)
	})
	t.Run("what nothing can have is refused", func(t *testing.T) {
		for _, p := range []storage.Print{
			{Kind: storage.PrintJA3},
			{Kind: storage.PrintPayloadSimhash, Value: "00ff"},
			{Kind: storage.PrintPayloadSimhash, Value: "00ff7fc3280a90fg"},
			{Kind: storage.PrintKeystrokeSimhash, Value: "00ff7fc3280a90fe0"},
			{Kind: storage.PrintKeystrokeSimhash, Value: "00ff7fc3280a90fe", Within: 17},
			{Kind: storage.PrintKeystrokeSimhash, Value: "00ff7fc3280a90fe", Within: -1},
		} {
			_, err := s.FindPrint(t.Context(), p)
			require.ErrorIs(t, err, storage.ErrInvalid, p)
			_, err = s.AllAttackers(storage.ListOptions{Filter: &AttackerFilter{Fingerprint: lookupOf(p)}}).Count(t.Context(), []string{""})
			require.ErrorIs(t, err, storage.ErrInvalid, p)
		}
		_, err := s.FindPrint(cancelled(t.Context()), soughtPrints[0])
		require.ErrorIs(t, err, context.Canceled)
		filter := &AttackerFilter{}
		for range 11 {
			filter.And = append(filter.And, &AttackerFilter{Fingerprint: lookupOf(soughtPrints[0])})
		}
		_, err = s.AllAttackers(storage.ListOptions{Filter: filter}).Count(t.Context(), []string{""})
		require.ErrorIs(t, err, storage.ErrInvalid)
		filter.And = filter.And[1:]
		_, err = s.AllAttackers(storage.ListOptions{Filter: filter}).Count(t.Context(), []string{""})
		require.NoError(t, err)
	})
}

// lookupOf names a fingerprint.
func lookupOf(p storage.Print) *storage.FingerprintLookup {
	near := &storage.SimHashLookup{Value: p.Value, Within: p.Within}
	return map[storage.PrintKind]*storage.FingerprintLookup{
		storage.PrintJA3: {JA3: &p.Value}, storage.PrintHASSH: {HASSH: &p.Value}, storage.PrintJA4H: {JA4H: &p.Value}, storage.PrintJA4QUIC: {JA4QUIC: &p.Value},
		storage.PrintTLSCertSHA256: {TLSCertSHA256: &p.Value}, storage.PrintC2Endpoint: {C2Endpoint: &p.Value},
		storage.PrintPayloadSimhash: {PayloadSimhash: near}, storage.PrintKeystrokeSimhash: {KeystrokeSimhash: near},
	}[p.Kind]
}

// compareFiltered compares the attackers that a filter by a fingerprint leaves with those that the fingerprint leads to, and
// says whether it occurs. The context with a shelf shares what was found, and others do not.
func compareFiltered(t *testing.T, s *storage.Store, p storage.Print, match *storage.PrintMatch) {
	t.Helper()
	led, err := s.PrintAttackers(storage.ListOptions{}).Page(t.Context(), []string{match.Owner()}, whole)
	require.NoError(t, err)
	want := led[match.Owner()].Rows
	filter := &AttackerFilter{Fingerprint: lookupOf(p)}
	for _, ctx := range []context.Context{t.Context(), storage.WithShelf(t.Context())} {
		list := s.AllAttackers(storage.ListOptions{Filter: filter})
		pages, err := list.Page(ctx, []string{""}, whole)
		require.NoError(t, err)
		require.Len(t, pages[""].Rows, len(want))
		for n, a := range pages[""].Rows {
			require.Equal(t, want[n].UUID, a.UUID)
		}
		all, err := s.AllAttackers(storage.ListOptions{}).Count(ctx, []string{""})
		require.NoError(t, err)
		others, err := s.AllAttackers(storage.ListOptions{Filter: &AttackerFilter{Not: filter}}).Count(ctx, []string{""})
		require.NoError(t, err)
		require.Equal(t, all[""]-len(want), others[""])
		unknown, err := list.(storage.Questioner).UnknownValues(ctx)
		require.NoError(t, err)
		require.Equal(t, match.Owner() == "", len(unknown) == 1, unknown)
	}
}

func comparePrinted[T any](t *testing.T, match *storage.PrintMatch, list storage.List[T], key func(*T) string, want []*T) {
	t.Helper()
	pages, err := list.Page(t.Context(), []string{match.Owner()}, whole)
	require.NoError(t, err)
	counts, err := list.Count(t.Context(), []string{match.Owner()})
	require.NoError(t, err)
	var got, wanted []string
	for _, row := range pages[match.Owner()].Rows {
		got = append(got, key(row))
	}
	for _, row := range want {
		wanted = append(wanted, key(row))
	}
	require.ElementsMatch(t, wanted, got)
	require.Equal(t, len(wanted), counts[match.Owner()])
}
