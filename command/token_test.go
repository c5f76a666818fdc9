package command

import (
	"encoding/json"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"decnetgraph/auth"
	"decnetgraph/storage"
)

// discard is a log that nobody reads.
var discard = slog.New(slog.DiscardHandler)

// accessDatabases are a database of DECNET's and one of our own, with the flags that name each.
func accessDatabases(t *testing.T) map[string][]string {
	t.Helper()
	own := filepath.Join(t.TempDir(), "own.db")
	_, errOut, code := command(t, "migrate", "--db", own)
	require.Equal(t, exitOK, code, errOut)
	return map[string][]string{
		"DECNET's":           {"--db", sampleFile(t)},
		"DECNET's, and FILE": {"--db", sampleFile(t), "--access-db", filepath.Join(t.TempDir(), "access.db")},
		"our own":            {"--db", own},
	}
}

func TestTokensAreCreatedListedAndRevoked(t *testing.T) {
	t.Parallel()
	for name, database := range accessDatabases(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			with := func(args ...string) []string { return append(append([]string{"token"}, args...), database...) }
			before, err := os.ReadFile(database[1])
			require.NoError(t, err)
			out, errOut, code := command(t, with("list")...)
			require.Equal(t, []any{"", exitOK}, []any{out, code}, errOut)

			secret, errOut, code := command(t, with("create", "--name", "ci", "--role", "ingest", "--expires", "90d", "--network", "10.0.0.0/8", "--network", "::1")...)
			require.Equal(t, exitOK, code, errOut)
			require.Equal(t, 1, strings.Count(secret, "\n"), "the secret is alone on the standard output")
			digest, ok := auth.ParseSecret(strings.TrimSpace(secret))
			require.True(t, ok)
			assert.NotContains(t, errOut, strings.TrimSpace(secret))
			_, errOut, code = command(t, with("create", "--name", "ci", "--role", "ADMIN")...)
			assert.Equal(t, exitUsage, code)
			assert.Contains(t, errOut, `there is a token named "ci" already`)

			out, _, code = command(t, with("list", "--json")...)
			require.Equal(t, exitOK, code)
			assert.NotContains(t, out, strings.TrimSpace(secret))
			var listed []tokenJSON
			require.NoError(t, json.Unmarshal([]byte(out), &listed))
			require.Len(t, listed, 1)
			assert.Equal(t, []any{"ci", "INGEST", "valid", []string{"10.0.0.0/8", "::1/128"}}, []any{listed[0].Name, listed[0].Role, listed[0].State, listed[0].Networks})

			store, err := recordFlags{AccessDB: append(database, "", "")[3]}.open(t.Context(), databaseFlags{DB: database[1]}, recordsToRead, storage.Options{}, discard)
			require.NoError(t, err)
			found, err := auth.StoredTokens{Store: store}.TokenByDigest(t.Context(), digest)
			require.NoError(t, err)
			assert.Equal(t, listed[0].ID, found.ID)
			assert.Len(t, found.Networks, 2)
			require.NoError(t, store.Close())

			_, errOut, code = command(t, with("revoke", "ci")...)
			require.Equal(t, exitOK, code, errOut)
			for _, unknown := range []string{"ci", "nobody"} {
				_, _, code = command(t, with("revoke", unknown)...)
				assert.Equal(t, exitUsage, code)
			}
			out, _, code = command(t, with("list")...)
			require.Equal(t, exitOK, code)
			assert.Regexp(t, `(?m)^ID +NAME +ROLE +STATE .*\n`+listed[0].ID+` +ci +INGEST +revoked `, out)
			if name != "our own" {
				after, err := os.ReadFile(database[1])
				require.NoError(t, err)
				assert.Equal(t, before, after, "DECNET's database stays as it is")
			}
		})
	}
}

func TestFilesWithTokensAreTheOwnersAlone(t *testing.T) {
	t.Parallel()
	path := sampleFile(t)
	_, errOut, code := command(t, "token", "create", "--db", path, "--name", "x", "--role", "VIEWER")
	require.Equal(t, exitOK, code, errOut)
	file := strings.TrimSuffix(path, ".db") + "-access.db"
	info, err := os.Stat(file)
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	require.NoError(t, os.Chmod(file, 0o644))
	_, errOut, code = command(t, "token", "list", "--db", path)
	require.Equal(t, exitOK, code)
	assert.Contains(t, errOut, "chmod 600")
}

func TestExpiryAndNetworksAreReadStrictly(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	for text, want := range map[string]string{
		"90d": "2026-07-30T12:00:00Z", "36h": "2026-05-03T00:00:00Z", "2027-01-31": "2027-01-31T00:00:00Z", "2027-01-31T12:00:00+02:00": "2027-01-31T10:00:00Z",
		"0d": "", "-1d": "", "2026-05-01": "", "2026-05-01T12:00:00Z": "", "soon": "", "d": "", "1e3d": "", "99999999999999999999d": "", "90": "", "90 d": "",
	} {
		at, err := parseExpiry(text, now)
		if want == "" {
			require.ErrorIs(t, err, storage.ErrInvalid, text)
			continue
		}
		require.NoError(t, err, text)
		assert.Equal(t, want, at.Format(time.RFC3339), text)
	}
	for text, want := range map[string]string{
		"10.0.0.0/8": "10.0.0.0/8", "192.0.2.7": "192.0.2.7/32", "2001:DB8::/32": "2001:db8::/32", "::ffff:192.0.2.7": "192.0.2.7/32", "0.0.0.0/0": "0.0.0.0/0",
		"10.0.0.1/8": "", "10.0.0.0/33": "", "foo": "", "": "", "fe80::1%eth0": "", "::ffff:10.0.0.0/104": "", "10.0.0.0/08": "",
	} {
		network, err := parseNetwork(text)
		if want == "" {
			require.ErrorIs(t, err, storage.ErrInvalid, text)
			continue
		}
		require.NoError(t, err, text)
		assert.Equal(t, want, network, text)
	}
}

