package httpapi_test

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"decnetgraph/auth"
	"decnetgraph/httpapi"
	"decnetgraph/resolvers/resolverstest"
	"decnetgraph/storage"
)

// decnetSecret signs the tokens of DECNET in these tests.
const decnetSecret = "5d1f9c0e-the-secret-of-a-test-7b3a"

// claims are those of a token; nil leaves one out.
type claims map[string]any

// b64 is the base64 of JWT.
func b64(text []byte) string { return base64.RawURLEncoding.EncodeToString(text) }

func jsonOf(value any) []byte {
	text, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	return text
}

// signed makes a token of a header and claims, both as JSON, with an HMAC, as DECNET does.
func signed(secret string, header, payload []byte) string {
	text := b64(header) + "." + b64(payload)
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(text))
	return text + "." + b64(mac.Sum(nil))
}

var decnetHeader = []byte(`{"alg":"HS256","typ":"JWT"}`)

// place is a server with all ways in, whose clock is set by the test.
type place struct {
	handler http.Handler
	ways    *auth.Ways
	users   *countedUsers
	tokens  *memoryTokens
	issuer  *fakeIssuer
	execute func(statement string, args ...any) // on DECNET's database
	clock   atomic.Int64
	clients atomic.Int64
	logged  *lines
}

func (p *place) now() time.Time { return time.UnixMilli(p.clock.Load()).UTC() }

// pass moves the clock.
func (p *place) pass(d time.Duration) { p.clock.Add(d.Milliseconds()) }

// The users of a place.
const (
	adminID, viewerID, forcedID, strangeID, changedID = "u-admin", "u-viewer", "u-forced", "u-strange", "u-changed"
)

// changedAt is when the password of one user was changed: in the middle of a second, where the database stores that.
var changedAt = time.Date(2026, 5, 4, 3, 2, 1, 0, time.UTC)

// newPlace serves a copy of DECNET's database, in which it makes users.
func newPlace(t *testing.T, source string) *place {
	t.Helper()
	p := &place{tokens: &memoryTokens{rows: map[[32]byte]*auth.Token{}}, issuer: newIssuer(t), logged: &lines{}}
	p.clock.Store(time.Date(2026, 5, 4, 4, 0, 0, 0, time.UTC).UnixMilli())
	p.execute = resolverstest.Writer(t, source)
	for id, user := range map[string]struct {
		role       string
		mustChange bool
		validFrom  any
	}{
		adminID: {"admin", false, nil}, viewerID: {"viewer", false, nil}, forcedID: {"viewer", true, nil}, strangeID: {"owner", false, nil},
		changedID: {"viewer", false, changedAt.Add(400 * time.Millisecond).Format("2006-01-02 15:04:05.000000")},
	} {
		p.write(t, "INSERT INTO users (uuid, username, password_hash, role, must_change_password, tokens_valid_from) VALUES (?, ?, 'x', ?, ?, ?)",
			id, "name-of-"+id, user.role, user.mustChange, user.validFrom)
	}
	p.write(t, "INSERT INTO revoked_tokens (jti, user_uuid, expires_at, revoked_at) VALUES ('revoked', ?, '2026-06-01 00:00:00', '2026-05-04 03:00:00')", adminID)
	store, err := storage.Open(t.Context(), source, storage.Options{AnyRevision: true, Log: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	t.Cleanup(func() { _ = store.Close() })
	p.users = &countedUsers{users: store}
	p.serve(t)
	return p
}

func (p *place) serve(t *testing.T) {
	t.Helper()
	log := slog.New(slog.NewTextHandler(p.logged, nil))
	decnet, err := auth.NewDECNET(decnetSecret, p.users, p.now)
	require.NoError(t, err)
	oidc, err := auth.NewOIDC(auth.OIDCSettings{
		Issuer: p.issuer.URL, Audience: "decnet-graph", RoleClaim: "realm_access.roles", NameClaim: "preferred_username",
		Roles: []string{"hunters=VIEWER", "chiefs=admin", "probes=INGEST"}, ClockSkew: 30 * time.Second, Now: p.now, Transport: p.issuer,
	})
	require.NoError(t, err)
	certificates, err := auth.NewCertificates([]string{"probe.example.org=INGEST", "spiffe://example.org/chief=ADMIN", "alice=VIEWER"}, p.now)
	require.NoError(t, err)
	p.ways = auth.New(auth.Config{
		DECNET: decnet, Tokens: auth.NewTokens(p.tokens, p.now, log), OIDC: oidc, Certificates: certificates,
		Address: httpapi.ClientAddress, Now: p.now, Log: log,
	})
	api := http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		_, _ = fmt.Fprintf(w, "%s %s", auth.From(req.Context()).Key(), auth.From(req.Context()).Role)
	})
	p.handler = httpapi.Site{API: api, Database: &healthy{}, Authenticator: p.ways}.Routes()
}

