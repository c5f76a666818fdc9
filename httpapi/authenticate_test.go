package httpapi_test

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"decnetgraph/auth"
	"decnetgraph/httpapi"
	"decnetgraph/resolvers/resolverstest"
)

func loginsCountAsDECNETCountsThem(t *testing.T, p *place) {
	t.Helper()
	for id, says := range map[string]string{adminID: "DECNET:name-of-u-admin ADMIN", viewerID: "DECNET:name-of-u-viewer VIEWER"} {
		assert.Equal(t, says, p.send(t, with(p.decnet(id, nil))).Body.String())
	}
	forced := p.send(t, with(p.decnet(forcedID, nil)))
	assert.Equal(t, http.StatusForbidden, forced.Code)
	assert.Contains(t, forced.Body.String(), `"change your password in DECNET before you use this server","extensions":{"code":"FORBIDDEN"}`)
	assert.Equal(t, http.StatusUnauthorized, p.send(t, with(p.decnet(forcedID, claims{"exp": p.now().Unix() - 1}))).Code, "only a valid login learns of it")
	assert.Equal(t, http.StatusForbidden, p.send(t, with(p.decnet(strangeID, nil))).Code, "a role that DECNET does not have")

	for change, c := range map[string]struct {
		statement string
		status    int
	}{
		"a logout": {
			"INSERT INTO revoked_tokens (jti, user_uuid, expires_at, revoked_at) VALUES ('the-jti', 'u-1', '2026-06-01 00:00:00', '2026-05-04 04:00:00')", http.StatusUnauthorized,
		},
		"a deleted user":           {"DELETE FROM users WHERE uuid = 'u-1'", http.StatusUnauthorized},
		"a new password":           {"UPDATE users SET tokens_valid_from = '2026-05-04 04:00:05' WHERE uuid = 'u-1'", http.StatusUnauthorized},
		"a forced password change": {"UPDATE users SET must_change_password = 1 WHERE uuid = 'u-1'", http.StatusForbidden},
	} {
		t.Run("noticed within 10 seconds: "+change, func(t *testing.T) {
			p.clock.Store(time.Date(2026, 5, 4, 4, 0, 0, 0, time.UTC).UnixMilli())
			p.ways.Forget()
			p.write(t, "DELETE FROM users WHERE uuid = 'u-1'")
			p.write(t, "DELETE FROM revoked_tokens")
			p.write(t, "INSERT INTO users (uuid, username, password_hash, role, must_change_password) VALUES ('u-1', 'one', 'x', 'viewer', ?)", false)
			token := with(p.decnet("u-1", claims{"jti": "the-jti"}))
			lookups := p.users.lookups.Load()
			for range 5 {
				assert.Equal(t, http.StatusOK, p.send(t, token).Code)
			}
			assert.Equal(t, int64(1), p.users.lookups.Load()-lookups, "a proof that was verified costs no further statement")
			p.write(t, c.statement)
			p.pass(10*time.Second - time.Millisecond)
			assert.Equal(t, http.StatusOK, p.send(t, token).Code)
			p.pass(time.Millisecond)
			assert.Equal(t, c.status, p.send(t, token).Code)
		})
	}
}

// onSQLite is a place on a database of its own.
func onSQLite(t *testing.T) *place {
	t.Helper()
	return newPlace(t, resolverstest.CopySample(t))
}

