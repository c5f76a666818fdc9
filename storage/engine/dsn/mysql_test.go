package dsn_test

import (
	"crypto/tls"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/stretchr/testify/require"

	"decnetgraph/storage/engine/dsn"
)

func TestMySQL(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ text, user, password, network, address, redacted string }{
		{"mysql://decnet:secret@db.example:3307/decnet", "decnet", "secret", "tcp", "db.example:3307", "mysql://decnet@db.example:3307/decnet"},
		{"mysql://decnet@db.example/decnet", "decnet", "", "tcp", "db.example:3306", "mysql://decnet@db.example:3306/decnet"},
		{"MySQL://decnet:@db.example/decnet", "decnet", "", "tcp", "db.example:3306", "mysql://decnet@db.example:3306/decnet"},
		{"mysql://decnet:secret@/decnet", "decnet", "secret", "tcp", "localhost:3306", "mysql://decnet@localhost:3306/decnet"},
		{"mysql+asyncmy://a%40b:p%40s%3A%2F%25+ +%c3%a9@h/decnet", "a@b", "p@s:/%+ +é", "tcp", "h:3306", "mysql://a%40b@h:3306/decnet"},
		{"mysql+asyncmy://a:100%@h/decnet", "a", "100%", "tcp", "h:3306", "mysql://a@h:3306/decnet"},
		{"mysql+asyncmy://a:p:/?#%zz@h/decnet", "a", "p:/?#%zz", "tcp", "h:3306", "mysql://a@h:3306/decnet"}, // as SQLAlchemy
		{"mysql+aiomysql://a:b@h/decnet?charset=utf8mb4", "a", "b", "tcp", "h:3306", "mysql://a@h:3306/decnet"},
		{"mysql+pymysql://a:b@h/decnet", "a", "b", "tcp", "h:3306", "mysql://a@h:3306/decnet"},
		{"mysql+mysqldb://a:b@h/decnet", "a", "b", "tcp", "h:3306", "mysql://a@h:3306/decnet"},
		{"mariadb://a:b@h/decnet", "a", "b", "tcp", "h:3306", "mysql://a@h:3306/decnet"},
		{"mariadb+asyncmy://a:b@h/decnet", "a", "b", "tcp", "h:3306", "mysql://a@h:3306/decnet"},
		{"mysql://a:b@[::1]/decnet", "a", "b", "tcp", "[::1]:3306", "mysql://a@[::1]:3306/decnet"},
		{"mysql://a:b@[fe80::1%25eth0]:3307/decnet", "a", "b", "tcp", "[fe80::1%eth0]:3307", "mysql://a@[fe80::1%25eth0]:3307/decnet"},
		{"mysql://a:b@127.0.0.1/decnet", "a", "b", "tcp", "127.0.0.1:3306", "mysql://a@127.0.0.1:3306/decnet"},
		{"mysql://a:b@/decnet?unix_socket=/run/my%20sql.sock", "a", "b", "unix", "/run/my sql.sock", "mysql://a@/decnet?unix_socket=/run/my%20sql.sock"},
		{"mysql://a:b@localhost/decnet?tls=false&unix_socket=/s", "a", "b", "unix", "/s", "mysql://a@/decnet?unix_socket=/s"},
		{"a:b@tcp(h:3307)/decnet", "a", "b", "tcp", "h:3307", "mysql://a@h:3307/decnet"},
		{"a@tcp(h)/decnet", "a", "", "tcp", "h:3306", "mysql://a@h:3306/decnet"},
		{"mysql:b://c@d%40@tcp([::1])/decnet?parseTime=true&loc=UTC", "mysql", "b://c@d%40", "tcp", "[::1]:3306", "mysql://mysql@[::1]:3306/decnet"},
		{"a:b:c@tcp(x)@unix(/run/mysqld.sock)/decnet", "a", "b:c@tcp(x)", "unix", "/run/mysqld.sock", "mysql://a@/decnet?unix_socket=/run/mysqld.sock"},
	} {
		t.Run(c.text, func(t *testing.T) {
			t.Parallel()
			source := parse(t, c.text)
			require.Equal(t, dsn.MySQL, source.Form)
			require.Equal(t, []string{c.user, c.password, c.network, c.address, "decnet"},
				[]string{mysqlOf(source).User, mysqlOf(source).Passwd, mysqlOf(source).Net, mysqlOf(source).Addr, mysqlOf(source).DBName})
			require.Equal(t, c.redacted, source.Redacted())
			again := mysqlOf(parse(t, c.redacted))
			require.Equal(t, mysqlOf(source).Addr, again.Addr)
			_, err := mysql.NewConnector(mysqlOf(source))
			require.NoError(t, err)
		})
	}
	require.Equal(t, "dé/c?n", mysqlOf(parse(t, "mysql://a:b@h/d%c3%a9%2Fc%3Fn")).DBName)
}

func TestASourceIsPrintedWithoutItsPassword(t *testing.T) {
	t.Parallel()
	source := parse(t, "mysql://decnet:secret@db.example/decnet")
	var log strings.Builder
	slog.New(slog.NewJSONHandler(&log, nil)).Info("open", "database", source)
	for _, text := range []string{fmt.Sprint(source), fmt.Sprintf("%v %+v %#v %s %q", source, source, source, source, source), log.String()} {
		require.NotContains(t, text, "secret")
		require.Contains(t, text, "mysql://decnet@db.example:3306/decnet")
	}
}

