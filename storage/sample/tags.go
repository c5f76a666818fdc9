package sample

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"time"
)

// batch holds the tags that one run of the tagger inserts: they have the same attacker and identity and are microseconds
// apart.
type batch struct {
	b        *block
	attacker string
	identity string
	session  string
	decky    string
	clock    time.Time
}

// tagger starts a batch shortly after an event.
func (b *block) tagger(a *attacker, s *session, event time.Time) *batch {
	t := &batch{b: b, attacker: a.id, identity: a.identityAt(event), clock: event.Add(b.wait(300*time.Millisecond, 4*time.Second))}
	if s != nil {
		t.session, t.decky = s.id, s.decky
	}
	return t
}

// add inserts the tags that a rule emits for an event.
func (t *batch) add(kind, source, ruleID string, evidence object) {
	for _, e := range rulesByID[ruleID].emits {
		t.emit(kind, source, ruleID, e, e.confidence, evidence)
	}
}

// emit inserts a tag for one technique, unless the rule's state or DECNET's confidence floor prevents it.
func (t *batch) emit(kind, source, ruleID string, e emit, confidence float64, evidence object) {
	const floor = 0.3
	t.clock = t.clock.Add(t.b.wait(40*time.Microsecond, 900*time.Microsecond))
	c, fires := confidenceAt(ruleID, confidence, t.clock)
	if !fires || c < floor {
		return
	}
	r := rulesByID[ruleID]
	var url any
	if kind != "intel" {
		url = e.mitreURL()
	}
	t.b.g.tags.add(tagUUID(kind, source, r.id, r.version, e.technique, e.sub), kind, source, orNull(t.attacker), orNull(t.identity),
		orNull(t.session), orNull(t.decky), e.tactic, e.technique, orNull(e.sub), c, r.id, r.version, dumps(evidence), "v15.1", url, stamp(t.clock))
}

// identityAt returns the identity of a tag for an event. Live tags have none; tags from a later backfill have the
// identity that the attacker had then.
func (a *attacker) identityAt(event time.Time) string {
	switch {
	case !backfilled(event):
		return ""
	case a.former != "":
		return a.former
	}
	return a.anchor
}

// backfilled reports whether an operator ran the backfill over the week of an event.
func backfilled(event time.Time) bool {
	since := event.Sub(past)
	return since >= 20*day && since < 27*day || since >= 54*day && since < 61*day || since >= 80*day && since < 84*day
}

// writeTags inserts the tags of every attacker, in the order of their time.
func (b *block) writeTags() {
	for _, a := range b.attackers {
		if a.report != nil {
			b.tagReport(a, nil, a.id, a.report.asked)
		}
		for _, s := range a.sessions {
			b.tagSession(a, s)
		}
		if a.leak != nil {
			t := b.tagger(a, nil, a.leak.at)
			t.decky = a.sessions[0].decky
			t.add("ipv6_leak", a.id, "R0059", b.leakEvidence(a))
		}
	}
	for _, id := range b.identities {
		b.tagIdentity(id)
	}
}

// tagSession inserts the tags that the taggers make at the end of a session.
func (b *block) tagSession(a *attacker, s *session) {
	t := b.tagger(a, s, s.end)
	if s.login {
		b.tagLogin(t, s)
	}
	for i, r := range s.asks {
		t.add("http_request", s.id+"#"+decimal(i), r.rule, requestEvidence(r))
	}
	hasSession := !b.chance(0.03) // sometimes the collector has no session
	if !hasSession {
		t.session = ""
	}
	for i, l := range s.lines {
		source := s.id + "#" + decimal(i)
		if !hasSession {
			source = a.ip + "-" + iso(l.at)
		}
		if len(l.rules) == 0 {
			continue
		}
		evidence := commandEvidence(a, s, l)
		for _, r := range l.rules {
			t.add("command", source, r, evidence)
		}
	}
	t.session = s.id
	for _, sg := range s.signs {
		t.add("session", s.id, sg.rule, b.signEvidence(sg))
	}
	for _, m := range s.mails {
		t.session = ""
		for _, h := range m.hits {
			t.add("email", m.id, h.rule, m.evidence(h))
		}
	}
	if a.report != nil && a.report.asked.Before(s.end) && b.chance(0.55) {
		b.tagReport(a, s, "intel-catchup:"+s.id, s.end)
	}
}

// tagLogin inserts the tags of the password guessing at the start of a session.
func (b *block) tagLogin(t *batch, s *session) {
	name := pick(b.dice, []string{"root", "admin", "ubuntu", "postgres", "pi", "oracle", "test", "user"})
	fails := b.between(4, 120)
	t.add("auth_attempt", s.id, "R0001", object{{"fail_count", fails}, {"service", s.service}})
	if b.chance(0.5) {
		t.add("auth_attempt", s.id, "R0002", object{{"fail_count", fails}, {"service", s.service}, {"username", name}, {"password_count", fails - b.IntN(3)}})
	}
	switch p := b.Float64(); {
	case p < 0.25:
		t.add("auth_attempt", s.id, "R0006", object{{"service", s.service}, {"username", name}})
	case p < 0.5:
		t.add("auth_attempt", s.id, "R0005", object{{"service", s.service}, {"username", name}})
	case p < 0.54:
		f := &finding{id: b.uuid4(), principal: name, password: "reused-" + b.hex(64)[:12]}
		s.reused = append(s.reused, f)
		sum := sha256.Sum256([]byte(f.password))
		t.add("credential", f.id, "R0004", object{{"credential_hash", hex.EncodeToString(sum[:])}, {"service", s.service}, {"reuse_count", b.between(2, 9)}})
	}
}

// tagIdentity inserts tags without an attacker: password spraying of larger identities, and the tags of an identity whose
// attackers were purged.
func (b *block) tagIdentity(id *identity) {
	switch {
	case len(id.attackers) == 0:
		at := past.Add(30 * day)
		t := &batch{b: b, identity: id.id, session: b.uuid4(), decky: pick(b.dice, offering["ssh"]), clock: at}
		s := &session{service: "redis"} // no shell context
		typed := 0
		for _, part := range []string{"landing", "accounts", "download", "persistence"} {
			for _, st := range id.kit.part(b.dice, part) {
				t.clock = t.clock.Add(b.wait(time.Second, time.Minute))
				for _, r := range st.rules {
					t.add("command", t.session+"#"+decimal(typed), r, commandEvidence(nil, s, line{text: st.text}))
				}
				typed++
			}
		}
	case len(id.attackers) >= 3 && b.chance(0.8):
		last := slices.MaxFunc(id.attackers, func(x, y *attacker) int { return x.first.Compare(y.first) })
		t := &batch{b: b, identity: id.id, clock: last.first.Add(b.wait(time.Minute, time.Hour))}
		t.add("identity", id.id, "R0003", object{{"shared_password_hash", b.hex(64)}, {"account_count", b.between(3, 40)}})
	}
}
