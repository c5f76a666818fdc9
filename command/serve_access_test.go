package command

import (
	"crypto/hmac"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"decnetgraph/storage"
	"decnetgraph/storage/engine"
)

const testSecret = "a-secret-that-only-this-test-knows-1"

// secretFile is a file with a secret of DECNET.
func secretFile(t *testing.T, secret string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "secret")
	require.NoError(t, os.WriteFile(path, []byte(secret+"\n"), 0o600))
	return path
}

func TestAccessThatIsUnsafeOrIncompleteIsOneClearLine(t *testing.T) {
	t.Setenv(decnetSecretVariable, "")
	db, good := sampleFile(t), secretFile(t, testSecret)
	own := filepath.Join(t.TempDir(), "own.db")
	_, errOut, code := command(t, "import", "--from", db, "--to", own)
	require.Equal(t, exitOK, code, errOut)
	oidc := func(more ...string) []string {
		return append([]string{"--oidc-issuer", "https://login.example.org"}, more...)
	}
	for fact, c := range map[string]struct {
		args []string
		says string
	}{
		"known secret":              {[]string{"--decnet-jwt-secret-file", secretFile(t, "changeme")}, "published example"},
		"short secret":              {[]string{"--decnet-jwt-secret-file", secretFile(t, "fifteen letters")}, "15 characters, and at least 32"},
		"empty secret":              {[]string{"--decnet-jwt-secret-file", secretFile(t, "")}, "0 characters"},
		"no file":                   {[]string{"--decnet-jwt-secret-file", "/none"}, "/none: no such file"},
		"a folder":                  {[]string{"--decnet-jwt-secret-file", t.TempDir()}, "is a directory"},
		"a file that is too large":  {[]string{"--decnet-jwt-secret-file", db}, "no file with a secret"},
		"users without logins":      {[]string{"--users-db", db}, "--decnet-jwt-secret-file"},
		"users of a copy":           {[]string{"--decnet-jwt-secret-file", good, "--users-db", own}, "--users-db DSN"},
		"users of a missing file":   {[]string{"--decnet-jwt-secret-file", good, "--users-db", "/none.db"}, "no such database file"},
		"issuer in clear text":      {[]string{"--oidc-issuer", "http://login.example.org", "--oidc-audience", "x", "--oidc-role", "a=ADMIN"}, "clear text"},
		"issuer that is no URL":     {[]string{"--oidc-issuer", "login", "--oidc-audience", "x", "--oidc-role", "a=ADMIN"}, "is no URL"},
		"issuer without audience":   {oidc("--oidc-role", "a=ADMIN"), "--oidc-audience"},
		"issuer without roles":      {oidc("--oidc-audience", "x"), "--oidc-role VALUE=ROLE"},
		"unknown role":              {oidc("--oidc-audience", "x", "--oidc-role", "a=ROOT"), `the role "ROOT"`},
		"role without a value":      {oidc("--oidc-audience", "x", "--oidc-role", "=ADMIN"), "VALUE=ROLE"},
		"clocks that differ much":   {oidc("--oidc-audience", "x", "--oidc-role", "a=ADMIN", "--oidc-clock-skew", "1h"), "clock skew"},
		"audience without issuer":   {[]string{"--oidc-audience", "x"}, "--oidc-issuer"},
		"certificate without role":  {[]string{"--certificate-role", "alice"}, "VALUE=ROLE"},
		"role of a certificate":     {[]string{"--certificate-role", "alice=chief"}, `the role "chief"`},
		"tokens, but nowhere to be": {[]string{"--oidc-role", "a=ADMIN"}, "--oidc-issuer"},
	} {
		t.Run(fact, func(t *testing.T) {
			_, errOut, code := command(t, append([]string{"serve", "--db", db, "--listen", "127.0.0.1:0"}, c.args...)...)
			assert.Equal(t, exitUsage, code)
			assert.Len(t, strings.Split(strings.TrimSpace(errOut), "\n"), 1, errOut)
			assert.Contains(t, errOut, c.says)
			assert.NotContains(t, errOut, testSecret)
		})
	}
	t.Run("the copy of a database knows of no logout", func(t *testing.T) {
		_, errOut, code := command(t, "serve", "--db", own, "--listen", "127.0.0.1:0", "--decnet-jwt-secret-file", good)
		assert.Equal(t, exitUsage, code)
		assert.Contains(t, errOut, "name DECNET's own database with --users-db DSN")
	})
	t.Run("two secrets", func(t *testing.T) {
		t.Setenv(decnetSecretVariable, testSecret)
		_, errOut, code := command(t, "serve", "--db", db, "--decnet-jwt-secret-file", good)
		assert.Equal(t, exitUsage, code)
		assert.Contains(t, errOut, "give one of them")
		assert.NotContains(t, errOut, testSecret)
	})
}

