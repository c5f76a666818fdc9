package dsn_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"decnetgraph/storage/engine/dsn"
)

func TestEnvironment(t *testing.T) {
	t.Parallel()
	const missing = "DECNET_DB_PASSWORD is not set; export it or set DECNET_DB_URL (DECNET_TESTING=1 allows an empty one)"
	type env map[string]string
	for _, c := range []struct {
		fact     string
		set      env
		redacted string
		password string
		fails    string
	}{
		{fact: "nothing is set"},
		{fact: "nothing but empty variables", set: env{"DECNET_DB_TYPE": "", "DECNET_DB_URL": "", "DECNET_DB_HOST": ""}},
		{fact: "other variables", set: env{"DECNET_TESTING": "1"}},
		{fact: "the type alone", set: env{"DECNET_DB_TYPE": "sqlite"}, redacted: "decnet.db"},
		{fact: "no type, as in DECNET", set: env{"DECNET_DB_HOST": "db"}, redacted: "decnet.db"},
		{fact: "another type", set: env{"DECNET_DB_TYPE": "postgres"}, fails: `DECNET_DB_TYPE is "postgres"; it must be sqlite or mysql`},
		{fact: "mysql by default", set: env{"DECNET_DB_TYPE": "MySQL", "DECNET_DB_PASSWORD": "p@s:/%41 +"}, redacted: "mysql://decnet@localhost:3306/decnet", password: "p@s:/%41 +"},
		{
			fact: "mysql in all parts", set: env{"DECNET_DB_TYPE": "mysql", "DECNET_DB_HOST": "db", "DECNET_DB_PORT": "3307", "DECNET_DB_NAME": "n%", "DECNET_DB_USER": "u@", "DECNET_DB_PASSWORD": "secret"},
			redacted: "mysql://u%40@db:3307/n%25", password: "secret",
		},
		{fact: "an IPv6 address", set: env{"DECNET_DB_TYPE": "mysql", "DECNET_DB_HOST": "::1", "DECNET_DB_PASSWORD": "secret"}, redacted: "mysql://decnet@[::1]:3306/decnet", password: "secret"},
		{fact: "an IPv6 address in brackets", set: env{"DECNET_DB_TYPE": "mysql", "DECNET_DB_HOST": "[::1]", "DECNET_DB_PASSWORD": "secret"}, redacted: "mysql://decnet@[::1]:3306/decnet", password: "secret"},
		{fact: "no password", set: env{"DECNET_DB_TYPE": "mysql"}, fails: missing},
		{fact: "no password, almost testing", set: env{"DECNET_DB_TYPE": "mysql", "DECNET_TESTING": "true"}, fails: missing},
		{fact: "no password, testing", set: env{"DECNET_DB_TYPE": "mysql", "DECNET_TESTING": "1"}, redacted: "mysql://decnet@localhost:3306/decnet"},
		{
			fact: "a port of letters", set: env{"DECNET_DB_TYPE": "mysql", "DECNET_DB_PORT": "mysql", "DECNET_DB_PASSWORD": "secret"},
			fails: `DECNET_DB_PORT is "mysql"; it must be a number from 1 to 65535`,
		},
		{
			fact: "a host with a port", set: env{"DECNET_DB_TYPE": "mysql", "DECNET_DB_HOST": "db:3306", "DECNET_DB_PASSWORD": "secret"},
			fails: `DECNET_DB_HOST is "db:3306"; it must be a host's name or address, without a port`,
		},
		{
			fact: "the URL before the parts", set: env{"DECNET_DB_TYPE": "mysql", "DECNET_DB_URL": "mysql+asyncmy://a:secret@h/n", "DECNET_DB_HOST": "db"},
			redacted: "mysql://a@h:3306/n", password: "secret",
		},
		{fact: "a URL without a type", set: env{"DECNET_DB_URL": "mysql+asyncmy://a:secret@h/n"}, redacted: "mysql://a@h:3306/n", password: "secret"},
		{fact: "a file as the URL", set: env{"DECNET_DB_URL": "/var/decnet.db"}, redacted: "/var/decnet.db"},
		{
			fact: "a URL of another type", set: env{"DECNET_DB_TYPE": "sqlite", "DECNET_DB_URL": "mysql+asyncmy://a:secret@h/n"},
			fails: `DECNET_DB_TYPE is "sqlite", but DECNET_DB_URL names a mysql database; unset one of them`,
		},
		{
			fact: "a URL that is wrong", set: env{"DECNET_DB_URL": "mysq://a:secret@h/n"},
			fails: `DECNET_DB_URL: unknown kind of database "mysq"; known are sqlite, mysql, mariadb, postgres and postgresql`,
		},
	} {
		t.Run(c.fact, func(t *testing.T) {
			t.Parallel()
			source, found, err := forms.FromEnvironment(func(name string) (string, bool) {
				value, ok := c.set[name]
				return value, ok
			})
			require.Equal(t, c.redacted != "" || c.fails != "", found)
			if c.fails != "" {
				require.EqualError(t, err, c.fails)
				require.Equal(t, dsn.Source{}, source)
				return
			}
			require.NoError(t, err)
			require.Equal(t, c.redacted, source.Redacted())
			if source.Form == dsn.MySQL {
				require.Equal(t, c.password, mysqlOf(source).Passwd)
			}
		})
	}
}
