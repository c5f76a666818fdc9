package dsn_test

import (
	"fmt"
	"testing"

	"github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"decnetgraph/storage/engine/dsn"
)

// forms are the forms of all engines.
var forms = dsn.Forms{dsn.SQLite, dsn.MySQL, dsn.Postgres}

func mysqlOf(source dsn.Source) *mysql.Config { return source.Target.(dsn.MySQLServer).Config }
func postgresOf(source dsn.Source) *pgx.ConnConfig {
	return source.Target.(dsn.PostgresServer).ConnConfig
}

// parse parses a name that must be right. It also checks that the name without its password means the same.
func parse(t *testing.T, text string) dsn.Source {
	t.Helper()
	source, err := forms.Parse(text)
	require.NoError(t, err, text)
	again, err := forms.Parse(source.Redacted())
	require.NoError(t, err, source.Redacted())
	require.Equal(t, source.Redacted(), again.Redacted())
	require.Equal(t, source.Form, again.Form)
	return source
}

func TestFiles(t *testing.T) {
	t.Parallel()
	for text, path := range map[string]string{
		"decnet.db":                          "decnet.db",
		"./x":                                "./x",
		"../x":                               "../x",
		"/var/lib/decnet/decnet.db":          "/var/lib/decnet/decnet.db",
		"~/decnet.db":                        "~/decnet.db",
		"sqlite":                             "sqlite",
		"mysql":                              "mysql",
		"sqlite:decnet.db":                   "decnet.db",
		"SQLite:decnet.db":                   "decnet.db",
		"sqlite:/var/decnet.db":              "/var/decnet.db",
		"sqlite:what?.db":                    "what?.db",
		"sqlite:mysql:x":                     "mysql:x",
		"sqlite:sqlite:x":                    "sqlite:x",
		"sqlite:user:word@host/x":            "user:word@host/x",
		"sqlite:///decnet.db":                "decnet.db",
		"sqlite:////var/decnet.db":           "/var/decnet.db",
		"sqlite+aiosqlite:///decnet.db":      "decnet.db",
		"sqlite+aiosqlite:////var/decnet.db": "/var/decnet.db",
		"sqlite+pysqlite:///decnet.db":       "decnet.db",
		"sqlite:///a%20b@c.db":               "a%20b@c.db", // SQLAlchemy decodes nothing here, too
		"2026-05-01T07:21.db":                "2026-05-01T07:21.db",
		"backup:decnet.db":                   "backup:decnet.db",
		"./mysql:x":                          "./mysql:x",
		"./user:word@host":                   "./user:word@host",
		"/srv/a:b@c/decnet.db":               "/srv/a:b@c/decnet.db",
		"me@home.db":                         "me@home.db",
		"dec net?mode=rwc#1%41&é;'.db":       "dec net?mode=rwc#1%41&é;'.db",
	} {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			source := parse(t, text)
			require.Equal(t, dsn.Source{Form: dsn.SQLite, Target: dsn.File{Path: path}}, source)
			again, err := forms.Parse(source.Redacted())
			require.NoError(t, err)
			require.Equal(t, source, again)
		})
	}
	for text, file := range map[string]dsn.File{
		"sqlite:x.db?immutable=1":                    {Path: "x.db", Immutable: true},
		"sqlite:/srv/x.db?immutable=true":            {Path: "/srv/x.db", Immutable: true},
		"sqlite:///x.db?immutable=1":                 {Path: "x.db", Immutable: true},
		"sqlite+aiosqlite:////srv/x.db?immutable=1":  {Path: "/srv/x.db", Immutable: true},
		"sqlite:x.db?immutable=0":                    {Path: "x.db"},
		"sqlite:x?y?immutable=1":                     {Path: "x?y", Immutable: true},
		"sqlite:x?immutable=1?immutable=1":           {Path: "x?immutable=1", Immutable: true},
		"./x?immutable=1":                            {Path: "./x?immutable=1"},
		"sqlite:x?mode=ro":                           {Path: "x?mode=ro"},
		"sqlite:./x?immutable=1&immutable=0?mode=ro": {Path: "./x?immutable=1&immutable=0?mode=ro"},
	} {
		source := parse(t, text)
		require.Equal(t, dsn.Source{Form: dsn.SQLite, Target: file}, source, text)
		again, err := forms.Parse(source.Redacted())
		require.NoError(t, err, text)
		require.Equal(t, source, again, text)
	}
	require.Equal(t, "./x?immutable=1", parse(t, "x?immutable=1").Redacted(), "a path that could be taken for a parameter")
	require.Equal(t, "decnet.db", parse(t, "sqlite:///decnet.db").Redacted())
	require.Equal(t, "sqlite:mysql:x", parse(t, "sqlite:mysql:x").Redacted())
}

