package storage

import (
	"context"
	"database/sql"
	"errors"
	"net/url"
	"os"
	"runtime"
	"time"

	"github.com/mattn/go-sqlite3"
)

// sqliteTime is DECNET's layout of an instant: text of fixed width, so that text order is time order.
const sqliteTime = "2006-01-02 15:04:05.000000"

// keepOnConflict is dialect.keep where only what is named counts as a conflict.
const keepOnConflict = " ON CONFLICT (uuid) DO NOTHING"

var sqliteDialect = dialect{
	KeyList:       jsonList("(SELECT value AS k FROM json_each(?))"),
	BindKey:       plainKey,
	OrderedJoin:   " CROSS JOIN ",
	NoIndexPrefix: "+",
	// Were a mark to stand alone, SQLite would look at its value: plan anew for every number, and for a
	// small one sort the whole table instead of starting at the right end of an index.
	Limit:          func(rows, skip int) (string, []any) { return " LIMIT ? + 0 OFFSET ? + 0", []any{rows, skip} },
	Equal:          plainlySame,
	Bytewise:       plain,
	GroupKey:       plain,
	NullSafeEqual:  func(a, b string) string { return a + " IS " + b },
	DayOf:          func(at string) string { return "COALESCE(CAST(SUBSTR(" + at + ", 1, 10) AS TEXT), '')" },
	ColumnsQuery:   "SELECT m.name, c.name FROM sqlite_master m JOIN pragma_table_info(m.name) c",
	InstantArg:     func(at time.Time) any { return at.UTC().Format(sqliteTime) },
	Precision:      time.Microsecond,
	SkipDuplicates: keepOnConflict,
	Classify:       classifySQLite,
}

// openSQLite opens a database file, for reading only unless write is given. DECNET may go on writing
// to it: in WAL mode readers and the writer do not wait for each other.
func openSQLite(ctx context.Context, path string, write bool) (*sqlDatabase, error) {
	switch info, err := os.Stat(path); {
	case errors.Is(err, os.ErrNotExist):
		return nil, Invalid("no such database file: %s", path)
	case err != nil:
		return nil, Invalid("cannot read the database file: %v", err)
	case info.IsDir():
		return nil, Invalid("%s is a directory, not a database file", path)
	}
	settings := url.Values{
		"mode":          {"ro"},   // enforced by the session, not only by our code
		"_query_only":   {"true"}, // and again inside it
		"_busy_timeout": {"25"},   // milliseconds; untilFree waits longer
		"_mutex":        {"no"},   // database/sql gives a connection to one goroutine at a time
		"_cache_size":   {"-32768"},
	}
	// More readers than cores only queue for them; a few more hide the time spent reading the disk.
	connections := 2 * runtime.NumCPU()
	if write {
		connections = 1 // there is one writer in a file anyway
		settings.Set("mode", "rw")
		settings.Del("_query_only")
		settings.Set("_foreign_keys", "true")
		settings.Set("_busy_timeout", "1000") // a commit that finds readers in rollback mode is not tried again
		settings.Set("_txlock", "immediate")  // what a transaction has read stays true until it writes
	}
	db, err := sql.Open("sqlite3", sqliteDSN(path, settings))
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(connections)
	db.SetMaxIdleConns(connections)
	if err := db.PingContext(ctx); err != nil {
		_ = db.Close()
		return nil, explainSQLite(path, err)
	}
	return &sqlDatabase{db: db, prepared: newPrepared(db, keptTexts), probe: "PRAGMA schema_version", persist: untilFree}, nil // the driver's ping asks nothing
}

// busyTime is how long a locked file is waited for.
const busyTime = 5 * time.Second

// untilFree waits while another process has locked the file. SQLite could do that itself, but would
// neither notice that the request is over nor give its connection to others meanwhile.
func untilFree(ctx context.Context, try func() error) error {
	const step, longest = 5 * time.Millisecond, 50 * time.Millisecond
	over := time.Now().Add(busyTime)
	for pause := step; ; pause = min(2*pause, longest) {
		err := try()
		var failure sqlite3.Error
		if !errors.As(err, &failure) || failure.Code != sqlite3.ErrBusy || time.Now().After(over) {
			return err
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// CreateSQLite makes a new, empty database file for writing; it refuses one that exists.
func CreateSQLite(ctx context.Context, path string) (*sql.DB, error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, Invalid("cannot create the database file: %v", err)
	}
	if err := file.Close(); err != nil {
		return nil, err
	}
	// Nothing is lost that cannot be made again, so the file is written without journal or sync.
	db, err := sql.Open("sqlite3", sqliteDSN(path, url.Values{"_journal_mode": {"OFF"}, "_synchronous": {"OFF"}}))
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	if err := db.PingContext(ctx); err != nil {
		return nil, errors.Join(err, db.Close(), os.Remove(path))
	}
	return db, nil
}

func sqliteDSN(path string, settings url.Values) string {
	return (&url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: settings.Encode()}).String()
}

// explainSQLite says in words what is wrong with a file that cannot be opened.
func explainSQLite(path string, err error) error {
	var failure sqlite3.Error
	if !errors.As(err, &failure) {
		return err
	}
	switch failure.Code {
	case sqlite3.ErrNotADB, sqlite3.ErrCorrupt:
		return Invalid("%s is not a SQLite database", path)
	case sqlite3.ErrCantOpen:
		return Invalid("cannot open %s: a database in WAL mode needs its -wal and -shm files, or a folder that may be written", path)
	default:
		return Invalid("cannot open %s: %v", path, failure)
	}
}

func classifySQLite(err error) error {
	var failure sqlite3.Error
	if !errors.As(err, &failure) {
		return err
	}
	switch failure.Code {
	case sqlite3.ErrBusy, sqlite3.ErrLocked, sqlite3.ErrIoErr, sqlite3.ErrCantOpen, sqlite3.ErrFull, sqlite3.ErrCorrupt, sqlite3.ErrNotADB, sqlite3.ErrProtocol,
		sqlite3.ErrReadonly, sqlite3.ErrPerm:
		return unavailable(err)
	default:
		return err
	}
}
