package engine

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"time"

	"decnetgraph/storage/engine/dsn"
)

// SQLite is the engine of SQLite files.
var SQLite = &Engine{
	Form:      dsn.SQLite,
	Title:     "SQLite",
	Syntax:    sqliteSyntax,
	Bulk:      sqliteBulk,
	Migration: sqliteMigration,
	Inspect: func(_ context.Context, source dsn.Source) (Server, error) {
		file, _ := source.Target.(dsn.File)
		primary := &namedFile{file: file}
		open := func(ctx context.Context, of dsn.Source, access Access) (Pool, error) {
			if of == source { // the pools of all kinds of access are replaced together
				return primary.pool(ctx, access)
			}
			replica := &namedFile{file: of.Target.(dsn.File)}
			return replica.pool(ctx, access)
		}
		d := sqliteDialect
		d.Version = func() string { return sqliteVersion(file.Path) }
		d.Identity = func() string { return sqliteIdentity(file.Path) }
		return Server{Dialect: d, Connections: sqliteReaders, Open: open}, nil
	},
	OpenSQL: func(source dsn.Source) (*sql.DB, error) {
		return sql.Open("sqlite3", source.Target.(dsn.File).Path)
	},
	Create:   createSQLite,
	Diagnose: func(source dsn.Source, err error) error { return explainSQLite(source.Target.(dsn.File), err) },
}

var sqliteSyntax = Syntax{
	QuoteMark: `"`,
	// A view may stand for a table.
	ColumnsQuery: "SELECT m.name, c.name FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type IN ('table', 'view')",
	Classify:     classifySQLite,
	Conflict:     sqliteLocked,
}

var sqliteMigration = Migration{
	Goose:       "sqlite3",
	TablesQuery: "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT GLOB 'sqlite_*' ORDER BY name",
}

var sqliteDialect = Dialect{
	Syntax:          sqliteSyntax,
	AnyType:         true,
	LimitDecides:    true,
	KeyList:         jsonKeyList("(SELECT value AS k FROM json_each(?))"),
	BindKey:         anyKey,
	TextPlaceholder: "?",
	OrderedJoin:     " CROSS JOIN ",
	NoIndexPrefix:   "+",
	// For a plain placeholder, SQLite would look at its value: it would plan the statement again for every number and,
	// for a small one, sort the whole table instead of starting at the right end of an index.
	Limit:              func(rows, skip int) (string, []any) { return " LIMIT ? + 0 OFFSET ? + 0", []any{rows, skip} },
	Equal:              plainEqual,
	Bytewise:           unchanged,
	Contains:           func(column string) string { return "INSTR(LOWER(" + column + "), ?) > 0" }, // LOWER is for ASCII alone
	ContainsArg:        func(text string) any { return FoldASCII(text) },
	EntryContains:      sqliteEntryContains,
	EntryContainsArgs:  func(_ []string, text string) []any { return []any{FoldASCII(text)} },
	AddressKey:         func(column string) string { return sqliteAddress + "(" + column + ")" },
	AddressArg:         addressText,
	AddressPlaceholder: "?",
	ValueKey: func(text string) string {
		return fmt.Sprintf("IFNULL(SUBSTR(CAST(%s AS BLOB), 1, %d), X'')", text, ValueBytes)
	}, // SUBSTR of no bytes is NULL
	UnreadAddresses: true, // the function of AddressKey is this program's own
	GroupKey:        unchanged,
	ListHolds:       sqliteListHolds,
	ListElements:    sqliteListElements,
	NullSafeEqual:   func(a, b string) string { return a + " IS " + b },
	DayOf:           func(at string) string { return "COALESCE(CAST(SUBSTR(" + at + ", 1, 10) AS TEXT), '')" },
	HourOf:          func(at string) string { return "COALESCE(CAST(SUBSTR(" + at + ", 1, 13) AS TEXT), '')" },
	ShiftInstant:    sqliteShift,
	UntypedPrefix:   "+",
	InstantKey:      func(at string) string { return sqliteInstant + "(" + at + ")" },
	OddInstant:      sqliteOddInstant,
	RealInstant:     func(key string) string { return key + " >= ''" }, // as all texts are, but no number is
	InstantArg:      func(at time.Time) any { return FormatInstant(at) },
	JSONArg:         SQLiteJSON,
	Precision:       time.Microsecond,
	SkipDuplicates:  skipUUIDConflict,
	Upsert:          upsert,
	Given:           given,
	BytePosition:    func(part, whole string) string { return "INSTR(" + whole + ", " + part + ")" },
	TextOf:          unchanged,
	Selective:       func(condition string) string { return "UNLIKELY(" + condition + ")" },
	WholeOf: func(text string) string {
		return "CASE WHEN CAST(CAST(" + text + " AS INTEGER) AS TEXT) = " + text + " THEN CAST(" + text + " AS INTEGER) END"
	},
	EarliestInstant: "'0000-00-00'",
}

// lockPatience is how long a read waits for a locked file.
const lockPatience = 5 * time.Second

// retryWhileLocked waits while another process has locked the file. SQLite could wait itself, but would neither notice
// that the request is over nor give its connection to others meanwhile.
func retryWhileLocked(ctx context.Context, try func() error) error {
	const first, longest = 5 * time.Millisecond, 50 * time.Millisecond
	end := time.Now().Add(lockPatience)
	for pause := first; ; pause = min(2*pause, longest) {
		err := try()
		if err == nil || !sqliteLocked(err) || time.Now().After(end) {
			return err
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// createSQLite makes an empty file unless there is a file.
func createSQLite(source dsn.Source) error {
	file := source.Target.(dsn.File)
	if err := checkMutable(file); err != nil {
		return err
	}
	err := createFile(file.Path)
	if errors.Is(err, os.ErrExist) {
		return nil
	}
	if err != nil {
		return Invalid("cannot create the database file: %v", err)
	}
	return nil
}

// CreateSQLite makes a new, empty database file and opens it for writing. It fails with ErrInvalid if the file exists.
func CreateSQLite(ctx context.Context, path string) (*sql.DB, error) {
	if err := createFile(path); err != nil {
		return nil, Invalid("cannot create the database file: %v", err)
	}
	// The file can be made again, so it is written without a journal and without sync.
	db, err := sql.Open("sqlite3", sqliteURI(dsn.File{Path: path}, map[string]string{"_journal_mode": "OFF", "_synchronous": "OFF"}))
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	if err := db.PingContext(ctx); err != nil {
		return nil, errors.Join(err, db.Close(), os.Remove(path))
	}
	return db, nil
}

// OpenMemory opens a new, empty SQLite database in memory. It ends when it is closed.
func OpenMemory() (*sql.DB, error) {
	db, err := sql.Open("sqlite3", "file::memory:?cache=private")
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1) // a second connection would have a memory of its own
	db.SetConnMaxIdleTime(0)
	return db, nil
}
