package dsn

import (
	"errors"
	"regexp"
	"strings"
)

// SQLite is the form of SQLite files.
var SQLite = &Form{
	Name:        "sqlite",
	Schemes:     []string{"sqlite"},
	Drivers:     []string{"aiosqlite", "pysqlite"},
	Example:     "the path of a SQLite file",
	URL:         sqliteURL,
	Path:        sqliteFile,
	Environment: func(func(string) string) (Target, error) { return sqliteFile(DecnetFile) },
}

// File is the path of a SQLite file, relative to the working directory unless it is absolute.
type File string

// Redacted is the path, after "sqlite:" if it alone could look like another form.
func (f File) Redacted() string {
	if path := string(f); path == "" || rooted(path) || !ambiguous.MatchString(path) {
		return path
	}
	return "sqlite:" + string(f)
}

// ambiguous is a path that Parse might take for something else.
var ambiguous = regexp.MustCompile(`[:=]|^//`)

var (
	errMemory     = errors.New("a database in memory is empty; give the path of a SQLite file")
	errURI        = errors.New("SQLite's file: URIs are not read; give the path of the file")
	errSQLiteHost = errors.New("sqlite:// takes no host; write sqlite:///FILE, or sqlite:////FILE for an absolute path")
	errSQLiteArgs = errors.New("sqlite:/// takes no parameters; write sqlite:FILE for a file with ? in its name")
)

// sqliteURL reads SQLAlchemy's form after "sqlite://". As in SQLAlchemy, nothing in it is percent-encoded.
func sqliteURL(rest string) (Target, error) {
	path, absolute := strings.CutPrefix(rest, "/")
	switch {
	case path == "":
		return nil, errMemory
	case !absolute:
		return nil, errSQLiteHost
	case strings.Contains(path, "?"):
		return nil, errSQLiteArgs
	}
	return sqliteFile(path)
}

// sqliteFile reads a path, in which nothing is encoded.
func sqliteFile(path string) (Target, error) {
	switch {
	case path == ":memory:":
		return nil, errMemory
	case strings.HasPrefix(path, "file:"):
		return nil, errURI
	}
	return File(path), nil
}
