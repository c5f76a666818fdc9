package sample

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
)

func TestTagUUIDEqualsDECNETs(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		kind, source, rule string
		version            int
		technique, sub     string
		want               string
	}{
		{"command", "cmd_42", "R0014", 2, "T1083", "", "9aa491e5-f03b-5d8f-9eb5-161becedcdd6"},
		{"command", "cmd_42", "R0015", 1, "T1548", "T1548.001", "4fd57b14-c135-544c-97d9-4fabc1051584"},
		{"command", "cmd_1", "R0001", 1, "T1083", "", "79084f41-98f9-59b1-9690-3ea972559e88"},
		{"command", "3f2a#0", "R0014", 1, "T1003", "T1003.008", "760303ef-0f9f-54a5-a8a4-c5ac371621a8"},
		{"intel", "intel-catchup:sess-1", "R0054", 2, "T1110", "", "a7e4cacc-5e7a-537d-8c2c-873109f9f0c5"},
		{"email", "msg-é", "R0041", 1, "T1586", "T1586.002", "e37a6ec3-d3e6-5d1f-b7ee-e7d7dbb8ed6a"},
	} {
		equal(t, c.want, tagUUID(c.kind, c.source, c.rule, c.version, c.technique, c.sub), c.source+" "+c.rule)
	}
	equal(t, "1ca31f08-5522-5aae-8371-fe81f0e39de3", dashed(tagNamespace[:]), "namespace")
}

func TestTagsAreWhatTheRulesEmit(t *testing.T) {
	t.Parallel()
	db, r := world()
	seen := map[string]bool{}
	for _, row := range rows(t, db, `SELECT uuid, source_kind, source_id, rule_id, rule_version, tactic, technique_id, COALESCE(sub_technique_id, ''), confidence, COALESCE(mitre_url, ''), attack_release FROM ttp_tag`) {
		id, kind, source, tactic, technique, sub := row[0], row[1], row[2], row[5], row[6], row[7]
		rule := rulesByID[row[3]]
		version, _ := strconv.Atoi(row[4])
		confidence, err := strconv.ParseFloat(row[8], 64)
		noError(t, err)
		i := slices.IndexFunc(rule.emits, func(e emit) bool { return e.tactic == tactic && e.technique == technique && e.sub == sub })
		if i < 0 || rule.version != version || !slices.Contains(strings.Split(rule.kinds, ", "), kind) {
			t.Fatalf("%s does not emit %v", rule.id, row)
		}
		equal(t, tagUUID(kind, source, rule.id, version, technique, sub), id, "uuid")
		holds(t, confidence >= 0.3 && confidence <= rule.emits[i].confidence, "confidence %v of %v", confidence, row)
		holds(t, (row[9] == "") == (kind == "intel"), "url of %v", row)
		equal(t, "v15.1", row[10], "release")
		seen[rule.id], seen[kind] = true, true
	}
	holds(t, !seen["R0030"] && !seen["R0058"] && !seen["R0052"], "a rule fired that does not or was disabled")
	fired := 0
	for id := range rulesByID {
		if seen[id] {
			fired++
		}
	}
	equal(t, 56, fired, "rules that fired")
	for _, kind := range []string{"command", "intel", "email", "ipv6_leak", "session", "canary_fingerprint", "identity", "credential", "auth_attempt", "http_request"} {
		holds(t, seen[kind], "no tag of kind %s", kind)
	}
	equal(t, r.Tags, number(t, db, "SELECT COUNT(DISTINCT uuid) FROM ttp_tag"), "distinct uuids")
}

// evidenceKeys lists all keys that DECNET stores, by source kind.
var evidenceKeys = map[string]string{
	"command":            "command_text uid user src pwd",
	"intel":              "abuseipdb_categories abuse_confidence_score greynoise_classification greynoise_tags feodo_listed malware_family threat_types malware_families ioc_types",
	"email":              "body_sha256 matched_headers rcpt_domain_set attachment_sha256s rcpt_count matched_kit matched_trigger matched_url_host matched_signals matched_subject_kw matched_body_kw encoded_byte_count",
	"ipv6_leak":          "addr mac_oui iid_kind vector on_iface attacker_v4 observed_at",
	"session":            "matched_op btc_address matched_keywords matched_path matched_signal beacon_interval_s beacon_jitter_pct",
	"canary_fingerprint": "metric matched_signature",
	"identity":           "shared_password_hash account_count",
	"credential":         "fail_count service username password_count credential_hash reuse_count",
	"auth_attempt":       "fail_count service username password_count credential_hash reuse_count",
	"http_request":       "user_agent raw_url",
}

func TestEvidenceIsAnObjectOfKnownKeys(t *testing.T) {
	t.Parallel()
	db, _ := world()
	used := map[string]map[string]bool{}
	for _, r := range rows(t, db, "SELECT source_kind, evidence FROM ttp_tag") {
		var o map[string]any
		noError(t, json.Unmarshal([]byte(r[1]), &o))
		if used[r[0]] == nil {
			used[r[0]] = map[string]bool{}
		}
		for key := range o {
			used[r[0]][key] = true
		}
	}
	equal(t, len(evidenceKeys), len(used), "source kinds")
	for kind, keys := range used {
		for key := range keys {
			holds(t, slices.Contains(strings.Fields(evidenceKeys[kind]), key), "%s evidence has the key %s", kind, key)
		}
	}
}

