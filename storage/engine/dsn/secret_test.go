package dsn_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"decnetgraph/storage/engine/dsn"
)

// mark begins and ends the passwords of these tests; it occurs nowhere else.
const mark = "zq7Jx"

// password has the mark at both ends, so that a part of it that is shown is seen, too.
func password(t *rapid.T) string {
	free := rapid.StringOf(rapid.OneOf(rapid.RuneFrom([]rune("@:/?#%[]()&=+ ,'\"`\\\n")), rapid.Rune())).Draw(t, "password")
	return mark + strings.ReplaceAll(free, "\x00", "") + mark
}

// shown is all that a person gets to see of a name.
func shown(source dsn.Source, err error) string {
	return fmt.Sprintf("%v %v %+v %#v %s", err, source, source, source, source.LogValue())
}

// TestPasswords writes any password in each way that programs write it.
func TestPasswords(t *testing.T) {
	alone(t)
	encodings := map[string]func(string) string{
		"all":      func(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") },
		"userinfo": func(s string) string { return strings.TrimPrefix(url.UserPassword("", s).String(), ":") },
		"sqlalchemy": func(s string) string {
			return strings.NewReplacer("%20", " ", "%2B", "+").Replace(strings.ReplaceAll(url.QueryEscape(s), "+", "%20"))
		},
	}
	rapid.Check(t, func(t *rapid.T) {
		secret := password(t)
		encode := encodings[rapid.SampledFrom([]string{"all", "userinfo", "sqlalchemy"}).Draw(t, "encoding")]
		for _, scheme := range []string{"mysql", "mariadb+asyncmy", "postgres", "postgresql+asyncpg"} {
			source, err := forms.Parse(scheme + "://decnet:" + encode(secret) + "@db.example/decnet")
			require.NoError(t, err)
			require.NotContains(t, shown(source, err), mark)
			if source.Form == dsn.MySQL {
				require.Equal(t, secret, mysqlOf(source).Passwd)
			} else {
				require.Equal(t, secret, postgresOf(source).Password)
				require.NotContains(t, postgresOf(source).ConnString(), mark)
			}
			source, err = forms.Parse(scheme + "://decnet:" + encode(secret) + "@db.example:x/decnet?a=b")
			require.Error(t, err)
			require.NotContains(t, shown(source, err), mark)
		}
		source, err := forms.Parse("decnet:" + secret + "@tcp(db.example)/decnet")
		require.NotContains(t, shown(source, err), mark)
		if err == nil {
			require.Equal(t, secret, mysqlOf(source).Passwd)
		} else {
			require.Contains(t, err.Error(), "control characters")
		}
		source, found, err := forms.FromEnvironment(func(name string) (string, bool) {
			value, ok := map[string]string{"DECNET_DB_TYPE": "mysql", "DECNET_DB_PASSWORD": secret}[name]
			return value, ok
		})
		require.NoError(t, err)
		require.True(t, found)
		require.Equal(t, secret, mysqlOf(source).Passwd)
		require.NotContains(t, shown(source, err), mark)
	})
}

// FuzzParse puts a password where passwords stand, in text of any kind. What Parse takes for the path of
// a file has none.
func FuzzParse(f *testing.F) {
	for _, before := range []string{"mysql://u", "postgres://u", "u", "", "mysq://u", "mysql:u", "sqlite://u", "mysql+asyncmy://", "//u", "postgres://h/n?x=y&z", "u@tcp(h)/n?x"} {
		for _, after := range []string{"h:3306/n", "h/n?tls=x&ssl_ca=y", "h1:5432,h2/n?sslmode=x", "tcp(h:3306)/n", "[::1]/n", "unix(/s)/n?x=%zz", "", "h:x/n@"} {
			f.Add(before, "", after)
			f.Add(before, "@:/?#%", after)
		}
	}
	f.Fuzz(func(t *testing.T, before, middle, after string) {
		if strings.Contains(before+after, mark) {
			t.Skip()
		}
		source, err := forms.Parse(before + ":" + mark + middle + mark + "@" + after)
		if err == nil && source.Form == dsn.SQLite {
			t.Skip()
		}
		text := shown(source, err)
		require.NotContains(t, text, mark)
		require.NotContains(t, text, "\n", "one line")
		if err == nil {
			again, err := forms.Parse(source.Redacted())
			require.NoError(t, err, source.Redacted())
			require.Equal(t, source.Redacted(), again.Redacted())
		}
	})
}
