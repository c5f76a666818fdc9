package questions

import (
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// lower writes the letters A to Z in lower case.
func lower(text string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, text)
}

// commandsThatContain answers question 13.
func commandsThatContain(m *model, v vars) object {
	sought := lower(asString(v["text"]))
	var found []*command
	for _, a := range m.attackers {
		found = append(found, choose(typed(a), func(c *command) bool { return c.text != nil && strings.Contains(lower(*c.text), sought) })...)
	}
	slices.SortFunc(found, func(a, b *command) int {
		if a.at.IsZero() != b.at.IsZero() { // those without a time are the last
			if a.at.IsZero() {
				return 1
			}
			return -1
		}
		if order := b.at.Compare(a.at); order != 0 {
			return order
		}
		if order := strings.Compare(a.attacker.key, b.attacker.key); order != 0 {
			return order
		}
		return a.place - b.place
	})
	return object{"search": page(found, func(c *command) any {
		return object{
			"seenAt": shown(c.at), "command": object{"service": c.service, "decky": c.decky, "command": *c.text},
			"attacker": object{"ip": c.attacker.ip, "countryCode": c.attacker.row["country_code"], "identity": keyed(m.survivingIdentity(c.attacker.identity))},
		}
	})}
}

func asString(value any) string {
	text, _ := value.(string)
	return text
}

// hit is a text that may be found, and how.
type hit struct {
	kind, key, field, text string
	address                bool
	seen                   time.Time
	attacker               *attacker
	match                  string
	start, end             int // in bytes
}

var matchOrder = []string{"EXACT", "NETWORK", "BEGINNING", "PART"}

// searchable are all texts whose parts a search finds.
func (m *model) searchable() (all []hit) {
	deckies := map[string]bool{}
	clusters := func(kind, typ string, rows []*cluster, lists map[string]string) {
		for _, c := range rows {
			one := func(field, text string) {
				all = append(all, hit{kind: kind, key: c.key, field: typ + "." + field, text: text, seen: c.updatedAt, address: field == "c2Endpoints"})
			}
			one("uuid", c.key)
			if c.row["notes"] != nil {
				one("notes", c.text("notes"))
			}
			for column, field := range lists {
				for _, text := range c.list(column) {
					one(field, text)
				}
			}
			if c.text("kd_digraph_simhash") != "" {
				one("kdDigraphSimhash", c.text("kd_digraph_simhash"))
			}
			for _, iid := range c.objects("ipv6_link_local_iids") {
				if text, ok := iid["iid"].(string); ok {
					one("ipv6LinkLocalIids", text)
				}
			}
		}
	}
	shared := map[string]string{
		"ja3_hashes": "ja3Hashes", "hassh_hashes": "hasshHashes", "tls_cert_sha256": "tlsCertSha256", "payload_simhashes": "payloadSimhashes", "c2_endpoints": "c2Endpoints",
		"ja4h_hashes": "ja4hHashes", "ja4_quic_hashes": "ja4QuicHashes", // campaigns lack these two columns
	}
	clusters("CAMPAIGN", "Campaign", m.campaigns, shared)
	clusters("IDENTITY", "Identity", m.identities, shared)
	for _, a := range m.attackers {
		all = append(all, textsOf(a)...)
		for _, decky := range a.deckies {
			deckies[decky] = true
		}
	}
	for _, r := range m.tables["attacker_fingerprint_state"] {
		all = append(all, hit{kind: "ATTACKER", key: r.text("attacker_uuid"), field: "Attacker.fingerprintStates", text: r.text("last_hash"), seen: m.instant(r, "last_seen"), attacker: m.attackerByKey[r.text("attacker_uuid")]})
	}
	for _, r := range m.tables["ttp_rule"] {
		all = append(all, hit{kind: "RULE", key: r.text("rule_id"), field: "Rule.ruleId", text: r.text("rule_id"), seen: m.instant(r, "updated_at")})
		var content struct {
			Name string `yaml:"name"`
		}
		if yaml.Unmarshal([]byte(r.text("yaml_content")), &content) == nil && content.Name != "" {
			all = append(all, hit{kind: "RULE", key: r.text("rule_id"), field: "Rule.name", text: content.Name, seen: m.instant(r, "updated_at")})
		}
	}
	for _, canary := range []struct {
		table, kind, typ, at string
		columns              map[string]string
	}{
		{"canary_tokens", "CANARY_TOKEN", "CanaryToken", "placed_at", map[string]string{"uuid": "uuid", "placement_path": "placementPath", "callback_token": "callbackToken"}},
		{"canary_blobs", "CANARY_BLOB", "CanaryBlob", "uploaded_at", map[string]string{"uuid": "uuid", "filename": "filename", "sha256": "sha256"}},
		{"canary_triggers", "CANARY_TRIGGER", "CanaryTrigger", "occurred_at", map[string]string{"uuid": "uuid", "src_ip": "srcIp", "user_agent": "userAgent", "request_path": "requestPath", "dns_qname": "dnsQname"}},
	} {
		for _, r := range m.tables[canary.table] {
			for column, field := range canary.columns {
				if r[column] != nil {
					all = append(all, hit{kind: canary.kind, key: r.text("uuid"), field: canary.typ + "." + field, text: r.text(column), seen: m.instant(r, canary.at), address: field == "srcIp"})
				}
			}
			if r["decky_name"] != nil {
				deckies[r.text("decky_name")] = true
			}
		}
	}
	for _, g := range m.tags {
		if g.row["decky_id"] != nil {
			deckies[g.decky] = true
		}
	}
	for _, table := range []struct{ name, column string }{{"fleet_deckies", "name"}, {"decky_shards", "decky_name"}, {"topology_deckies", "name"}} {
		for _, r := range m.tables[table.name] {
			deckies[r.text(table.column)] = true
		}
	}
	for name := range deckies {
		all = append(all, hit{kind: "DECKY", key: name, field: "Decky.name", text: name})
	}
	for _, known := range catalogue.Techniques() {
		all = append(all, hit{kind: "TECHNIQUE", key: known.AttackID, field: "Technique.attackId", text: known.AttackID},
			hit{kind: "TECHNIQUE", key: known.AttackID, field: "Technique.name", text: known.Name})
	}
	return all
}

