package faults_test

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"decnetgraph/resolvers/resolverstest"
	"decnetgraph/storage/storagetest/dbserver"
)

const (
	nameQuery    = "{ __typename }"
	noteMutation = `mutation { setCampaignNotes(input: {uuid: %q, notes: %q}) { campaign { notes } userErrors { message } } }`
)

// letIn is the reply to nameQuery.
var letIn = reply{status: http.StatusOK, data: `{"__typename":"Query"}`}

// refusedAs shows that a token is refused with a status, and that nothing is answered.
func (p *program) refusedAs(t *testing.T, status int, token string) {
	t.Helper()
	answer := p.send(t, http.DefaultClient, token, nameQuery)
	assert.Equal(t, status, answer.status, "%+v", answer)
	assert.Empty(t, answer.data)
	assert.Equal(t, map[int]string{http.StatusUnauthorized: "UNAUTHENTICATED", http.StatusServiceUnavailable: "UNAVAILABLE"}[status], answer.code)
}

// admits waits until a fresh token is let in. Until then it may only be refused because it cannot be checked.
func (p *program) admits(t *testing.T, token func() string) {
	t.Helper()
	require.Eventually(t, func() bool {
		answer := p.send(t, http.DefaultClient, token(), nameQuery)
		if answer != letIn {
			assert.Equal(t, http.StatusServiceUnavailable, answer.status, "%+v", answer)
		}
		return answer == letIn
	}, patience, 100*time.Millisecond, "the token should be let in")
}

// issuer is an OpenID Connect issuer that can go away and come back with other keys.
type issuer struct {
	address string

	mu     sync.Mutex // of what follows
	keys   map[string]*rsa.PrivateKey
	server *http.Server // nil while it is away
}

func newIssuer(t *testing.T) *issuer {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	i := &issuer{address: listener.Addr().String(), keys: map[string]*rsa.PrivateKey{}}
	require.NoError(t, listener.Close())
	t.Cleanup(i.leave)
	return i
}

func (i *issuer) url() string { return "http://" + i.address }

// come has the issuer answer with one key alone.
func (i *issuer) come(t *testing.T, id string) {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	b64 := base64.RawURLEncoding.EncodeToString
	mux := http.NewServeMux()
	answer := func(path string, value any) {
		mux.HandleFunc(path, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_ = json.NewEncoder(w).Encode(value)
		})
	}
	answer("/.well-known/openid-configuration", map[string]string{"issuer": i.url(), "jwks_uri": i.url() + "/keys"})
	answer("/keys", map[string]any{"keys": []any{map[string]string{
		"kty": "RSA", "alg": "RS256", "use": "sig", "kid": id, "n": b64(key.N.Bytes()), "e": b64(big.NewInt(int64(key.E)).Bytes()),
	}}})
	var listener net.Listener
	require.Eventually(t, func() bool { // a connection of another program may have the port meanwhile
		var err error
		listener, err = new(net.ListenConfig).Listen(t.Context(), "tcp", i.address)
		return err == nil
	}, patience, 10*time.Millisecond, i.address)
	i.mu.Lock()
	defer i.mu.Unlock()
	i.keys[id] = key
	i.server = &http.Server{Handler: mux, ReadHeaderTimeout: patience}
	go func(server *http.Server) { _ = server.Serve(listener) }(i.server)
}

// leave has the issuer refuse connections.
func (i *issuer) leave() {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.server != nil {
		_ = i.server.Close()
		i.server = nil
	}
}

// token makes a token that nobody has seen, signed with a key that the issuer has or had.
func (i *issuer) token(t *testing.T, id string) string {
	t.Helper()
	now := time.Now()
	text := unsigned(map[string]any{"alg": "RS256", "typ": "JWT", "kid": id}, map[string]any{
		"iss": i.url(), "aud": "decnet-graph", "sub": "s-1", "preferred_username": "alice", "roles": []string{"hunters"}, "jti": fmt.Sprint(now.UnixNano()),
		"iat": now.Unix(), "exp": now.Add(time.Hour).Unix(),
	})
	sum := sha256.Sum256([]byte(text))
	i.mu.Lock()
	defer i.mu.Unlock()
	signature, err := rsa.SignPKCS1v15(rand.Reader, i.keys[id], crypto.SHA256, sum[:])
	require.NoError(t, err)
	return text + "." + base64.RawURLEncoding.EncodeToString(signature)
}