func (p *place) write(t *testing.T, statement string, args ...any) {
	t.Helper()
	p.execute(statement, args...)
}

// decnet makes a token as DECNET's login does, with some claims changed.
func (p *place) decnet(id string, changes claims) string {
	return signed(decnetSecret, decnetHeader, jsonOf(p.decnetClaims(id, changes)))
}

func (p *place) decnetClaims(id string, changes claims) claims {
	now := p.now().Unix()
	all := claims{"uuid": id, "jti": rand.Text(), "exp": now + 240*60, "iat": now, "iss": "decnet", "aud": "decnet-dashboard", "typ": "access"}
	return changed(all, changes)
}

func changed(all, changes claims) claims {
	maps.Copy(all, changes)
	maps.DeleteFunc(all, func(_ string, value any) bool { return value == nil })
	return all
}

// attempt is a request with a proof.
type attempt struct {
	authorization []string // lines of the header
	query         string
	header        [2]string
	address       string // an address of its own if empty
	tls           *tls.ConnectionState
	path          string
}

// with is an attempt with a bearer token.
func with(token string) attempt { return attempt{authorization: []string{"Bearer " + token}} }

func (p *place) send(t *testing.T, a attempt) *httptest.ResponseRecorder {
	t.Helper()
	if a.path == "" {
		a.path = "/graphql"
	}
	req := httptest.NewRequestWithContext(t.Context(), http.MethodPost, a.path+"?"+a.query, nil)
	req.Host, req.TLS = "localhost", a.tls
	if a.authorization != nil {
		req.Header["Authorization"] = a.authorization
	}
	if a.header[0] != "" {
		req.Header.Set(a.header[0], a.header[1])
	}
	if req.RemoteAddr = a.address; a.address == "" {
		n := p.clients.Add(1)
		req.RemoteAddr = fmt.Sprintf("10.1.%d.%d:999", n/250, n%250+1)
	}
	recorder := httptest.NewRecorder()
	p.handler.ServeHTTP(recorder, req)
	return recorder
}

// countedUsers counts look-ups, and fails if it is told to.
type countedUsers struct {
	users   auth.Users
	lookups atomic.Int64
	broken  atomic.Bool
}

func (c *countedUsers) UserOfToken(ctx context.Context, id, jti string) (*storage.User, bool, error) {
	c.lookups.Add(1)
	if c.broken.Load() {
		return nil, false, errors.New("secret-host:5432 is gone")
	}
	return c.users.UserOfToken(ctx, id, jti)
}

// memoryTokens is a TokenSource.
type memoryTokens struct {
	mu      sync.Mutex
	rows    map[[32]byte]*auth.Token
	lookups int
	touched chan string
}

func (m *memoryTokens) TokenByDigest(_ context.Context, digest [32]byte) (*auth.Token, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.lookups++
	return m.rows[digest], nil
}

func (m *memoryTokens) TouchToken(_ context.Context, id string, _ time.Time) error {
	if m.touched != nil {
		m.touched <- id
	}
	return nil
}

// add makes a token and returns its secret.
func (m *memoryTokens) add(token auth.Token) string {
	secret, digest := auth.NewSecret()
	token.Digest = digest
	m.mu.Lock()
	defer m.mu.Unlock()
	m.rows[digest] = &token
	return secret
}

// network is a list of one network.
func network(text string) []netip.Prefix { return []netip.Prefix{netip.MustParsePrefix(text)} }

// lines is a log.
type lines struct {
	mu   sync.Mutex
	text []byte
}

func (l *lines) Write(text []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.text = append(l.text, text...)
	return len(text), nil
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return string(l.text)
}

