package questions

import (
	"cmp"
	"encoding/json"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
)

type (
	object = map[string]any
	vars   = map[string]any
)

// first is the length of the page that the variables ask for.
func first[T any](v vars, rows []T) []T {
	n, _ := strconv.Atoi(asText(v["first"]))
	return rows[:min(n, len(rows))]
}

func asText(value any) string {
	text, _ := json.Marshal(value)
	return strings.Trim(string(text), `"`)
}

// at is the value at a path of the variables, nil if there is none.
func at(value any, path ...string) any {
	for _, step := range path {
		in, _ := value.(map[string]any)
		value = in[step]
	}
	return value
}

func instantAt(value any, path ...string) *time.Time {
	text, _ := at(value, path...).(string)
	return readInstant(text)
}

func mapped[T any](rows []T, node func(T) any) []any {
	found := []any{}
	for _, r := range rows {
		found = append(found, node(r))
	}
	return found
}

// list is a connection that shows the first rows of a list, page one whose pages are followed to the end.
func list[T any](v vars, rows []T, node func(T) any) object {
	return object{"totalCount": len(rows), "nodes": mapped(first(v, rows), node)}
}

// uncounted is list without the number of rows.
func uncounted[T any](v vars, rows []T, node func(T) any) object {
	shown := first(v, rows)
	return object{"pageInfo": object{"hasNextPage": len(rows) > len(shown)}, "nodes": mapped(shown, node)}
}

func page[T any](rows []T, node func(T) any) object {
	return object{"totalCount": len(rows), "nodes": mapped(rows, node)}
}

// shown writes an instant, nil for the zero one.
func shown(at time.Time) any {
	if at.IsZero() {
		return nil
	}
	return at.Format(time.RFC3339Nano)
}

// keyed is {uuid} of a row, nil for none.
func keyed(c *cluster) any {
	if c == nil {
		return nil
	}
	return object{"uuid": c.key}
}

func number(text *string) any {
	if text == nil {
		return nil
	}
	return json.Number(*text)
}

func (m *model) attackersOf(campaign string) []*attacker {
	return choose(m.attackers, func(a *attacker) bool { return m.isOf(a, campaign) })
}

func (m *model) attackersIn(identity string) []*attacker {
	return choose(m.attackers, func(a *attacker) bool { return m.isIn(a, identity) })
}

func (m *model) identitiesIn(campaign string) []*cluster {
	return heads(choose(m.identities, func(i *cluster) bool { return i.owners[campaign] }), m.identityLinks)
}

// activity is the first and the last event of attackers.
func activity(attackers []*attacker) any {
	if len(attackers) == 0 {
		return nil
	}
	from, to := attackers[0].firstSeen, attackers[0].lastSeen
	for _, a := range attackers {
		if a.firstSeen.Before(from) {
			from = a.firstSeen
		}
		if a.lastSeen.After(to) {
			to = a.lastSeen
		}
	}
	return object{"firstSeen": shown(from), "lastSeen": shown(to)}
}

// whoIsBehind answers question 1.
func whoIsBehind(m *model, v vars) object {
	c := m.survivingCampaign(asText(v["campaign"]))
	if c == nil {
		return object{"campaign": nil}
	}
	identities, attackers := m.identitiesIn(c.key), m.attackersOf(c.key)
	shownAttackers := list(v, attackers, func(a *attacker) any {
		return object{
			"ip": a.ip, "countryCode": a.row["country_code"], "asn": number(a.row["asn"]), "asName": a.row["as_name"], "bgpPrefix": a.row["bgp_prefix"],
			"identity": keyed(m.survivingIdentity(a.identity)), "firstSeen": shown(a.firstSeen), "lastSeen": shown(a.lastSeen),
		}
	})
	shownAttackers["countries"] = distribution(attackers, "country_code", strings.Compare)
	shownAttackers["networks"] = distribution(attackers, "asn", func(x, y string) int {
		a, _ := strconv.Atoi(x)
		b, _ := strconv.Atoi(y)
		return cmp.Compare(a, b)
	})
	return object{"campaign": object{
		"uuid": c.key, "notes": c.row["notes"], "identityCount": len(identities), "attackerCount": len(attackers), "activity": activity(attackers),
		"identities": list(v, identities, func(i *cluster) any { return object{"uuid": i.key, "attackerCount": len(m.attackersIn(i.key))} }),
		"attackers":  shownAttackers,
	}}
}

