package httpapi_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"decnetgraph/auth"
)

func TestOnDECNETsDatabases(t *testing.T) {
	for name, source := range decnetDatabases(t) {
		t.Run(name, func(t *testing.T) {
			p := newPlaceWith(t, name, source)
			t.Run("forgeries are all refused alike", func(t *testing.T) { forgeriesAreRefusedAlike(t, p) })
			t.Run("logins count as DECNET counts them", func(t *testing.T) { loginsCountAsDECNETCountsThem(t, p) })
		})
	}
}

// refusedText is the body of every refusal, byte by byte.
const refusedText = `{"errors":[{"message":"could not validate credentials","extensions":{"code":"UNAUTHENTICATED"}}]}` + "\n"

func forgeriesAreRefusedAlike(t *testing.T, p *place) {
	t.Helper()
	good := p.goodAttempts()
	for fact, a := range good {
		assert.Equal(t, http.StatusOK, p.send(t, a).Code, "accepted: "+fact)
	}
	bad := p.forgeries()
	require.GreaterOrEqual(t, len(bad), 80)
	answers := make(map[string]*httptest.ResponseRecorder, len(bad))
	var mu sync.Mutex
	var all sync.WaitGroup
	for fact, a := range bad {
		all.Go(func() {
			answer := p.send(t, a)
			mu.Lock()
			defer mu.Unlock()
			answers[fact] = answer
		})
	}
	all.Wait()
	headers := answers["nothing"].Header()
	assert.Equal(t, []string{"Bearer"}, headers["Www-Authenticate"])
	assert.Equal(t, []string{"no-store"}, headers["Cache-Control"])
	for fact, answer := range answers {
		assert.Equal(t, http.StatusUnauthorized, answer.Code, fact)
		assert.True(t, bytes.Equal([]byte(refusedText), answer.Body.Bytes()), fact)
		assert.Equal(t, headers, answer.Header(), fact)
	}
	for _, text := range []string{"eyJ", "dgt_", decnetSecret} {
		assert.NotContains(t, p.logged.String(), text, "no token and no secret is logged")
	}
	for fact, a := range good {
		assert.Equal(t, http.StatusOK, p.send(t, a).Code, "still accepted: "+fact)
	}
}

// goodAttempts are accepted, among them some that look odd.
func (p *place) goodAttempts() map[string]attempt {
	now, token := p.now().Unix(), p.decnet(viewerID, nil)
	good := map[string]attempt{
		"DECNET's own":               with(p.decnet(adminID, nil)),
		"scheme in lower case":       {authorization: []string{"bearer " + token}},
		"scheme in capitals":         {authorization: []string{"BEARER " + token}},
		"several spaces":             {authorization: []string{"Bearer   " + token}},
		"lifetime as a fraction":     with(p.decnet(viewerID, claims{"exp": float64(now) + 60.5, "iat": float64(now) - 0.5})),
		"several audiences":          with(p.decnet(viewerID, claims{"aud": []string{"other", "decnet-dashboard"}})),
		"further claims":             with(p.decnet(viewerID, claims{"sub": "x", "role": "admin", "deep": claims{"a": []int{1}}})),
		"valid from now on":          with(p.decnet(viewerID, claims{"nbf": now})),
		"issued now, ends in 1 s":    with(p.decnet(viewerID, claims{"iat": now, "exp": now + 1})),
		"header without type":        with(signed(decnetSecret, []byte(`{"alg":"HS256"}`), jsonOf(p.decnetClaims(viewerID, nil)))),
		"key id":                     with(signed(decnetSecret, []byte(`{"alg":"HS256","kid":"x"}`), jsonOf(p.decnetClaims(viewerID, nil)))),
		"issued as the password was": with(p.decnet(changedID, claims{"iat": changedAt.Unix()})),
		"API token":                  with(p.tokens.add(auth.Token{ID: "1", Name: "probe", Role: auth.Ingest})),
		"API token of a network":     {authorization: with(p.tokens.add(auth.Token{ID: "2", Name: "n", Role: auth.Viewer, Networks: network("192.0.2.0/24")})).authorization, address: "192.0.2.7:1"},
		"API token, IPv4 in IPv6":    {authorization: with(p.tokens.add(auth.Token{ID: "3", Name: "m", Role: auth.Viewer, Networks: network("192.0.2.0/24")})).authorization, address: "[::ffff:192.0.2.7]:1"},
		"API token, ends in 1 s":     with(p.tokens.add(auth.Token{ID: "4", Name: "e", Role: auth.Viewer, ExpiresAt: p.now().Add(time.Second)})),
		"OIDC, RS256":                with(p.oidc(rsaKey(), nil, nil)),
		"OIDC, PS256":                with(p.oidc(rsaKey(), claims{"alg": "PS256"}, nil)),
		"OIDC, ES256":                with(p.oidc(ecKey(), claims{"alg": "ES256", "kid": "k2"}, nil)),
		"OIDC, EdDSA":                with(p.oidc(edKey(), claims{"alg": "EdDSA", "kid": "k3"}, nil)),
		"OIDC, no key id":            with(p.oidc(rsaKey(), claims{"kid": nil}, nil)),
		"OIDC, clocks differ":        with(p.oidc(rsaKey(), nil, claims{"exp": now - 29, "iat": now + 30, "nbf": now + 30})),
		"OIDC, access token":         with(p.oidc(rsaKey(), claims{"typ": "at+JWT"}, claims{"aud": []string{"x", "decnet-graph"}})),
		"certificate":                {tls: verifiedBy(certificate("probe.example.org", p.now()))},
		"schema text":                {path: "/graphql/", authorization: []string{"Bearer " + token}},
	}
	return good
}

