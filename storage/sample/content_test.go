package sample

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

func TestFingerprintsHaveEveryShape(t *testing.T) {
	t.Parallel()
	db, _ := world()
	seen := map[string]int{}
	for _, r := range rows(t, db, `SELECT json_extract(p.value, '$.payload.fingerprint_type'), json_extract(p.value, '$.payload.cert_sha256') IS NULL
		FROM attackers a, json_each(a.fingerprints) p WHERE json_valid(a.fingerprints)`) {
		kind := r[0]
		if kind == "tls_certificate" && r[1] == "1" {
			kind = "sniffed certificate"
		}
		seen[kind]++
	}
	equal(t, 18, len(seen), "shapes")
	for kind, n := range seen {
		holds(t, n >= 20, "only %d of %s", n, kind)
	}
	ids := column(t, db, `SELECT json_extract(p.value, '$.id') FROM attackers a, json_each(a.fingerprints) p WHERE json_valid(a.fingerprints)`)
	slices.Sort(ids)
	equal(t, len(ids), len(slices.Compact(ids)), "ids of bounties")
}

func TestCommandsHaveFourKeys(t *testing.T) {
	t.Parallel()
	db, _ := world()
	equal(t, [][]string{{"service,decky,command,timestamp"}}, rows(t, db, `SELECT DISTINCT (SELECT GROUP_CONCAT(key) FROM json_each(c.value))
		FROM attackers a, json_each(a.commands) c WHERE a.commands LIKE '[%'`), "keys")
	for _, word := range []string{"wget -q", "crontab", "xmrig", "CONFIG SET dir", "SELECT * FROM", "/bin/busybox", "nmap", "docker", "history -c"} {
		holds(t, number(t, db, "SELECT COUNT(*) FROM attackers WHERE commands LIKE '%'||?||'%'", word) > 3, "hardly anyone types %s", word)
	}
	equal(t, 0, number(t, db, "SELECT COUNT(*) FROM attackers a, json_each(a.commands) c WHERE a.commands LIKE '[%' AND json_extract(c.value, '$.command') LIKE '%{%}%' AND json_extract(c.value, '$.command') NOT LIKE '%-exec rm -f {} +'"), "words left unfilled")
}

func TestAwkwardRowsAreFew(t *testing.T) {
	t.Parallel()
	db, r := world()
	equal(t, 1, number(t, db, "SELECT COUNT(*) FROM attackers WHERE NOT json_valid(fingerprints)"), "broken fingerprints")
	equal(t, 1, number(t, db, "SELECT COUNT(*) FROM attackers WHERE commands = ''"), "empty commands")
	equal(t, 1, number(t, db, "SELECT COUNT(*) FROM attackers WHERE commands LIKE '\"%'"), "scalar commands")
	equal(t, 1, number(t, db, "SELECT COUNT(*) FROM attackers a, json_each(a.commands) c WHERE a.commands LIKE '[%' AND json_extract(c.value, '$.command') = ''"), "empty command")
	equal(t, 1, number(t, db, "SELECT COUNT(*) FROM attacker_behavior WHERE tool_guesses LIKE '\"%'"), "scalar tools")
	equal(t, 1, number(t, db, "SELECT COUNT(*) FROM canary_triggers WHERE NOT json_valid(raw_headers)"), "broken headers")
	equal(t, 6, number(t, db, "SELECT COUNT(*) FROM observations WHERE source = 'experiment'"), "odd values")
	holds(t, r.Rows() > 100*20, "the odd rows are more than one in a hundred of %d", r.Rows())
}

