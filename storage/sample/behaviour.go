package sample

import (
	"math"
	"strings"
	"time"
)

var (
	banners = []string{
		"SSH-2.0-OpenSSH_9.6p1 Ubuntu-3ubuntu13", "SSH-2.0-Go", "SSH-2.0-libssh2_1.11.0",
		"SSH-2.0-paramiko_3.4.0", "SSH-2.0-OpenSSH_7.4", "SSH-2.0-PUTTY",
	}
	exchanges = []string{"curve25519-sha256,ecdh-sha2-nistp256", "sntrup761x25519-sha512@openssh.com,curve25519-sha256", "diffie-hellman-group14-sha1"}
	systems   = []string{"Linux 5.x", "linux", "linux", "embedded", "windows", "Windows 10/11", ""}
)

// timing describes the intervals between an attacker's events.
type timing struct {
	events   int
	services int
	mean, cv float64
}

// class returns DECNET's behaviour class: that of the first rule that applies.
func (t timing) class() string {
	n, s, m, cv := t.events, t.services, t.mean, t.cv
	switch {
	case n < 3:
		return "unknown"
	case s >= 2 && m >= 10 && n >= 4:
		return "slow_scan"
	case s >= 3 && m < 10 || s >= 2 && m < 2:
		return "scanning"
	case s == 1 && n >= 8 && m < 5 && cv < 0.6:
		return "brute_force"
	case cv < 0.35 && m >= 5 && n >= 4:
		return "beaconing"
	case cv >= 0.5 && m < 5 && n >= 6:
		return "interactive"
	}
	return "mixed"
}

// rhythm returns random timing that suits the attacker's way of working.
func (b *block) rhythm(a *attacker) timing {
	t := timing{events: a.events, services: len(a.services()), mean: b.Float64() * 4, cv: b.Float64() * 0.5}
	switch {
	case a.kit.typed:
		t.mean, t.cv = 2+b.Float64()*12, 0.5+b.Float64()*1.6
	case b.chance(0.12):
		t.mean, t.cv = 30+b.Float64()*600, b.Float64()*0.3
	}
	t.mean, t.cv = round(t.mean, 3), round(t.cv, 4)
	return t
}

// writeBehaviours inserts one row for most attackers; the profiler has not processed the others yet.
func (b *block) writeBehaviours() {
	for i, a := range b.attackers {
		if i%11 == 7 {
			continue
		}
		t := b.rhythm(a)
		class := t.class()
		var interval, jitter, kex, banner any
		if class == "beaconing" {
			interval, jitter = t.mean, round(t.cv*100, 2)
		}
		if b.chance(0.7) {
			kex, banner = dumps([]string{pick(b.dice, exchanges)}), dumps(some(b.dice, banners, b.between(1, 2)))
		}
		tools := dumps(some(b.dice, a.kit.theme.tools, b.between(0, len(a.kit.theme.tools))))
		if b.number == 0 && i == 20 {
			tools = `"hydra"` // a single element without a list, as an old profiler wrote it
		}
		tcp := object{}
		if b.chance(0.85) {
			tcp = b.tcpFingerprint()
		}
		b.g.behaviours.add(a.id, orNull(pick(b.dice, systems)), b.between(6, 22), dumps(tcp), kex, banner, b.few(0, 40), class, interval, jitter, tools,
			dumps(t.stats()), dumps(b.phases(a)), stamp(earliest(a.last.Add(b.wait(time.Second, 2*time.Minute)), present)))
	}
}

// stats returns the timing_stats object.
func (t timing) stats() object {
	duration := round(t.mean*float64(max(0, t.events-1)), 3)
	if t.events < 2 {
		return object{
			{"event_count", t.events},
			{"duration_s", 0.0},
			{"mean_iat_s", nil},
			{"median_iat_s", nil},
			{"stdev_iat_s", nil},
			{"min_iat_s", nil},
			{"max_iat_s", nil},
			{"cv", nil},
		}
	}
	deviation := t.mean * t.cv
	return object{
		{"event_count", t.events},
		{"duration_s", duration},
		{"mean_iat_s", t.mean},
		{"median_iat_s", round(t.mean*0.9, 3)},
		{"stdev_iat_s", round(deviation, 3)},
		{"min_iat_s", round(max(0, t.mean-2*deviation), 3)},
		{"max_iat_s", round(t.mean+3*deviation, 3)},
		{"cv", t.cv},
	}
}