func (p *place) forgeries() map[string]attempt {
	all := p.forgedHeaders()
	for _, more := range []map[string]attempt{p.forgedAlgorithms(), p.forgedClaims(), p.forgedForms(), p.forgedAPITokens(), p.forgedOIDC(), p.forgedCertificates()} {
		for fact, a := range more {
			if _, twice := all[fact]; twice {
				panic(fact)
			}
			all[fact] = a
		}
	}
	return all
}

// forgedHeaders are requests with a good token in the wrong place or form.
func (p *place) forgedHeaders() map[string]attempt {
	token := func() string { return p.decnet(viewerID, nil) }
	lines := func(lines ...string) attempt { return attempt{authorization: lines} }
	return map[string]attempt{
		"nothing":                   {},
		"empty header":              lines(""),
		"scheme alone":              lines("Bearer"),
		"scheme and a space":        lines("Bearer "),
		"no scheme":                 lines(token()),
		"Basic":                     lines("Basic " + token()),
		"Token":                     lines("Token " + token()),
		"scheme with a colon":       lines("Bearer: " + token()),
		"scheme without space":      lines("Bearer" + token()),
		"a tab for the space":       lines("Bearer\t" + token()),
		"full-width scheme":         lines("Ｂearer " + token()),
		"scheme with long s":        lines("Bearer\u017f " + token()),
		"quoted":                    lines(`Bearer "` + token() + `"`),
		"two headers, good and bad": lines("Bearer "+token(), "Bearer x"),
		"two headers, bad and good": lines("Bearer x", "Bearer "+token()),
		"two headers, both good":    lines("Bearer "+token(), "Bearer "+token()),
		"two tokens in a list":      lines("Bearer " + token() + ", Bearer " + token()),
		"two tokens":                lines("Bearer " + token() + " " + token()),
		"in the URL":                {query: "token=" + token()},
		"in the URL as RFC 6750":    {query: "access_token=" + token()},
		"in the URL as well":        {query: "query=a&token=x", authorization: with(token()).authorization},
		"in a cookie":               {header: [2]string{"Cookie", "access_token=" + token()}},
		"in the proxy's header":     {header: [2]string{"Proxy-Authorization", "Bearer " + token()}},
		"in a header of its own":    {header: [2]string{"X-Api-Key", token()}},
		"a name that proxies claim": {header: [2]string{"X-Forwarded-User", "admin"}},
		"for the schema's text":     {path: "/graphql/", authorization: lines("Bearer x").authorization},
	}
}

