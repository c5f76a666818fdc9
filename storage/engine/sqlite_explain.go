package engine

import (
	"encoding/binary"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/mattn/go-sqlite3"

	"decnetgraph/storage/engine/dsn"
)

// explainSQLite says in words why a file cannot be opened, and what to do. The error is ErrUnavailable if waiting can
// help, otherwise ErrInvalid. It reads the file itself, because SQLite has the same code for many causes, and must not be
// called while this process holds locks on the file; see firstBytes.
func explainSQLite(file dsn.File, err error) error {
	failure, ok := errors.AsType[sqlite3.Error](err)
	if !ok {
		return err
	}
	path := file.Path
	if sqliteLocked(failure) {
		return &Error{Kind: ErrUnavailable, Message: path + " is locked by another program"}
	}
	if refused := unreadable(path); refused != nil {
		return Invalid("cannot open %s: %v; the user of this program must be allowed to read it", path, refused)
	}
	head := headerOf(path)
	switch failure.Code {
	case sqlite3.ErrNotADB, sqlite3.ErrCorrupt:
		return explainContent(path, head)
	case sqlite3.ErrError:
		if head.newer() {
			return explainContent(path, head)
		}
	case sqlite3.ErrReadonly, sqlite3.ErrCantOpen:
		return explainAccess(file, head, failure)
	case sqlite3.ErrIoErr, sqlite3.ErrFull, sqlite3.ErrProtocol:
		return &Error{Kind: ErrUnavailable, Message: "cannot read " + path + ": " + failure.Error()}
	}
	return Invalid("cannot open %s: %v", path, failure)
}

// unreadable returns why a database file, or one beside it, cannot be read for lack of permission, or nil.
func unreadable(path string) error {
	beside := besideOf(path)
	for _, name := range []string{path, beside.walPath, strings.TrimSuffix(beside.walPath, "wal") + "shm", beside.journalPath} {
		file, err := os.Open(name) //nolint:gosec // the operator names the file
		if err == nil {
			err = file.Close()
		}
		if errors.Is(err, fs.ErrPermission) {
			return err
		}
	}
	return nil
}

// explainAccess is for errors of access to a file, or to those that SQLite needs beside it.
func explainAccess(file dsn.File, head sqliteHeader, failure sqlite3.Error) error {
	path, beside := file.Path, besideOf(file.Path)
	const writer = "with a program that may write, such as: sqlite3 FILE .tables"
	switch {
	case hotJournal(beside.journalPath):
		return Invalid("cannot open %s: %s holds a transaction that was cut off, and a program that only reads cannot roll it back;"+
			" open the file once "+writer+", or copy both files to a folder that may be written and do it there", path, beside.journalPath)
	case head.wal() && notEmpty(beside.wal):
		return Invalid("cannot open %s: it is in WAL mode, and the changes in %s cannot be read in a folder that may not be written;"+
			" copy both files to a folder that may be written, and open the copy", path, beside.walPath)
	case head.wal() && failure.ExtendedCode != sqlite3.ErrNoExtended(sqlite3.ErrReadonly):
		return Invalid("cannot open %s: it is in WAL mode, which needs a folder that may be written, for the files that end in -wal and -shm;"+
			" if no program changes it, open it as sqlite:%s?immutable=1, otherwise allow writing in %s", path, path, filepath.Dir(path))
	case failure.ExtendedCode == errReadonlyDirectory:
		return Invalid("cannot write to %s: its folder may not be written, and SQLite needs a journal there; allow writing in %s, or leave out --write",
			path, filepath.Dir(path))
	case failure.Code == sqlite3.ErrReadonly:
		return Invalid("cannot write to %s: the file, or the medium that it is on, is read-only; allow writing it, or leave out --write", path)
	}
	return Invalid("cannot open %s: %v", path, failure)
}

// explainContent is for a file whose content SQLite does not accept.
func explainContent(path string, head sqliteHeader) error {
	size := int64(0)
	if info := statOf(path); info != nil {
		size = info.Size()
	}
	switch {
	case size == 0:
		return Invalid("%s is an empty file, not a DECNET database: it has none of its tables", path)
	case !strings.HasPrefix(sqliteMagic, string(head[:min(len(head), len(sqliteMagic))])):
		return Invalid("%s is not a SQLite database, or it is encrypted: it does not begin with the header of SQLite", path)
	case len(head) < headerBytes:
		return Invalid("%s is damaged: it ends after %d bytes, in its header; restore it from a backup", path, size)
	case head.newer():
		return Invalid("%s was written by a newer version of SQLite in a format that this program cannot read", path)
	case size < head.bytes():
		return Invalid("%s is damaged: it has %d of its %d bytes; restore it from a backup", path, size, head.bytes())
	}
	return Invalid("%s is damaged: SQLite cannot read its content; restore it from a backup", path)
}

// sqliteHeader is the beginning of a file, headerBytes long if it is complete.
type sqliteHeader []byte

const (
	headerBytes = 100
	sqliteMagic = "SQLite format 3\x00"
)

func headerOf(path string) sqliteHeader { return firstBytes(path, headerBytes) }

// complete reports whether the file begins with a whole header of a SQLite database.
func (h sqliteHeader) complete() bool {
	return len(h) == headerBytes && strings.HasPrefix(string(h), sqliteMagic)
}

// wal reports whether the database is in WAL mode.
func (h sqliteHeader) wal() bool {
	const readVersion, walVersion = 19, 2
	return h.complete() && h[readVersion] == walVersion
}

// newer reports whether the format is one of a future version of SQLite.
func (h sqliteHeader) newer() bool {
	const readVersion, lastVersion, schemaFormat, lastFormat = 19, 2, 44, 4
	return h.complete() && (h[readVersion] > lastVersion || binary.BigEndian.Uint32(h[schemaFormat:]) > lastFormat)
}

// bytes is the size of the database by its header.
func (h sqliteHeader) bytes() int64 {
	const pageSize, pages, largest = 16, 28, 65536
	size := int64(binary.BigEndian.Uint16(h[pageSize:]))
	if size == 1 {
		size = largest
	}
	return size * int64(binary.BigEndian.Uint32(h[pages:]))
}
