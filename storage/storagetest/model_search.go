package storagetest

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"decnetgraph/storage"
)

// searched is a text of the graph that a search may find.
type searched struct {
	Kind  storage.SearchKind
	Key   string
	Field string
	Text  string
	Seen  *time.Time
	place int
}

// foundText is a hit without what only the order needs.
type foundText struct {
	Kind  storage.SearchKind
	Key   string
	Field string
	Text  string
	Match storage.SearchMatch
	Start int
	End   int
	Seen  *time.Time
}

// fieldsInOrder are the fields in the order of equal hits.
var fieldsInOrder = []string{
	"Campaign.uuid", "Campaign.notes", "Campaign.ja3Hashes", "Campaign.hasshHashes", "Campaign.tlsCertSha256", "Campaign.payloadSimhashes", "Campaign.c2Endpoints",
	"Identity.uuid", "Identity.notes", "Identity.ja3Hashes", "Identity.hasshHashes", "Identity.ja4hHashes", "Identity.ja4QuicHashes", "Identity.tlsCertSha256",
	"Identity.payloadSimhashes", "Identity.c2Endpoints", "Identity.kdDigraphSimhash", "Identity.ipv6LinkLocalIids",
	"Attacker.uuid", "Attacker.ip", "Attacker.ptrRecord", "Attacker.asName", "Attacker.asn", "Attacker.bgpPrefix", "Attacker.fingerprints", "Attacker.fingerprintStates",
	"Attacker.lastIpv6LinkLocal",
	"Command.command", "Technique.attackId", "Technique.name", "Rule.ruleId", "Rule.name", "Decky.name",
	"CanaryToken.uuid", "CanaryToken.placementPath", "CanaryToken.callbackToken", "CanaryBlob.uuid", "CanaryBlob.filename", "CanaryBlob.sha256",
	"CanaryTrigger.uuid", "CanaryTrigger.srcIp", "CanaryTrigger.userAgent", "CanaryTrigger.requestPath", "CanaryTrigger.dnsQname", "TTPTag.uuid", "Session.sessionId",
}

var addressFields = []string{"Campaign.c2Endpoints", "Identity.c2Endpoints", "Attacker.ip", "Attacker.lastIpv6LinkLocal", "CanaryTrigger.srcIp"}

// searchModel is all that can be found in a graph, and in a catalogue.
func searchModel(g Graph, catalogue []storage.CatalogueText) []searched {
	m := &searchTexts{}
	for _, c := range g.Campaigns {
		m.of(storage.SearchCampaign, "Campaign", c.UUID, c.UpdatedAt)
		m.add("uuid", c.UUID).addOptional("notes", c.Notes).add("ja3Hashes", c.JA3Hashes...).add("hasshHashes", c.HASSHHashes...)
		m.add("tlsCertSha256", c.TLSCertSHA256...).add("payloadSimhashes", c.PayloadSimhashes...).add("c2Endpoints", c.C2Endpoints...)
	}
	for _, i := range g.Identities {
		m.of(storage.SearchIdentity, "Identity", i.UUID, i.UpdatedAt)
		m.add("uuid", i.UUID).addOptional("notes", i.Notes).add("ja3Hashes", i.JA3Hashes...).add("hasshHashes", i.HASSHHashes...)
		m.add("ja4hHashes", i.JA4HHashes...).add("ja4QuicHashes", i.JA4QUICHashes...).add("tlsCertSha256", i.TLSCertSHA256...)
		m.add("payloadSimhashes", i.PayloadSimhashes...).add("c2Endpoints", i.C2Endpoints...).addOptional("kdDigraphSimhash", i.KDDigraphSimhash)
		for _, iid := range i.IPv6LinkLocalIIDs {
			m.addOptional("ipv6LinkLocalIids", iid.IID)
		}
	}
	for _, a := range g.Attackers {
		m.attacker(a)
	}
	for _, p := range g.Prints {
		m.of(storage.SearchAttacker, "Attacker", p.AttackerUUID, p.LastSeen)
		m.add("fingerprintStates", p.LastHash)
	}
	for _, r := range g.Definitions {
		m.of(storage.SearchRule, "Rule", r.RuleID, *r.UpdatedAt)
		m.add("ruleId", r.RuleID).add("name", *r.Name)
	}
	m.canary(g)
	for _, t := range g.Tags {
		m.of(storage.SearchTag, "TTPTag", t.UUID, t.CreatedAt)
		m.add("uuid", t.UUID)
		if t.Decky != nil {
			m.decky(*t.Decky)
		}
		if t.SessionID != nil {
			m.all = append(m.all, searched{Kind: storage.SearchSession, Key: *t.SessionID, Field: "Session.sessionId", Text: *t.SessionID})
		}
	}
	for _, c := range catalogue {
		field := "Technique.attackId"
		if c.Name {
			field = "Technique.name"
		}
		m.all = append(m.all, searched{Kind: storage.SearchTechnique, Key: c.AttackID, Field: field, Text: c.Text})
	}
	return m.distinct()
}

