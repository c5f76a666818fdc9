package questions

import (
	"math/rand/v2"
	"slices"
	"time"
)

// drawer draws values of variables: mostly such that occur in the database.
type drawer struct {
	*model

	random *rand.Rand
}

func newDrawer(m *model) *drawer { return &drawer{m, rand.New(rand.NewPCG(1, 2))} }

const nobody = "00000000-0000-4000-8000-00000000dead"

// some draws n of the texts.
func (d *drawer) some(texts []string, n int) []string {
	slices.Sort(texts)
	texts = slices.Compact(texts)
	var found []string
	for range min(n, len(texts)) {
		found = append(found, texts[d.random.IntN(len(texts))])
	}
	return found
}

func keysOf(rows []*cluster) (keys []string) {
	for _, c := range rows {
		keys = append(keys, c.key)
	}
	return keys
}

func drawCampaigns(d *drawer) (drawn []vars) {
	for n, key := range append(keysOf(d.campaigns), nobody) { // merged ones, rings
		drawn = append(drawn, vars{"campaign": key, "first": []int{1, 7, 200}[n%3]})
	}
	return drawn
}

func drawTags(d *drawer) (drawn []vars) {
	for n, technique := range []string{"T1110", "T1110.001", "T1059", "T1059.004", "T1078", "T1190", "T9999"} {
		filter := object{"technique": technique}
		if n%2 == 0 {
			filter["createdAt"] = object{"from": "2026-04-15T00:00:00Z"}
		}
		if n%3 > 0 {
			filter["confidence"] = object{"from": []float64{0.5, 0.8, 0.9, 1}[n%4]}
		}
		drawn = append(drawn, vars{"tags": filter, "first": []int{3, 200}[n%2]})
	}
	return append(drawn, vars{"tags": object{"technique": "T1110", "createdAt": object{"from": "2026-04-01T00:00:00Z", "until": "2026-04-20T00:00:00Z"}}})
}

func drawPrints(d *drawer) (drawn []vars) {
	for _, field := range sortedKeys(printPlaces) {
		place := printPlaces[field]
		if place.kind == "PAYLOAD_SIMHASH" || place.kind == "KEYSTROKE_SIMHASH" {
			continue
		}
		var held []string
		for _, i := range d.identities {
			held = append(held, i.list(place.identities)...)
		}
		for _, a := range d.attackers {
			for _, f := range a.fingerprints {
				payload, _ := f["payload"].(map[string]any)
				if hash, ok := payload[place.key].(string); ok && hash != "" {
					held = append(held, hash)
				}
			}
		}
		for _, r := range d.tables["attacker_fingerprint_state"] {
			if r.text("probe_type") == place.probe {
				held = append(held, r.text("last_hash"))
			}
		}
		for n, hash := range append(d.some(held, 6), "no-such-print") {
			drawn = append(drawn, vars{"by": object{field: hash}, "first": []int{2, 200}[n%2]})
		}
	}
	return drawn
}

func drawHashes(d *drawer) (drawn []vars) {
	for _, field := range []string{"payloadSimhash", "keystrokeSimhash"} {
		column := printPlaces[field].identities
		var held []string
		for _, i := range d.identities {
			held = append(held, i.list(column)...)
			if len(i.text(column)) == 16 {
				held = append(held, i.text(column))
			}
		}
		for n, hash := range append(d.some(held, 6), "0123456789abcdef", "0x"+"FFFFFFFF00000000") {
			drawn = append(drawn, vars{"by": object{field: object{"value": hash, "within": []int{0, 3, 12, 16}[n%4]}}, "first": []int{2, 200}[n%2]})
		}
	}
	return drawn
}

func drawNetworks(d *drawer) (drawn []vars) {
	for n, a := range d.attackers {
		if n%40 > 0 {
			continue
		}
		if a.row["asn"] != nil {
			drawn = append(drawn, vars{"network": object{"asn": object{"equals": a.whole("asn")}}, "first": 7})
		}
		if a.row["bgp_prefix"] != nil {
			drawn = append(drawn, vars{"network": object{"bgpPrefix": object{"equals": a.text("bgp_prefix")}}, "first": 50})
		}
	}
	for n, cidr := range []string{"198.18.0.0/15", "198.51.100.0/24", "192.0.2.32/28", "198.18.51.225/32", "2001:db8::/32", "2001:db8::/127", "::ffff:198.18.0.0/112", "0.0.0.0/0", "::/0", "10.0.0.0/8"} {
		drawn = append(drawn, vars{"network": object{"ip": object{"cidr": cidr}}, "first": []int{9, 200}[n%2]})
	}
	return append(drawn, vars{"network": object{"asn": object{"equals": 1}}}, vars{"network": object{"bgpPrefix": object{"equals": "203.0.113.0/30"}}})
}

