package dsn

import (
	"net/url"
	"regexp"
)

// nativeForm is what the Go driver for MySQL calls a DSN: user, password, network, address, database and
// parameters. As in the driver, the password ends at the last @ and is not encoded.
var nativeForm = regexp.MustCompile(`^(?:([^:@/]*)(?::(.*))?@)?(tcp|unix)\(([^()@]*)\)/([^/?@]*)(?:\?(.*))?$`)

// mysqlNative reads what nativeForm found.
func mysqlNative(form []string) (Source, error) {
	a := mysqlAddress{user: form[1], password: form[2], network: form[3], address: form[4]}
	var err error
	if a.database, err = url.PathUnescape(form[5]); err != nil {
		return Source{}, errPercent
	}
	if a.params, err = splitQuery(form[6]); err != nil {
		return Source{}, err
	}
	if a.network == "tcp" {
		if a.address, err = hostPort(a.address, mysqlPort); err != nil {
			return Source{}, err
		}
	}
	return mysqlSource(a)
}