// searchTexts are the texts so far, and the object whose texts follow.
type searchTexts struct {
	all  []searched
	kind storage.SearchKind
	typ  string
	key  string
	seen time.Time
}

func (m *searchTexts) of(kind storage.SearchKind, typ, key string, seen time.Time) {
	m.kind, m.typ, m.key, m.seen = kind, typ, key, seen
}

func (m *searchTexts) add(field string, texts ...string) *searchTexts {
	for place, text := range texts {
		m.all = append(m.all, searched{Kind: m.kind, Key: m.key, Field: m.typ + "." + field, Text: text, Seen: &m.seen, place: place})
		seen := m.seen
		m.all[len(m.all)-1].Seen = &seen
	}
	return m
}

func (m *searchTexts) addOptional(field string, text *string) *searchTexts {
	if text == nil {
		return m
	}
	return m.add(field, *text)
}

func (m *searchTexts) decky(name string) {
	m.all = append(m.all, searched{Kind: storage.SearchDecky, Key: name, Field: "Decky.name", Text: name})
}

func (m *searchTexts) attacker(a Attacker) {
	m.of(storage.SearchAttacker, "Attacker", a.UUID, a.LastSeen)
	m.add("uuid", a.UUID).add("ip", a.IP).addOptional("ptrRecord", a.PTRRecord).addOptional("asName", a.ASName)
	m.addOptional("bgpPrefix", a.BGPPrefix).addOptional("lastIpv6LinkLocal", a.LastIPv6LinkLocal)
	if a.ASN != nil {
		m.add("asn", fmt.Sprintf("AS%d", *a.ASN))
	}
	var prints []string
	for _, f := range a.Fingerprints {
		var payload any
		d := json.NewDecoder(bytes.NewReader(f.Payload))
		if d.Decode(&payload) == nil {
			prints = append(prints, stringsIn(payload)...)
		}
	}
	m.add("fingerprints", prints...)
	for _, name := range a.Deckies {
		m.decky(name)
	}
	for place, c := range a.Commands {
		if c.Command != nil && a.CommandText == nil {
			m.all = append(m.all, searched{Kind: storage.SearchCommand, Key: a.UUID, Field: "Command.command", Text: *c.Command, Seen: c.Timestamp, place: place})
		}
	}
}

// stringsIn lists the strings of a value whose objects have their members in alphabetical order.
func stringsIn(value any) (texts []string) {
	switch v := value.(type) {
	case string:
		return []string{v}
	case []any:
		for _, element := range v {
			texts = append(texts, stringsIn(element)...)
		}
	case map[string]any:
		names := make([]string, 0, len(v))
		for name := range v {
			names = append(names, name)
		}
		slices.Sort(names)
		for _, name := range names {
			if name != "fingerprint_type" && name != "kind" {
				texts = append(texts, stringsIn(v[name])...)
			}
		}
	}
	return texts
}

func (m *searchTexts) canary(g Graph) {
	for _, c := range g.Tokens {
		m.of(storage.SearchCanaryToken, "CanaryToken", c.UUID, c.PlacedAt)
		m.add("uuid", c.UUID).add("placementPath", c.PlacementPath).add("callbackToken", c.CallbackToken)
		m.decky(c.DeckyName)
	}
	for _, c := range g.Blobs {
		m.of(storage.SearchCanaryBlob, "CanaryBlob", c.UUID, c.UploadedAt)
		m.add("uuid", c.UUID).add("filename", c.Filename).add("sha256", c.SHA256)
	}
	for _, c := range g.Triggers {
		m.of(storage.SearchCanaryTrigger, "CanaryTrigger", c.UUID, c.OccurredAt)
		m.add("uuid", c.UUID).add("srcIp", c.SrcIP).addOptional("userAgent", c.UserAgent)
		m.addOptional("requestPath", c.RequestPath).addOptional("dnsQname", c.DNSQname)
	}
}

