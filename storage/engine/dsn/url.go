package dsn

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

var (
	errAt       = errors.New("in a database's URL only one @ may stand, between PASSWORD and HOST; write any other as %40")
	errZero     = errors.New("the user and the password cannot contain a zero byte")
	errDatabase = errors.New("the URL names no database; add /NAME after the host")
	errUser     = errors.New("the URL names no user; write USER:PASSWORD@ before the host")
	errPort     = errors.New("the port is not a number from 1 to 65535; if it is part of a password, an @ is missing behind it")
	errHost     = errors.New("the host is not a host name or an address; an IPv6 address stands in brackets, as in [::1]:3306")
	errParam    = errors.New("the URL's parameters do not have the form NAME=VALUE&NAME=VALUE")
	errPercent  = errors.New("a % in the URL is not followed by two hexadecimal digits; write it as %25")
)

// parts are the parts of a server's URL. User and password are decoded, the others are not.
type parts struct {
	user, password string
	secret         bool // a password is given, perhaps an empty one
	host           string
	database       string
	params         []param
}

// param is a parameter whose value is still encoded.
type param struct{ name, value string }

// splitURL splits what follows "scheme://". SQLAlchemy takes everything up to the @ for user and password; so
// do we, but a second @ is an error and not a guess.
func splitURL(rest string) (parts, error) {
	var u parts
	if info, after, found := strings.Cut(rest, "@"); found {
		var user, password string
		user, password, u.secret = strings.Cut(info, ":")
		if strings.Contains(after, "@") || strings.ContainsAny(user, "/?") {
			return u, errAt
		}
		u.user, u.password = unquote(user), unquote(password)
		if strings.Contains(u.user+u.password, "\x00") {
			return u, errZero
		}
		rest = after
	}
	rest, query, _ := strings.Cut(rest, "?")
	u.host, u.database, _ = strings.Cut(rest, "/")
	var err error
	u.params, err = splitQuery(query)
	return u, err
}

// splitQuery splits the parameters after the "?".
func splitQuery(query string) ([]param, error) {
	if query == "" {
		return nil, nil
	}
	var params []param
	given := map[string]bool{}
	for pair := range strings.SplitSeq(query, "&") {
		name, value, found := strings.Cut(pair, "=")
		if !found || !word.MatchString(name) || len(name) > 60 {
			return nil, errParam
		}
		if given[name] {
			return nil, fmt.Errorf("the URL's parameter %s is given twice", name)
		}
		given[name] = true
		params = append(params, param{name, value})
	}
	return params, nil
}

// unquote decodes percent-encoding as Python does: a percent sign that begins no escape stays, and so does a
// plus sign.
func unquote(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			if code, err := strconv.ParseUint(s[i+1:i+3], 16, 8); err == nil {
				b.WriteByte(byte(code))
				i += 2
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// quote percent-encodes every character that has a meaning in a URL.
func quote(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }

// quotePath is quote without the slashes.
func quotePath(s string) string { return strings.ReplaceAll(quote(s), "%2F", "/") }

// address writes HOST:PORT or [IPv6]:PORT as hostPort reads it.
func address(host, port string) string {
	if strings.Contains(host, ":") {
		return "[" + strings.ReplaceAll(quote(host), "%3A", ":") + "]:" + port
	}
	return quote(host) + ":" + port
}

// hostPort reads HOST, HOST:PORT, [IPv6] or [IPv6]:PORT.
func hostPort(text, defaultPort string) (string, error) {
	host, port := text, defaultPort
	if i := strings.LastIndex(text, ":"); i > strings.LastIndex(text, "]") {
		host, port = text[:i], text[i+1:]
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return "", errPort
	}
	if inner, bracket := strings.CutPrefix(host, "["); bracket {
		inner, closed := strings.CutSuffix(inner, "]")
		host = unquote(inner)
		if ip, err := netip.ParseAddr(host); err != nil || !closed || !ip.Is6() {
			return "", errHost
		}
	} else if host = unquote(host); host == "" || strings.ContainsAny(host, " ,:;()[]<>/\\?#%@\"'`\x00\n") {
		return "", errHost
	}
	return net.JoinHostPort(host, port), nil
}