func TestAttackersAreConsistent(t *testing.T) {
	t.Parallel()
	db, r := world()
	for _, c := range []struct{ what, where string }{
		{"last before first", "last_seen < first_seen"},
		{"services miscounted", "service_count <> json_array_length(services)"},
		{"deckies miscounted", "decky_count <> json_array_length(deckies)"},
		{"traversal without path", "is_traversal <> (traversal_path IS NOT NULL) OR is_traversal <> (decky_count > 1)"},
		{"path does not tell the deckies", "traversal_path IS NOT NULL AND traversal_path <> (SELECT GROUP_CONCAT(value, ' → ') FROM json_each(deckies))"},
		{"country without AS", "(country_code IS NULL) <> (asn IS NULL) OR (asn IS NULL) <> (as_name IS NULL) OR (asn IS NULL) <> (bgp_prefix IS NULL)"},
		{"leak half told", "(ipv6_leak_count = 0) <> (last_ipv6_link_local IS NULL)"},
		{"rotation without time", "(rotation_count = 0) <> (last_rotation_at IS NULL)"},
		{"rotations miscounted", "rotation_count <> (SELECT COALESCE(SUM(f.rotation_count), 0) FROM attacker_fingerprint_state f WHERE f.attacker_uuid = attackers.uuid)"},
		{"outside the documentation ranges", "ip NOT GLOB '198.1[89].*' AND ip NOT GLOB '192.0.2.*' AND ip NOT GLOB '198.51.100.*' AND ip NOT GLOB '203.0.113.*' AND ip NOT GLOB '2001:db8:*'"},
	} {
		equal(t, 0, number(t, db, "SELECT COUNT(*) FROM attackers WHERE "+c.where), c.what)
	}
	equal(t, r.Attackers, number(t, db, "SELECT COUNT(DISTINCT ip) FROM attackers"), "addresses")
	for _, c := range []struct {
		what, where string
		least       int
	}{
		{"IPv6", "ip LIKE '%:%'", 15},
		{"traversals", "is_traversal", 150},
		{"leaks", "ipv6_leak_count > 0", 10},
		{"rotations", "rotation_count > 0", 20},
		{"reverse names", "ptr_record IS NOT NULL", 100},
		{"unknown networks", "asn IS NULL", 3},
		{"invalid routes", "rpki_status = 'invalid'", 5},
		{"test networks", "ip GLOB '203.0.113.*'", 2},
	} {
		n := number(t, db, "SELECT COUNT(*) FROM attackers WHERE "+c.where)
		holds(t, n >= c.least, "%s: only %d", c.what, n)
	}
	holds(t, number(t, db, "SELECT COUNT(DISTINCT country_code) FROM attackers") >= 20, "few countries")
}

func TestBehaviourClasses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		timing timing
		want   string
	}{
		{timing{2, 1, 1, 0}, "unknown"},
		{timing{4, 2, 10, 2}, "slow_scan"},
		{timing{3, 3, 9, 2}, "scanning"},
		{timing{3, 2, 1.9, 2}, "scanning"},
		{timing{8, 1, 4.9, 0.5}, "brute_force"},
		{timing{4, 1, 5, 0.3}, "beaconing"},
		{timing{6, 1, 4, 0.7}, "interactive"},
		{timing{6, 1, 40, 0.7}, "mixed"},
	} {
		equal(t, c.want, c.timing.class(), c.want)
	}
	db, _ := world()
	equal(t, 0, number(t, db, "SELECT COUNT(*) FROM attacker_behavior WHERE (beacon_interval_s IS NOT NULL) <> (behavior_class = 'beaconing')"), "intervals of others")
	holds(t, number(t, db, "SELECT COUNT(DISTINCT behavior_class) FROM attacker_behavior") >= 5, "few classes")
	holds(t, number(t, db, "SELECT COUNT(*) FROM attackers a WHERE NOT EXISTS (SELECT 1 FROM attacker_behavior b WHERE b.attacker_uuid = a.uuid)") > 10, "every attacker has a behaviour")
}

