package dsn

import (
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-sql-driver/mysql"
)

var (
	errSocket     = errors.New("the path of MySQL's socket is not absolute")
	errSocketHost = errors.New("the URL gives both a host and a unix_socket; leave one out")
)

// mysqlFixed are parameters that this program sets itself. Their usual value is accepted, so that a URL
// can be shared with other programs; another value is refused.
var mysqlFixed = map[string][]string{
	"charset":              {"utf8mb4"},
	"use_unicode":          {"1", "true"},
	"local_infile":         {"0", "false"},
	"parseTime":            {"true", "1"},
	"loc":                  {"UTC"},
	"multiStatements":      {"false", "0"},
	"interpolateParams":    {"false", "0"},
	"rejectReadOnly":       {"false", "0"},
	"clientFoundRows":      {"false", "0"},
	"allowNativePasswords": {"true", "1"},
}

// mysqlParams are the parameters that mean something, under the names of SQLAlchemy's drivers and of the
// Go driver. Those about encryption are in tlsParams.
var mysqlParams = map[string]func(*mysql.Config) setter{
	"connect_timeout": func(c *mysql.Config) setter { return period(&c.Timeout) },
	"timeout":         func(c *mysql.Config) setter { return period(&c.Timeout) },
	"read_timeout":    func(c *mysql.Config) setter { return period(&c.ReadTimeout) },
	"readTimeout":     func(c *mysql.Config) setter { return period(&c.ReadTimeout) },
	"write_timeout":   func(c *mysql.Config) setter { return period(&c.WriteTimeout) },
	"writeTimeout":    func(c *mysql.Config) setter { return period(&c.WriteTimeout) },
	"compress": func(c *mysql.Config) setter {
		var on bool
		return func(value string) string {
			if expected := boolean(&on)(value); expected != "" {
				return expected
			}
			_ = c.Apply(mysql.EnableCompression(on)) // it only sets a field
			return ""
		}
	},
	"allowCleartextPasswords": func(c *mysql.Config) setter { return boolean(&c.AllowCleartextPasswords) },
}

// setter takes a parameter's value. It returns what was expected instead, or nothing.
type setter func(value string) (expected string)

// setMySQL applies a URL's parameters.
func setMySQL(c *mysql.Config, params []param) error {
	var encryption tlsSettings
	for _, p := range params {
		value, err := url.QueryUnescape(p.value)
		if err != nil {
			return errPercent
		}
		set, err := mysqlSetter(c, &encryption, p.name)
		if err != nil {
			return err
		}
		if expected := set(value); expected != "" {
			return fmt.Errorf("the mysql parameter %s must be %s", p.name, expected)
		}
	}
	return encryption.apply(c)
}

func mysqlSetter(c *mysql.Config, encryption *tlsSettings, name string) (setter, error) {
	if values, ok := mysqlFixed[name]; ok {
		return fixed(values), nil
	}
	if set, ok := mysqlParams[name]; ok {
		return set(c), nil
	}
	if set, ok := tlsParams[name]; ok {
		return set(encryption), nil
	}
	if name == "unix_socket" {
		return nil, errors.New("the mysql parameter unix_socket belongs to a URL; write USER:PASSWORD@unix(/PATH)/NAME")
	}
	known := slices.Concat(slices.Collect(maps.Keys(mysqlParams)), slices.Collect(maps.Keys(tlsParams)), []string{"charset", "unix_socket"})
	slices.Sort(known)
	return nil, fmt.Errorf("the mysql parameter %s is not supported; supported are %s", name, strings.Join(known, ", "))
}

// fixed accepts only the values given.
func fixed(values []string) setter {
	return func(value string) string {
		if slices.ContainsFunc(values, func(v string) bool { return strings.EqualFold(v, value) }) {
			return ""
		}
		return values[0] + " here"
	}
}

// period sets a time: seconds as in SQLAlchemy's drivers, or a duration as in Go's.
func period(target *time.Duration) setter {
	return func(value string) string {
		d, err := time.ParseDuration(value)
		if seconds, notNumber := strconv.ParseUint(value, 10, 24); notNumber == nil {
			d, err = time.Duration(seconds)*time.Second, nil
		}
		if err != nil || d <= 0 {
			return "a time above 0, such as 5 (seconds) or 500ms"
		}
		*target = d
		return ""
	}
}

// boolean sets a switch.
func boolean(target *bool) setter {
	return func(value string) string {
		on, err := strconv.ParseBool(strings.ToLower(value))
		if err != nil {
			return "true or false"
		}
		*target = on
		return ""
	}
}
