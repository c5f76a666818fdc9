package command

import (
	"encoding/json"
	"net/http"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"decnetgraph/resolvers/resolverstest"
	"decnetgraph/storage"
	"decnetgraph/storage/sample"
)

// emptyDECNET is a SQLite file with DECNET's tables and no rows, so that copies of it take no time.
func emptyDECNET(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "empty.db")
	db, err := storage.CreateSQLite(t.Context(), path)
	require.NoError(t, err)
	_, err = db.ExecContext(t.Context(), "BEGIN;"+sample.Schema()+";INSERT INTO alembic_version VALUES ('"+storage.SchemaRevision+"');COMMIT")
	require.NoError(t, err)
	require.NoError(t, db.Close())
	return path
}

// TestATokenIsGoodOnAServerOverItsDatabaseUntilItIsRevoked makes, lists and revokes tokens with the command on every kind of
// database, and shows them to a server over that database.
func TestATokenIsGoodOnAServerOverItsDatabaseUntilItIsRevoked(t *testing.T) {
	t.Parallel()
	empty := emptyDECNET(t)
	for _, kind := range resolverstest.Databases {
		t.Run(kind.Name, func(t *testing.T) {
			t.Parallel()
			database := []string{"--db", kind.Copy(t, empty)}
			if strings.HasSuffix(kind.Name, "DECNET's tables") && !strings.HasPrefix(kind.Name, "SQLite") {
				_, errOut, code := command(t, append([]string{"token", "create", "--name", "x", "--role", "VIEWER"}, database...)...)
				require.Equal(t, exitUsage, code, errOut)
				require.Contains(t, errOut, "--access-db FILE", "a server's database has no file beside it")
				database = append(database, "--access-db", filepath.Join(t.TempDir(), "access.db"))
			}
			token := func(args ...string) string {
				t.Helper()
				out, errOut, code := command(t, append(append([]string{"token"}, args...), database...)...)
				require.Equal(t, exitOK, code, errOut)
				return strings.TrimSpace(out)
			}
			require.Empty(t, token("list"))
			good := token("create", "--name", "ci", "--role", "VIEWER", "--expires", "90d", "--network", "127.0.0.0/8", "--network", "10.0.0.0/8")
			elsewhere := token("create", "--name", "other", "--role", "ADMIN", "--network", "10.0.0.0/8")
			_, errOut, code := command(t, append([]string{"token", "create", "--name", "ci", "--role", "ADMIN"}, database...)...)
			require.Equal(t, exitUsage, code)
			require.Contains(t, errOut, `there is a token named "ci" already`)

			s := serve(t, append([]string{"--listen", "127.0.0.1:0", "--api-tokens"}, database...)...)
			base := regexp.MustCompile(`GraphiQL +(http://\S+)/graphiql/`).FindStringSubmatch(s.out.String())[1]
			ask := func(token string) (status int, answer string) {
				return post(t, base, `{"query": "{ viewer { name role way expiresAt } }"}`, func(req *http.Request) { req.Header.Set("Authorization", "Bearer "+token) })
			}
			var listed []tokenJSON
			require.NoError(t, json.Unmarshal([]byte(token("list", "--json")), &listed))
			require.Len(t, listed, 2)
			require.NotNil(t, listed[0].ExpiresAt)
			assert.Equal(t, []any{"ci", "VIEWER", "valid", []string{"127.0.0.0/8", "10.0.0.0/8"}}, []any{listed[0].Name, listed[0].Role, listed[0].State, listed[0].Networks})
			status, answer := ask(good)
			assert.Equal(t, http.StatusOK, status)
			assert.JSONEq(t, `{"data":{"viewer":{"name":"ci","role":"VIEWER","way":"TOKEN","expiresAt":`+quoted(t, listed[0].ExpiresAt)+`}}}`, answer)
			status, refused := ask(elsewhere)
			assert.Equal(t, http.StatusUnauthorized, status, "it is for another network")

			require.Empty(t, token("revoke", "ci"))
			require.Contains(t, token("list"), "revoked")
			s.hangups <- syscall.SIGHUP // what was verified is forgotten, as it would be after 10 s
			s.log.await(t, `msg="read again" what=logins`)
			status, answer = ask(good)
			assert.Equal(t, http.StatusUnauthorized, status)
			assert.Equal(t, refused, answer, "all refusals are alike")
			for _, secret := range []string{good, elsewhere} {
				assert.NotContains(t, s.log.String()+s.out.String(), secret)
			}
			assert.Equal(t, exitOK, s.stop())
			require.NotEmpty(t, token("create", "--name", "ci", "--role", "INGEST"), "the name is free again")
		})
	}
}

func quoted(t *testing.T, value any) string {
	t.Helper()
	text, err := json.Marshal(value)
	require.NoError(t, err)
	return string(text)
}
