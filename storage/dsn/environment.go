package dsn

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// The variables that DECNET reads.
const (
	envURL      = "DECNET_DB_URL"
	envType     = "DECNET_DB_TYPE"
	envHost     = "DECNET_DB_HOST"
	envPort     = "DECNET_DB_PORT"
	envName     = "DECNET_DB_NAME"
	envUser     = "DECNET_DB_USER"
	envPassword = "DECNET_DB_PASSWORD" //nolint:gosec // a variable's name
	envTesting  = "DECNET_TESTING"
)

// DecnetFile is DECNET's SQLite database: upstream in the project's root, here in the working directory.
const DecnetFile = "decnet.db"

var errPassword = errors.New(envPassword + " is not set; export it or set " + envURL + " (" + envTesting + "=1 allows an empty one)")

// FromEnvironment reads DECNET's own settings: DECNET_DB_URL, else DECNET_DB_TYPE (sqlite by default)
// with DECNET_DB_HOST, _PORT, _NAME, _USER and _PASSWORD. As in DECNET, an empty variable is not set and
// an empty password is refused unless DECNET_TESTING is 1. It returns false if none of them is set.
//
// DECNET itself looks at DECNET_DB_URL only if the type is mysql. A URL without a type is taken all the
// same, for there is nothing else it could mean; if the two disagree, that is an error and no guess.
func FromEnvironment(lookup func(string) (string, bool)) (Source, bool, error) {
	get := func(name string) string {
		value, _ := lookup(name)
		return value
	}
	kind := strings.ToLower(get(envType))
	if text := get(envURL); text != "" {
		source, err := Parse(text)
		if err != nil {
			return Source{}, true, fmt.Errorf("%s: %w", envURL, err)
		}
		if kind != "" && kind != string(source.Engine) {
			return Source{}, true, fmt.Errorf("%s is %q, but %s names a %s database; unset one of them", envType, get(envType), envURL, source.Engine)
		}
		return source, true, nil
	}
	switch kind {
	case "mysql":
		source, err := mysqlEnvironment(get)
		return source, true, err
	case "sqlite":
	case "":
		if get(envHost)+get(envPort)+get(envName)+get(envUser)+get(envPassword) == "" {
			return Source{}, false, nil
		}
	default:
		return Source{}, true, fmt.Errorf("%s is %q; it must be sqlite or mysql", envType, get(envType))
	}
	source, err := sqliteFile(DecnetFile)
	return source, true, err
}

// mysqlEnvironment reads the variables of a MySQL database. Their values are plain text.
func mysqlEnvironment(get func(string) string) (Source, error) {
	or := func(name, otherwise string) string {
		if value := get(name); value != "" {
			return value
		}
		return otherwise
	}
	a := mysqlAddress{user: or(envUser, "decnet"), password: get(envPassword), network: "tcp", database: or(envName, "decnet")}
	if a.password == "" && get(envTesting) != "1" {
		return Source{}, errPassword
	}
	port := or(envPort, mysqlPort)
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return Source{}, fmt.Errorf("%s is %q; it must be a number from 1 to 65535", envPort, port)
	}
	host := strings.TrimSuffix(strings.TrimPrefix(or(envHost, "localhost"), "["), "]")
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	address, err := hostPort(host+":"+port, port)
	if err != nil {
		return Source{}, fmt.Errorf("%s is %q; it must be a host's name or address, without a port", envHost, get(envHost))
	}
	a.address = address
	return mysqlSource(a)
}
