package dsn

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// Postgres is the form of PostgreSQL servers.
var Postgres = &Form{ //nolint:gosec // the example holds no password
	Name:     "postgres",
	Schemes:  []string{"postgres", "postgresql"},
	Drivers:  []string{"asyncpg", "psycopg", "psycopg2"},
	Example:  "postgres://USER:PASSWORD@HOST:5432/NAME",
	URL:      postgresURL,
	Mistaken: libpqKeywords,
}

// PostgresServer is a PostgreSQL database, ready for pgx.ConnectConfig. Its ConnString holds no password; only
// Password does.
type PostgresServer struct {
	*pgx.ConnConfig

	Pooler Pooler
}

// Pooler says whether a connection pooler such as pgbouncer stands between this program and the server.
type Pooler int

// DetectPooler finds it out for each connection. AnyPooler takes every connection for one of a pooler, and NoPooler
// takes none for one.
const (
	DetectPooler Pooler = iota
	AnyPooler
	NoPooler
)

// keywords are those of libpq's connection strings. Taken for the name of a file, such a string would show its
// password in errors.
var keywords = regexp.MustCompile(`(?i)(?:^|\s)(?:host|hostaddr|port|dbname|user|password|service)\s*=`)

func libpqKeywords(text string) error {
	if keywords.MatchString(text) {
		return errors.New("connection strings such as host=… dbname=… are not read; write postgres://USER:PASSWORD@HOST/NAME, or begin with ./ for a file")
	}
	return nil
}

// postgresURL reads what follows "postgres://" as pgx and libpq do, with their environment (PGSSLMODE,
// ~/.pgpass, …) for what the URL leaves out. Secrets are kept out of the text that pgx reads, because pgx quotes
// that text in errors and keeps it.
func postgresURL(rest string) (Target, error) {
	u, err := splitURL(rest)
	if err != nil {
		return nil, err
	}
	var options pgx.ParseConfigOptions
	var query []string
	hasTimeout, pooler := false, ""
	for _, p := range u.params {
		switch p.name {
		case "password", "sslpassword":
			secret, err := secretParam(p)
			if err != nil {
				return nil, err
			}
			if p.name == "sslpassword" {
				options.GetSSLPassword = func(context.Context) string { return secret }
				continue
			}
			u.password, u.secret = secret, true
			continue
		case "connect_timeout":
			hasTimeout = true
		case "pooler":
			pooler = p.value
			continue
		}
		p, err := postgresParam(p, u.params)
		if err != nil {
			return nil, err
		}
		query = append(query, p.name+"="+p.value)
	}
	text := "postgres://"
	if u.user != "" {
		text += quote(u.user) + "@"
	}
	c, err := pgx.ParseConfigWithOptions(text+u.host+"/"+u.database+"?"+strings.Join(query, "&"), options)
	if err != nil {
		return nil, explainPostgres(err)
	}
	if c.Database == "" {
		return nil, errDatabase
	}
	if u.secret {
		c.Password = u.password
	}
	if c.ConnectTimeout == 0 && !hasTimeout {
		c.ConnectTimeout = ConnectTimeout
	}
	return withPooler(c, pooler)
}

// withPooler returns the server with the parameter pooler, which is empty if the URL has none.
func withPooler(c *pgx.ConnConfig, value string) (Target, error) {
	known := map[string]Pooler{"": DetectPooler, "true": AnyPooler, "false": NoPooler}
	pooler, ok := known[value]
	if !ok {
		return nil, errors.New("the postgres parameter pooler must be true or false; leave it out to have a pooler detected")
	}
	return PostgresServer{c, pooler}, nil
}

func secretParam(p param) (string, error) {
	secret := unquote(p.value)
	if strings.Contains(secret, "\x00") {
		return "", errZero
	}
	return secret, nil
}

// sslModes are the values of sslmode, which asyncpg calls ssl.
var sslModes = []string{"disable", "allow", "prefer", "require", "verify-ca", "verify-full"}

// postgresParam translates one parameter for pgx. Pgx would send a parameter that it does not know to the server
// as a setting of the session, so the parameters of other libraries are refused here.
func postgresParam(p param, all []param) (param, error) {
	switch {
	case p.name == "ssl":
		if slices.ContainsFunc(all, func(other param) bool { return other.name == "sslmode" }) {
			return p, errors.New("the postgres parameters ssl and sslmode mean the same; leave one out")
		}
		mode := map[string]string{"true": "require", "false": "disable"}[p.value]
		if slices.Contains(sslModes, p.value) {
			mode = p.value
		}
		if mode == "" {
			return p, fmt.Errorf("the postgres parameter ssl must be true, false, %s", strings.Join(sslModes, ", "))
		}
		return param{name: "sslmode", value: mode}, nil
	case strings.HasPrefix(p.name, "pool_"):
		return p, fmt.Errorf("the postgres parameter %s is not supported: this program sizes its pool itself", p.name)
	case p.name == "timeout":
		return p, errors.New("the postgres parameter timeout is not supported; write connect_timeout")
	case slices.Contains(unsupported, p.name):
		return p, fmt.Errorf("the postgres parameter %s is not supported", p.name)
	}
	return p, nil
}

// unsupported are parameters of libpq, asyncpg and SQLAlchemy that pgx does not implement.
var unsupported = []string{
	"fallback_application_name", "gssdelegation", "gssencmode", "gsslib", "hostaddr", "keepalives", "keepalives_count",
	"keepalives_idle", "keepalives_interval", "load_balance_hosts", "replication", "requirepeer", "requiressl",
	"scram_client_key", "scram_server_key", "ssl_max_protocol_version", "ssl_min_protocol_version", "sslcompression",
	"sslcrl", "sslcrldir", "sslkeylogfile", "tcp_user_timeout",
	"command_timeout", "direct_tls", "max_cacheable_statement_size", "max_cached_statement_lifetime", "server_settings",
	"statement_cache_size",
	"async_fallback", "prepared_statement_cache_size", "prepared_statement_name_func",
}

// explainPostgres returns pgx's error without the URL that it quotes.
func explainPostgres(err error) error {
	message := err.Error()
	if _, after, found := strings.Cut(message, "`: "); found {
		message = after
	}
	if message == "invalid port" {
		return errPort
	}
	return fmt.Errorf("this postgres URL cannot be read: %s", strings.Join(strings.Fields(message), " "))
}

// Redacted returns the URL with all hosts, without its password and parameters.
func (s PostgresServer) Redacted() string {
	c := s.ConnConfig
	var addresses, hosts, ports []string
	sockets := false
	add := func(host string, port uint16) {
		number := strconv.Itoa(int(port))
		if text := address(host, number); !slices.Contains(addresses, text) {
			addresses, hosts, ports = append(addresses, text), append(hosts, quotePath(host)), append(ports, number)
			network, _ := pgconn.NetworkAddress(host, port)
			sockets = sockets || network == "unix"
		}
	}
	add(c.Host, c.Port)
	for _, fallback := range c.Fallbacks { // the other hosts, and each again without encryption
		add(fallback.Host, fallback.Port)
	}
	text := "postgres://"
	if c.User != "" {
		text += quote(c.User) + "@"
	}
	if sockets {
		return text + "/" + quote(c.Database) + "?host=" + strings.Join(hosts, ",") + "&port=" + strings.Join(ports, ",")
	}
	return text + strings.Join(addresses, ",") + "/" + quote(c.Database)
}