// distribution counts attackers by a column, the most frequent values first, then by value. None is after all others.
func distribution(attackers []*attacker, column string, compare func(a, b string) int) object {
	type value struct {
		key   *string
		count int
	}
	counts := map[string]*value{}
	for _, a := range attackers {
		key := "none"
		if a.row[column] != nil {
			key = "=" + *a.row[column]
		}
		if counts[key] == nil {
			counts[key] = &value{key: a.row[column]}
		}
		counts[key].count++
	}
	var values []*value
	for _, v := range counts {
		values = append(values, v)
	}
	slices.SortFunc(values, func(a, b *value) int {
		if order := b.count - a.count; order != 0 {
			return order
		}
		if a.key == nil || b.key == nil {
			return cmp.Compare(len(deref(b.key)), len(deref(a.key)))
		}
		return compare(*a.key, *b.key)
	})
	return object{"values": mapped(values, func(v *value) any { return object{"key": v.key, "count": v.count} }), "other": 0}
}

func deref(text *string) string {
	if text == nil {
		return ""
	}
	return *text
}

// tagMeets reports whether a tag meets the filter of question 3.
func (m *model) tagMeets(g *tag, filter any) bool {
	if technique, ok := at(filter, "technique").(string); ok && g.technique != technique && g.sub != technique {
		return false
	}
	if from := instantAt(filter, "createdAt", "from"); from != nil && g.createdAt.Before(*from) {
		return false
	}
	if until := instantAt(filter, "createdAt", "until"); until != nil && !g.createdAt.Before(*until) {
		return false
	}
	if least, ok := at(filter, "confidence", "from").(float64); ok && g.confidence < m.float(least) {
		return false
	}
	return true
}

// whoUsedTechnique answers question 3.
func whoUsedTechnique(m *model, v vars) object {
	tags := choose(m.tags, func(g *tag) bool { return m.tagMeets(g, v["tags"]) })
	byAttacker, identities, campaigns := map[string][]*tag{}, map[string]bool{}, map[string]bool{}
	for _, g := range tags {
		byAttacker[g.attacker] = append(byAttacker[g.attacker], g)
		for key := range g.identities {
			identities[key] = true
		}
		for key := range g.campaigns {
			campaigns[key] = true
		}
	}
	return object{
		"attackers": list(v, choose(m.attackers, func(a *attacker) bool { return len(byAttacker[a.key]) > 0 }), func(a *attacker) any {
			own := byAttacker[a.key]
			return object{
				"ip": a.ip, "countryCode": a.row["country_code"], "asName": a.row["as_name"], "lastSeen": shown(a.lastSeen),
				"tags": object{"totalCount": len(own), "nodes": []any{object{"confidence": own[0].confidence, "createdAt": shown(own[0].createdAt)}}},
			}
		}),
		"identities": uncounted(v, choose(unmerged(m.identities, m.identityLinks), func(i *cluster) bool { return identities[i.key] }), func(i *cluster) any {
			return object{"uuid": i.key, "attackerCount": len(m.attackersIn(i.key)), "campaign": keyed(m.survivingCampaign(i.campaign))}
		}),
		"campaigns": uncounted(v, choose(unmerged(m.campaigns, m.campaignLinks), func(c *cluster) bool { return campaigns[c.key] }), withNotes),
	}
}

func withNotes(c *cluster) any { return object{"uuid": c.key, "notes": c.row["notes"]} }

// networkMeets reports whether an attacker meets the filter of question 5.
func networkMeets(a *attacker, filter any) bool {
	if asn := at(filter, "asn", "equals"); asn != nil && (a.row["asn"] == nil || a.text("asn") != asText(asn)) {
		return false
	}
	if prefix, ok := at(filter, "bgpPrefix", "equals").(string); ok && a.text("bgp_prefix") != prefix {
		return false
	}
	if cidr, ok := at(filter, "ip", "cidr").(string); ok {
		network := unmapped(netip.MustParsePrefix(cidr))
		address, err := netip.ParseAddr(a.ip)
		if err != nil || !network.Contains(address.Unmap()) {
			return false
		}
	}
	return true
}

