package questions

import (
	"cmp"
	"math/bits"
	"slices"
	"strconv"
	"strings"
)

// printPlaces says where rows have fingerprints of a kind: columns of identities and campaigns, and an entry of attackers.
var printPlaces = map[string]struct{ kind, identities, campaigns, entry, key, probe string }{
	"ja3":              {"JA3", "ja3_hashes", "ja3_hashes", "ja3", "ja3", ""},
	"hassh":            {"HASSH", "hassh_hashes", "hassh_hashes", "hassh_server", "hash", "hassh"},
	"ja4h":             {"JA4H", "ja4h_hashes", "", "ja4h", "ja4h", ""},
	"ja4Quic":          {"JA4_QUIC", "ja4_quic_hashes", "", "ja4_quic", "ja4_quic", ""},
	"tlsCertSha256":    {"TLS_CERT_SHA256", "tls_cert_sha256", "tls_cert_sha256", "tls_certificate", "cert_sha256", ""},
	"c2Endpoint":       {"C2_ENDPOINT", "c2_endpoints", "c2_endpoints", "", "", ""},
	"payloadSimhash":   {"PAYLOAD_SIMHASH", "payload_simhashes", "payload_simhashes", "", "", ""},
	"keystrokeSimhash": {"KEYSTROKE_SIMHASH", "kd_digraph_simhash", "", "", "", ""},
}

// prints are who shows a fingerprint, and the SimHashes near it.
type prints struct {
	kind, value           string
	attackers             []*attacker
	identities, campaigns []*cluster
	near                  map[string]int
}

// matching finds who shows the fingerprint that the variables have: by itself, or through what belongs to it.
func (m *model) matching(v vars) prints {
	by, _ := v["by"].(map[string]any)
	found := prints{near: map[string]int{}}
	for field, given := range by {
		place := printPlaces[field]
		found.kind, found.value = place.kind, asText(given)
		shows := func(hash string) bool { return hash == found.value || hash == strings.ToLower(found.value) }
		if sought, ok := given.(map[string]any); ok {
			found.value = asText(sought["value"])
			most, _ := strconv.Atoi(asText(sought["within"]))
			shows = func(hash string) bool { return found.isNear(hash, most) }
		}
		m.showing(&found, place.identities, place.campaigns, shows, func(a *attacker) bool {
			return place.entry != "" && slices.ContainsFunc(a.fingerprints, func(f map[string]any) bool {
				payload, _ := f["payload"].(map[string]any)
				hash, ok := payload[place.key].(string)
				return ok && payload["fingerprint_type"] == place.entry && shows(hash)
			}) || place.probe != "" && slices.ContainsFunc(m.tables["attacker_fingerprint_state"], func(r row) bool {
				return r.text("attacker_uuid") == a.key && r.text("probe_type") == place.probe && shows(r.text("last_hash"))
			})
		})
	}
	return found
}

// isNear reports whether a text is a SimHash within a distance, and notes it.
func (p *prints) isNear(hash string, most int) bool {
	value := func(text string) (uint64, bool) {
		digits := strings.TrimPrefix(strings.ToLower(text), "0x")
		n, err := strconv.ParseUint(digits, 16, 64)
		return n, err == nil && len(digits) == 16
	}
	sought, _ := value(p.value)
	held, ok := value(hash)
	if !ok || bits.OnesCount64(sought^held) > most {
		return false
	}
	p.near[hash] = bits.OnesCount64(sought ^ held)
	return true
}

func (m *model) showing(found *prints, identities, campaigns string, shows func(string) bool, self func(*attacker) bool) {
	holds := func(c *cluster, column string) (held bool) {
		hashes := c.list(column)
		if column == "kd_digraph_simhash" {
			hashes = []string{c.text(column)}
		}
		for _, hash := range hashes { // all of them, so that the near ones are noted
			held = shows(hash) || held
		}
		return held
	}
	ownIdentities, ownCampaigns := map[string]bool{}, map[string]bool{}
	named := map[string]bool{} // identities that show it or whose attackers do
	for _, i := range m.identities {
		if holds(i, identities) {
			ownIdentities[i.key], named[i.key] = true, true
		}
	}
	for _, a := range m.attackers {
		own := self(a)
		if own || ownIdentities[a.identity] {
			found.attackers = append(found.attackers, a)
		}
		if own {
			named[a.identity] = true
		}
	}
	for _, c := range m.campaigns {
		if campaigns != "" && holds(c, campaigns) {
			ownCampaigns[c.key] = true
		}
	}
	leads := func(of func(i *cluster) map[string]bool, key string) bool {
		for identity := range named {
			if i := m.identityOf[identity]; i != nil && of(i)[key] {
				return true
			}
		}
		return false
	}
	found.identities = heads(choose(m.identities, func(i *cluster) bool {
		return leads(func(i *cluster) map[string]bool { return i.above }, i.key)
	}), m.identityLinks)
	found.campaigns = heads(choose(m.campaigns, func(c *cluster) bool {
		for key := range ownCampaigns {
			if ancestors(m.campaignLinks, key)[c.key] {
				return true
			}
		}
		return leads(func(i *cluster) map[string]bool { return i.owners }, c.key)
	}), m.campaignLinks)
}

func seenAttacker(a *attacker) any {
	return object{"ip": a.ip, "countryCode": a.row["country_code"], "asName": a.row["as_name"], "lastSeen": shown(a.lastSeen)}
}

// whoShowsFingerprint answers question 4.
func whoShowsFingerprint(m *model, v vars) object {
	p := m.matching(v)
	return object{"fingerprint": object{
		"kind": p.kind, "value": p.value, "attackers": list(v, p.attackers, seenAttacker),
		"identities": list(v, p.identities, func(i *cluster) any {
			return object{"uuid": i.key, "campaign": keyed(m.survivingCampaign(i.campaign))}
		}),
		"campaigns": list(v, p.campaigns, withNotes),
	}}
}

// hashesNearby answers question 23.
func hashesNearby(m *model, v vars) object {
	p := m.matching(v)
	var near []string
	for hash := range p.near {
		near = append(near, hash)
	}
	slices.SortFunc(near, func(a, b string) int { return cmp.Or(p.near[a]-p.near[b], strings.Compare(a, b)) })
	payloads := func(c *cluster) []string { return append([]string{}, c.list("payload_simhashes")...) }
	return object{"fingerprint": object{
		"kind": p.kind, "simhashes": mapped(near, func(hash string) any { return object{"value": hash, "distance": p.near[hash]} }),
		"attackers": list(v, p.attackers, seenAttacker),
		"identities": list(v, p.identities, func(i *cluster) any {
			return object{
				"uuid": i.key, "kdDigraphSimhash": i.row["kd_digraph_simhash"], "payloadSimhashes": payloads(i), "campaign": keyed(m.survivingCampaign(i.campaign)),
			}
		}),
		"campaigns": list(v, p.campaigns, func(c *cluster) any { return object{"uuid": c.key, "payloadSimhashes": payloads(c)} }),
	}}
}