func TestMistakesWithRecordsAreOneClearLine(t *testing.T) {
	t.Parallel()
	path := sampleFile(t)
	own := filepath.Join(t.TempDir(), "own.db")
	_, _, code := command(t, "migrate", "--db", own)
	require.Equal(t, exitOK, code)
	for _, c := range []struct {
		says string
		args []string
	}{
		{"there is no role", []string{"--db", path, "--name", "x", "--role", "root"}},
		{"gets no tables of this program", []string{"--db", path, "--name", "x", "--role", "ADMIN", "--access-db", path}},
		{"must be the path of a SQLite file", []string{"--db", path, "--name", "x", "--role", "ADMIN", "--access-db", "mysql://u@127.0.0.1/x"}},
		{"leave out --access-db", []string{"--db", own, "--name", "x", "--role", "ADMIN", "--access-db", path + ".access"}},
		{"the name of the token", []string{"--db", own, "--name", " x", "--role", "ADMIN"}},
		{"that decnet-graph has not made", []string{"--db", path, "--name", "x", "--role", "ADMIN", "--access-db", sampleFile(t)}},
	} {
		out, errOut, code := command(t, append([]string{"token", "create"}, c.args...)...)
		assert.Equal(t, exitUsage, code, c.args)
		assert.Empty(t, out)
		assert.Contains(t, errOut, c.says)
	}
}

// TestDatabaseOfAServerNeedsAFileForRecords asks what is decided before a database is reached.
func TestDatabaseOfAServerNeedsAFileForRecords(t *testing.T) {
	t.Parallel()
	source, err := databaseFlags{DB: "mysql://u@127.0.0.1/x"}.source()
	require.NoError(t, err)
	path, err := recordFlags{}.path(source)
	require.NoError(t, err)
	assert.Empty(t, path)
	store, err := storage.Open(t.Context(), sampleFile(t), storage.Options{Write: true})
	require.NoError(t, err)
	t.Cleanup(func() { _ = store.Close() })
	err = recordFlags{}.check(t.Context(), store, source, path, recordsToWrite, discard)
	require.ErrorIs(t, err, storage.ErrInvalid)
	assert.Contains(t, err.Error(), "--access-db FILE")
	require.NoError(t, recordFlags{}.check(t.Context(), store, source, path, recordsIfThere, discard))
}

// TestTokensAreFoundByAServerThatRuns shows that a server needs no restart when the first token is made.
func TestTokensAreFoundByAServerThatRuns(t *testing.T) {
	t.Parallel()
	path := sampleFile(t)
	store, err := recordFlags{}.open(t.Context(), databaseFlags{DB: path}, recordsIfThere, storage.Options{Reopen: true}, discard)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, store.Close()) })
	tokens := auth.StoredTokens{Store: store}
	found, err := tokens.TokenByDigest(t.Context(), [32]byte{})
	require.NoError(t, err)
	assert.Nil(t, found)
	_, statErr := os.Stat(strings.TrimSuffix(path, ".db") + "-access.db")
	require.ErrorIs(t, statErr, os.ErrNotExist, "a server that only reads makes no file")
	secret, errOut, code := command(t, "token", "create", "--db", path, "--name", "first", "--role", "VIEWER")
	require.Equal(t, exitOK, code, errOut)
	digest, _ := auth.ParseSecret(strings.TrimSpace(secret))
	found, err = tokens.TokenByDigest(t.Context(), digest)
	require.NoError(t, err)
	require.NotNil(t, found)
	require.NoError(t, tokens.TouchToken(t.Context(), found.ID, time.Now()))
	out, _, _ := command(t, "token", "revoke", "--db", path, "first")
	assert.Empty(t, out)
	found, err = tokens.TokenByDigest(t.Context(), digest)
	require.NoError(t, err)
	assert.False(t, found.RevokedAt.IsZero())
	assert.False(t, found.LastUsedAt.IsZero())
}

func TestCommandsThatWriteAreAudited(t *testing.T) {
	t.Parallel()
	path, own := sampleFile(t), filepath.Join(t.TempDir(), "own.db")
	tags := filepath.Join(t.TempDir(), "tags.ndjson")
	out, errOut, code := command(t, "export", "tags", "--db", path)
	require.Equal(t, exitOK, code, errOut)
	first, _, _ := strings.Cut(out, "\n")
	require.NoError(t, os.WriteFile(tags, []byte(first+"\n"), 0o600))
	for _, args := range [][]string{{"insert-tags", "--db", path, tags}, {"import", "--from", path, "--to", own}, {"insert-tags", "--db", own, tags}} {
		_, errOut, code := command(t, args...)
		require.Equal(t, exitOK, code, errOut)
	}
	for database, want := range map[string][]string{path: {"insertTags UNCHANGED"}, own: {"insertTags UNCHANGED", "import APPLIED"}} {
		store, err := recordFlags{}.open(t.Context(), databaseFlags{DB: database}, recordsToRead, storage.Options{}, discard)
		require.NoError(t, err)
		page, err := store.AuditLog(storage.ListOptions{}).Page(t.Context(), []string{""}, storage.Page{Limit: 10})
		require.NoError(t, err)
		var said []string
		for _, entry := range page[""].Rows {
			said = append(said, entry.Action+" "+string(entry.Outcome))
			assert.Equal(t, []any{osUser(), storage.ActorCommand, (*string)(nil)}, []any{entry.Principal, entry.Way, entry.Role})
		}
		assert.Equal(t, want, said, "the last entry first")
		require.NoError(t, store.Close())
	}
}
