package golden_test

import (
	"fmt"

	"github.com/stretchr/testify/require"

	"decnetgraph/resolvers"
)

var goldenBehavior = goldenSame(
	"os_guess", "osGuess", "hop_distance", "hopDistance", "retransmit_count", "retransmitCount", "behavior_class", "behaviorClass",
	"kex_order_raw", "kexOrderRaw", "ssh_client_banners", "sshClientBanners",
).with(
	goldenCol("attacker_uuid", ""), goldenCol("updated_at", "updatedAt", goldenInstant),
	goldenCol("beacon_interval_s", "beaconIntervalS", goldenReal), goldenCol("beacon_jitter_pct", "beaconJitterPct", goldenReal),
	goldenCol("tool_guesses", "toolGuesses", goldenTexts),
	goldenObject("tcp_fingerprint", "tcpFingerprint", goldenTCP), goldenObject("timing_stats", "timingStats", goldenTiming),
	goldenObject("phase_sequence", "phaseSequence", goldenTurns),
)

// Members of the objects in a behaviour that DECNET's profiler writes.
var (
	goldenTCP = goldenSame("window", "window", "wscale", "wscale", "mss", "mss", "tos", "tos", "dscp", "dscp", "ecn", "ecn",
		"options_sig", "optionsSig", "has_sack", "hasSack", "has_timestamps", "hasTimestamps", "ipid_class", "ipidClass", "isn_class", "isnClass")
	goldenTiming = goldenSame("event_count", "eventCount", "duration_s", "durationS", "mean_iat_s", "meanIatS", "median_iat_s", "medianIatS",
		"stdev_iat_s", "stdevIatS", "min_iat_s", "minIatS", "max_iat_s", "maxIatS", "cv", "cv")
	goldenTurns = goldenSame("recon_end_ts", "reconEndAt", "exfil_start_ts", "exfilStartAt", "exfil_latency_s", "exfilLatencyS",
		"large_payload_count", "largePayloadCount")
)

// goldenObject is a column that holds a JSON object with members of a known shape.
func goldenObject(name, field string, members goldenShape) goldenColumn {
	return goldenCol(name, field+" { "+members.selection()+" }", func(r *goldenRun, value any, _ goldenRow) any {
		object, ok := value.(goldenRow)
		switch {
		case !ok:
			r.differs("malformed content")
			return nil
		case len(object) == 0:
			r.differs("empty objects")
			return nil
		}
		want := goldenRow{}
		for _, m := range members {
			want[m.field] = object[m.name]
		}
		for member := range object {
			if _, known := members.column(member); !known {
				r.differs("other members")
			}
		}
		return want
	})
}

var goldenIntel = goldenSame(
	"uuid", "uuid", "attacker_ip", "attackerIp", "schema_version", "schemaVersion", "aggregate_verdict", "aggregateVerdict",
	"greynoise_classification", "greynoiseClassification", "greynoise_name", "greynoiseName", "greynoise_tags", "greynoiseTags",
	"greynoise_raw", "raw.greynoise", "abuseipdb_score", "abuseipdbScore", "abuseipdb_categories", "abuseipdbCategories",
	"abuseipdb_raw", "raw.abuseipdb", "feodo_listed", "feodoListed", "feodo_malware_family", "feodoMalwareFamily", "feodo_raw", "raw.feodo",
	"threatfox_listed", "threatfoxListed", "threatfox_threat_types", "threatfoxThreatTypes", "threatfox_ioc_types", "threatfoxIocTypes",
	"threatfox_malware_families", "threatfoxMalwareFamilies", "threatfox_raw", "raw.threatfox",
).with(
	goldenCol("attacker_uuid", ""), goldenCol("cached_at", "cachedAt", goldenInstant), goldenCol("expires_at", "expiresAt", goldenInstant),
	goldenCol("greynoise_queried_at", "greynoiseQueriedAt", goldenInstant), goldenCol("abuseipdb_queried_at", "abuseipdbQueriedAt", goldenInstant),
	goldenCol("feodo_queried_at", "feodoQueriedAt", goldenInstant), goldenCol("threatfox_queried_at", "threatfoxQueriedAt", goldenInstant),
)

func (r *goldenRun) attackerBehavior() { r.onePerAttacker("behavior", goldenBehavior) }

func (r *goldenRun) attackerIntel() { r.onePerAttacker("intel", goldenIntel) }

// onePerAttacker compares the one row that an attacker has, or does not have.
func (r *goldenRun) onePerAttacker(field string, s goldenShape) {
	var golden goldenRow
	r.load(&golden)
	ours := r.nodes("Attacker", goldenKeys(golden), field+" { "+s.selection()+" }")
	for key, row := range golden {
		r.sameRow(field+" of "+key, s, row, ours[key][field])
		if theirs, ok := row.(goldenRow); ok {
			require.Equal(r.t, key, theirs["attacker_uuid"])
		}
		r.answered()
	}
}

var goldenTarget = goldenSame("domain", "domain", "count", "count").with(
	goldenCol("attacker_uuid", ""), goldenCol("first_seen", "firstSeen", goldenInstant), goldenCol("last_seen", "lastSeen", goldenInstant),
	goldenCol("id", ""),
)

func (r *goldenRun) smtpTargets() {
	var golden goldenRow
	r.load(&golden)
	for key, rows := range golden {
		ours, ok := r.walk(goldenList{kind: "Attacker", key: key, field: "smtpTargets", rows: goldenTarget}, 2)
		require.True(r.t, ok)
		require.Len(r.t, ours.rows, len(rows.([]any)), key)
		r.sameRows("smtp targets of "+key, goldenTarget, "last_seen", []string{"domain"}, rows.([]any), ours.rows, 0)
		for _, row := range rows.([]any) {
			require.Equal(r.t, key, row.(goldenRow)["attacker_uuid"])
			r.differs("row numbers")
		}
		r.answered()
	}
}

// smtpTargetSeen: there is no field for one domain yet. Its numbers are the sums over all attackers, and
// over all domains that DECNET takes for the one.
func (r *goldenRun) smtpTargetSeen() {
	var golden map[string]goldenRow
	r.load(&golden)
	all, _ := r.walk(goldenList{field: "attackers", rows: goldenShape{goldenCol("", "smtpTargets(first: 200) { nodes { domain count firstSeen lastSeen } }")}}, resolvers.MaxPage)
	for domain, g := range golden {
		sum := goldenRow{"seen": false, "count": int64(0), "first_seen": "9999", "last_seen": ""}
		for _, attacker := range all.rows {
			for _, row := range attacker.(goldenRow)["smtpTargets"].(goldenRow)["nodes"].([]any) {
				target := row.(goldenRow)
				if !r.base.same(domain, target["domain"].(string)) {
					continue
				}
				if target["domain"] != domain {
					r.differs("letter case")
				}
				sum["seen"] = true
				sum["count"] = sum["count"].(int64) + goldenCount(target)
				sum["first_seen"] = min(sum["first_seen"].(string), target["firstSeen"].(string))
				sum["last_seen"] = max(sum["last_seen"].(string), target["lastSeen"].(string))
			}
		}
		require.Len(r.t, g, len(sum), domain)
		r.sameValue(domain, g["seen"], sum["seen"])
		r.sameValue(domain, fmt.Sprint(g["count"]), fmt.Sprint(sum["count"]))
		r.sameValue(domain, goldenInstant(r, g["first_seen"], nil), sum["first_seen"])
		r.sameValue(domain, goldenInstant(r, g["last_seen"], nil), sum["last_seen"])
		r.answered()
	}
}