func TestAnchors(t *testing.T) {
	t.Parallel()
	db, r := world()
	share := func(where string) float64 {
		return float64(number(t, db, "SELECT COUNT(*) FROM ttp_tag t LEFT JOIN attackers a ON a.uuid = t.attacker_uuid WHERE "+where)) / float64(r.Tags)
	}
	for _, c := range []struct {
		what     string
		where    string
		from, to float64
	}{
		{"live, without identity", "t.identity_uuid IS NULL", 0.6, 0.95},
		{"backfilled", "t.identity_uuid = a.identity_id", 0.05, 0.35},
		{"of another identity", "t.identity_uuid <> a.identity_id", 0.0005, 0.03},
		{"identity only", "t.attacker_uuid IS NULL", 0.001, 0.02},
		{"without session", "t.session_id IS NULL", 0.03, 0.2},
		{"without decky", "t.decky_id IS NULL", 0.03, 0.2},
	} {
		got := share(c.where)
		holds(t, got >= c.from && got <= c.to, "%s: %.4f of the tags, want %.4f to %.4f", c.what, got, c.from, c.to)
	}
}

func TestTagsFollowTheKillChain(t *testing.T) {
	t.Parallel()
	db, _ := world()
	average := map[string]float64{}
	for _, r := range rows(t, db, `SELECT t.tactic, AVG(JULIANDAY(t.created_at) - JULIANDAY(a.first_seen)) FROM ttp_tag t JOIN attackers a ON a.uuid = t.attacker_uuid
		JOIN attacker_identities i ON i.uuid = a.identity_id JOIN campaigns c ON c.uuid = i.campaign_id
		WHERE c.rowid = 1 AND t.source_kind IN ('command', 'session', 'auth_attempt') GROUP BY t.tactic`) {
		average[r[0]], _ = strconv.ParseFloat(r[1], 64)
	}
	for _, c := range [][2]string{{"TA0007", "TA0010"}, {"TA0003", "TA0010"}, {"TA0001", "TA0010"}} {
		holds(t, average[c[0]] < average[c[1]], "%s comes after %s: %v", c[0], c[1], average)
	}
	holds(t, number(t, db, `SELECT COUNT(*) FROM ttp_tag t JOIN attackers a ON a.uuid = t.attacker_uuid WHERE t.created_at < a.first_seen`) == 0, "tags before their attacker")
	late := number(t, db, `SELECT COUNT(*) FROM ttp_tag t JOIN attackers a ON a.uuid = t.attacker_uuid WHERE t.source_kind = 'command' AND JULIANDAY(t.created_at) > JULIANDAY(a.last_seen) + 0.001`)
	equal(t, 0, late, "command tags long after their attacker")
}

func TestCommandTagsQuoteTheCommands(t *testing.T) {
	t.Parallel()
	db, _ := world()
	foreign := number(t, db, `SELECT COUNT(*) FROM ttp_tag t JOIN attackers a ON a.uuid = t.attacker_uuid WHERE t.source_kind = 'command'
		AND a.rowid NOT IN (32, 33, 34) AND NOT EXISTS (SELECT 1 FROM json_each(a.commands) c WHERE json_extract(c.value, '$.command') = json_extract(t.evidence, '$.command_text'))`)
	equal(t, 0, foreign, "commands that the attacker never typed")
	equal(t, number(t, db, "SELECT COUNT(*) FROM ttp_tag WHERE source_kind = 'command' AND session_id IS NOT NULL"),
		number(t, db, "SELECT COUNT(*) FROM ttp_tag WHERE source_kind = 'command' AND source_id LIKE session_id || '#%'"), "command ids made of their session")
}

func TestOperatorsCeilingsHold(t *testing.T) {
	t.Parallel()
	db, _ := world()
	for _, s := range ruleStates {
		if s.state == "clipped" {
			equal(t, 0, number(t, db, "SELECT COUNT(*) FROM ttp_tag WHERE rule_id = ? AND created_at >= ? AND confidence > ?", s.rule, stamp(s.set), s.ceiling), s.rule+" above its ceiling")
			holds(t, number(t, db, "SELECT COUNT(*) FROM ttp_tag WHERE rule_id = ? AND confidence = ?", s.rule, s.ceiling) > 0, "%s never reached its ceiling", s.rule)
		}
	}
}

func TestRuleTableIsDECNETs(t *testing.T) {
	t.Parallel()
	pairs, techniques, emits := map[string]bool{}, map[string]bool{}, 0
	for i, r := range ruleTable {
		equal(t, fmt.Sprintf("R%04d", i+1), r.id, "number")
		version := 1
		if slices.Contains([]string{"R0054", "R0055", "R0057"}, r.id) {
			version = 2
		}
		equal(t, version, r.version, r.id)
		for _, e := range r.emits {
			emits++
			pairs[e.technique+" "+e.sub], techniques[e.technique] = true, true
		}
	}
	equal(t, []int{59, 86, 57, 41}, []int{len(ruleTable), emits, len(pairs), len(techniques)}, "rules, emits, pairs, techniques")
}