// forgedAlgorithms are tokens that were signed otherwise than their reader should check.
func (p *place) forgedAlgorithms() map[string]attempt {
	bad := map[string]attempt{}
	payload := func() []byte { return jsonOf(p.decnetClaims(adminID, nil)) }
	for _, none := range []string{"none", "None", "NONE", "nOnE", "", " none", "none "} {
		header := jsonOf(claims{"alg": none, "typ": "JWT"})
		bad[fmt.Sprintf("algorithm %q, unsigned", none)] = with(b64(header) + "." + b64(payload()) + ".")
		bad[fmt.Sprintf("algorithm %q, signed", none)] = with(signed(decnetSecret, header, payload()))
	}
	for fact, header := range map[string]string{
		"no algorithm":                  `{"typ":"JWT"}`,
		"algorithm null":                `{"alg":null}`,
		"algorithm as a list":           `{"alg":["HS256"]}`,
		"algorithm as a number":         `{"alg":256}`,
		"algorithm in lower case":       `{"alg":"hs256"}`,
		"another length of the HMAC":    `{"alg":"HS512"}`,
		"a shorter HMAC's name":         `{"alg":"HS1"}`,
		"an algorithm of keys":          `{"alg":"RS256"}`,
		"an algorithm of curves":        `{"alg":"ES256"}`,
		"two algorithms":                `{"alg":"none","alg":"HS256"}`,
		"critical header":               `{"alg":"HS256","crit":["exp"],"exp":9}`,
		"critical header, empty":        `{"alg":"HS256","crit":[]}`,
		"text that is not encoded":      `{"alg":"HS256","crit":["b64"],"b64":false}`,
		"key id as a number":            `{"alg":"HS256","kid":7}`,
		"key id as an object":           `{"alg":"HS256","kid":{"a":1}}`,
		"header as a list":              `["HS256"]`,
		"header as a text":              `"HS256"`,
		"header null":                   `null`,
		"header that is cut off":        `{"alg":"HS256"`,
		"header with more behind":       `{"alg":"HS256"} {}`,
		"header that is not UTF-8":      "{\"alg\":\"HS256\",\"x\":\"\xff\"}",
		"header nested a thousandfold":  `{"alg":"HS256","x":` + strings.Repeat("[", 1000) + strings.Repeat("]", 1000) + `}`,
		"byte order mark before header": "\ufeff" + `{"alg":"HS256"}`,
	} {
		bad[fact] = with(signed(decnetSecret, []byte(header), payload()))
	}
	public, _ := x509.MarshalPKIXPublicKey(&rsaKey().PublicKey)
	inPEM := string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public}))
	for fact, secret := range map[string]string{
		"another secret": strings.ToUpper(decnetSecret), "secret with a line end": decnetSecret + "\n", "secret that is cut off": decnetSecret[:31],
		"the issuer's public key as the secret": inPEM, "the same in DER": string(public), "the secret in base64": base64.StdEncoding.EncodeToString([]byte(decnetSecret)),
	} {
		bad[fact] = with(signed(secret, decnetHeader, payload()))
	}
	bad["token of another server"] = with(signed("another-server-with-the-same-names-123", decnetHeader, payload()))
	bad["issuer's public key as the secret of its own token"] = with(signed(inPEM, decnetHeader, jsonOf(p.oidcClaims(nil))))
	for fact, kid := range map[string]string{
		"key id that is a path": "../../../../dev/null", "key id that is SQL": "' UNION SELECT 'x' --", "key id that is a URL": "https://evil.example/key",
		"key id that is a command": "|id",
	} {
		header := jsonOf(claims{"alg": "HS256", "kid": kid})
		for _, secret := range []string{"", "x"} {
			bad[fact+", secret "+secret] = with(signed(secret, header, payload()))
		}
	}
	own := jwk("k1", otherKey())
	for fact, header := range map[string]claims{
		"key in the header": {"jwk": own}, "keys at a URL": {"jku": "https://evil.example/keys"}, "certificate at a URL": {"x5u": "https://evil.example/c"},
		"certificate in the header": {"x5c": []string{"MIIB"}}, "key in the header, no id": {"jwk": own, "kid": nil},
	} {
		bad[fact] = with(p.oidc(otherKey(), header, nil))
	}
	return bad
}

