package dsn

import (
	"errors"
	"strings"
)

var (
	errMemory     = errors.New("a database in memory is empty; give the path of a SQLite file")
	errURI        = errors.New("SQLite's file: URIs are not read; give the path of the file")
	errSQLiteHost = errors.New("sqlite:// takes no host; write sqlite:///FILE, or sqlite:////FILE for an absolute path")
	errSQLiteArgs = errors.New("sqlite:/// takes no parameters; write sqlite:FILE for a file with ? in its name")
)

// sqliteURL reads SQLAlchemy's form behind "sqlite://". As there, nothing in it is percent-encoded.
func sqliteURL(rest string) (Source, error) {
	path, absolute := strings.CutPrefix(rest, "/")
	switch {
	case path == "":
		return Source{}, errMemory
	case !absolute:
		return Source{}, errSQLiteHost
	case strings.Contains(path, "?"):
		return Source{}, errSQLiteArgs
	}
	return sqliteFile(path)
}

// sqliteFile is the file at a path, which is taken as it stands.
func sqliteFile(path string) (Source, error) {
	switch {
	case path == "":
		return Source{}, errEmpty
	case path == ":memory:":
		return Source{}, errMemory
	case strings.HasPrefix(path, "file:"):
		return Source{}, errURI
	}
	return Source{Engine: SQLite, Path: path}, nil
}
