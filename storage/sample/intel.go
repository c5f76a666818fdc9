package sample

import (
	"slices"
	"time"
)

// report holds the answers of the four feeds about an attacker.
type report struct {
	asked      time.Time
	expires    time.Time
	grey       string   // GreyNoise classification; empty if it did not answer
	greySigns  []string // GreyNoise signals: tags, or else the classification
	score      int      // AbuseIPDB score; none if it did not answer
	categories []int
	feodo      string // malware family; empty if not listed
	fox        []string
	families   []string
	verdict    string
}

// abuseTechniques maps AbuseIPDB categories to the techniques that R0054 emits for them.
var abuseTechniques = []struct {
	technique  string
	categories []int
	from       int // lowest score at which the rule matches
}{
	{"T1110", []int{5, 18, 22}, 0},
	{"T1190", []int{15, 16, 21, 23}, 0},
	{"T1566", []int{7}, 0},
	{"T1566", []int{11}, 80},
	{"T1046", []int{14}, 0},
	{"T1078", []int{20}, 0},
	{"T1090", []int{9, 13}, 0},
	{"T1496", []int{10}, 0},
	{"T1595", []int{14, 19}, 0},
}

// greyTechniques and foxTechniques map the signals of GreyNoise and ThreatFox to techniques.
var (
	greyTechniques = map[string]string{"scanner": "T1595", "malicious": "T1071", "tor": "T1090", "ssh bruteforcer": "T1110", "mirai": "T1588"}
	foxTechniques  = map[string][]string{"botnet_cc": {"T1071", "T1588"}, "payload_delivery": {"T1105"}, "cc_skimming": {"T1056"}, "payload": {"T1588"}}
)

// ask makes the feeds' answers, shortly after the attacker was first seen.
func (b *block) ask(a *attacker) *report {
	r := &report{asked: a.first.Add(b.wait(30*time.Second, 20*time.Minute)), score: none}
	r.expires = r.asked.Add(day)
	bad := a.net.reported && b.chance(0.7) || b.chance(0.2)
	if b.chance(0.9) {
		r.score = b.between(0, 24)
		if bad {
			r.score = b.between(40, 100)
		}
		if r.score > 10 {
			r.categories = some(b.dice, []int{5, 7, 9, 10, 11, 13, 14, 15, 16, 18, 19, 20, 21, 22, 23}, b.between(1, 4))
		}
	}
	switch p := b.Float64(); {
	case p < 0.1: // the feed did not answer
	case bad && p < 0.7:
		r.grey, r.greySigns = "malicious", []string{"malicious"}
		if b.chance(0.4) {
			r.greySigns = append(r.greySigns, pick(b.dice, []string{"scanner", "tor", "ssh bruteforcer", "mirai"}))
		}
	case p < 0.75:
		r.grey = "unknown"
	case p < 0.85:
		r.grey, r.greySigns = "suspicious", []string{"scanner"}
	default:
		r.grey = "benign"
	}
	if families := a.kit.theme.families; bad && len(families) > 0 {
		if b.chance(0.2) {
			r.feodo = pick(b.dice, families)
		}
		if b.chance(0.25) {
			r.fox = some(b.dice, []string{"botnet_cc", "payload_delivery", "cc_skimming", "payload"}, b.between(1, 2))
			r.families = some(b.dice, families, 1)
		}
	}
	r.verdict = r.strongest()
	return r
}

// strongest returns the most severe verdict of the feeds that answered, or an empty string.
func (r *report) strongest() string {
	abuse := ""
	switch {
	case r.score >= 75:
		abuse = "malicious"
	case r.score >= 25:
		abuse = "suspicious"
	case r.score >= 0:
		abuse = "benign"
	}
	for _, v := range []string{"malicious", "suspicious", "benign", "unknown"} {
		if v == r.grey || v == abuse || v == "malicious" && (r.feodo != "" || len(r.fox) > 0) {
			return v
		}
	}
	return ""
}