// forgedClaims are tokens with a valid signature of DECNET.
func (p *place) forgedClaims() map[string]attempt {
	bad, now := map[string]attempt{}, p.now().Unix()
	for fact, change := range map[string]claims{
		"issuer missing": {"iss": nil}, "another issuer": {"iss": "decnet2"}, "issuer in capitals": {"iss": "DECNET"}, "issuer in a list": {"iss": []string{"decnet"}},
		"issuer with a space": {"iss": "decnet "}, "the issuer of OIDC": {"iss": p.issuer.URL},
		"audience missing": {"aud": nil}, "another audience": {"aud": "decnet"}, "an empty list of audiences": {"aud": []string{}}, "audience empty": {"aud": ""},
		"other audiences": {"aud": []string{"a", "b"}}, "a number among audiences": {"aud": []any{"decnet-dashboard", 1}}, "audience as an object": {"aud": claims{"decnet-dashboard": 1}},
		"type missing": {"typ": nil}, "type of another token": {"typ": "refresh"}, "type in capitals": {"typ": "Access"}, "type in a list": {"typ": []string{"access"}},
		"token id missing": {"jti": nil}, "token id empty": {"jti": ""}, "token id as a number": {"jti": 7}, "token id with NUL": {"jti": "a\x00"}, "token id false": {"jti": false},
		"user missing": {"uuid": nil}, "user empty": {"uuid": ""}, "user as a number": {"uuid": 1}, "user as a list": {"uuid": []string{adminID}}, "user deleted": {"uuid": "u-gone"},
		"user in capitals": {"uuid": strings.ToUpper(adminID)}, "user with a space behind": {"uuid": adminID + " "}, "user that is SQL": {"uuid": "x' OR '1'='1"},
		"user that is a pattern": {"uuid": "u-%"}, "user with an accent": {"uuid": "u-ádmin"}, "user with NUL": {"uuid": adminID + "\x00"}, "user too long": {"uuid": strings.Repeat("u", 256)},
		"end missing": {"exp": nil}, "expired by a second": {"exp": now - 1}, "expires now": {"exp": now}, "expires within this second": {"exp": float64(now) + 0.9},
		"end as a text": {"exp": fmt.Sprint(now + 60)}, "end true": {"exp": true}, "end 0": {"exp": 0}, "end before 1970": {"exp": -1}, "end beyond all": {"exp": 1e30},
		"end as a list": {"exp": []int64{now + 60}}, "end in milliseconds": {"exp": (now + 60) * 1000},
		"beginning missing": {"iat": nil}, "issued in a second": {"iat": now + 1}, "issued as a text": {"iat": fmt.Sprint(now)}, "issued beyond all": {"iat": -1e30},
		"valid from the next second": {"nbf": now + 1}, "validity as a text": {"nbf": fmt.Sprint(now)}, "validity true": {"nbf": true},
		"revoked by a logout":                 {"jti": "revoked"},
		"older than the password by a second": {"uuid": changedID, "iat": changedAt.Unix() - 1}, "older by a fraction": {"uuid": changedID, "iat": float64(changedAt.Unix()) - 0.1},
	} {
		bad[fact] = with(p.decnet(adminID, change))
	}
	text := func(more string) []byte {
		whole := string(jsonOf(p.decnetClaims(adminID, nil)))
		return []byte(whole[:len(whole)-1] + more)
	}
	for fact, more := range map[string]string{
		"end twice": fmt.Sprintf(`,"exp":%d}`, now+600), "end twice, once escaped": fmt.Sprintf(`,"e\u0078p":%d}`, now+600), "token id twice": `,"jti":"b"}`,
		"user twice": `,"uuid":"` + viewerID + `"}`, "names twice deep inside": `,"x":[{"a":1,"a":2}]}`, "claims that are not UTF-8": ",\"x\":\"\xc3\"}",
		"claims with NaN": `,"nbf":NaN}`, "claims cut off": ``, "claims with more behind": `} ` + `x`, "claims nested a thousandfold": `,"x":` + strings.Repeat("[", 1000) + strings.Repeat("]", 1000) + `}`,
	} {
		bad[fact] = with(signed(decnetSecret, decnetHeader, text(more)))
	}
	for fact, whole := range map[string]string{"claims null": "null", "claims as a list": "[]", "claims as a text": `"x"`, "no claims": "{}", "claims empty": ""} {
		bad[fact] = with(signed(decnetSecret, decnetHeader, []byte(whole)))
	}
	return bad
}

