package dsn

import (
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"unicode"
)

// forms ends the errors about names of no known form.
const forms = "give the path of a SQLite file, mysql://USER:PASSWORD@HOST:3306/NAME or postgres://USER:PASSWORD@HOST:5432/NAME"

var (
	errEmpty       = errors.New("no database named; " + forms)
	errSpace       = errors.New("the database's name begins or ends with white space, or contains control characters")
	errNotURL      = errors.New("this is not the URL of a database; " + forms)
	errCredentials = errors.New("this looks like USER:PASSWORD@HOST without a kind of database; begin with mysql:// or postgres://, or with ./ if it is a file")
	errKeywords    = errors.New("connection strings such as host=… dbname=… are not read; write postgres://USER:PASSWORD@HOST/NAME, or begin with ./ for a file")
)

var (
	word = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9+._-]*$`)
	// keywords are those of libpq's other form; as a file's name it would show its password in errors.
	keywords = regexp.MustCompile(`(?i)(?:^|\s)(?:host|hostaddr|port|dbname|user|password|service)\s*=`)
)

// Parse reads the name of a database:
//
//	decnet.db  ./decnet.db  /var/lib/decnet/decnet.db  sqlite:FILE      a file, taken as it stands
//	sqlite:///relative.db  sqlite:////absolute.db                      SQLAlchemy's form
//	mysql://USER:PASSWORD@HOST:3306/NAME?tls=true                      also mariadb://
//	USER:PASSWORD@tcp(HOST:3306)/NAME  USER@unix(/socket)/NAME         the Go driver's form
//	postgres://USER:PASSWORD@HOST:5432,HOST:5432/NAME?sslmode=require  also postgresql://
//
// A URL may name SQLAlchemy's driver (mysql+asyncmy://). Parameters that have no meaning here are
// refused by name. A file whose name looks like one of the other forms is reached with ./ before it.
func Parse(text string) (Source, error) {
	switch {
	case text == "":
		return Source{}, errEmpty
	case strings.TrimSpace(text) != text || strings.ContainsFunc(text, unicode.IsControl):
		return Source{}, errSpace
	case rooted(text):
		return sqliteFile(text)
	}
	first, rest, colon := strings.Cut(text, ":")
	if word.MatchString(first) && strings.HasPrefix(rest, "//") {
		return parseURL(first, rest[len("//"):])
	}
	if colon && strings.EqualFold(first, string(SQLite)) {
		return sqliteFile(rest)
	}
	if form := nativeForm.FindStringSubmatch(text); form != nil {
		return mysqlNative(form)
	}
	if err := notPath(text); err != nil {
		return Source{}, err
	}
	return sqliteFile(text)
}

// parseURL reads what stands behind "scheme://".
func parseURL(scheme, rest string) (Source, error) {
	engine, err := engineOf(scheme)
	if err != nil {
		return Source{}, err
	}
	if engine == SQLite {
		return sqliteURL(rest)
	}
	u, err := splitURL(rest)
	if err != nil {
		return Source{}, err
	}
	if engine == MySQL {
		return mysqlURL(u)
	}
	return postgresURL(u)
}

// rooted reports whether text says by its beginning that it is a path.
func rooted(text string) bool {
	for _, prefix := range []string{"./", "../", "~/"} {
		if strings.HasPrefix(text, prefix) {
			return true
		}
	}
	return strings.HasPrefix(text, "/") && !strings.HasPrefix(text, "//") || filepath.VolumeName(text) != ""
}

// isPath reports whether Parse takes text for a path.
func isPath(text string) bool {
	first, _, colon := strings.Cut(text, ":")
	named := colon && strings.EqualFold(first, string(SQLite))
	return rooted(text) || !named && !nativeForm.MatchString(text) && notPath(text) == nil
}

// notPath says why text, of no known form, is more likely a mistake than the path of a file.
func notPath(text string) error {
	first, rest, colon := strings.Cut(text, ":")
	switch {
	case colon && word.MatchString(first) && likeScheme(first):
		if _, err := engineOf(first); err != nil {
			return err
		}
		return fmt.Errorf("after %s: two slashes are missing; %s", first, forms)
	case strings.HasPrefix(text, "//") || strings.Contains(text, "://"):
		return errNotURL
	case colon && strings.Contains(rest, "@"):
		return errCredentials
	case keywords.MatchString(text):
		return errKeywords
	}
	return nil
}
