package dsn

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// postgresURL reads a URL as pgx and libpq do, with their environment (PGSSLMODE, ~/.pgpass, …) for what
// the URL leaves out. Secrets are kept out of the text that pgx reads: it quotes that text in errors and
// keeps it.
func postgresURL(u parts) (Source, error) {
	var options pgx.ParseConfigOptions
	var query []string
	patient := false
	for _, p := range u.params {
		switch p.name {
		case "password", "sslpassword":
			secret, err := secretParam(p)
			if err != nil {
				return Source{}, err
			}
			if p.name == "sslpassword" {
				options.GetSSLPassword = func(context.Context) string { return secret }
				continue
			}
			u.password, u.secret = secret, true
			continue
		case "connect_timeout":
			patient = true
		}
		p, err := postgresParam(p, u.params)
		if err != nil {
			return Source{}, err
		}
		query = append(query, p.name+"="+p.value)
	}
	text := "postgres://"
	if u.user != "" {
		text += quote(u.user) + "@"
	}
	c, err := pgx.ParseConfigWithOptions(text+u.host+"/"+u.database+"?"+strings.Join(query, "&"), options)
	if err != nil {
		return Source{}, explainPostgres(err)
	}
	if c.Database == "" {
		return Source{}, errDatabase
	}
	if u.secret {
		c.Password = u.password
	}
	if c.ConnectTimeout == 0 && !patient {
		c.ConnectTimeout = ConnectTimeout
	}
	return Source{Engine: Postgres, Postgres: c}, nil
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

// postgresParam translates one parameter for pgx. What pgx does not know it would send to the server as
// a setting of the session, so the parameters of other libraries are refused here.
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
	case slices.Contains(foreign, p.name):
		return p, fmt.Errorf("the postgres parameter %s is not supported", p.name)
	}
	return p, nil
}

// foreign are parameters of libpq, asyncpg and SQLAlchemy that pgx does not implement.
var foreign = []string{
	"fallback_application_name", "gssdelegation", "gssencmode", "gsslib", "hostaddr", "keepalives", "keepalives_count",
	"keepalives_idle", "keepalives_interval", "load_balance_hosts", "replication", "requirepeer", "requiressl",
	"scram_client_key", "scram_server_key", "ssl_max_protocol_version", "ssl_min_protocol_version", "sslcompression",
	"sslcrl", "sslcrldir", "sslkeylogfile", "tcp_user_timeout",
	"command_timeout", "direct_tls", "max_cacheable_statement_size", "max_cached_statement_lifetime", "server_settings",
	"statement_cache_size",
	"async_fallback", "prepared_statement_cache_size", "prepared_statement_name_func",
}

// explainPostgres is pgx's error without the URL that it quotes.
func explainPostgres(err error) error {
	message := err.Error()
	if _, behind, found := strings.Cut(message, "`: "); found {
		message = behind
	}
	if message == "invalid port" {
		return errPort
	}
	return fmt.Errorf("this postgres URL cannot be read: %s", strings.Join(strings.Fields(message), " "))
}

// redactPostgres names a database, with all its hosts, without its password.
func redactPostgres(c *pgx.ConnConfig) string {
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
