package dsn_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"decnetgraph/storage/engine/dsn"
)

// alone takes the environment's settings for PostgreSQL away.
func alone(t *testing.T) {
	t.Helper()
	for _, entry := range os.Environ() {
		if name, _, _ := strings.Cut(entry, "="); strings.HasPrefix(name, "PG") {
			t.Setenv(name, "")
		}
	}
	t.Setenv("HOME", t.TempDir())
}

func TestPooler(t *testing.T) {
	alone(t)
	for params, want := range map[string]dsn.Pooler{"": dsn.DetectPooler, "?pooler=true": dsn.AnyPooler, "?sslmode=disable&pooler=false": dsn.NoPooler} {
		target, err := dsn.Postgres.URL("u:b@h/db" + params)
		require.NoError(t, err)
		require.Equal(t, want, target.(dsn.PostgresServer).Pooler)
		require.NotContains(t, target.(dsn.PostgresServer).RuntimeParams, "pooler", "the server does not get it")
	}
	_, err := dsn.Postgres.URL("u:b@h/db?pooler=transaction")
	require.ErrorContains(t, err, "pooler must be true or false")
}

func TestPostgres(t *testing.T) {
	alone(t)
	for _, c := range []struct{ text, user, password, redacted string }{
		{"postgres://decnet:secret@db.example:5433/decnet", "decnet", "secret", "postgres://decnet@db.example:5433/decnet"},
		{"postgresql://decnet@db.example/decnet", "decnet", "", "postgres://decnet@db.example:5432/decnet"},
		{"postgresql+asyncpg://decnet:p%40s%3A%2F%25@h/decnet", "decnet", "p@s:/%", "postgres://decnet@h:5432/decnet"},
		{"postgresql+psycopg://a%40b:100% +/?@h/decnet", "a@b", "100% +/?", "postgres://a%40b@h:5432/decnet"},
		{"postgresql+psycopg2://a:b@h/decnet", "a", "b", "postgres://a@h:5432/decnet"},
		{"postgres://u@h1:5432,h2:5433/db?target_session_attrs=any", "u", "", "postgres://u@h1:5432,h2:5433/db"},
		{"postgres://u:b@h1,h2/db?sslmode=disable", "u", "b", "postgres://u@h1:5432,h2:5432/db"},
		{"postgres://u:b@[::1]:5433/db", "u", "b", "postgres://u@[::1]:5433/db"},
		{"postgres://u@h/db?password=p%40s", "u", "p@s", "postgres://u@h:5432/db"},
		{"postgres://u:b@/db?host=/run/pg", "u", "b", "postgres://u@/db?host=/run/pg&port=5432"},
		{"postgres://u:b@%2Frun%2Fpg:5433,h/db", "u", "b", "postgres://u@/db?host=/run/pg,h&port=5433,5432"},
		{"postgres://u:b@h?dbname=db", "u", "b", "postgres://u@h:5432/db"},
		{"postgres://u:b@h/d%2Fb", "u", "b", "postgres://u@h:5432/d%2Fb"},
	} {
		t.Run(c.text, func(t *testing.T) {
			source := parse(t, c.text)
			require.Equal(t, dsn.Postgres, source.Form)
			require.Equal(t, []string{c.user, c.password}, []string{postgresOf(source).User, postgresOf(source).Password})
			require.Equal(t, c.redacted, source.Redacted())
			if c.password != "" {
				require.NotContains(t, postgresOf(source).ConnString(), c.password+"@")
			}
		})
	}
}

func TestPostgresSettings(t *testing.T) {
	alone(t)
	const url = "postgres://a:b@h/decnet"
	t.Run("the time to connect", func(t *testing.T) {
		require.Equal(t, 5*time.Second, postgresOf(parse(t, url)).ConnectTimeout)
		require.Equal(t, 7*time.Second, postgresOf(parse(t, url+"?connect_timeout=7")).ConnectTimeout)
		require.Zero(t, postgresOf(parse(t, url+"?connect_timeout=0")).ConnectTimeout)
	})
	t.Run("encryption", func(t *testing.T) {
		require.Nil(t, postgresOf(parse(t, url+"?ssl=false")).TLSConfig)
		c := postgresOf(parse(t, url+"?ssl=verify-full"))
		require.Equal(t, "h", c.TLSConfig.ServerName)
		require.False(t, c.TLSConfig.InsecureSkipVerify)
		require.Empty(t, c.Fallbacks)
		require.Empty(t, postgresOf(parse(t, url+"?ssl=true")).Fallbacks, "no way without encryption")
		require.Len(t, postgresOf(parse(t, url)).Fallbacks, 1, "as libpq: better with encryption")
	})
	t.Run("settings of the session", func(t *testing.T) {
		require.Equal(t, map[string]string{"application_name": "a b", "search_path": "decnet"},
			postgresOf(parse(t, url+"?application_name=a%20b&search_path=decnet")).RuntimeParams)
	})
	t.Run("the password of a key is not kept in the text", func(t *testing.T) {
		require.NotContains(t, postgresOf(parse(t, url+"?sslpassword=hidden&sslmode=disable")).ConnString(), "hidden")
	})
}

func TestPostgresEnvironment(t *testing.T) {
	alone(t)
	t.Setenv("PGPASSWORD", "hidden")
	t.Setenv("PGCONNECT_TIMEOUT", "9")
	t.Setenv("PGDATABASE", "elsewhere")
	c := postgresOf(parse(t, "postgres://a@h/decnet"))
	require.Equal(t, "hidden", c.Password)
	require.Equal(t, 9*time.Second, c.ConnectTimeout)
	require.Equal(t, "decnet", c.Database)
	require.Equal(t, "elsewhere", postgresOf(parse(t, "postgres://a@h")).Database)
	require.Equal(t, "b", postgresOf(parse(t, "postgres://a:b@h/decnet")).Password)
}