func TestARefusalCostsTheSameLookUpsWhateverItsReason(t *testing.T) {
	p := onSQLite(t)
	p.write(t, "INSERT INTO revoked_tokens (jti, user_uuid, expires_at, revoked_at) VALUES ('r', ?, '2026-06-01 00:00:00', '2026-05-04 04:00:00')", adminID)
	now := p.now().Unix()
	for fact, change := range map[string]claims{
		"revoked": {"jti": "r"}, "expired": {"exp": now - 1}, "deleted user": {"uuid": "u-gone"}, "older than the password": {"uuid": changedID, "iat": changedAt.Unix() - 1},
		"no user": {"uuid": nil}, "no token id": {"jti": nil}, "another audience": {"aud": "x"}, "issued in the future": {"iat": now + 9}, "valid": {},
	} {
		before := p.users.lookups.Load()
		p.send(t, with(p.decnet(adminID, change)))
		assert.Equal(t, int64(1), p.users.lookups.Load()-before, "signed by DECNET: "+fact)
	}
	before := p.users.lookups.Load()
	p.send(t, with(signed("not-the-secret-of-this-server-1234567", decnetHeader, jsonOf(p.decnetClaims(adminID, nil)))))
	assert.Equal(t, before, p.users.lookups.Load(), "who does not know the secret causes no statement")

	unknown, _ := auth.NewSecret()
	for fact, secret := range map[string]string{
		"unknown": unknown, "revoked": p.tokens.add(auth.Token{RevokedAt: p.now()}), "expired": p.tokens.add(auth.Token{ExpiresAt: p.now()}),
		"another network": p.tokens.add(auth.Token{Networks: network("192.0.2.0/24")}),
	} {
		before, start := p.tokens.lookups, time.Now()
		assert.Equal(t, http.StatusUnauthorized, p.send(t, with(secret)).Code)
		assert.Equal(t, 1, p.tokens.lookups-before, "API token: "+fact)
		assert.GreaterOrEqual(t, time.Since(start), 20*time.Millisecond, "the time of a look-up is hidden")
	}
}

func TestNobodyGetsInWhileProofsCannotBeChecked(t *testing.T) {
	p := onSQLite(t)
	p.users.broken.Store(true)
	answer := p.send(t, with(p.decnet(adminID, nil)))
	assert.Equal(t, http.StatusServiceUnavailable, answer.Code)
	assert.JSONEq(t, `{"errors":[{"message":"your credentials cannot be checked now; try again later","extensions":{"code":"UNAVAILABLE"}}]}`, answer.Body.String())
	assert.Contains(t, p.logged.String(), "secret-host:5432 is gone")
	p.users.broken.Store(false)
	assert.Equal(t, http.StatusOK, p.send(t, with(p.decnet(adminID, nil))).Code)

	p.write(t, "UPDATE users SET tokens_valid_from = 'soon' WHERE uuid = ?", viewerID)
	assert.Equal(t, http.StatusServiceUnavailable, p.send(t, with(p.decnet(viewerID, nil))).Code, "a value that cannot be read is no permission")
}

func TestAnIssuerIsAskedAgainAfterItDidNotAnswer(t *testing.T) {
	p := onSQLite(t)
	p.issuer.set(true)
	token := func() attempt { return with(p.oidc(rsaKey(), nil, claims{"jti": fmt.Sprint(p.clients.Add(1))})) }
	for range 3 {
		assert.Equal(t, http.StatusServiceUnavailable, p.send(t, token()).Code)
	}
	assert.Equal(t, 1, p.issuer.asked, "an issuer that does not answer is not asked by every request")
	assert.Equal(t, http.StatusUnauthorized, p.send(t, with(p.oidc(rsaKey(), nil, claims{"aud": "x"}))).Code, "what is wrong anyway")
	p.issuer.set(false)
	p.pass(5 * time.Second)
	assert.Equal(t, "OIDC:alice VIEWER", p.send(t, token()).Body.String(), "no restart is needed")

	asked := p.issuer.asked
	for range 20 {
		p.send(t, with(p.oidc(otherKey(), claims{"kid": "made up"}, claims{"jti": fmt.Sprint(p.clients.Add(1))})))
	}
	assert.LessOrEqual(t, p.issuer.asked, asked+1, "made-up key ids do not have the issuer asked each time")

	p.issuer.set(true)
	p.pass(5 * time.Second)
	assert.Equal(t, http.StatusOK, p.send(t, token()).Code, "known keys do without the issuer")
	assert.Equal(t, http.StatusServiceUnavailable, p.send(t, with(p.oidc(otherKey(), claims{"kid": "new"}, nil))).Code, "unknown ones do not")
	p.issuer.set(false, jwk("new", otherKey()))
	p.pass(5 * time.Second)
	assert.Equal(t, http.StatusOK, p.send(t, with(p.oidc(otherKey(), claims{"kid": "new"}, nil))).Code, "a new key needs no restart")
	p.pass(15 * time.Minute)
	assert.Equal(t, http.StatusUnauthorized, p.send(t, token()).Code, "a key that was withdrawn is not valid for long")
}

