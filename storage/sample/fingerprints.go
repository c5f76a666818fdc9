package sample

import (
	"fmt"
	"time"
)

// sighting is one kind of fingerprint that DECNET stores: its type, the service it is seen on, and the payload.
type sighting struct {
	kind    string
	service string
	payload func(b *block, a *attacker) object
}

// prints lists all kinds. Attacker number n has sighting n of the list, in addition to those of its identity.
var prints = []sighting{
	{"http_useragent", "http", func(b *block, a *attacker) object {
		return object{
			{"value", a.kit.agent},
			{"category", agentCategory(a.kit.agent)},
			{"tool", agentTool(a.kit.agent)},
			{"signals", nil},
			{"method", "GET"},
			{"path", pick(b.dice, webPaths)},
		}
	}},
	{"spoofed_source", "http", func(b *block, a *attacker) object {
		return object{
			{"source_ip", a.ip},
			{"claimed_ip", "127.0.0.1"},
			{"source_header", "X-Forwarded-For"},
			{"headers_seen", "X-Forwarded-For, X-Real-IP"},
			{"claim_category", "loopback"},
		}
	}},
	{"http_quirks", "http", func(b *block, a *attacker) object {
		return object{
			{"order_hash", b.hex(12)},
			{"order", []string{"Host", "User-Agent", "Accept", "Connection"}},
			{"casing_hash", b.hex(12)},
			{"casing_category", "title"},
			{"stable_count", b.between(3, 40)},
			{"tool_guess", agentTool(a.kit.agent)},
		}
	}},
	{"vnc_client_version", "vnc", func(b *block, a *attacker) object {
		return object{{"value", pick(b.dice, []string{"RFB 003.008", "RFB 003.003"})}}
	}},
	{"ja3", "https", func(b *block, a *attacker) object { return b.ja3(b.hex(32)) }},
	{"ja4l", "https", func(b *block, a *attacker) object {
		return object{{"rtt_ms", fmt.Sprintf("%.3f", 12+b.Float64()*250)}, {"client_ttl", decimal(pick(b.dice, []int{64, 128, 52, 114, 243}))}}
	}},
	{"tls_resumption", "https", func(b *block, a *attacker) object {
		return object{{"mechanisms", pick(b.dice, []string{"session_ticket", "psk", "session_ticket,psk"})}}
	}},
	{"tls_certificate", "https", func(b *block, a *attacker) object {
		return append(b.certificate(), member{"sni", pick(b.dice, kitDrops)})
	}},
	{"tls_certificate", "https", func(b *block, a *attacker) object { return b.probedCertificate(a, b.hex(64)) }},
	{"jarm", "https", func(b *block, a *attacker) object {
		return object{{"hash", b.hex(62)}, {"target_ip", a.ip}, {"target_port", "443"}}
	}},
	{"hassh_server", "ssh", func(b *block, a *attacker) object { return b.hassh(a, b.hex(32)) }},
	{"tcpfp", "ssh", func(b *block, a *attacker) object {
		return object{
			{"hash", b.hex(32)},
			{"raw", "64:1:60:mss*44,7:mss,sok,ts,nop,ws:df,id+:0"},
			{"target_ip", a.ip},
			{"target_port", "22"},
			{"ttl", "64"},
			{"window_size", "64240"},
			{"df_bit", "1"},
			{"mss", "1460"},
			{"window_scale", "7"},
			{"sack_ok", "1"},
			{"timestamp", "1"},
			{"options_order", "M,S,T,N,W"},
		}
	}},
	{"icmp_error", "ssh", func(b *block, a *attacker) object {
		return object{
			{"matrix", "1011"},
			{"fp_hash", b.hex(16)},
			{"errors", object{
				{"port_unreachable", b.answer("")}, {"time_exceeded", b.answer("198.18.0.1")}, {"frag_needed", b.answer("")}, {"param_problem", b.answer("")},
			}},
			{"target_ip", a.ip},
			{"target_port", "22"},
		}
	}},
	{"icmp6_error", "ssh", func(b *block, a *attacker) object {
		return object{
			{"matrix", "1100"},
			{"fp_hash", b.hex(16)},
			{"errors", object{
				{"port_unreachable_v6", b.answer("")},
				{"hop_limit_exceeded", b.answer("2001:db8::1")},
				{"unknown_next_header", b.answer("")},
				{"bad_dest_option", b.answer("")},
			}},
			{"target_ip", a.ip},
			{"target_port", "22"},
		}
	}},
	{"ja4h", "http", func(b *block, a *attacker) object { return b.ja4hPayload(b.ja4h()) }},
	{"http2_settings", "https", func(b *block, a *attacker) object { return b.settings("h2", "1:65536;3:1000;4:6291456;6:262144") }},
	{"http3_settings", "https", func(b *block, a *attacker) object { return b.settings("h3", "1:65536;7:100;6:262144") }},
	{"ja4_quic", "https", func(b *block, a *attacker) object { return b.quic(b.ja4quic()) }},
}

var webPaths = []string{"/", "/login", "/wp-login.php", "/.env", "/phpmyadmin/", "/api/v1/users", "/.git/config", "/boaform/admin/formLogin"}

// agentCategory and agentTool are the category and the tool that DECNET derives from a user agent.
func agentCategory(agent string) string {
	switch agentTool(agent) {
	case nil:
		return "browser"
	case "curl":
		return "cli"
	case "python_requests":
		return "library"
	}
	return "scanner"
}

