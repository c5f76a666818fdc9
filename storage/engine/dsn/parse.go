package dsn

import (
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"unicode"
)

var errSpace = errors.New("the database's name begins or ends with white space, or contains control characters")

// word is a scheme or the name of a parameter.
var word = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9+._-]*$`)

// Parse reads the name of a database:
//
//	decnet.db  ./decnet.db  /var/lib/decnet/decnet.db  sqlite:FILE      a file; the path is not decoded
//	sqlite:FILE?immutable=1                                            a file that never changes
//	sqlite:///relative.db  sqlite:////absolute.db                      SQLAlchemy's form
//	mysql://USER:PASSWORD@HOST:3306/NAME?tls=true                      also mariadb://
//	USER:PASSWORD@tcp(HOST:3306)/NAME  USER@unix(/socket)/NAME         the Go driver's form
//	postgres://USER:PASSWORD@HOST:5432,HOST:5432/NAME?sslmode=require  also postgresql://
//
// A URL may name SQLAlchemy's driver (mysql+asyncmy://). An error names any parameter that has no meaning here.
// To open a file whose name looks like another form, write ./ before it.
func (f Forms) Parse(text string) (Source, error) {
	switch {
	case text == "":
		return Source{}, f.unnamed()
	case strings.TrimSpace(text) != text || strings.ContainsFunc(text, unicode.IsControl):
		return Source{}, errSpace
	case rooted(text):
		return f.parsePath(text)
	}
	first, rest, colon := strings.Cut(text, ":")
	if word.MatchString(first) && strings.HasPrefix(rest, "//") {
		form, err := f.ofScheme(first)
		if err != nil {
			return Source{}, err
		}
		return source(form)(form.URL(rest[len("//"):]))
	}
	if colon && strings.EqualFold(first, f.files().Name) {
		if rest == "" {
			return Source{}, f.unnamed()
		}
		return source(f.files())(f.files().Prefixed(rest))
	}
	for _, form := range f {
		if form.Native == nil {
			continue
		}
		if target, ok, err := form.Native(text); ok {
			return source(form)(target, err)
		}
	}
	if err := f.notPath(text); err != nil {
		return Source{}, err
	}
	return f.parsePath(text)
}

// source makes a Source of what a form has read.
func source(form *Form) func(Target, error) (Source, error) {
	return func(target Target, err error) (Source, error) {
		if err != nil {
			return Source{}, err
		}
		return Source{Form: form, Target: target}, nil
	}
}

func (f Forms) unnamed() error { return errors.New("no database named; " + f.examples()) }

func (f Forms) parsePath(path string) (Source, error) {
	if path == "" {
		return Source{}, f.unnamed()
	}
	form := f.files()
	return source(form)(form.Path(path))
}

// rooted reports whether the beginning of a text shows that it is a path.
func rooted(text string) bool {
	for _, prefix := range []string{"./", "../", "~/"} {
		if strings.HasPrefix(text, prefix) {
			return true
		}
	}
	return strings.HasPrefix(text, "/") && !strings.HasPrefix(text, "//") || filepath.VolumeName(text) != ""
}

// notPath returns an error for a text of no known form that is more likely a mistake than the path of a file.
func (f Forms) notPath(text string) error {
	first, rest, colon := strings.Cut(text, ":")
	switch {
	case colon && word.MatchString(first) && f.likeScheme(first):
		if _, err := f.ofScheme(first); err != nil {
			return err
		}
		return fmt.Errorf("after %s: two slashes are missing; %s", first, f.examples())
	case strings.HasPrefix(text, "//") || strings.Contains(text, "://"):
		return errors.New("this is not the URL of a database; " + f.examples())
	case colon && strings.Contains(rest, "@"):
		return fmt.Errorf("this looks like USER:PASSWORD@HOST without a kind of database; begin with %s, or with ./ if it is a file", enumerate(f.servers(), "or"))
	}
	for _, form := range f {
		if form.Mistaken == nil {
			continue
		}
		if err := form.Mistaken(text); err != nil {
			return err
		}
	}
	return nil
}
