package sample

import (
	"slices"
	"time"
)

// commandEvidence returns the command and, if it was typed in a shell, its user and directory.
func commandEvidence(a *attacker, s *session, l line) object {
	o := object{{"command_text", l.text}}
	if s.service == "ssh" || s.service == "telnet" {
		o = append(o, member{"uid", "0"}, member{"user", "root"}, member{"src", a.ip}, member{"pwd", "/root"})
	}
	return o
}

// signEvidence returns the single key that a session rule stores, or the intervals of a beacon.
func (b *block) signEvidence(s sign) object {
	if s.key == "" {
		return object{{"beacon_interval_s", float64(b.between(30, 900))}, {"beacon_jitter_pct", float64(b.between(1, 300)) / 10}}
	}
	if s.key == "matched_keywords" {
		return object{{s.key, []string{s.value}}}
	}
	return object{{s.key, s.value}}
}

// requestEvidence returns the part of a request that its rule matches.
func requestEvidence(r request) object {
	if r.rule == "R0007" {
		return object{{"user_agent", r.agent}, {"raw_url", r.url}}
	}
	return object{{"raw_url", r.url}}
}

// leakEvidence returns a leaked link-local address; every value is text, empty if unknown.
func (b *block) leakEvidence(a *attacker) object {
	v4 := a.ip
	if len(v4) > 15 {
		v4 = ""
	}
	return object{
		{"addr", a.leak.address},
		{"mac_oui", a.leak.oui},
		{"iid_kind", a.leak.kind},
		{"vector", pick(b.dice, []string{"passive_ndp", "passive_mdns", "passive_tcp", "active_ns", "active_echo"})},
		{"on_iface", pick(b.dice, []string{"eth0", "decky_lan0", ""})},
		{"attacker_v4", v4},
		{"observed_at", iso(a.leak.at)},
	}
}

// mail is one message that an intruder sent through a decky.
type mail struct {
	id      string
	domains []string // of the recipients, sorted
	common  object
	hits    []mailHit
}

// mailHit is a rule that matched a mail, and the keys that it adds to the evidence.
type mailHit struct {
	rule string
	more object
}

// evidence returns the keys that all mail rules store, and those of this rule.
func (m mail) evidence(h mailHit) object {
	return append(append(object{}, m.common...), h.more...)
}

// victims lists recipient domains. DECNET ignores reserved top-level domains, so these have others.
var victims = []string{
	"example.com", "example.net", "example.org", "corp.example.com", "finance.example.com", "hr.example.org", "clinic.example.net",
	"city.example.org", "school.example.net", "shop.example.com", "xn--bcher-kva.example.com",
}

// mailHits lists the rules that a mail can match.
var mailHits = []mailHit{
	{"R0041", object{{"matched_trigger", "rcpt_count_over_threshold"}}},
	{"R0042", object{{"matched_trigger", "many_recipient_domains"}}},
	{"R0043", object{{"matched_kit", "PHPMailer 5.2.22"}}},
	{"R0044", object{{"matched_url_host", "xn--pypal-4ve.example.net"}}},
	{"R0045", object{{"matched_signals", []string{"display_name_mismatch", "reply_to_differs"}}}},
	{"R0046", object{{"matched_trigger", "macro_document"}}},
	{"R0047", object{{"matched_subject_kw", "urgent"}, {"matched_body_kw", "wire transfer"}}},
	{"R0048", object{{"encoded_byte_count", 18432}}},
	{"R0033", object{{"matched_trigger", "btc_address"}}},
}

// compose makes a mail to some victims.
func (b *block) compose(at time.Time) mail {
	m := mail{
		id:      "<" + b.hex(16) + "." + decimal(int(at.Unix())) + "@" + pick(b.dice, kitDrops) + ">",
		domains: slices.Sorted(slices.Values(some(b.dice, victims, b.between(1, 6)))),
	}
	if b.chance(0.1) {
		m.id = at.Format("20060102T150405") + "-" + b.hex(8) + ".eml" // no Message-ID: the stored file's name
	}
	m.common = object{
		{"body_sha256", b.hex(64)},
		{"matched_headers", []string{"From", "Reply-To", "Subject", "X-Mailer"}},
		{"rcpt_domain_set", m.domains},
		{"attachment_sha256s", []string{b.hex(64)}},
		{"rcpt_count", len(m.domains) * b.between(1, 60)},
	}
	m.hits = some(b.dice, mailHits, b.between(1, 3))
	return m
}