// unmapped is a network of IPv4 addresses if it has these mapped to IPv6.
func unmapped(network netip.Prefix) netip.Prefix {
	if address := network.Addr(); address.Is4In6() {
		return netip.PrefixFrom(address.Unmap(), network.Bits()-96)
	}
	return network
}

// whoComesFrom answers question 5.
func whoComesFrom(m *model, v vars) object {
	attackers := choose(m.attackers, func(a *attacker) bool { return networkMeets(a, v["network"]) })
	has := func(isMember func(a *attacker) bool) bool { return slices.ContainsFunc(attackers, isMember) }
	return object{
		"attackers": page(attackers, func(a *attacker) any {
			return object{
				"ip": a.ip, "asn": number(a.row["asn"]), "asName": a.row["as_name"], "bgpPrefix": a.row["bgp_prefix"], "rpkiStatus": a.row["rpki_status"],
				"ptrRecord": a.row["ptr_record"], "countryCode": a.row["country_code"], "eventCount": a.whole("event_count"), "lastSeen": shown(a.lastSeen),
				"identity": keyed(m.survivingIdentity(a.identity)),
			}
		}),
		"identities": uncounted(v, choose(unmerged(m.identities, m.identityLinks), func(i *cluster) bool {
			return has(func(a *attacker) bool { return m.isIn(a, i.key) })
		}), keyed),
		"campaigns": uncounted(v, choose(unmerged(m.campaigns, m.campaignLinks), func(c *cluster) bool {
			return has(func(a *attacker) bool { return m.isOf(a, c.key) })
		}), withNotes),
	}
}

// unlistedBruteForce answers question 6.
func unlistedBruteForce(m *model, v vars) object {
	brute := map[string][]*tag{}
	for _, g := range m.tags {
		if g.technique == "T1110" {
			brute[g.attacker] = append(brute[g.attacker], g)
		}
	}
	listed := func(a *attacker) bool {
		intel := m.intel[a.key]
		return intel.text("feodo_listed") == "1" || intel.text("threatfox_listed") == "1" || intel["abuseipdb_score"] != nil && intel.whole("abuseipdb_score") >= 25 ||
			slices.Contains([]string{"malicious", "suspicious"}, intel.text("greynoise_classification"))
	}
	found := choose(m.attackers, func(a *attacker) bool {
		return a.text("country_code") == asText(v["country"]) && !a.lastSeen.Before(*instantAt(v, "since")) && slices.Contains(a.services, "ssh") && len(brute[a.key]) > 0 && !listed(a)
	})
	slices.SortStableFunc(found, func(a, b *attacker) int { return b.whole("event_count") - a.whole("event_count") })
	return object{"attackers": page(found, func(a *attacker) any {
		var intel any
		if r := m.intel[a.key]; r != nil {
			intel = object{"aggregateVerdict": r["aggregate_verdict"], "abuseipdbScore": number(r["abuseipdb_score"]), "greynoiseClassification": r["greynoise_classification"]}
		}
		own := brute[a.key]
		return object{
			"ip": a.ip, "asName": a.row["as_name"], "eventCount": a.whole("event_count"), "lastSeen": shown(a.lastSeen), "intel": intel,
			"tags": object{"totalCount": len(own), "nodes": mapped(own[:min(3, len(own))], func(g *tag) any {
				return object{"subTechniqueId": g.row["sub_technique_id"], "confidence": g.confidence, "createdAt": shown(g.createdAt)}
			})},
		}
	})}
}

// newCampaigns answers question 7.
func newCampaigns(m *model, v vars) object {
	found := choose(unmerged(m.campaigns, m.campaignLinks), func(c *cluster) bool { return !c.createdAt.Before(*instantAt(v, "since")) })
	slices.SortFunc(found, func(a, b *cluster) int { return latestFirst(a.createdAt, b.createdAt, a.key, b.key) })
	return object{"campaigns": page(found, func(c *cluster) any {
		return object{
			"uuid": c.key, "createdAt": shown(c.createdAt), "updatedAt": shown(c.updatedAt), "notes": c.row["notes"],
			"identityCount": len(m.identitiesIn(c.key)), "attackerCount": len(m.attackersOf(c.key)),
		}
	})}
}