func TestClaimsGiveTheRoleThatMayDoTheMost(t *testing.T) {
	p := onSQLite(t)
	for says, roles := range map[string]any{
		"OIDC:alice ADMIN": []string{"probes", "hunters", "chiefs"}, "OIDC:alice VIEWER": []string{"probes", "hunters"}, "OIDC:alice INGEST": "probes",
	} {
		assert.Equal(t, says, p.send(t, with(p.oidc(rsaKey(), nil, claims{"realm_access": claims{"roles": roles}}))).Body.String())
		assert.Equal(t, says, p.send(t, with(p.oidc(rsaKey(), nil, claims{"realm_access": nil, "realm_access.roles": roles}))).Body.String(), "a name with dots")
	}
	for _, none := range []any{[]string{"Hunters"}, []any{1, nil}, claims{"hunters": true}, nil, "", "hunters,chiefs"} {
		answer := p.send(t, with(p.oidc(rsaKey(), nil, claims{"realm_access": claims{"roles": none}})))
		assert.Equal(t, http.StatusForbidden, answer.Code, none)
		assert.Contains(t, answer.Body.String(), "gives you no role here")
	}
	assert.Equal(t, "OIDC:s-1 VIEWER", p.send(t, with(p.oidc(rsaKey(), nil, claims{"preferred_username": nil}))).Body.String())
}

func TestCertificatesGiveTheRoleOfTheirName(t *testing.T) {
	p := onSQLite(t)
	shown := func(change func(*x509.Certificate)) attempt {
		c := certificate("unknown.example.org", p.now())
		change(c)
		return attempt{tls: verifiedBy(c)}
	}
	chief, err := url.Parse("spiffe://example.org/chief")
	require.NoError(t, err)
	for fact, c := range map[string]struct {
		change func(*x509.Certificate)
		says   string
	}{
		"DNS name in capitals":            {func(c *x509.Certificate) { c.DNSNames = []string{"PROBE.example.org"} }, "CERTIFICATE:probe.example.org INGEST"},
		"the role that may do the most":   {func(c *x509.Certificate) { c.DNSNames, c.URIs = []string{"probe.example.org"}, []*url.URL{chief} }, "CERTIFICATE:spiffe://example.org/chief ADMIN"},
		"common name without other names": {func(c *x509.Certificate) { c.DNSNames, c.Subject.CommonName = nil, "alice" }, "CERTIFICATE:alice VIEWER"},
	} {
		assert.Equal(t, c.says, p.send(t, shown(c.change)).Body.String(), fact)
	}
	for fact, change := range map[string]func(*x509.Certificate){
		"common name beside other names": func(c *x509.Certificate) { c.Subject.CommonName = "alice" },
		"a common name in capitals":      func(c *x509.Certificate) { c.DNSNames, c.Subject.CommonName = nil, "ALICE" },
		"no name":                        func(c *x509.Certificate) { c.DNSNames = nil },
		"a wildcard":                     func(c *x509.Certificate) { c.DNSNames = []string{"*.example.org"} },
	} {
		assert.Equal(t, http.StatusForbidden, p.send(t, shown(change)).Code, fact)
	}
	token := shown(func(c *x509.Certificate) { c.DNSNames = []string{"probe.example.org"} })
	token.authorization = with(p.decnet(viewerID, nil)).authorization
	assert.Equal(t, "DECNET:name-of-u-viewer VIEWER", p.send(t, token).Body.String(), "a token decides over a certificate")
	assert.Equal(t, http.StatusUnauthorized, p.send(t, attempt{tls: &tls.ConnectionState{}}).Code)
}