func TestMySQLSettings(t *testing.T) {
	t.Parallel()
	const url = "mysql://a:b@h/decnet"
	t.Run("those that the store relies on", func(t *testing.T) {
		t.Parallel()
		for _, text := range []string{url, "a:b@tcp(h)/decnet", url + "?charset=utf8mb4&use_unicode=1&local_infile=0&parseTime=true&multiStatements=false"} {
			c := mysqlOf(parse(t, text))
			require.True(t, c.ParseTime)
			require.Equal(t, time.UTC, c.Loc)
			require.Equal(t, 5*time.Second, c.Timeout)
			require.Zero(t, c.ReadTimeout)
			require.Zero(t, c.WriteTimeout)
			require.Empty(t, c.Collation)
			require.Empty(t, c.TLSConfig)
			require.Nil(t, c.TLS)
			require.True(t, c.AllowNativePasswords)
			require.True(t, c.CheckConnLiveness)
			for _, off := range []bool{c.RejectReadOnly, c.InterpolateParams, c.MultiStatements, c.ClientFoundRows, c.AllowAllFiles, c.AllowCleartextPasswords} {
				require.False(t, off)
			}
			require.Equal(t, "a:b@tcp(h:3306)/decnet?charset=utf8mb4&parseTime=true&timeout=5s", c.FormatDSN())
		}
	})
	t.Run("those that a URL may change", func(t *testing.T) {
		t.Parallel()
		c := mysqlOf(parse(t, url+"?connect_timeout=7&read_timeout=8&write_timeout=9&compress=True&allowCleartextPasswords=1"))
		require.Equal(t, []time.Duration{7 * time.Second, 8 * time.Second, 9 * time.Second}, []time.Duration{c.Timeout, c.ReadTimeout, c.WriteTimeout})
		require.True(t, c.AllowCleartextPasswords)
		require.Contains(t, c.FormatDSN(), "compress=true")
		c = mysqlOf(parse(t, "a:b@tcp(h)/decnet?timeout=7s&readTimeout=8ms&writeTimeout=1m"))
		require.Equal(t, []time.Duration{7 * time.Second, 8 * time.Millisecond, time.Minute}, []time.Duration{c.Timeout, c.ReadTimeout, c.WriteTimeout})
	})
	t.Run("encryption by mode", func(t *testing.T) {
		t.Parallel()
		for query, mode := range map[string]string{
			"tls=true": "true", "tls=1": "true", "ssl=true": "true", "tls=skip-verify": "skip-verify", "tls=preferred": "preferred",
			"tls=false": "false", "ssl=0": "false", "charset=utf8mb4": "",
		} {
			require.Equal(t, mode, mysqlOf(parse(t, url+"?"+query)).TLSConfig, query)
		}
	})
}

func TestMySQLCertificates(t *testing.T) {
	t.Parallel()
	authority, other := newAuthority(t), newAuthority(t)
	cert, key := authority.issue(t, "db.example")
	files := "&ssl_ca=" + authority.file + "&ssl_cert=" + cert + "&ssl_key=" + key
	for _, c := range []struct {
		fact, query string
		fails       string
	}{
		{"the authority and the name", "ssl_ca=" + authority.file, ""},
		{"a client's certificate", "tls=true" + files, ""},
		{"another authority", "ssl_ca=" + other.file, "unknown authority"},
		{"another authority, any name", "ssl_check_hostname=false&ssl_ca=" + other.file, "unknown authority"},
		{"the system's authorities, any name", "ssl_check_hostname=false", "unknown authority"},
	} {
		t.Run(c.fact, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, c.fails, failure(handshake(t, "mysql://a:b@db.example/n?"+c.query, cert, key)))
		})
	}
	require.Equal(t, "wrong name", failure(handshake(t, "mysql://a:b@elsewhere/n?ssl_ca="+authority.file, cert, key)))
	require.Empty(t, failure(handshake(t, "mysql://a:b@elsewhere/n?ssl_check_hostname=false&ssl_ca="+authority.file, cert, key)))
	_, err := forms.Parse("mysql://a:b@h/n?ssl_cert=" + key + "&ssl_key=" + filepath.Base(cert))
	require.Error(t, err)
}

// handshake connects with the settings of a URL to a server with a certificate.
func handshake(t *testing.T, url, cert, key string) error {
	t.Helper()
	source := parse(t, url)
	_, err := mysql.NewConnector(mysqlOf(source))
	require.NoError(t, err)
	connector := mysqlOf(source).Clone()
	// The driver fills in the name when it connects; a copy of its settings shows none of that.
	if !connector.TLS.InsecureSkipVerify {
		connector.TLS.ServerName, _, _ = strings.Cut(connector.Addr, ":")
	}
	pair, err := tls.LoadX509KeyPair(cert, key)
	require.NoError(t, err)
	return talk(t.Context(), &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}, connector.TLS)
}