func drawCountries(d *drawer) (drawn []vars) {
	for n, country := range []string{"RU", "CN", "US", "BR", "IR", "DE", "zz"} {
		drawn = append(drawn, vars{"country": country, "since": []string{"2026-03-01T00:00:00Z", "2026-05-10T12:00:00Z"}[n%2], "first": 2})
	}
	return drawn
}

func drawSince(*drawer) []vars {
	return []vars{{"since": "2026-03-01T00:00:00Z", "first": 3}, {"since": "2026-03-15T00:00:00+05:30"}, {"since": "2027-01-01T00:00:00Z"}}
}

func drawWeeks(*drawer) (drawn []vars) {
	for _, from := range []string{"2026-03-08", "2026-04-06", "2026-05-11", "2030-01-01"} {
		start, _ := time.Parse(time.DateOnly, from)
		drawn = append(drawn, vars{"from": start.Format(time.RFC3339), "until": start.AddDate(0, 0, 7).Format(time.RFC3339), "top": nil})
		drawn = append(drawn, vars{"from": start.Add(5 * time.Hour).Format(time.RFC3339), "until": start.Add(17 * time.Hour).Format(time.RFC3339), "top": 5})
	}
	return drawn
}

func drawSeries(d *drawer) (drawn []vars) {
	zones := []string{"UTC", "Europe/Berlin", "Asia/Kolkata", "America/New_York"}
	for n, key := range append(d.some(keysOf(d.identities), 9), nobody) {
		v := vars{"identity": key, "bucket": []string{"DAY", "WEEK", "MONTH"}[n%3], "zone": zones[n%4]}
		if n%2 == 0 {
			v["from"], v["until"] = "2026-03-20T07:00:00Z", "2026-05-01T12:30:00Z"
		}
		drawn = append(drawn, v, vars{"identity": key, "bucket": "HOUR", "from": "2026-03-25T00:30:00Z", "until": "2026-04-25T00:00:00Z"})
	}
	return append(drawn, vars{"bucket": "DAY", "from": "2026-04-01T00:00:00Z"}, vars{"bucket": "DAY", "until": "2026-04-20T00:00:00Z"})
}

func drawCommandTexts(*drawer) []vars {
	return []vars{{"text": "wget", "first": 200}, {"text": "WGET http", "first": 7}, {"text": "curl"}, {"text": "rm -rf"}, {"text": "no such command"}, {"text": "ls", "first": 200}}
}

func drawTexts(d *drawer) (drawn []vars) {
	texts := []string{
		"198.51.100.", "198.51.100.0/24", "2001:db8::/32", "2001:db8:", "2001:db8::1", "198.18.224.0/20", "polder.example", "brute", "T1110", "R00", "decky-0", "AS645", "95352d", "wget http", "passwd", "ünd",
		"no such text",
	}
	texts = append(texts, d.some(keysOf(d.identities), 2)...)
	for _, g := range d.tags[:3] {
		texts = append(texts, g.key, g.session)
	}
	for _, text := range texts {
		if len(text) > 1 {
			drawn = append(drawn, vars{"text": text, "first": 200})
		}
	}
	return drawn
}

func drawAddresses(d *drawer) (drawn []vars) {
	for n, a := range d.attackers {
		if n%20 == 0 && len(choose(d.attackers, func(o *attacker) bool { return o.ip == a.ip })) == 1 {
			drawn = append(drawn, vars{"ip": a.ip, "first": []int{3, 50}[n%2]})
		}
	}
	return append(drawn, vars{"ip": "203.0.113.250"})
}

func drawRules(d *drawer) (drawn []vars) {
	var rules []string
	for _, g := range d.tags {
		rules = append(rules, g.rule)
	}
	for _, table := range []string{"ttp_rule", "ttp_rule_state"} {
		for _, r := range d.tables[table] {
			rules = append(rules, r.text("rule_id"))
		}
	}
	for _, rule := range append(d.some(rules, 8), "R9999") {
		drawn = append(drawn, vars{"rule": rule, "first": 150})
	}
	return drawn
}