// phases returns the phase_sequence object: the end of reconnaissance and the start of exfiltration.
func (b *block) phases(a *attacker) object {
	var exfilStart, latency any
	recon, large := a.sessions[0].end, 0
	if at := a.exfiltrated(); !at.IsZero() {
		exfilStart, large = iso(at), b.between(1, 5)
		if at.After(recon) {
			latency = round(at.Sub(recon).Seconds(), 3)
		}
	}
	return object{{"recon_end_ts", iso(recon)}, {"exfil_start_ts", exfilStart}, {"exfil_latency_s", latency}, {"large_payload_count", large}}
}

// exfiltrated returns the time of an attacker's first exfiltration, or the zero time.
func (a *attacker) exfiltrated() time.Time {
	for _, s := range a.sessions {
		for _, l := range s.lines {
			if strings.Contains(l.text, "/upload") {
				return l.at
			}
		}
	}
	return time.Time{}
}

// tcpFingerprint returns the fingerprint of an attacker's TCP stack; a passive capture of a SYN adds two more keys.
func (b *block) tcpFingerprint() object {
	o := object{
		{"window", pick(b.dice, []int{64240, 29200, 65535, 14600})},
		{"wscale", pick(b.dice, []int{7, 8, 2})},
		{"mss", pick(b.dice, []int{1460, 1400, 1360})},
		{"tos", 0},
		{"dscp", 0},
		{"ecn", nil},
		{"options_sig", pick(b.dice, []string{"M,S,T,N,W", "M,N,W,N,N,S", "M"})},
		{"has_sack", b.chance(0.9)},
		{"has_timestamps", b.chance(0.8)},
	}
	if b.chance(0.4) {
		o = append(o, member{"ipid_class", pick(b.dice, []string{"zero", "random", "incremental"})},
			member{"isn_class", pick(b.dice, []string{"random", "time_based"})})
	}
	return o
}

// rotate gives some attackers fingerprints from probes, a few of which changed between probes.
func (b *block) rotate(a *attacker) {
	if b.chance(0.55) {
		return
	}
	for _, p := range some(b.dice, []struct {
		port int
		kind string
		size int
	}{{443, "jarm", 62}, {22, "hassh", 32}, {22, "tcpfp", 32}, {8443, "jarm", 62}}, b.between(1, 3)) {
		turns := 0
		seen := earliest(a.first.Add(b.wait(time.Minute, day)), present)
		if b.chance(0.2) {
			turns = b.few(1, 4)
			a.rotation.count += turns
			if seen.After(a.rotation.last) {
				a.rotation.last = seen
			}
			seen = earliest(seen.Add(b.wait(0, 2*day)), present)
		}
		b.g.fingerprints.add(b.uuid4(), a.id, p.port, p.kind, b.hex(p.size), stamp(seen), turns)
	}
}

// writeTargets inserts the domains that an attacker sent mail to.
func (b *block) writeTargets() {
	for _, a := range b.attackers {
		counts := map[string]int{}
		var order []string
		for _, s := range a.sessions {
			for _, m := range s.mails {
				for _, d := range m.domains {
					if counts[d]++; counts[d] == 1 {
						order = append(order, d)
					}
				}
			}
		}
		for _, d := range order {
			b.g.mailTargets++
			b.g.targets.add(b.g.mailTargets, a.id, d, stamp(a.first.Add(time.Minute)), stamp(earliest(a.last.Add(time.Minute), present)), counts[d])
		}
	}
}

// round rounds to n decimals.
func round(f float64, n int) float64 {
	scale := math.Pow10(n)
	return math.Round(f*scale) / scale
}