// forgedForms are tokens with a valid signature that were changed or cut off.
func (p *place) forgedForms() map[string]attempt {
	token := func() string { return p.decnet(adminID, nil) }
	cut := func(n int) string { return strings.Join(strings.Split(token(), ".")[:n], ".") }
	flip := func(token string, at int) string { // the text stays base64
		by := map[bool]string{true: "B", false: "A"}[token[at] == 'A']
		return token[:at] + by + token[at+1:]
	}
	whole, padded := token(), token()
	parts := strings.Split(padded, ".")
	bad := map[string]attempt{
		"one segment": with(cut(1)), "two segments": with(cut(2)), "no signature": with(cut(2) + "."), "four segments": with(token() + ".x"), "dots alone": with(".."),
		"no header": with("." + strings.SplitN(token(), ".", 2)[1]), "a letter": with("x"), "equals signs": with("=="), "a word": with("undefined"), "null": with("null"),
		"signature cut off by a character": with(whole[:len(whole)-1]), "signature changed": with(flip(whole, len(whole)-9)), "signature's unused bits": with(lastBits(whole)),
		"header changed": with(flip(token(), 9)), "claims changed": with(flip(token(), 60)), "padding": with(padded + "="), "padding in the middle": with(parts[0] + "=." + parts[1] + "." + parts[2]),
		"a line end inside": with(token()[:50] + "\n" + token()[50:]), "a space inside": with(token()[:50] + " " + token()[50:]), "a zero-width space": with(token() + "\u200b"),
		"NUL at the end": with(token() + "\x00"), "a percent sign": with(url.QueryEscape(token()) + "%"), "as JSON": with(`{"protected":"` + parts[0] + `","payload":"` + parts[1] + `","signature":"` + parts[2] + `"}`),
		"huge": with(strings.Repeat("A", 60<<10)), "huge and signed": with(p.decnet(adminID, claims{"x": strings.Repeat("x", 20<<10)})), "dots without end": with(strings.Repeat(".", 10<<10)),
		"signature of other claims": with(cut(2) + whole[strings.LastIndexByte(whole, '.'):]),
	}
	return bad
}

// lastBits sets a bit of the last character of a token that encodes nothing.
func lastBits(token string) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	last := strings.IndexByte(alphabet, token[len(token)-1])
	return token[:len(token)-1] + alphabet[last|1:last|1+1]
}

func (p *place) forgedAPITokens() map[string]attempt {
	good := p.tokens.add(auth.Token{ID: "g", Name: "good", Role: auth.Admin})
	other, digest := auth.NewSecret()
	flipped := good[:20] + map[bool]string{true: "B", false: "A"}[good[20] == 'A'] + good[21:]
	from := func(address string, networks string) attempt {
		return attempt{authorization: with(p.tokens.add(auth.Token{ID: "n", Name: "net", Role: auth.Viewer, Networks: network(networks)})).authorization, address: address}
	}
	return map[string]attempt{
		"API token, unknown": with(other), "API token, a character flipped": with(flipped), "API token, cut off": with(good[:51]), "API token, more behind": with(good + "A"),
		"API token, prefix in capitals": with("DGT_" + good[4:]), "API token, no prefix": with(good[4:]), "API token, prefix alone": with("dgt_"), "API token, its digest": with(b64(digest[:])),
		"API token, digest with prefix": with("dgt_" + b64(digest[:])), "API token, checksum of another": with(good[:46] + other[46:]), "API token, padding": with(good + "="),
		"API token, revoked":         with(p.tokens.add(auth.Token{ID: "r", Name: "r", Role: auth.Admin, RevokedAt: p.now().Add(-time.Hour)})),
		"API token, expired":         with(p.tokens.add(auth.Token{ID: "x", Name: "x", Role: auth.Admin, ExpiresAt: p.now().Add(-time.Second)})),
		"API token, unknown role":    with(p.tokens.add(auth.Token{ID: "o", Name: "o", Role: "OWNER"})),
		"API token, expires now":     with(p.tokens.add(auth.Token{ID: "x", Name: "x", Role: auth.Admin, ExpiresAt: p.now()})),
		"API token, another network": from("198.51.100.1:1", "192.0.2.0/24"), "API token, IPv6 for IPv4": from("[2001:db8::1]:1", "0.0.0.0/0"),
		"API token, IPv4 for IPv6": from("192.0.2.1:1", "::/0"), "API token, next network": from("192.0.3.0:1", "192.0.2.0/24"), "API token, address unknown": from("@", "0.0.0.0/0"),
	}
}

