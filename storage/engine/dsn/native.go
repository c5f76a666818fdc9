package dsn

import (
	"net/url"
	"regexp"
)

// mysqlNativeForm is what the Go driver for MySQL calls a DSN: user, password, network, address, database and
// parameters. As in the driver, the password ends at the last @ and is not encoded.
var mysqlNativeForm = regexp.MustCompile(`^(?:([^:@/]*)(?::(.*))?@)?(tcp|unix)\(([^()@]*)\)/([^/?@]*)(?:\?(.*))?$`)

// mysqlNative reads the Go driver's form. It returns false for any other text.
func mysqlNative(text string) (Target, bool, error) {
	form := mysqlNativeForm.FindStringSubmatch(text)
	if form == nil {
		return nil, false, nil
	}
	a := mysqlAddress{user: form[1], password: form[2], network: form[3], address: form[4]}
	var err error
	if a.database, err = url.PathUnescape(form[5]); err != nil {
		return nil, true, errPercent
	}
	if a.params, err = splitQuery(form[6]); err != nil {
		return nil, true, err
	}
	if a.network == "tcp" {
		if a.address, err = hostPort(a.address, mysqlPort); err != nil {
			return nil, true, err
		}
	}
	target, err := mysqlTarget(a)
	return target, true, err
}