// wholeKeys are the tag and the session that have a text as their key.
func (m *model) wholeKeys(whole string) (all []hit) {
	sessions := map[string]bool{}
	for _, g := range m.tags {
		if lower(g.key) == whole {
			all = append(all, hit{kind: "TTP_TAG", key: g.key, field: "TTPTag.uuid", text: g.key, seen: g.createdAt})
		}
		if lower(g.session) == whole && !sessions[g.session] {
			sessions[g.session] = true
			all = append(all, hit{kind: "SESSION", key: g.session, field: "Session.sessionId", text: g.session})
		}
	}
	return all
}

// textsOf are the texts of an attacker.
func textsOf(a *attacker) (all []hit) {
	one := func(field, text string, address bool) {
		all = append(all, hit{kind: "ATTACKER", key: a.key, field: "Attacker." + field, text: text, seen: a.lastSeen, address: address, attacker: a})
	}
	one("uuid", a.key, false)
	one("ip", a.ip, true)
	for column, field := range map[string]string{"ptr_record": "ptrRecord", "as_name": "asName", "bgp_prefix": "bgpPrefix", "last_ipv6_link_local": "lastIpv6LinkLocal"} {
		if a.row[column] != nil {
			one(field, a.text(column), field == "lastIpv6LinkLocal")
		}
	}
	if a.row["asn"] != nil {
		one("asn", "AS"+a.text("asn"), false)
	}
	for _, f := range a.fingerprints {
		for _, text := range stringsIn(f) {
			one("fingerprints", text, false)
		}
	}
	for _, c := range typed(a) {
		if c.text != nil {
			all = append(all, hit{kind: "COMMAND", key: a.key, field: "Command.command", text: *c.text, seen: c.at, attacker: a})
		}
	}
	return all
}

// aboutPrints are members of a stored fingerprint that say where and when it was seen.
var aboutPrints = []string{"id", "timestamp", "service", "decky", "attacker_ip", "bounty_type", "fingerprint_type", "kind", "type"}