func (p *place) forgedOIDC() map[string]attempt {
	bad, now := map[string]attempt{}, p.now().Unix()
	for fact, change := range map[string]claims{
		"another issuer": {"iss": "https://login.example.org/realms/other"}, "issuer with a slash": {"iss": p.issuer.URL + "/"}, "issuer in capitals": {"iss": strings.ToUpper(p.issuer.URL)},
		"issuer of DECNET": {"iss": "decnet"}, "no issuer": {"iss": nil}, "another audience": {"aud": "account"}, "audience missing": {"aud": nil}, "audience as a part": {"aud": "decnet-graph-2"},
		"expired beyond the skew": {"exp": now - 30}, "no end": {"exp": nil}, "end as a text": {"exp": fmt.Sprint(now + 60)}, "not yet valid beyond the skew": {"nbf": now + 31},
		"issued beyond the skew": {"iat": now + 31}, "issued as a text": {"iat": "1"}, "a logout": {"events": claims{"http://schemas.openid.net/event/backchannel-logout": claims{}}},
		"bound to a key": {"cnf": claims{"jkt": "x"}}, "no user": {"sub": nil, "preferred_username": nil}, "user with a line end": {"preferred_username": "a\nb"},
		"user that is too long": {"preferred_username": strings.Repeat("x", 256)},
	} {
		bad["OIDC, "+fact] = with(p.oidc(rsaKey(), nil, change))
	}
	for fact, header := range map[string]claims{
		"type of a logout": {"typ": "logout+jwt"}, "bound type": {"typ": "dpop+jwt"}, "critical header": {"crit": []string{"exp"}}, "another key's id": {"kid": "k2"},
		"unknown key id": {"kid": "k9"}, "another key's algorithm": {"alg": "ES256"}, "key id as a path": {"kid": "../k1"},
	} {
		bad["OIDC, "+fact] = with(p.oidc(rsaKey(), header, nil))
	}
	bad["OIDC, another key"] = with(p.oidc(otherKey(), nil, nil))
	bad["OIDC, another key without id"] = with(p.oidc(otherKey(), claims{"kid": nil}, nil))
	text := b64([]byte(`{"alg":"ES256","kid":"k2"}`)) + "." + b64(jsonOf(p.oidcClaims(nil)))
	bad["OIDC, signature of zeros"] = with(text + "." + b64(make([]byte, 64)))
	bad["OIDC, unsigned"] = with(b64([]byte(`{"alg":"none"}`)) + "." + b64(jsonOf(p.oidcClaims(nil))) + ".")
	mac := hmac.New(sha256.New, rsaKey().N.Bytes())
	text = b64([]byte(`{"alg":"HS256","kid":"k1"}`)) + "." + b64(jsonOf(p.oidcClaims(nil)))
	mac.Write([]byte(text))
	bad["OIDC, modulus as the secret"] = with(text + "." + b64(mac.Sum(nil)))
	bad["OIDC, DECNET's secret"] = with(signed(decnetSecret, []byte(`{"alg":"HS256","kid":"k1"}`), jsonOf(p.oidcClaims(nil))))
	return bad
}

// certificate makes a client certificate for a DNS name.
func certificate(name string, now time.Time) *x509.Certificate {
	return &x509.Certificate{DNSNames: []string{name}, NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour)}
}

func verifiedBy(c *x509.Certificate) *tls.ConnectionState {
	return &tls.ConnectionState{PeerCertificates: []*x509.Certificate{c}, VerifiedChains: [][]*x509.Certificate{{c}}}
}

func (p *place) forgedCertificates() map[string]attempt {
	good := verifiedBy(certificate("probe.example.org", p.now()))
	return map[string]attempt{
		"certificate that nobody verified": {tls: &tls.ConnectionState{PeerCertificates: good.PeerCertificates}},
		"certificate, expired":             {tls: verifiedBy(certificate("probe.example.org", p.now().Add(-time.Hour-time.Second)))},
		"certificate, not yet valid":       {tls: verifiedBy(certificate("probe.example.org", p.now().Add(2*time.Hour)))},
		"bad token with a certificate":     {tls: good, authorization: with("x").authorization},
		"bad API token with a certificate": {tls: good, authorization: with("dgt_x").authorization},
		"empty header with a certificate":  {tls: good, authorization: []string{""}},
		"Basic with a certificate":         {tls: good, authorization: []string{"Basic eDp5"}},
	}
}
