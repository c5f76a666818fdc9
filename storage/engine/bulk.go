package engine

import (
	"context"
	"database/sql"
	"time"

	"decnetgraph/storage/engine/dsn"
)

// Bulk is what copying whole databases depends on.
type Bulk struct {
	// OpenBulk opens a pool of database/sql for sessions that read or write whole tables. Instants come as the
	// driver finds them, not as it would correct them. It checks that a file exists, but need not connect.
	OpenBulk func(source dsn.Source, access BulkAccess) (*sql.DB, error)
	// Snapshot begins a transaction that sees one state of the database and cannot write.
	Snapshot []string
	// Checksum returns an expression over the keys of a table that changes with any of them. It is nil where the
	// engine has no function to hash them.
	Checksum func(key []string) string
	// CopiedColumnsQuery selects the names of the tables that an import reads and writes, and of their columns. It leaves
	// out views where an import cannot read them as it reads tables.
	CopiedColumnsQuery string
	// LimitsQuery selects table, column, type and greatest length of every column. It is empty where columns have no
	// limits. MaxStatementQuery selects the greatest size of a statement in bytes, if there is one.
	LimitsQuery, MaxStatementQuery string
	// LongText is the type of a text without a limit, and TableOptions ends a CREATE TABLE.
	LongText, TableOptions string
	// Analyze collects the planner's statistics: of the table %s, or of the database if the text has no %s.
	Analyze string
	// InsertRows is the most rows in one INSERT.
	InsertRows int
	// UntypedPrefix is put before a column so that the driver returns its value as it is stored. Otherwise SQLite's
	// driver reads a value by the type that its column declares: text that is no instant would become one.
	UntypedPrefix string
	// RowID is a column with the place of a row in the file, if there is one: rows are read fastest in its order.
	RowID string
	// ClusteredKey reports that rows lie in the order of their keys: rows that come in another order are written many
	// times slower.
	ClusteredKey bool
	// Copy writes rows faster than INSERT does. The rows may be refused together. It is nil where INSERT is all.
	Copy func(ctx context.Context, session *sql.Conn, into CopyTarget, rows [][]any) error
	// FlushQuery makes the next commit reach the disk, and with it all before, where OpenBulk lets commits wait.
	FlushQuery string
	// SyncSequence moves the sequence of a numbered key past its highest value. It is nil where the engine does so.
	SyncSequence func(ctx context.Context, session *sql.Conn, table, key string) error
	// Content is what the engine can store.
	Content
	// Refusal returns why the database did not take a row, and false if the row is not the reason of the error.
	Refusal func(error) (Refusal, bool)
}

// BulkAccess says what a pool of OpenBulk is for.
type BulkAccess struct {
	Write bool
	// NoForeignKeyChecks is for making foreign keys of rows that are known to keep them: MySQL would otherwise copy
	// whole tables to check them. Engines to which this makes no difference ignore it.
	NoForeignKeyChecks bool
}

// Content is what an engine can store. The zero value is the most restrictive in numbers and the least in texts.
type Content struct {
	NoZeroByte     bool      // in texts
	OnlyUTF8       bool      // in texts
	Infinity, NaN  bool      // are stored
	NumericJSON    bool      // a JSON column turns every text that looks like a number into a number
	FirstInstant   time.Time // the calendar begins here; the zero time is no bound
	MaxIndexedSize int       // bytes of an index entry, 0 for no bound
}

// Refusal is why a database did not take a row.
type Refusal struct {
	PrimaryKey bool     // the primary key is taken
	Unique     bool     // another row has the same value of a unique index, or the same primary key
	Constraint string   // the name of the index or constraint, if the database names it
	Columns    []string // the columns of the unique index as TABLE.COLUMN, if the database names them
	Message    string   // of the database
}

// Micros is an instant in microseconds since 1970, in UTC.
type Micros int64

// String returns the instant as FormatInstant does.
func (m Micros) String() string { return FormatInstant(time.UnixMicro(int64(m))) }

// CopyTarget is a table that Bulk.Copy writes to.
type CopyTarget struct {
	Table   string // quoted
	Columns []CopyColumn
}

// CopyColumn is a column that Bulk.Copy writes. Its values are nil, string, []byte, int64, float64, bool or Micros.
type CopyColumn struct {
	Name  string // quoted
	Int32 bool   // an integer column of 32 bits
}