func TestNamesThatAreRefused(t *testing.T) {
	const (
		examples    = "give the path of a SQLite file, mysql://USER:PASSWORD@HOST:3306/NAME or postgres://USER:PASSWORD@HOST:5432/NAME"
		unknown     = "unknown kind of database %q; known are sqlite, mysql, mariadb, postgres and postgresql"
		slashes     = "after %s: two slashes are missing; " + examples
		empty       = "no database named; " + examples
		space       = "the database's name begins or ends with white space, or contains control characters"
		notURL      = "this is not the URL of a database; " + examples
		credentials = "this looks like USER:PASSWORD@HOST without a kind of database; begin with mysql:// or postgres://, or with ./ if it is a file"
		keywords    = "connection strings such as host=… dbname=… are not read; write postgres://USER:PASSWORD@HOST/NAME, or begin with ./ for a file"
		memory      = "a database in memory is empty; give the path of a SQLite file"
		at          = "in a database's URL only one @ may stand, between PASSWORD and HOST; write any other as %40"
		user        = "the URL names no user; write USER:PASSWORD@ before the host"
		database    = "the URL names no database; add /NAME after the host"
		port        = "the port is not a number from 1 to 65535; if it is part of a password, an @ is missing behind it"
		host        = "the host is not a host name or an address; an IPv6 address stands in brackets, as in [::1]:3306"
		percent     = "a % in the URL is not followed by two hexadecimal digits; write it as %25"
		params      = "the URL's parameters do not have the form NAME=VALUE&NAME=VALUE"
	)
	sprintf := fmt.Sprintf
	for text, message := range map[string]string{
		"":                empty,
		"sqlite:":         empty,
		" decnet.db":      space,
		"mysql://a@b/c\n": space,
		"a\x00b":          space,

		"postgre://u:pw@h/n":           sprintf(unknown, "postgre"),
		"mysq://u:pw@h/n":              sprintf(unknown, "mysq"),
		"sqllite:decnet.db":            sprintf(unknown, "sqllite"),
		"sqlite3:decnet.db":            sprintf(unknown, "sqlite3"),
		"msyql:decnet":                 sprintf(unknown, "msyql"),
		"mongodb://u:pw@h/n":           sprintf(unknown, "mongodb"),
		"file:decnet.db?mode=ro":       sprintf(unknown, "file"),
		"jdbc:mysql://h/n?password=pw": sprintf(unknown, "jdbc"),
		"mysql:decnet":                 sprintf(slashes, "mysql"),
		"mysql:u:pw@h/n":               sprintf(slashes, "mysql"),
		"postgres:/u:pw@h/n":           sprintf(slashes, "postgres"),
		"sqlite+aiosqlite:decnet.db":   sprintf(slashes, "sqlite+aiosqlite"),
		"mysql+oracle://u:pw@h/n":      `unknown driver in "mysql+oracle"; known are asyncmy, aiomysql, pymysql, mysqldb, or leave it out: mysql://`,
		"postgresql+pg8000://u:pw@h/n": `unknown driver in "postgresql+pg8000"; known are asyncpg, psycopg, psycopg2, or leave it out: postgresql://`,
		"://u:pw@h/n":                  notURL,
		"//u:pw@h/n":                   notURL,
		"my sql://u:pw@h/n":            notURL,
		"root:pw@db.example/decnet":    credentials,
		"root:pw@/decnet":              credentials,
		"postgres//u:pw@h/n":           credentials,
		"host=h user=u password=pw":    keywords,

		":memory:":                   memory,
		"sqlite::memory:":            memory,
		"sqlite://":                  memory,
		"sqlite:///":                 memory,
		"sqlite:///:memory:":         memory,
		"sqlite:file:x?mode=ro":      "SQLite's file: URIs are not read; give the path of the file, or sqlite:FILE?immutable=1 for one that never changes",
		"sqlite://decnet.db":         "sqlite:// takes no host; write sqlite:///FILE, or sqlite:////FILE for an absolute path",
		"sqlite:?immutable=1":        "sqlite:?immutable=1 names no file; write sqlite:FILE?immutable=1",
		"sqlite:x?immutable=yes":     `the parameter immutable is 1 or 0, not "yes"`,
		"sqlite:///x.db?mode=memory": "sqlite:/// takes no parameter except immutable=1; write sqlite:FILE for a file with ? in its name",

		"mysql://u:pw@h":                                       database,
		"mysql://u:pw@h/":                                      database,
		"mysql://u:pw@h/?tls=true":                             database,
		"u:pw@tcp(h)/":                                         database,
		"postgres://u:pw@h":                                    database,
		"mysql://h/n":                                          user,
		"mysql://:pw@h/n":                                      user,
		"tcp(h)/n":                                             user,
		"mysql://u:p@w@h/n":                                    at,
		"mysql://u:pw@h/n?unix_socket=@x":                      at,
		"mysql://h/n?x=a@b":                                    at,
		"postgres://u:p@w@h/n":                                 at,
		"mysql://u:%00@h/n":                                    "the user and the password cannot contain a zero byte",
		"mysql://u:pw@h:0/n":                                   port,
		"mysql://u:pw@h:65536/n":                               port,
		"mysql://u:pw@h:/n":                                    port,
		"mysql://u:pw":                                         port,
		"postgres://u:pw":                                      port,
		"postgres://u:pw@h:x/n":                                port,
		"mysql://u:pw@::1/n":                                   host,
		"mysql://u:pw@[::1/n":                                  host,
		"mysql://u:pw@[127.0.0.1]/n":                           host,
		"mysql://u:pw@a,b/n":                                   host,
		"mysql://u:pw@tcp(h:3306)/n":                           port,
		"mysql://u:pw@tcp(h)/n":                                host,
		"mysql://u:pw@h/%zz":                                   percent,
		"mysql://u:pw@h/n?tls=%zz":                             percent,
		"u:pw@tcp(h)/%zz":                                      percent,
		"mysql://u:pw@h/n?tls":                                 params,
		"mysql://u:pw@h/n?tls=true&":                           params,
		"u:pw@tcp(h)/n?a b=c":                                  params,
		"mysql://u:pw@h/n?tls=true&tls=true":                   "the URL's parameter tls is given twice",
		"postgres://u:pw@h/n?host=a&host=b":                    "the URL's parameter host is given twice",
		"mysql://u:pw@h/n?charset=latin1":                      "the mysql parameter charset must be utf8mb4 here",
		"mysql://u:pw@h/n?parseTime=false":                     "the mysql parameter parseTime must be true here",
		"u:pw@tcp(h)/n?loc=Local":                              "the mysql parameter loc must be UTC here",
		"u:pw@tcp(h)/n?multiStatements=true":                   "the mysql parameter multiStatements must be false here",
		"mysql://u:pw@h/n?connect_timeout=0":                   "the mysql parameter connect_timeout must be a time above 0, such as 5 (seconds) or 500ms",
		"mysql://u:pw@h/n?read_timeout=soon":                   "the mysql parameter read_timeout must be a time above 0, such as 5 (seconds) or 500ms",
		"mysql://u:pw@h/n?compress=maybe":                      "the mysql parameter compress must be true or false",
		"mysql://u:pw@h/n?tls=maybe":                           "the mysql parameter tls must be true, false, skip-verify or preferred",
		"mysql://u:pw@h/n?ssl=maybe":                           "the mysql parameter ssl must be true or false",
		"mysql://u:pw@h/n?ssl=1&tls=true":                      "the mysql parameters tls and ssl mean the same; leave one out",
		"mysql://u:pw@h/n?ssl_ca=":                             "the mysql parameter ssl_ca must be the path of a file",
		"mysql://u:pw@h/n?ssl_ca=/none":                        "cannot read the file that ssl_ca names: no such file or directory",
		"mysql://u:pw@h/n?ssl_ca=dsn.go":                       "the file that ssl_ca names holds no certificate",
		"mysql://u:pw@h/n?ssl_key=x":                           "the mysql parameters ssl_cert and ssl_key belong together",
		"mysql://u:pw@h/n?ssl_key=x&ssl_cert=x":                "cannot use the files that ssl_cert and ssl_key name: no such file or directory",
		"mysql://u:pw@h/n?tls=preferred&ssl_check_hostname=no": "the mysql parameter ssl_check_hostname must be true or false",
		"mysql://u:pw@h/n?tls=preferred&ssl_ca=x":              "ssl_ca, ssl_cert, ssl_key and ssl_check_hostname need tls=true, or no tls at all",
		"mysql://u:pw@h/n?unix_socket=/s":                      "the URL gives both a host and a unix_socket; leave one out",
		"mysql://u:pw@/n?unix_socket=s":                        "the path of MySQL's socket is not absolute",
		"u:pw@unix(s)/n":                                       "the path of MySQL's socket is not absolute",
		"u:pw@tcp(h)/n?unix_socket=/s":                         "the mysql parameter unix_socket belongs to a URL; write USER:PASSWORD@unix(/PATH)/NAME",
		"mysql://u:pw@h/n?init_command=DROP": "the mysql parameter init_command is not supported; supported are allowCleartextPasswords, charset, compress, connect_timeout, readTimeout, " +
			"read_timeout, ssl, ssl_ca, ssl_cert, ssl_check_hostname, ssl_key, timeout, tls, unix_socket, writeTimeout, write_timeout",

		"postgres://u:pw@h/n?pool_max_conns=3":         "the postgres parameter pool_max_conns is not supported: this program sizes its pool itself",
		"postgresql+asyncpg://u:pw@h/n?timeout=3":      "the postgres parameter timeout is not supported; write connect_timeout",
		"postgres://u:pw@h/n?gssencmode=disable":       "the postgres parameter gssencmode is not supported",
		"postgres://u:pw@h/n?ssl=maybe":                "the postgres parameter ssl must be true, false, disable, allow, prefer, require, verify-ca, verify-full",
		"postgres://u:pw@h/n?ssl=true&sslmode=disable": "the postgres parameters ssl and sslmode mean the same; leave one out",
		"postgres://u:pw@h/n?sslmode=maybe":            "this postgres URL cannot be read: failed to configure TLS (sslmode is invalid)",
		"postgres://u:pw@h/n?sslrootcert=/none":        "this postgres URL cannot be read: failed to configure TLS (unable to read CA file: open /none: no such file or directory)",
		"postgres://u:pw@h/n?connect_timeout=soon":     `this postgres URL cannot be read: invalid connect_timeout (strconv.ParseInt: parsing "soon": invalid syntax)`,
		"postgres://u:pw@h/n?password=%00":             "the user and the password cannot contain a zero byte",
		"postgres://u:pw@h1:1,h2:2,h3/n?port=1,2":      "this postgres URL cannot be read: could not match 2 port numbers to 3 hosts",
	} {
		t.Run(text, func(t *testing.T) {
			source, err := forms.Parse(text)
			require.EqualError(t, err, message)
			require.Equal(t, dsn.Source{}, source)
			require.NotContains(t, err.Error(), "pw")
		})
	}
}