// distinct leaves a decky and a session once, however many rows name it.
func (m *searchTexts) distinct() []searched {
	seen := map[string]bool{}
	return slices.DeleteFunc(m.all, func(s searched) bool {
		if s.Kind != storage.SearchDecky && s.Kind != storage.SearchSession {
			return false
		}
		name := string(s.Kind) + s.Key
		again := seen[name]
		seen[name] = true
		return again
	})
}

// find returns the hits of a text in some kinds, or all with nil, in an order.
func find(all []searched, text string, kinds []storage.SearchKind, order storage.SearchOrder) []foundText {
	type ranked struct {
		foundText

		place int
	}
	var hits []ranked
	for _, s := range all {
		if kinds != nil && !slices.Contains(kinds, s.Kind) {
			continue
		}
		if match, start, end := matches(s, text); match != "" {
			hits = append(hits, ranked{foundText{s.Kind, s.Key, s.Field, s.Text, match, start, end, s.Seen}, s.place})
		}
	}
	slices.SortFunc(hits, func(a, b ranked) int {
		ranks := []storage.SearchMatch{storage.MatchExact, storage.MatchNetwork, storage.MatchBeginning, storage.MatchPart}
		byMatch := cmp.Compare(slices.Index(ranks, a.Match), slices.Index(ranks, b.Match))
		if order == storage.SearchNewest {
			byMatch = 0
		}
		return cmp.Or(byMatch, newer(a.Seen, b.Seen), cmp.Compare(slices.Index(fieldsInOrder, a.Field), slices.Index(fieldsInOrder, b.Field)),
			strings.Compare(a.Key, b.Key), cmp.Compare(a.place, b.place))
	})
	found := make([]foundText, len(hits))
	for i, h := range hits {
		found[i] = h.foundText
	}
	return found
}

func newer(a, b *time.Time) int {
	switch {
	case a == nil || b == nil:
		return cmp.Compare(fmt.Sprint(a == nil), fmt.Sprint(b == nil)) // "false" is before "true"
	default:
		return b.Compare(*a)
	}
}

// matches compares letter by letter.
func matches(s searched, text string) (match storage.SearchMatch, start, end int) {
	lower := func(text string) string {
		return string(bytes.Map(func(r rune) rune {
			if r >= 'A' && r <= 'Z' {
				return r + 32
			}
			return r
		}, []byte(text)))
	}
	whole, part := lower(s.Text), lower(text)
	if whole == part {
		return storage.MatchExact, 0, len(s.Text)
	}
	if s.Kind == storage.SearchTag || s.Kind == storage.SearchSession {
		return "", 0, 0
	}
	if slices.Contains(addressFields, s.Field) {
		if match := partOfNetwork(s.Text, text); match != "" {
			return match, 0, len(s.Text)
		}
	}
	switch at := strings.Index(whole, part); {
	case at < 0:
		return "", 0, 0
	case at == 0:
		return storage.MatchBeginning, 0, len(part)
	default:
		return storage.MatchPart, at, at + len(part)
	}
}

func partOfNetwork(stored, text string) storage.SearchMatch {
	address, err := netip.ParseAddr(stored)
	if err != nil {
		endpoint, err := netip.ParseAddrPort(stored)
		if err != nil {
			return ""
		}
		address = endpoint.Addr()
	}
	address = address.Unmap().WithZone("")
	if one, err := netip.ParseAddr(text); err == nil && !strings.HasSuffix(text, ":") {
		if one.Unmap().WithZone("") == address {
			return storage.MatchExact
		}
		return ""
	}
	network, err := netip.ParsePrefix(text)
	if groups := strings.TrimRight(text, ":"); err != nil && strings.HasSuffix(text, ":") && strings.Count(groups, ":") > 0 && !strings.Contains(groups, "::") {
		network, err = netip.ParsePrefix(fmt.Sprintf("%s::/%d", groups, 16*(1+strings.Count(groups, ":"))))
	}
	if err == nil && network.Addr().Is4In6() {
		network = netip.PrefixFrom(network.Addr().Unmap(), network.Bits()-96)
	}
	if err == nil && network.Contains(address) {
		return storage.MatchNetwork
	}
	return ""
}
