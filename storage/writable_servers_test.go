package storage

import (
	"bytes"
	"database/sql"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"decnetgraph/storage/storagetest/dbserver"
)

// TestRightsToWriteAreCheckedAtTheStart opens databases for writing with an account that may read everything and write
// nothing, and then one table.
func TestRightsToWriteAreCheckedAtTheStart(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		server  func(testing.TB) *dbserver.Server
		create  string // makes an account
		drop    string
		readAll string
		oneMore string // lets it write notes of campaigns
	}{
		"MariaDB": {
			dbserver.MariaDB, "CREATE USER %s@'%%' IDENTIFIED BY 'secret'", "DROP USER %s@'%%'",
			"GRANT SELECT ON *.* TO %s@'%%'", "GRANT UPDATE ON campaigns TO %s@'%%'",
		},
		"PostgreSQL": {
			dbserver.Postgres, "CREATE ROLE %s LOGIN PASSWORD 'secret'", "DROP OWNED BY %[1]s; DROP ROLE %[1]s",
			"GRANT SELECT ON ALL TABLES IN SCHEMA public TO %s", "GRANT UPDATE ON campaigns TO %s",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := c.server(t)
			source := server.Database(t)
			_, db := serverStore(t, source)
			at, err := url.Parse(source)
			require.NoError(t, err)
			account := "reader_" + strings.TrimPrefix(at.Path, "/")
			at.User = url.UserPassword(account, "secret")
			run := func(on *sql.DB, statement string) {
				_, err := on.ExecContext(t.Context(), fmt.Sprintf(statement, account))
				require.NoError(t, err, statement)
			}
			run(server.Admin(), c.create)

			admin := db
			if name == "MariaDB" { // where only an administrator grants rights
				admin = administrator(t, source)
			}
			run(admin, c.readAll)
			defer func() { run(admin, c.drop) }()

			_, err = Open(t.Context(), at.String(), Options{Write: true})
			require.ErrorIs(t, err, ErrInvalid)
			require.ErrorContains(t, err, "the database refuses every write")
			require.NotContains(t, err.Error(), "secret")

			run(admin, c.oneMore)
			_, err = Open(t.Context(), at.String(), Options{Write: true, Log: slog.New(slog.DiscardHandler)})
			require.ErrorIs(t, err, ErrInvalid)
			require.ErrorContains(t, err, "refuses to write to audit_log")

			var log bytes.Buffer
			run(admin, "GRANT INSERT ON audit_log TO "+map[string]string{"MariaDB": "%s@'%%'", "PostgreSQL": "%s"}[name])
			s, err := Open(t.Context(), at.String(), Options{Write: true, Log: slog.New(slog.NewTextHandler(&log, nil))})
			require.NoError(t, err)
			require.NoError(t, s.Close())
			require.Contains(t, log.String(), `tables="ttp_tag attribution_state attacker_identities attackers ttp_rule_state"`)
		})
	}
}

// administrator opens a database of MariaDB as root.
func administrator(t *testing.T, source string) *sql.DB {
	t.Helper()
	at, err := url.Parse(source)
	require.NoError(t, err)
	db, err := sql.Open("mysql", "root@tcp("+at.Host+")"+at.Path)
	require.NoError(t, err)
	t.Cleanup(func() { _ = db.Close() })
	return db
}
