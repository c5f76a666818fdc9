package engine

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"runtime"

	"decnetgraph/storage/engine/dsn"
)

// sqliteReading are the settings of connections that only read. DECNET may go on writing to the file: in WAL mode,
// readers and the writer do not wait for each other.
var sqliteReading = map[string]string{
	"mode":          "ro",   // enforced by the session, not only by our code
	"_query_only":   "true", // and once more inside it
	"_busy_timeout": "25",   // milliseconds; retryWhileLocked waits longer
	"_mutex":        "no",   // database/sql gives a connection to one goroutine at a time
	"_cache_size":   "-32768",
}

// sqliteWriting are the settings of connections that write.
var sqliteWriting = map[string]string{
	"mode":          "rw",
	"_foreign_keys": "true",
	"_busy_timeout": "1000",      // a commit that finds readers in rollback mode is not retried
	"_txlock":       "immediate", // what a transaction has read stays true until it writes
	"_mutex":        "no",
	"_cache_size":   "-32768",
}

// sqliteReaders is the most connections of a pool for reading. More readers than cores only queue for them; a few more
// hide the time spent reading the disk.
var sqliteReaders = 2 * runtime.NumCPU()

// sqliteWriters is the connections of a pool for writing, because a file has one writer.
const sqliteWriters = 1

// openSQLite opens a pool on the file that has a name now.
func openSQLite(ctx context.Context, file dsn.File, settings map[string]string, connections int) (*sqlPool, error) {
	db, err := openSQLiteFile(ctx, file, settings, connections)
	if err != nil {
		return nil, err
	}
	return &sqlPool{
		db: db, prepared: newPrepared(db, preparedTexts), retryReads: retryWhileLocked,
		pingQuery: "PRAGMA schema_version", // the driver's ping does not read the file
	}, nil
}

// openSQLiteFile opens connections with settings. Its errors say in words what is wrong with the file.
func openSQLiteFile(ctx context.Context, file dsn.File, settings map[string]string, connections int) (*sql.DB, error) {
	if err := checkFile(file); err != nil {
		return nil, err
	}
	if info := statOf(file.Path); info != nil && info.Size() < headerBytes { // which SQLite may take for a new database
		return nil, explainContent(file.Path, headerOf(file.Path))
	}
	db, err := sql.Open(sqliteDriver, sqliteURI(file, settings))
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(connections)
	db.SetMaxIdleConns(connections)
	err = retryWhileLocked(ctx, func() error { return readHeader(ctx, db) })
	if err != nil {
		_ = db.Close()
		return nil, explainSQLite(file, err)
	}
	return db, nil
}

// readHeader makes SQLite read the file, which it does not do before the first statement.
func readHeader(ctx context.Context, db *sql.DB) error {
	var version int
	return db.QueryRowContext(ctx, "PRAGMA schema_version").Scan(&version)
}

// checkFile fails with ErrInvalid unless a path is that of a file that can be opened as it is named.
func checkFile(file dsn.File) error {
	switch info, err := os.Stat(file.Path); {
	case errors.Is(err, os.ErrNotExist):
		return Invalid("no such database file: %s", file.Path)
	case err != nil:
		return Invalid("cannot read the database file: %v", err)
	case info.IsDir():
		return Invalid("%s is a directory, not a database file", file.Path)
	case !info.Mode().IsRegular():
		return Invalid("%s is no regular file, so it cannot be a database", file.Path)
	case file.Immutable:
		return checkNothingBeside(file.Path)
	}
	return nil
}

// checkMutable fails if a file is named as one that nothing changes.
func checkMutable(file dsn.File) error {
	if file.Immutable {
		return Invalid("immutable=1 is for a file that is only read; to write to %s, leave the parameter out", file.Path)
	}
	return nil
}

// checkNothingBeside fails if the files beside a database hold changes that a reader of the file alone would miss.
func checkNothingBeside(path string) error {
	beside := besideOf(path)
	const advice = "; open the database without immutable=1, or copy both files to a folder that may be written and open the copy there"
	if notEmpty(beside.wal) {
		return Invalid("%s cannot be opened with immutable=1: %s holds changes that would be missed%s", path, beside.walPath, advice)
	}
	if hotJournal(beside.journalPath) {
		return Invalid("%s cannot be opened with immutable=1: %s belongs to a transaction that was cut off, and would not be rolled back%s",
			path, beside.journalPath, advice)
	}
	return nil
}

// besideFiles are the files that SQLite keeps beside a database. A file that does not exist is nil.
type besideFiles struct {
	walPath, journalPath string
	wal, shm, journal    os.FileInfo
}

// besideOf looks at the files beside a database. SQLite keeps them beside the file that a link leads to.
func besideOf(path string) besideFiles {
	if target, err := filepath.EvalSymlinks(path); err == nil {
		path = target
	}
	b := besideFiles{walPath: path + "-wal", journalPath: path + "-journal"}
	b.wal, b.shm, b.journal = statOf(b.walPath), statOf(path+"-shm"), statOf(b.journalPath)
	return b
}

func statOf(path string) os.FileInfo {
	info, err := os.Stat(path)
	if err != nil {
		return nil
	}
	return info
}

func notEmpty(info os.FileInfo) bool { return info != nil && info.Size() > 0 }

func sameFile(a, b os.FileInfo) bool { return a != nil && b != nil && os.SameFile(a, b) }

// hotJournal reports whether a rollback journal holds pages of a transaction that was cut off. After a commit SQLite
// removes the journal, makes it empty, or overwrites its first bytes.
func hotJournal(path string) bool {
	const magic = "\xd9\xd5\x05\xf9\x20\xa1\x63\xd7"
	return string(firstBytes(path, len(magic))) == magic
}

// firstBytes returns up to n bytes from the beginning of a file, none if it cannot be read. It must not be used on a
// database file that this process has open: the system drops the locks of a process when it closes any descriptor.
func firstBytes(path string, n int) []byte {
	file, err := os.Open(path) //nolint:gosec // the operator names the file
	if err != nil {
		return nil
	}
	defer file.Close()
	head := make([]byte, n)
	read, _ := file.ReadAt(head, 0)
	return head[:read]
}

// checkSQLiteWritable fails unless the file can be written: it begins a change of the header, which needs the journal
// as well, and takes it back.
func checkSQLiteWritable(ctx context.Context, file dsn.File, db *sql.DB) error {
	conn, err := db.Conn(ctx)
	if err != nil {
		return explainSQLite(file, err)
	}
	defer conn.Close()
	if _, err = conn.ExecContext(ctx, "BEGIN IMMEDIATE"); err == nil {
		_, err = conn.ExecContext(ctx, "PRAGMA user_version = -1")
		_, rollback := conn.ExecContext(context.WithoutCancel(ctx), "ROLLBACK")
		err = errors.Join(err, rollback)
	}
	if sqliteLocked(err) { // by a program that writes
		return nil
	}
	if err != nil {
		return explainSQLite(file, err)
	}
	return nil
}