func TestManyFailuresAreAnsweredWith429AndLockNobodyOut(t *testing.T) {
	p := onSQLite(t)
	good, bad := p.tokens.add(auth.Token{ID: "1", Name: "a", Role: auth.Viewer}), func() string { return p.decnet(adminID, claims{"aud": "x"}) }
	from := func(address, token string) *httptest.ResponseRecorder {
		a := with(token)
		a.address = address
		return p.send(t, a)
	}
	for range 10 {
		assert.Equal(t, http.StatusUnauthorized, from("[2001:db8::1]:1", bad()).Code)
	}
	for _, address := range []string{"[2001:db8::1]:2", "[2001:db8::ffff:1:2:3]:1"} { // one client has all of these
		answer := from(address, bad())
		assert.Equal(t, http.StatusTooManyRequests, answer.Code)
		assert.Equal(t, "6", answer.Header().Get("Retry-After"))
		assert.Contains(t, answer.Body.String(), `"too many failed attempts to sign in; try again in 6 seconds","extensions":{"code":"LIMIT_EXCEEDED"}`)
	}
	for _, token := range []string{good, p.decnet(viewerID, nil), p.oidc(rsaKey(), nil, nil)} {
		assert.Equal(t, http.StatusOK, from("[2001:db8::1]:3", token).Code, "others behind the same address get in")
	}
	assert.Equal(t, http.StatusUnauthorized, from("[2001:db8:0:1::1]:1", bad()).Code, "another network")
	p.pass(6 * time.Second)
	assert.Equal(t, http.StatusUnauthorized, from("[2001:db8::1]:1", bad()).Code, "one more after some time")
	assert.Equal(t, http.StatusTooManyRequests, from("[2001:db8::1]:1", bad()).Code)

	forged := strings.Split(p.decnet(adminID, nil), ".")
	for i := range 10 { // guesses of one signature, from everywhere
		assert.Equal(t, http.StatusUnauthorized, p.send(t, with(forged[0]+"."+forged[1]+"."+b64([]byte{byte(i)}))).Code)
	}
	assert.Equal(t, http.StatusTooManyRequests, p.send(t, with(forged[0]+"."+forged[1]+".AAAA")).Code)
	assert.Equal(t, http.StatusOK, p.send(t, with(strings.Join(forged, "."))).Code, "the right one gets in")

	before := p.tokens.lookups
	for range 200 { // of tokens that look right, from an address with too many failures
		secret, _ := auth.NewSecret()
		a := with(secret)
		a.address = "[2001:db8::1]:1"
		p.send(t, a)
	}
	assert.LessOrEqual(t, p.tokens.lookups-before, 50, "guesses do not keep the database busy")
	assert.Equal(t, http.StatusOK, from("[2001:db8::1]:1", good).Code)
	counted := map[string]uint64{}
	for _, count := range p.ways.Counts() {
		counted[string(count.Way)+" "+string(count.Outcome)] = count.N
	}
	assert.Equal(t, uint64(2), counted["TOKEN accepted"])
	assert.Positive(t, counted["TOKEN limited"])
	assert.Positive(t, counted["DECNET refused"])
}

func TestTheUseOfATokenIsNotedOnceAMinute(t *testing.T) {
	p := onSQLite(t)
	p.tokens.touched = make(chan string, 10)
	secret := p.tokens.add(auth.Token{ID: "7", Name: "a", Role: auth.Viewer})
	for range 3 {
		p.send(t, with(secret))
	}
	assert.Equal(t, "7", <-p.tokens.touched)
	p.pass(time.Minute)
	p.send(t, with(secret))
	assert.Equal(t, "7", <-p.tokens.touched)
	assert.Empty(t, p.tokens.touched)
}

func TestOnlyTheAPIAndItsSchemaAskForAProof(t *testing.T) {
	p := onSQLite(t)
	for _, at := range []string{"GET /healthz 200", "GET /readyz 200", "GET /graphiql/ 200", "OPTIONS /graphql 200", "GET /graphql 401", "POST /graphql 401", "GET /schema.graphql 401", "PUT /graphql/ 401"} {
		parts := strings.Fields(at)
		req := httptest.NewRequestWithContext(t.Context(), parts[0], parts[1], nil)
		req.Host = "localhost"
		recorder := httptest.NewRecorder()
		if parts[0] == http.MethodOptions {
			site := httpapi.Site{API: http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}), Database: &healthy{}, Authenticator: p.ways}
			site.Routes().ServeHTTP(recorder, req)
		} else {
			p.handler.ServeHTTP(recorder, req)
		}
		assert.Equal(t, parts[2], strconv.Itoa(recorder.Code), at)
	}
}

func TestOnlyWithEverybodyAsAuthenticatorIsEverybodyLocal(t *testing.T) {
	var principal *auth.Principal
	api := http.HandlerFunc(func(_ http.ResponseWriter, req *http.Request) { principal = auth.From(req.Context()) })
	req := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/graphql", nil)
	req.Host = "localhost"
	httpapi.Site{API: api, Database: &healthy{}}.Routes().ServeHTTP(httptest.NewRecorder(), req)
	assert.Nil(t, principal)
	httpapi.Site{API: api, Database: &healthy{}, Authenticator: auth.Everybody{}}.Routes().ServeHTTP(httptest.NewRecorder(), req)
	assert.Same(t, auth.Local, principal)
}