func TestTheAnnouncementNamesTheWaysIn(t *testing.T) {
	t.Setenv(decnetSecretVariable, "")
	db, secret := sampleFile(t), secretFile(t, testSecret)
	for args, want := range map[string]string{
		"": "nobody must, because only this machine can connect",
		"--api-tokens --decnet-jwt-secret-file " + secret:                                                   "DECNET's own logins, API tokens",
		"--oidc-issuer https://user:" + testSecret + "@127.0.0.1:1/x --oidc-audience a --oidc-role a=ADMIN": "OpenID Connect by https://user:xxxxx@127.0.0.1:1/x",
	} {
		s := serve(t, append([]string{"--db", db, "--listen", "127.0.0.1:0"}, strings.Fields(args)...)...)
		assert.Contains(t, s.out.String(), "\n  Sign-in      "+want+"\n")
		assert.NotContains(t, s.out.String(), testSecret)
	}
	assert.Equal(t, "client certificates", (&accessFlags{CertificateRole: []string{"a=ADMIN"}}).waysIn())
	t.Setenv(decnetSecretVariable, testSecret)
	assert.Equal(t, "DECNET's own logins", (&accessFlags{}).waysIn(), "the secret is in the environment")
}

func TestThePasswordOfTheUsersDatabaseIsThatOfItsFile(t *testing.T) {
	t.Parallel()
	want, err := engine.Parse("mysql://decnet:p%40ss@db.example/decnet")
	require.NoError(t, err)
	f := accessFlags{UsersDB: "mysql://decnet@db.example/decnet", UsersPassword: secretFile(t, "p@ss"), DECNETSecretFile: secretFile(t, testSecret)}
	have, err := f.usersSource()
	require.NoError(t, err)
	assert.Equal(t, want, have)
	f.UsersDB = "oracle://u:" + testSecret + "@h/n"
	_, err = f.usersSource()
	require.ErrorIs(t, err, storage.ErrInvalid)
	require.ErrorContains(t, err, "--users-db")
	require.NotContains(t, err.Error(), testSecret)
}

// loginOf makes a token as DECNET does for a user of the sample.
func loginOf(t *testing.T, db, user string) string {
	t.Helper()
	sqlite, err := sql.Open("sqlite3", db)
	require.NoError(t, err)
	defer sqlite.Close()
	var id string
	require.NoError(t, sqlite.QueryRowContext(t.Context(), "SELECT uuid FROM users WHERE username = ?", user).Scan(&id))
	now := time.Now().Unix()
	b64 := base64.RawURLEncoding.EncodeToString
	text := b64([]byte(`{"alg":"HS256","typ":"JWT"}`)) + "." + b64(fmt.Appendf(nil,
		`{"uuid":%q,"jti":"x","exp":%d,"iat":%d,"iss":"decnet","aud":"decnet-dashboard","typ":"access"}`, id, now+3600, now))
	mac := hmac.New(sha256.New, []byte(testSecret))
	mac.Write([]byte(text))
	return text + "." + b64(mac.Sum(nil))
}

func TestTheDashboardsTokenJustWorks(t *testing.T) {
	users := sampleFile(t)
	token := loginOf(t, users, "admin")
	for fact, args := range map[string][]string{
		"users beside the data":       nil,
		"users of another database":   {"--users-db", users},
		"secret from the environment": nil,
	} {
		t.Run(fact, func(t *testing.T) {
			if fact == "secret from the environment" {
				t.Setenv(decnetSecretVariable, testSecret)
			} else {
				t.Setenv(decnetSecretVariable, "")
				args = append(args, "--decnet-jwt-secret-file", secretFile(t, testSecret))
			}
			base, stop := start(t, args...)
			response, body := get(t, base+"/graphql?query={__typename}", func(req *http.Request) {
				req.Header.Set("Authorization", "Bearer "+token)
				req.Header.Set("Graphql-Require-Preflight", "1")
			})
			assert.Equal(t, http.StatusOK, response.StatusCode, body)
			response, _ = get(t, base+"/graphql?query={__typename}", nil)
			assert.Equal(t, http.StatusUnauthorized, response.StatusCode)
			assert.Equal(t, "Bearer", response.Header.Get("WWW-Authenticate"))
			assert.Equal(t, exitOK, stop())
		})
	}
}

func TestASecretThatWasReplacedRefusesTheTokensOfTheFormerOne(t *testing.T) {
	t.Setenv(decnetSecretVariable, "")
	file := secretFile(t, testSecret)
	f := accessFlags{DECNETSecretFile: file}
	db := sampleFile(t)
	store, err := storage.Open(t.Context(), db, storage.Options{})
	require.NoError(t, err)
	defer store.Close()
	a, err := f.openAccess(t.Context(), databaseFlags{}, store, nil, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	defer a.close()
	assert.True(t, f.enabled())
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "/graphql", nil)
	require.NoError(t, err)
	req.RemoteAddr = "127.0.0.1:1"
	req.Header.Set("Authorization", "Bearer "+loginOf(t, db, "admin"))
	_, err = a.authenticator.Authenticate(req)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(file, []byte("short"), 0o600))
	require.Error(t, a.reload())
	_, err = a.authenticator.Authenticate(req)
	require.NoError(t, err, "a bad secret changes nothing")
	require.NoError(t, os.WriteFile(file, []byte(strings.ToUpper(testSecret)), 0o600))
	require.NoError(t, a.reload())
	_, err = a.authenticator.Authenticate(req)
	require.Error(t, err)
	assert.False(t, (&accessFlags{}).enabled())
}
