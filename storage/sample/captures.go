package sample

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

// finding is a secret that DECNET's correlator has seen on more than one service of the fleet.
type finding struct {
	id, password, principal                string
	attackers, addresses, deckies, targets []string
	services                               []string
	attempts                               int
	first, last                            time.Time
}

// captures makes what the deckies logged and captured in a block. It has random numbers of its own, so that all other
// rows are the same with and without it.
type captures struct {
	*block
	dice

	findings map[string]*finding // by principal and password
	order    []*finding
}

// principals and words are what intruders guess. Passwords end in the number of the block, because a secret is one finding
// in the whole database.
var (
	principals = []string{"root", "admin", "ubuntu", "postgres", "pi", "oracle", "test", "user"}
	words      = []string{"123456", "password", "admin", "toor", "raspberry", "Winter2026!", "qwerty", "Pa$$w0rd", "oracle", "letmein", "changeme", "pässword"}
)

// writeCaptures inserts the rows of the tables logs, bounty, credentials, credential_reuse and observed_attachments.
func (b *block) writeCaptures() {
	const stream = 1 << 32                                                                                      // no other dice have it
	c := &captures{block: b, dice: newDice(b.g.seed, stream+uint64(b.number)), findings: map[string]*finding{}} //nolint:gosec // no block has a negative number
	for _, a := range b.attackers {
		for _, p := range a.prints {
			at, _ := time.Parse("2006-01-02T15:04:05", p.text("timestamp")) // which takes a fraction, too
			c.g.bounty.add(p.get("id"), stamp(at), p.get("decky"), p.get("service"), a.ip, "fingerprint", compact(p.get("payload")))
		}
		tried := map[string]bool{}
		for _, s := range a.sessions {
			c.session(a, s, tried)
		}
		if c.chance(0.05) {
			c.capture(a.sessions[0], a, "ip_leak", a.first, object{
				{"source_ip", a.ip}, {"real_ip_claim", "198.51.100.77"}, {"source_header", "X-Forwarded-For"}, {"headers_seen", "X-Forwarded-For"},
			})
		}
	}
	for _, f := range c.order {
		if len(f.targets) > 1 {
			sum := sha256.Sum256([]byte(f.password))
			c.g.reuse.add(f.id, hex.EncodeToString(sum[:]), "plaintext", f.principal, f.principal, dumps(f.attackers), dumps(f.addresses), dumps(f.deckies),
				dumps(f.services), len(f.targets), f.attempts, 1.0, stamp(f.first), stamp(f.last), stamp(earliest(f.last.Add(time.Minute), present)))
		}
	}
}

// session logs a session from its first to its last event.
func (c *captures) session(a *attacker, s *session, tried map[string]bool) {
	c.log(a, s, "connect", s.start, object{{"src_port", decimal(c.between(1024, 65535))}}, "connection from "+a.ip)
	if s.login {
		c.login(a, s, tried)
	}
	for _, r := range s.asks {
		c.log(a, s, "request", r.at, object{{"method", "GET"}, {"path", r.url}, {"headers", object{{"User-Agent", r.agent}}}}, "")
	}
	for _, l := range s.lines {
		c.log(a, s, "command", l.at, object{{"command", l.text}}, "")
	}
	for _, m := range s.mails {
		c.mail(a, s, m)
	}
	if (s.service == "ssh" || s.service == "telnet") && c.chance(0.9) { // sometimes the recorder has died
		c.log(a, s, "session_recorded", s.end, object{
			{"sid", s.id},
			{"service", s.service},
			{"src_ip", a.ip},
			{"duration_s", fmt.Sprintf("%.3f", s.end.Sub(s.start).Seconds())},
			{"bytes", decimal(c.between(400, 90_000))},
			{"truncated", "0"},
			{"shard_path", "/var/lib/decnet/transcripts/" + s.start.Format("2006-01-02") + ".jsonl"},
		}, "")
	}
}

// login logs the first passwords that are tried in a session, the last of which may be accepted.
func (c *captures) login(a *attacker, s *session, tried map[string]bool) {
	at := s.start
	for range c.between(1, 4) {
		at = at.Add(c.wait(20*time.Millisecond, time.Second))
		f := c.find(pick(c.dice, principals), fmt.Sprintf("%s%d", pick(c.dice, words), c.number))
		c.try(a, s, f, at, tried)
	}
	for _, f := range s.reused {
		c.findings[f.principal+"\x00"+f.password] = f
		c.order = append(c.order, f)
		c.try(a, s, f, at, tried)
		f.targets, f.deckies = append(f.targets, "decky-file-01:ftp"), append(f.deckies, "decky-file-01") // before the logs begin
		f.services = append(f.services, "ftp")
	}
}

// find returns what is known of a secret.
func (c *captures) find(principal, password string) *finding {
	key := principal + "\x00" + password
	if c.findings[key] == nil {
		f := &finding{id: c.uuid4(), principal: principal, password: password}
		c.findings[key] = f
		c.order = append(c.order, f)
	}
	return c.findings[key]
}

