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

// DecnetFile is the path of DECNET's SQLite database. DECNET looks for it in its project's folder, this program in
// the working directory.
const DecnetFile = "decnet.db"

var errPassword = errors.New(envPassword + " is not set; export it or set " + envURL + " (" + envTesting + "=1 allows an empty one)")

// FromEnvironment reads DECNET's own settings: DECNET_DB_URL, else DECNET_DB_TYPE (sqlite by default)
// with DECNET_DB_HOST, _PORT, _NAME, _USER and _PASSWORD. As in DECNET, an empty variable counts as unset, and
// an empty password is refused unless DECNET_TESTING is 1. It returns false if none of them is set.
//
// DECNET itself reads DECNET_DB_URL only if the type is mysql. Here a URL without a type is read, too, because it
// can mean nothing else. If the two disagree, that is an error and not a guess.
func (f Forms) FromEnvironment(lookup func(string) (string, bool)) (Source, bool, error) {
	get := func(name string) string {
		value, _ := lookup(name)
		return value
	}
	kind := strings.ToLower(get(envType))
	if text := get(envURL); text != "" {
		source, err := f.Parse(text)
		if err != nil {
			return Source{}, true, fmt.Errorf("%s: %w", envURL, err)
		}
		if kind != "" && kind != source.Form.Name {
			return Source{}, true, fmt.Errorf("%s is %q, but %s names a %s database; unset one of them", envType, get(envType), envURL, source.Form.Name)
		}
		return source, true, nil
	}
	if kind == "" {
		if get(envHost)+get(envPort)+get(envName)+get(envUser)+get(envPassword) == "" {
			return Source{}, false, nil
		}
		kind = f.files().Name
	}
	var known []string
	for _, form := range f {
		if form.Environment == nil {
			continue
		}
		if form.Name == kind {
			read, err := source(form)(form.Environment(get))
			return read, true, err
		}
		known = append(known, form.Name)
	}
	return Source{}, true, fmt.Errorf("%s is %q; it must be %s", envType, get(envType), enumerate(known, "or"))
}

// mysqlEnvironment reads the variables of a MySQL database. Nothing in their values is encoded.
func mysqlEnvironment(get func(string) string) (Target, error) {
	or := func(name, otherwise string) string {
		if value := get(name); value != "" {
			return value
		}
		return otherwise
	}
	a := mysqlAddress{user: or(envUser, "decnet"), password: get(envPassword), network: "tcp", database: or(envName, "decnet")}
	if a.password == "" && get(envTesting) != "1" {
		return nil, errPassword
	}
	port := or(envPort, mysqlPort)
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return nil, fmt.Errorf("%s is %q; it must be a number from 1 to 65535", envPort, port)
	}
	host := strings.TrimSuffix(strings.TrimPrefix(or(envHost, "localhost"), "["), "]")
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	address, err := hostPort(host+":"+port, port)
	if err != nil {
		return nil, fmt.Errorf("%s is %q; it must be a host's name or address, without a port", envHost, get(envHost))
	}
	a.address = address
	return mysqlTarget(a)
}
