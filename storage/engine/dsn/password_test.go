package dsn_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"decnetgraph/storage/engine/dsn"
)

// TestPasswordsThatAreAdded adds any password to each form of a name without one.
func TestPasswordsThatAreAdded(t *testing.T) {
	alone(t)
	rapid.Check(t, func(t *rapid.T) {
		secret := password(t)
		for _, text := range []string{
			"mysql://decnet@db.example/decnet", "mariadb+asyncmy://decnet@/decnet?unix_socket=/run/x.sock", "mysql://d%40n@[::1]:3306/decnet?tls=true",
			"postgres://decnet@db.example/decnet", "postgresql+asyncpg://decnet@a,b/decnet?sslmode=disable", "postgres://db.example/decnet",
			"postgres:///decnet?host=/run/postgresql&user=decnet",
		} {
			require.False(t, dsn.HasPassword(text), text)
			full, err := dsn.WithPassword(text, secret)
			require.NoError(t, err)
			require.True(t, dsn.HasPassword(full), full)
			source, err := forms.Parse(full)
			require.NoError(t, err, full)
			require.NotContains(t, shown(source, err), mark)
			if source.Form == dsn.MySQL {
				require.Equal(t, secret, mysqlOf(source).Passwd)
			} else {
				require.Equal(t, secret, postgresOf(source).Password)
			}
			_, err = dsn.WithPassword(full, secret)
			require.Error(t, err)
			require.NotContains(t, err.Error(), mark)
		}
	})
}

func TestNamesWithoutAPasswordAreKnown(t *testing.T) {
	for text, has := range map[string]bool{
		"decnet.db": false, "/var/lib/a:b@c.db": false, "sqlite:x.db": false, "sqlite:///x.db": false, "mysql://decnet@h/n": false,
		"mysql://decnet:@h/n": true, "mysql://decnet:p@h/n": true, "mysql://decnet:p/q?r@h/n": true, "decnet@tcp(h)/n": false, "decnet:p@tcp(h)/n": true,
		"decnet:p@unix(/run/x)/n": true, "postgres://h/n?password=p": true, "postgres://h/n?sslmode=verify-full&sslpassword=p": true, "postgres://h:5432/n": false,
	} {
		assert.Equal(t, has, dsn.HasPassword(text), text)
	}
	full, err := dsn.WithPassword("decnet@tcp(h:1)/n", "p")
	require.NoError(t, err)
	assert.Equal(t, "decnet:p@tcp(h:1)/n", full)
	for _, text := range []string{"decnet.db", "sqlite:///decnet.db", "sqlite:decnet.db", "/decnet.db"} {
		_, err := dsn.WithPassword(text, "p")
		assert.Error(t, err, text)
	}
}