func TestIntelRows(t *testing.T) {
	t.Parallel()
	db, _ := world()
	for what, where := range map[string]string{
		"GreyNoise malicious": "greynoise_classification = 'malicious'", "not seen": `greynoise_raw = '{"message": "not seen"}'`, "GreyNoise down": "greynoise_classification IS NULL",
		"AbuseIPDB high": "abuseipdb_score >= 75", "AbuseIPDB low": "abuseipdb_score < 25", "Feodo": "feodo_listed", "not Feodo": "NOT feodo_listed AND feodo_raw = '{}'",
		"ThreatFox": "threatfox_listed AND json_type(threatfox_raw) = 'array'", "not ThreatFox": "NOT threatfox_listed AND threatfox_raw = '{}'",
	} {
		holds(t, number(t, db, "SELECT COUNT(*) FROM attacker_intel WHERE "+where) >= 3, "hardly any row: %s", what)
	}
	equal(t, 0, number(t, db, "SELECT COUNT(*) FROM attacker_intel i JOIN attackers a ON a.uuid = i.attacker_uuid WHERE a.ip <> i.attacker_ip"), "foreign addresses")
	equal(t, 0, number(t, db, "SELECT COUNT(*) FROM attacker_intel WHERE feodo_listed AND aggregate_verdict <> 'malicious'"), "listed but not malicious")
}

func TestCanaries(t *testing.T) {
	t.Parallel()
	db, r := world()
	equal(t, 0, number(t, db, `SELECT COUNT(*) FROM canary_tokens k WHERE (trigger_count, COALESCE(last_triggered_at, '')) <>
		(SELECT COUNT(*), COALESCE(MAX(occurred_at), '') FROM canary_triggers t WHERE t.token_uuid = k.uuid)`), "tokens that miscount")
	equal(t, 0, number(t, db, `SELECT COUNT(*) FROM canary_triggers WHERE attacker_id IS NOT NULL AND attacker_id NOT IN (SELECT uuid FROM attackers)`), "unknown attackers")
	holds(t, number(t, db, "SELECT COUNT(*) FROM canary_triggers WHERE attacker_id IS NOT NULL")*10 > r.CanaryTriggers, "hardly any trigger has an attacker")
	holds(t, number(t, db, "SELECT COUNT(*) FROM canary_triggers WHERE raw_headers LIKE '%\"_fp\": {%'") >= 2, "no browser fingerprints")
	equal(t, [][]string{{"aws_passive"}, {"dns"}, {"http"}}, rows(t, db, "SELECT DISTINCT kind FROM canary_tokens ORDER BY 1"), "kinds")
	equal(t, [][]string{{"failed"}, {"planted"}, {"revoked"}}, rows(t, db, "SELECT DISTINCT state FROM canary_tokens ORDER BY 1"), "states")
}

func TestNobodyCanLogIn(t *testing.T) {
	t.Parallel()
	db, _ := world()
	equal(t, [][]string{{"admin", "admin"}, {"newcomer", "viewer"}, {"viewer", "viewer"}}, rows(t, db, "SELECT username, role FROM users ORDER BY username"), "users")
	equal(t, 60, len(unusableHash), "length of a bcrypt hash")
	holds(t, strings.HasPrefix(unusableHash, "$2b$12$"), "not like bcrypt")
}

func TestDumpsIsPythons(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		value any
		want  string
	}{
		{object{{"a", 1}, {"b", []string{"x", "y"}}, {"c", nil}}, `{"a": 1, "b": ["x", "y"], "c": null}`},
		{"é→🦊\"\\\n\t\x01", `"\u00e9\u2192\ud83e\udd8a\"\\\n\t\u0001"`},
		{0.595, "0.595"},
		{2.0, "2.0"},
		{[]int{}, "[]"},
		{true, "true"},
		{[]object{{{"k", object{}}}}, `[{"k": {}}]`},
	} {
		got := dumps(c.value)
		equal(t, c.want, got, "JSON")
		holds(t, json.Valid([]byte(got)), "not JSON: %s", got)
	}
	defer func() { holds(t, recover() != nil, "a struct has a JSON form") }()
	dumps(struct{}{})
}