// TestAnIssuerThatGoesAwayLetsNobodyInAndNeedsNoRestart has an issuer that is away when the server starts, comes, goes, and comes
// back with another key.
func TestAnIssuerThatGoesAwayLetsNobodyInAndNeedsNoRestart(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	i.come(t, "first")
	early := i.token(t, "first")
	i.leave()
	db := sampleFile(t)
	token := run(t, "token", "create", "--db", db, "--name", "other", "--role", "VIEWER")
	p := launch(t, "--db", db, "--api-tokens", "--oidc-issuer", i.url(), "--oidc-audience", "decnet-graph", "--oidc-role", "hunters=VIEWER")
	p.says(t, "503 until it answers", 1)
	p.refusedAs(t, http.StatusServiceUnavailable, early)
	assert.Equal(t, letIn, p.send(t, http.DefaultClient, token, nameQuery), "those who do not need the issuer")
	p.refusedAs(t, http.StatusUnauthorized, "")
	i.come(t, "first")
	p.admits(t, func() string { return i.token(t, "first") })
	p.refusedAs(t, http.StatusUnauthorized, early) // the key of this id is another one now

	i.leave()
	assert.Equal(t, letIn, p.send(t, http.DefaultClient, i.token(t, "first"), nameQuery), "known keys serve without the issuer")
	i.come(t, "second")
	second := i.token(t, "second")
	i.leave()
	require.Eventually(t, func() bool { // the answer with the former key is repeated for 5 seconds
		answer := p.send(t, http.DefaultClient, second, nameQuery)
		assert.NotEqual(t, http.StatusOK, answer.status)
		return answer.status == http.StatusServiceUnavailable && answer.code == "UNAVAILABLE"
	}, patience, 2*time.Second, "a token with an unknown key cannot be checked")
	assert.Equal(t, letIn, p.send(t, http.DefaultClient, token, nameQuery))

	i.come(t, "second")
	p.admits(t, func() string { return i.token(t, "second") })
	p.refusedAs(t, http.StatusUnauthorized, "made.up."+base64.RawURLEncoding.EncodeToString([]byte("x")))
	p.alive(t)
}

// TestALostDatabaseOfLoginsLetsNobodyInAndNeedsNoRestart kills the server that has DECNET's data and users.
func TestALostDatabaseOfLoginsLetsNobodyInAndNeedsNoRestart(t *testing.T) {
	t.Parallel()
	server := dbserver.StartMariaDB(t)
	db := resolverstest.CopyRows(t, server, sampleFile(t))
	directory := t.TempDir()
	access, secret := filepath.Join(directory, "access.db"), filepath.Join(directory, "secret")
	replaceFile(t, secret, decnetSecret)
	token := run(t, "token", "create", "--db", db, "--access-db", access, "--name", "other", "--role", "VIEWER")
	var user string
	sqlDB := openDatabase(t, db)
	require.NoError(t, sqlDB.QueryRowContext(t.Context(), "SELECT uuid FROM users WHERE role = 'viewer' AND NOT must_change_password LIMIT 1").Scan(&user))
	login := func() string { return decnetLogin(decnetSecret, user) }
	stranger := decnetLogin(decnetSecret, "nobody")
	p := launch(t, "--db", db, "--access-db", access, "--api-tokens", "--decnet-jwt-secret-file", secret)
	known := login()
	const dataQuery = "{ campaigns(first: 1) { totalCount } }"
	right := p.send(t, http.DefaultClient, known, dataQuery)
	require.Equal(t, http.StatusOK, right.status)
	require.Empty(t, right.code)

	server.Kill(t)
	p.refusedAs(t, http.StatusServiceUnavailable, login())
	p.refusedAs(t, http.StatusServiceUnavailable, stranger)
	p.refusedAs(t, http.StatusUnauthorized, decnetLogin("another-secret-that-the-server-has-not", user))
	p.refusedAs(t, http.StatusUnauthorized, "")
	assert.Equal(t, letIn, p.send(t, http.DefaultClient, token, nameQuery), "API tokens have a file of their own")
	assert.Equal(t, "UNAVAILABLE", p.send(t, http.DefaultClient, token, dataQuery).code)
	require.Eventually(t, func() bool { // known logins count for 10 seconds, and then nobody can check them
		answer := p.send(t, http.DefaultClient, known, nameQuery)
		return answer.status == http.StatusServiceUnavailable && answer.code == "UNAVAILABLE"
	}, patience, 500*time.Millisecond, "a login should be checked again")
	p.alive(t)

	server.Restart(t)
	p.admits(t, login)
	p.admits(t, func() string { return known })
	p.refusedAs(t, http.StatusUnauthorized, stranger)
	assert.Equal(t, right, p.send(t, http.DefaultClient, token, dataQuery))
	p.alive(t)
}

