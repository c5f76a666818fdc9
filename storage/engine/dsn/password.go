package dsn

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

var (
	errNoPassword = errors.New("a SQLite file has no password")
	errHas        = errors.New("the name of the database has a password already; take it out")
)

var (
	serverURL = regexp.MustCompile(`^([A-Za-z][A-Za-z0-9+._-]*://)(?:([^@]*)@)?(.*)$`)
	nativeURL = regexp.MustCompile(`^([^/@]*)@((?:tcp|unix)?\(.*)$`)
	passwords = regexp.MustCompile(`[?&](?i:password|sslpassword)=`)
)

// HasPassword reports whether the name of a database, in one of the forms that Parse reads, has a password.
func HasPassword(text string) bool {
	user := ""
	if found := serverURL.FindStringSubmatch(text); found != nil {
		user = found[2]
	} else if found := nativeURL.FindStringSubmatch(text); found != nil {
		user = found[1]
	}
	return strings.Contains(user, ":") || passwords.MatchString(text)
}

// WithPassword adds a password to the name of a database. It fails for one that has a password already, and for a kind of
// database that has none.
func WithPassword(text, password string) (string, error) {
	if HasPassword(text) {
		return "", errHas
	}
	if found := serverURL.FindStringSubmatch(text); found != nil && !strings.EqualFold(found[1], SQLite.Name+"://") {
		encoded := percentEncode(password)
		switch {
		case found[2] != "":
			return found[1] + found[2] + ":" + encoded + "@" + found[3], nil
		case strings.Contains(text, "?"):
			return text + "&password=" + encoded, nil
		default:
			return text + "?password=" + encoded, nil
		}
	}
	if found := nativeURL.FindStringSubmatch(text); found != nil {
		return found[1] + ":" + password + "@" + found[2], nil
	}
	return "", errNoPassword
}

// percentEncode encodes all bytes but letters and digits, which have no meaning in any form.
func percentEncode(text string) string {
	var encoded strings.Builder
	for _, b := range []byte(text) {
		if b >= '0' && b <= '9' || b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' {
			encoded.WriteByte(b)
			continue
		}
		fmt.Fprintf(&encoded, "%%%02X", b)
	}
	return encoded.String()
}
