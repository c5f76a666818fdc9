package dsn

import (
	"errors"
	"fmt"
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
	Path:        func(path string) (Target, error) { return sqliteFile(path, false) },
	Prefixed:    sqlitePrefixed,
	Environment: func(func(string) string) (Target, error) { return sqliteFile(DecnetFile, false) },
}

// File is a SQLite file.
type File struct {
	// Path is relative to the working directory unless it is absolute.
	Path string
	// Immutable states that no program changes the file while it is open, as on read-only media. SQLite then needs
	// no other file beside it, and reads none: a write-ahead log or a journal would be ignored.
	Immutable bool
}

// Redacted is the path, after "sqlite:" if it alone could look like another form.
func (f File) Redacted() string {
	if f.Immutable {
		return SQLite.Name + ":" + f.Path + "?" + immutable + "=1"
	}
	_, isSet, err := cutImmutable(f.Path)
	switch {
	case f.Path == "" || rooted(f.Path):
		return f.Path
	case isSet || err != nil:
		return "./" + f.Path
	case ambiguous.MatchString(f.Path):
		return SQLite.Name + ":" + f.Path
	}
	return f.Path
}

// ambiguous is a path that Parse might take for something else.
var ambiguous = regexp.MustCompile(`[:=]|^//`)

// immutable is the only parameter of a file's name. It has the name that SQLite's own URIs give it.
const immutable = "immutable"

var (
	errMemory     = errors.New("a database in memory is empty; give the path of a SQLite file")
	errURI        = errors.New("SQLite's file: URIs are not read; give the path of the file, or sqlite:FILE?immutable=1 for one that never changes")
	errSQLiteHost = errors.New("sqlite:// takes no host; write sqlite:///FILE, or sqlite:////FILE for an absolute path")
	errNoPath     = errors.New("sqlite:?immutable=1 names no file; write sqlite:FILE?immutable=1")
	errSQLiteArgs = errors.New("sqlite:/// takes no parameter except immutable=1; write sqlite:FILE for a file with ? in its name")
)

// sqliteURL reads SQLAlchemy's form after "sqlite://". As in SQLAlchemy, nothing in it is percent-encoded.
func sqliteURL(rest string) (Target, error) {
	path, absolute := strings.CutPrefix(rest, "/")
	if path != "" && !absolute {
		return nil, errSQLiteHost
	}
	path, isImmutable, err := cutImmutable(path)
	switch {
	case err != nil:
		return nil, err
	case path == "":
		return nil, errMemory
	case strings.Contains(path, "?"):
		return nil, errSQLiteArgs
	}
	return sqliteFile(path, isImmutable)
}

// sqlitePrefixed reads what follows "sqlite:". A "?" belongs to the path unless the parameter immutable follows.
func sqlitePrefixed(rest string) (Target, error) {
	path, isImmutable, err := cutImmutable(rest)
	switch {
	case err != nil:
		return nil, err
	case path == "":
		return nil, errNoPath
	}
	return sqliteFile(path, isImmutable)
}

// cutImmutable cuts the parameter immutable off the end of a text.
func cutImmutable(text string) (path string, isSet bool, err error) {
	at := strings.LastIndexByte(text, '?')
	if at < 0 {
		return text, false, nil
	}
	name, value, _ := strings.Cut(text[at+1:], "=")
	switch {
	case name != immutable:
		return text, false, nil
	case value == "1" || value == "true":
		return text[:at], true, nil
	case value == "0" || value == "false":
		return text[:at], false, nil
	}
	return "", false, fmt.Errorf("the parameter immutable is 1 or 0, not %q", value)
}

// sqliteFile returns the File at a path, which is taken literally: percent signs in it are not decoded.
func sqliteFile(path string, isImmutable bool) (Target, error) {
	switch {
	case path == ":memory:":
		return nil, errMemory
	case strings.HasPrefix(path, "file:"):
		return nil, errURI
	}
	return File{Path: path, Immutable: isImmutable}, nil
}