// try logs an attempt with a secret, and inserts its credential unless the attacker has tried it on the decky before.
func (c *captures) try(a *attacker, s *session, f *finding, at time.Time, tried map[string]bool) {
	encoded, outcome := base64.StdEncoding.EncodeToString([]byte(f.password)), pick(c.dice, []string{"failure", "failure", "failure", "success"})
	fields := object{{"principal", f.principal}, {"secret_kind", "plaintext"}, {"secret_b64", encoded}, {"secret_printable", printable(f.password)}, {"outcome", outcome}}
	c.log(a, s, "auth_attempt", at, fields, "login attempt for "+f.principal)
	for _, add := range []struct {
		to    *[]string
		value string
	}{{&f.attackers, a.id}, {&f.addresses, a.ip}, {&f.deckies, s.decky}, {&f.services, s.service}, {&f.targets, s.decky + ":" + s.service}} {
		if !slices.Contains(*add.to, add.value) {
			*add.to = append(*add.to, add.value)
		}
	}
	if f.attempts++; f.first.IsZero() || at.Before(f.first) {
		f.first = at
	}
	if at.After(f.last) {
		f.last = at
	}
	key := s.decky + "\x00" + s.service + "\x00" + f.principal + "\x00" + f.password
	if tried[key] {
		return
	}
	tried[key] = true
	c.g.credentialNumber++
	sum := sha256.Sum256([]byte(f.password))
	var owner any = a.id
	if c.chance(0.1) {
		owner = nil // the profiler has not filled it in
	}
	c.g.credentials.add(c.g.credentialNumber, a.ip, owner, s.decky, s.service, f.principal, f.principal, "plaintext", hex.EncodeToString(sum[:]), encoded,
		printable(f.password), outcome, dumps(fields), stamp(at), stamp(at), 1)
}

// mail logs a mail that a decky stored, with its attachment.
func (c *captures) mail(a *attacker, s *session, m mail) {
	hashes, _ := m.common.get("attachment_sha256s").([]string)
	subject := pick(c.dice, []string{"Invoice overdue", "Urgent: wire transfer", "Ihre Lieferung", "Account locked"})
	extension := pick(c.dice, []string{"docm", "zip", "pdf", "js"})
	fields, stored := object{}, m.id
	if strings.HasPrefix(m.id, "<") {
		stored = s.end.Format("20060102T150405") + "-" + c.hex(8) + ".eml"
		fields = append(fields, member{"msg_id", m.id})
	}
	kept := object{
		{"stored_as", stored},
		{"sha256", m.common.text("body_sha256")},
		{"size", decimal(c.between(900, 60_000))},
		{"subject", subject},
		{"from_hdr", "billing@example.com"},
		{"to_hdr", "accounts@" + m.domains[0]},
		{"mail_from", "bounce@example.com"},
		{"rcpt_to", "accounts@" + m.domains[0]},
		{"attachment_count", len(hashes)},
	}
	fields = append(append(fields, kept...), member{"attachments_json", compact([]object{{{"sha256", hashes[0]}, {"extension", extension}}})})
	c.log(a, s, "message_stored", s.end, fields, "")
	c.capture(s, a, "artifact", s.end, append(object{{"kind", "mail"}}, kept...))
	known := any(nil)
	if c.chance(0.5) {
		known = c.chance(0.3)
	}
	provider, checked := any(nil), any(nil)
	if known != nil {
		provider, checked = "malwarebazaar", stamp(s.end)
	}
	for _, hash := range hashes {
		last := a
		if c.chance(0.1) {
			last = pick(c.dice, c.attackers) // who sends the same file later
		}
		c.g.attachments.add(c.uuid4(), hash, stamp(s.end), stamp(earliest(s.end.Add(c.wait(0, 20*day)), present)), c.few(1, 9), s.decky, a.id, last.id,
			dumps([]string{extension}), subject, known, provider, checked)
	}
}

// capture inserts a bounty.
func (c *captures) capture(s *session, a *attacker, kind string, at time.Time, payload object) {
	c.g.bounties++
	c.g.bounty.add(c.g.bounties, stamp(at), s.decky, s.service, a.ip, kind, compact(payload))
}

// log inserts an event.
func (c *captures) log(a *attacker, s *session, kind string, at time.Time, fields object, message string) {
	c.g.logNumber++
	var line strings.Builder
	fmt.Fprintf(&line, "<134>1 %s %s %s - %s [decnet@55555", iso(at), s.decky, s.service, kind)
	for _, f := range fields {
		value, isText := f.value.(string)
		if !isText {
			value = compact(f.value)
		}
		line.WriteString(" " + f.key + `="` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, `]`, `\]`).Replace(value) + `"`)
	}
	line.WriteString("] " + message)
	c.g.logs.add(c.g.logNumber, stamp(at), s.decky, s.service, kind, a.ip, line.String(), compact(fields), orNull(message), nil, nil)
}

// get returns the value of a key, or nil.
func (o object) get(key string) any {
	for _, m := range o {
		if m.key == key {
			return m.value
		}
	}
	return nil
}

// printable returns a secret as DECNET's deckies print it: each byte outside of ASCII is a question mark.
func printable(secret string) string {
	shown := []byte(secret)
	for i, c := range shown {
		if c < ' ' || c > '~' {
			shown[i] = '?'
		}
	}
	return string(shown)
}

// compact returns v as Python's orjson writes it: without spaces, in UTF-8.
func compact(v any) string {
	switch v := v.(type) {
	case object:
		parts := make([]string, len(v))
		for i, m := range v {
			parts[i] = compact(m.key) + ":" + compact(m.value)
		}
		return "{" + strings.Join(parts, ",") + "}"
	case []object:
		parts := make([]string, len(v))
		for i, o := range v {
			parts[i] = compact(o)
		}
		return "[" + strings.Join(parts, ",") + "]"
	default:
		var out bytes.Buffer
		encoder := json.NewEncoder(&out)
		encoder.SetEscapeHTML(false)
		if err := encoder.Encode(v); err != nil {
			panic(err) // all values of this package have a JSON form
		}
		return strings.TrimSuffix(out.String(), "\n")
	}
}
