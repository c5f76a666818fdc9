package sample

import "time"

// bait is a kind of canary file and the path where it is placed.
type bait struct {
	kind, generator, instrumenter, path string
}

// baits are placed in turn; those with an instrumenter are made from an uploaded file.
var baits = []bait{
	{"http", "honeydoc_docx", "", "/home/anna/Documents/salaries-2026.docx"},
	{"aws_passive", "aws_creds", "", "/root/.aws/credentials"},
	{"http", "fingerprint_html", "", "/var/www/html/admin/index.html"},
	{"dns", "ssh_key", "", "/root/.ssh/id_rsa"},
	{"http", "env_file", "", "/var/www/html/.env"},
	{"http", "", "xlsx", "/srv/share/finance/budget.xlsx"},
	{"dns", "git_config", "", "/home/deploy/.git/config"},
	{"http", "honeydoc_pdf", "", "/srv/share/legal/contract.pdf"},
	{"http", "", "docx", "/srv/share/hr/Gehälter.docx"},
	{"dns", "mysql_dump", "", "/var/backups/crm.sql"},
	{"http", "fingerprint_svg", "", "/var/www/html/assets/logo.svg"},
	{"http", "", "pdf", "/home/anna/Desktop/passwords.pdf"},
	{"http", "honeydoc", "", "/srv/share/board/minutes.html"},
	{"aws_passive", "aws_creds", "", "/home/deploy/.aws/credentials"},
}

// upload is a file that an operator uploaded to make baits from.
type upload struct{ name, mime string }

var uploads = []upload{
	{"budget.xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"},
	{"Gehälter.docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"},
	{"passwords.pdf", "application/pdf"},
	{"floor plan.png", "image/png"},
}

// writeCanaries inserts the tokens of a block, and hits of attackers who open some of them.
func (b *block) writeCanaries() {
	blobs := make([]string, len(uploads))
	for i, u := range uploads {
		blobs[i] = b.uuid4()
		b.g.blobs.add(blobs[i], b.hex(64), u.name, u.mime, b.between(9_000, 900_000), b.g.admin, stamp(past.Add(-b.wait(day, 9*day))))
	}
	used := 0
	for i, t := range baits {
		id, slug := b.uuid4(), b.hex(22)
		placed := past.Add(b.wait(0, 10*day))
		by, seed, nonce, planted, blob, topology, problem := b.g.admin, slug, any(nil), "planted", any(nil), any(nil), any(nil)
		switch {
		case t.generator == "":
			blob = blobs[used]
			used++
		case t.generator == "fingerprint_html" || t.generator == "fingerprint_svg":
			by, seed, nonce = "system", b.hex(32), b.hex(16)
		case i == 13:
			planted, problem = "failed", "docker exec: exit status 1: no such container"
		case i == 12:
			planted, topology = "revoked", b.uuid4()
		}
		decky := fleet[(i*5+b.number)%len(fleet)].name
		count, last, caught := 0, time.Time{}, false
		if planted == "planted" {
			count, last, caught = b.openCanary(id, slug, t, nonce != nil, placed)
		}
		if caught {
			planted = "revoked"
		}
		b.g.tokens.add(id, t.kind, decky, topology, blob, orNull(t.instrumenter), orNull(t.generator), t.path, slug, seed, stamp(placed), stampOrNull(last), count,
			by, planted, problem, nonce)
	}
}

// openCanary inserts the hits of a token. A token with a nonce is revoked after the first browser fingerprint.
func (b *block) openCanary(id, slug string, t bait, nonce bool, placed time.Time) (count int, last time.Time, caught bool) {
	tagged := map[string]bool{}
	for at := placed; ; {
		at = at.Add(b.wait(4*time.Hour, 26*day))
		if at.After(present) || caught {
			return count, last, caught
		}
		around := b.activeAt(at)
		if len(around) == 0 {
			continue
		}
		count, last = count+1, at
		a := pick(b.dice, around)
		var agent, path, name, attacker any
		headers := object{}
		switch t.kind {
		case "dns":
			name = slug + ".c.example.net"
		default:
			agent, path = a.kit.agent, "/c/"+slug
			headers = object{{"host", "c.example.net"}, {"user-agent", a.kit.agent}, {"accept", "*/*"}, {"x-forwarded-for", a.ip}}
		}
		if nonce {
			var more object
			more, caught = b.browser(count)
			headers = append(headers, more...)
			b.tagBrowser(a, id, at, caught, tagged)
		}
		if b.chance(0.3) {
			attacker = a.id
		}
		raw := dumps(headers)
		if b.number == 0 && t.generator == "env_file" && count == 1 {
			raw = "host: c.example.net" // not JSON
		}
		b.g.triggers.add(b.uuid4(), id, stamp(at), a.ip, agent, path, name, raw, attacker)
	}
}

// activeAt returns the attackers that were active at a time, up to a day after their last session.
func (b *block) activeAt(at time.Time) []*attacker {
	var out []*attacker
	for _, a := range b.attackers {
		if !at.Before(a.first) && at.Before(a.last.Add(day)) {
			out = append(out, a)
		}
	}
	return out
}

// browser returns what the script in a fingerprinting file reports: first that the file was opened, then the browser.
func (b *block) browser(count int) (headers object, complete bool) {
	switch {
	case count == 1:
		return object{{"_fp_open", "1"}}, false
	case count == 2:
		return object{{"_fp_sid", b.hex(8)}, {"_fp_idx", "0"}, {"_fp_total", "2"}, {"_fp_chunk", "eyJ1YSI6"}}, false
	case b.chance(0.3):
		return object{{"_fp_invalid_nonce", "1"}}, false
	}
	return object{{"_fp", object{
		{"ua", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/125.0.0.0 Safari/537.36"},
		{"webdriver", true},
		{"platform", "Linux x86_64"},
		{"languages", []string{"en-US"}},
		{"timezone", "Europe/Moscow"},
		{"screen", []int{1280, 720}},
		{"canvas", b.hex(16)},
		{"audio", b.hex(16)},
		{"webrtc", []string{"10.20.4.7"}},
		{"cores", 4},
	}}}, true
}

// tagBrowser inserts the tags of a browser fingerprint. DECNET makes them only in a backfill, so they have an identity.
// Their source is the token, so each rule gives one tag for each token.
func (b *block) tagBrowser(a *attacker, token string, at time.Time, complete bool, tagged map[string]bool) {
	t := &batch{b: b, attacker: a.id, identity: a.anchor, clock: at.Add(b.wait(time.Second, 5*time.Second))}
	found := []member{{"R0053", object{{"metric", "platform"}, {"matched_signature", "ua_platform_mismatch"}}}}
	if complete {
		found = []member{
			{"R0049", object{{"metric", "navigator.webdriver"}, {"matched_signature", "true"}}},
			{"R0050", object{{"metric", "canvas_hash"}, {"matched_signature", "headless-chrome-swiftshader"}}},
			{"R0051", object{{"metric", "webrtc"}, {"matched_signature", "10.20.4.7"}}},
			{"R0052", object{{"metric", "timezone"}, {"matched_signature", "Europe/Moscow vs en-US"}}},
		}
	}
	for _, f := range found {
		if !tagged[f.key] {
			tagged[f.key] = true
			t.add("canary_fingerprint", token, f.key, f.value.(object))
		}
	}
}