func agentTool(agent string) any {
	switch agent[0] {
	case 'c':
		return "curl"
	case 'p':
		return "python_requests"
	case 's':
		return "sqlmap"
	case 'z':
		return "zgrab"
	}
	return nil
}

func (b *block) ja4h() string {
	return "ge11nn" + fmt.Sprintf("%02d", b.between(3, 14)) + "enus_" + b.hex(12) + "_000000000000_000000000000"
}

func (b *block) ja4quic() string { return "q13d0310h3_" + b.hex(12) + "_" + b.hex(12) }

func (b *block) ja3(hash string) object {
	return object{
		{"ja3", hash},
		{"ja3s", b.hex(32)},
		{"ja4", "t13d1516h2_" + b.hex(12) + "_" + b.hex(12)},
		{"ja4s", "t130200_1301_" + b.hex(12)},
		{"tls_version", "TLS 1.3"},
		{"sni", pick(b.dice, kitDrops)},
		{"alpn", "h2"},
		{"dst_port", "443"},
		{"raw_ciphers", "4865-4866-4867-49195-49199"},
		{"raw_extensions", "0-23-65281-10-11-35-16-5-13-18-51-45-43"},
	}
}

func (b *block) hassh(a *attacker, hash string) object {
	return object{
		{"hash", hash},
		{"target_ip", a.ip},
		{"target_port", "22"},
		{"ssh_banner", pick(b.dice, banners)},
		{"kex_algorithms", "curve25519-sha256,ecdh-sha2-nistp256,diffie-hellman-group14-sha256"},
		{"encryption_s2c", "chacha20-poly1305@openssh.com,aes128-ctr"},
		{"mac_s2c", "hmac-sha2-256"},
		{"compression_s2c", "none,zlib@openssh.com"},
	}
}

func (b *block) certificate() object {
	return object{
		{"subject_cn", "srv" + decimal(b.between(1, 99)) + ".example.net"},
		{"issuer", "CN=Example Intermediate CA"},
		{"self_signed", "false"},
		{"not_before", "2026-01-10T00:00:00Z"},
		{"not_after", "2027-01-10T00:00:00Z"},
		{"sans", "example.net,www.example.net"},
	}
}

func (b *block) probedCertificate(a *attacker, digest string) object {
	return append(b.certificate(), member{"cert_sha256", digest}, member{"target_ip", a.ip}, member{"target_port", "443"})
}

func (b *block) ja4hPayload(hash string) object {
	return object{{"ja4h", hash}, {"protocol", "HTTP/1.1"}, {"method", "GET"}, {"path", pick(b.dice, webPaths)}, {"remote_port", decimal(b.between(30000, 60000))}}
}

func (b *block) settings(protocol, settings string) object {
	return object{
		{"settings", settings},
		{"frame_order", "SETTINGS,WINDOW_UPDATE,HEADERS"},
		{"protocol", protocol},
		{"remote_port", decimal(b.between(30000, 60000))},
	}
}

func (b *block) quic(hash string) object {
	return object{{"ja4_quic", hash}, {"sni", pick(b.dice, kitDrops)}, {"alpn", "h3"}, {"raw_ciphers", "4865-4866-4867"}}
}

// answer returns one cell of an ICMP matrix.
func (b *block) answer(from string) object {
	if b.chance(0.4) {
		return object{{"returned", false}, {"rtt_ms", nil}}
	}
	o := object{{"returned", true}, {"rtt_ms", fmt.Sprintf("%.2f", 5+b.Float64()*200)}}
	if from != "" {
		o = append(o, member{"src_ip", from})
	}
	return o
}

// fingerprint gives an attacker the fingerprints of its identity and one more sighting.
func (b *block) fingerprint(a *attacker, number int) {
	at := a.first
	show := func(kind, service string, payload object) {
		b.g.bounties++
		at = at.Add(b.wait(time.Second, time.Minute))
		a.prints = append(a.prints, object{
			{"id", b.g.bounties},
			{"timestamp", isoNaive(at)},
			{"decky", a.sessions[0].decky},
			{"service", service},
			{"attacker_ip", a.ip},
			{"bounty_type", "fingerprint"},
			{"payload", append(object{{"fingerprint_type", kind}}, payload...)},
		})
	}
	if a.identity != nil {
		for _, h := range a.identity.marks.ja3 {
			show("ja3", "https", b.ja3(h))
		}
		for _, h := range a.identity.marks.hassh {
			show("hassh_server", "ssh", b.hassh(a, h))
		}
		for _, h := range a.identity.marks.cert {
			show("tls_certificate", "https", b.probedCertificate(a, h))
		}
		if a.kit.theme.web > 0 && b.chance(0.5) {
			show("ja4h", "http", b.ja4hPayload(a.identity.marks.ja4h[0]))
			show("ja4_quic", "https", b.quic(a.identity.marks.ja4quic[0]))
		}
	}
	p := prints[number%len(prints)]
	show(p.kind, p.service, p.payload(b, a))
}

// text returns the string value of a key, or an empty string.
func (o object) text(key string) string {
	for _, m := range o {
		if m.key == key {
			s, _ := m.value.(string)
			return s
		}
	}
	return ""
}