// TestAFullDiskUnderTheSideFileRefusesChanges fills the file system of the tokens and the audit log. That takes root, which CI is.
func TestAFullDiskUnderTheSideFileRefusesChanges(t *testing.T) {
	t.Parallel()
	directory := t.TempDir()
	if err := syscall.Mount("tmpfs", directory, "tmpfs", 0, "size=4m"); err != nil {
		t.Skip("a small file system takes root and the right to mount: ", err)
	}
	t.Cleanup(func() { require.NoError(t, syscall.Unmount(directory, syscall.MNT_DETACH)) })
	db, access := sampleFile(t), filepath.Join(directory, "access.db")
	admin := run(t, "token", "create", "--db", db, "--access-db", access, "--name", "chief", "--role", "ADMIN")
	p := launch(t, "--db", db, "--access-db", access, "--api-tokens", "--write")
	sqlDB := openDatabase(t, db)
	var campaign string
	require.NoError(t, sqlDB.QueryRowContext(t.Context(), "SELECT uuid FROM campaigns LIMIT 1").Scan(&campaign))
	notes := func() (notes string) {
		require.NoError(t, sqlDB.QueryRowContext(t.Context(), "SELECT COALESCE(notes, '') FROM campaigns WHERE uuid = ?", campaign).Scan(&notes))
		return notes
	}
	write := func(text string) reply {
		return p.send(t, http.DefaultClient, admin, fmt.Sprintf(noteMutation, campaign, text))
	}
	done := func(text string) reply {
		return reply{status: http.StatusOK, data: fmt.Sprintf(`{"setCampaignNotes":{"campaign":{"notes":%q},"userErrors":[]}}`, text)}
	}
	entries := func() int {
		var log struct {
			AuditLog struct {
				Nodes []struct{ Outcome, Action string }
			}
		}
		answer := p.send(t, http.DefaultClient, admin, `{ auditLog(first: 100, filter: {action: {equals: "setCampaignNotes"}}) { nodes { outcome action } } }`)
		require.NoError(t, json.Unmarshal([]byte(answer.data), &log), "%+v", answer)
		for _, entry := range log.AuditLog.Nodes {
			assert.Equal(t, "APPLIED", entry.Outcome)
		}
		return len(log.AuditLog.Nodes)
	}
	require.Equal(t, done("one"), write("one"))
	require.Equal(t, 1, entries())

	filler := filepath.Join(directory, "filler")
	_ = os.WriteFile(filler, bytes.Repeat([]byte("x"), 8<<20), 0o600) // as much as fits
	for range 3 {
		assert.Equal(t, "UNAVAILABLE", write("two").code)
		assert.Equal(t, "one", notes(), "nothing is written without its entry")
	}
	assert.Equal(t, 1, entries(), "reads go on, also of the log")
	assert.Empty(t, p.send(t, http.DefaultClient, admin, "{ campaigns(first: 1) { totalCount } }").code)
	p.refusedAs(t, http.StatusUnauthorized, "dgt_made_up")
	p.refusedAs(t, http.StatusUnauthorized, "")
	assert.Contains(t, p.log.String(), "the audit log cannot be written")
	p.alive(t)

	require.NoError(t, os.Remove(filler))
	require.Equal(t, done("three"), write("three"))
	assert.Equal(t, "three", notes())
	assert.Equal(t, 2, entries())
	p.alive(t)
}