// Keys of the tests; making RSA keys takes long.
var (
	rsaKey   = sync.OnceValue(func() *rsa.PrivateKey { return must(rsa.GenerateKey(rand.Reader, 2048)) })
	otherKey = sync.OnceValue(func() *rsa.PrivateKey { return must(rsa.GenerateKey(rand.Reader, 2048)) })
	ecKey    = sync.OnceValue(func() *ecdsa.PrivateKey { return must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader)) })
	edKey    = sync.OnceValue(func() ed25519.PrivateKey { _, key, err := ed25519.GenerateKey(rand.Reader); return must(key, err) })
)

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

// signature signs a text by an algorithm of JWT.
func signature(key crypto.Signer, algorithm, text string) []byte {
	hash := sha256.Sum256([]byte(text))
	switch key := key.(type) {
	case *ecdsa.PrivateKey:
		r, s, err := ecdsa.Sign(rand.Reader, key, hash[:])
		both := make([]byte, 64)
		must(r, err).FillBytes(both[:32])
		s.FillBytes(both[32:])
		return both
	case ed25519.PrivateKey:
		return ed25519.Sign(key, []byte(text))
	case *rsa.PrivateKey:
		if algorithm == "PS256" {
			return must(rsa.SignPSS(rand.Reader, key, crypto.SHA256, hash[:], nil))
		}
		return must(rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, hash[:]))
	default:
		panic("unknown key")
	}
}

// jwk is the public part of a key, as issuers publish it.
func jwk(kid string, key crypto.Signer) map[string]any {
	switch key := key.Public().(type) {
	case *rsa.PublicKey:
		return map[string]any{"kid": kid, "kty": "RSA", "n": b64(key.N.Bytes()), "e": b64(big.NewInt(int64(key.E)).Bytes())}
	case *ecdsa.PublicKey:
		point := must(key.Bytes())
		return map[string]any{"kid": kid, "kty": "EC", "crv": "P-256", "x": b64(point[1:33]), "y": b64(point[33:])}
	case ed25519.PublicKey:
		return map[string]any{"kid": kid, "kty": "OKP", "crv": "Ed25519", "x": b64(key)}
	default:
		panic("unknown key")
	}
}

// fakeIssuer is an OpenID Connect issuer, and the transport that reaches it.
type fakeIssuer struct {
	URL string

	mu    sync.Mutex
	keys  []map[string]any
	down  bool
	asked int
}

func newIssuer(t *testing.T) *fakeIssuer {
	t.Helper()
	return &fakeIssuer{URL: "https://login.example.org/realms/decnet", keys: []map[string]any{jwk("k1", rsaKey()), jwk("k2", ecKey()), jwk("k3", edKey())}}
}

// set changes what the issuer answers.
func (f *fakeIssuer) set(isDown bool, keys ...map[string]any) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.down = isDown; keys != nil {
		f.keys = keys
	}
}

// RoundTrip implements http.RoundTripper.
func (f *fakeIssuer) RoundTrip(req *http.Request) (*http.Response, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asked++
	if f.down {
		return nil, errors.New("connection refused")
	}
	recorder := httptest.NewRecorder()
	switch req.URL.String() {
	case f.URL + "/.well-known/openid-configuration":
		_, _ = recorder.Write(jsonOf(map[string]any{"issuer": f.URL, "jwks_uri": f.URL + "/keys", "id_token_signing_alg_values_supported": []string{"none", "HS256", "RS256"}}))
	case f.URL + "/keys":
		_, _ = recorder.Write(jsonOf(map[string]any{"keys": f.keys}))
	default:
		recorder.WriteHeader(http.StatusNotFound)
	}
	return recorder.Result(), nil
}

// oidcClaims are those of a valid token of the issuer, with some changed.
func (p *place) oidcClaims(changes claims) claims {
	now := p.now().Unix()
	return changed(claims{
		"iss": p.issuer.URL, "aud": "decnet-graph", "sub": "s-1", "exp": now + 300, "iat": now, "preferred_username": "alice",
		"realm_access": map[string]any{"roles": []string{"hunters"}},
	}, changes)
}

// oidc makes a token of the issuer.
func (p *place) oidc(key crypto.Signer, header claims, changes claims) string {
	header = changed(claims{"alg": "RS256", "kid": "k1", "typ": "JWT"}, header)
	text := b64(jsonOf(header)) + "." + b64(jsonOf(p.oidcClaims(changes)))
	return text + "." + b64(signature(key, header["alg"].(string), text))
}