// tagReport inserts the tags of a report: live with the attacker's uuid, and again at the end of a session.
func (b *block) tagReport(a *attacker, s *session, source string, at time.Time) {
	r := a.report
	t := b.tagger(a, s, at)
	t.decky = ""
	emit := func(rule, technique string, factor float64, evidence object) {
		for _, e := range rulesByID[rule].emits {
			if e.technique == technique {
				t.emit("intel", source, rule, e, e.confidence*factor, evidence)
			}
		}
	}
	done := map[string]bool{} // a feed gives one tag for a technique, even if several categories map to it
	for _, m := range abuseTechniques {
		set := slices.DeleteFunc(slices.Clone(r.categories), func(c int) bool { return !slices.Contains(m.categories, c) })
		if len(set) > 0 && r.score >= m.from && !done[m.technique] {
			done[m.technique] = true
			emit("R0054", m.technique, float64(r.score)/100, object{{"abuseipdb_categories", set}, {"abuse_confidence_score", r.score}})
		}
	}
	for _, sign := range r.greySigns {
		factor := 1.0
		if sign == "malicious" {
			factor = 0.5
		}
		emit("R0055", greyTechniques[sign], factor, object{{"greynoise_classification", r.grey}, {"greynoise_tags", []string{sign}}})
	}
	if r.feodo != "" {
		for _, technique := range []string{"T1071", "T1588"} {
			emit("R0056", technique, 1, object{{"feodo_listed", true}, {"malware_family", r.feodo}})
		}
	}
	done = map[string]bool{}
	for _, threat := range r.fox {
		for _, technique := range foxTechniques[threat] {
			if !done[technique] {
				done[technique] = true
				emit("R0057", technique, 1, object{{"threat_types", r.fox}, {"malware_families", r.families}, {"ioc_types", []string{"ip:port"}}})
			}
		}
	}
}

// writeReports inserts the rows of attacker_intel.
func (b *block) writeReports() {
	for _, a := range b.attackers {
		r := a.report
		if r == nil {
			continue
		}
		var greyName, greyAt, abuseAt, score, feodo any
		greyRaw, abuseRaw, feodoRaw, foxRaw := object{}, object{}, object{}, any(object{})
		tags, foxIOCs := []string{}, []string{}
		if r.grey != "" {
			greyAt = stamp(r.asked)
			greyRaw = object{{"ip", a.ip}, {"noise", r.grey != "unknown"}, {"riot", false}, {"classification", r.grey}}
			switch r.grey {
			case "unknown":
				greyRaw = object{{"message", "not seen"}}
			case "benign":
				greyName = "Example Census"
			}
			if len(r.greySigns) > 1 {
				tags = r.greySigns[1:]
			}
		}
		if r.score >= 0 {
			score, abuseAt = r.score, stamp(r.asked)
			abuseRaw = object{{"ipAddress", a.ip}, {"abuseConfidenceScore", r.score}, {"countryCode", orNull(a.net.country)}, {"totalReports", r.score * 3}}
		}
		if r.feodo != "" {
			feodo = r.feodo
			feodoRaw = object{{"ip_address", a.ip}, {"port", 443}, {"status", "online"}, {"malware", r.feodo}}
		}
		if len(r.fox) > 0 {
			foxIOCs = []string{"ip:port"}
			foxRaw = []object{{{"ioc", a.ip + ":443"}, {"threat_type", r.fox[0]}, {"malware_printable", r.families[0]}, {"confidence_level", 75}}}
		}
		b.g.intel.add(b.uuid4hex(), a.id, a.ip, 1,
			orNull(r.grey), greyName, dumps(tags), dumps(greyRaw), greyAt,
			score, list(r.categories), dumps(abuseRaw), abuseAt,
			r.feodo != "", feodo, dumps(feodoRaw), stamp(r.asked),
			len(r.fox) > 0, list(r.fox), list(foxIOCs), list(r.families), dumps(foxRaw), stamp(r.asked),
			orNull(r.verdict), stamp(r.asked), stamp(r.expires))
	}
}