func stringsIn(value any) (texts []string) {
	switch v := value.(type) {
	case string:
		return []string{v}
	case []any:
		for _, element := range v {
			texts = append(texts, stringsIn(element)...)
		}
	case map[string]any:
		for _, name := range sortedKeys(v) {
			if _, isObject := v[name].(map[string]any); isObject || !slices.Contains(aboutPrints, name) {
				texts = append(texts, stringsIn(v[name])...)
			}
		}
	}
	return texts
}

var addressGroups = regexp.MustCompile(`^([0-9a-fA-F]{1,4}:){2,7}:?$`)

// network is the network that a text means, invalid if it means none.
func network(text string) netip.Prefix {
	if prefix, err := netip.ParsePrefix(text); err == nil {
		return unmapped(prefix)
	}
	if address, err := netip.ParseAddr(text); err == nil {
		return netip.PrefixFrom(address.Unmap(), address.Unmap().BitLen())
	}
	if addressGroups.MatchString(text) {
		groups := strings.Split(strings.TrimRight(text, ":"), ":")
		if address, err := netip.ParseAddr(strings.Join(groups, ":") + "::"); err == nil {
			return netip.PrefixFrom(address, 16*len(groups))
		}
	}
	return netip.Prefix{}
}

// find says how a text matches; false if it does not.
func (h *hit) find(sought string, within netip.Prefix) bool {
	h.start = strings.Index(lower(h.text), sought)
	h.end = h.start + len(sought)
	whole := func(match string) bool {
		h.match, h.start, h.end = match, 0, len(h.text)
		return true
	}
	if h.start == 0 && len(h.text) == len(sought) {
		return whole("EXACT")
	}
	if h.address && within.IsValid() {
		address, err := netip.ParseAddr(h.text)
		if endpoint, endpointErr := netip.ParseAddrPort(h.text); endpointErr == nil {
			address, err = endpoint.Addr(), nil
		}
		if err == nil && within.Contains(address.Unmap()) {
			if within.IsSingleIP() {
				return whole("EXACT")
			}
			return whole("NETWORK")
		}
	}
	switch {
	case h.start < 0:
		return false
	case h.start == 0:
		h.match = "BEGINNING"
	default:
		h.match = "PART"
	}
	return true
}

// findAnything answers question 14. Hits that are equal in match and time are in the order of what they are.
func findAnything(m *model, v vars) object {
	sought := lower(asString(v["text"]))
	within := network(asString(v["text"]))
	var found []any
	for _, h := range slices.Concat(m.texts(), m.wholeKeys(sought)) {
		if h.find(sought, within) {
			found = append(found, h.node())
		}
	}
	sortHits(found)
	return object{"search": object{"totalCount": len(found), "nodes": append([]any{}, found...)}}
}

func (h *hit) node() any {
	before, after := []rune(h.text[:h.start]), []rune(h.text[h.end:])
	before, after = before[max(0, len(before)-80):], after[:min(80, len(after))]
	match := h.text[h.start:h.end]
	var by any
	if h.attacker != nil {
		by = object{"ip": h.attacker.ip, "countryCode": h.attacker.row["country_code"]}
	}
	return object{
		"kind": h.kind, "key": h.key, "field": h.field, "match": h.match, "seenAt": shown(h.seen), "attacker": by,
		"snippet": object{"text": string(before) + match + string(after), "start": len(before), "end": len(before) + utf8.RuneCountInString(match)},
	}
}

// sortHits sorts hits by match, then the newest first and those without a time last, then by what they are.
func sortHits(hits []any) {
	slices.SortStableFunc(hits, func(a, b any) int { return compareHits(a, b, true) })
}

func compareHits(a, b any, byName bool) int {
	if order := slices.Index(matchOrder, asString(at(a, "match"))) - slices.Index(matchOrder, asString(at(b, "match"))); order != 0 {
		return order
	}
	seenA, seenB := instantAt(a, "seenAt"), instantAt(b, "seenAt")
	switch {
	case seenA == nil && seenB != nil:
		return 1
	case seenA != nil && seenB == nil:
		return -1
	case seenA != nil && !seenA.Equal(*seenB):
		return seenB.Compare(*seenA)
	case byName:
		name := func(hit any) string { return asText([]any{at(hit, "key"), at(hit, "field"), at(hit, "snippet")}) }
		return strings.Compare(name(a), name(b))
	}
	return 0
}
