// Package storage reads DECNET's database. It is the only place with SQL and knows nothing of GraphQL.
//
// A keyed query takes all keys of one level of a request and runs one statement for them. The map that it returns
// has an entry for every owner in the keys, with an empty value if the owner has no rows; a lookup leaves out rows
// that do not exist. Every list has a total order that ends in the row's key.
package storage

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"sync/atomic"
	"time"

	"decnetgraph/storage/engine"
	"decnetgraph/storage/engine/dsn"
)

// SchemaRevision is the Alembic revision of the DECNET database that this package reads.
const SchemaRevision = "4a914b1d62a0"

// Defaults of Options.
const (
	DefaultMaxRows  = 50_000
	DefaultMaxBytes = 16 << 20
	// DefaultMostFound is about as many related rows as a page of 50 looks up if it checks one row after the other.
	DefaultMostFound = 2_000
)

// Options tune a Store. The zero value opens it for reading with the default limits.
type Options struct {
	// MaxRows is the most rows that one statement may return; 0 means DefaultMaxRows. More rows are ErrLimit, so that
	// no request exhausts the memory of the machine.
	MaxRows int
	// MaxBytes is the most bytes of text that one statement may return; 0 means DefaultMaxBytes. More are ErrLimit.
	// It is needed because commands and evidence have no size limit of their own.
	MaxBytes int
	// Filters bounds the filters of lists; a zero field means that of DefaultFilterLimits.
	Filters FilterLimits
	// MostFound is how many rows an index may have of a condition on related rows so that a page finds these rows first,
	// instead of looking at one row of the page after the other; a count, which looks at all, may have five times as many. 0
	// means DefaultMostFound.
	MostFound int
	// Write allows the methods that change rows. Without it the database session is read-only.
	Write bool
	// Reopen follows a SQLite file by its name: if another file takes its place, as when a backup is restored, the
	// store reads that one within a second, provided that Open would accept it. Otherwise all statements fail with
	// ErrUnavailable until it would. Without Reopen a store reads the file that had the name when it was opened.
	Reopen bool
	// Replicas are the DSNs of replicas of the database. Reads go to them instead of the primary.
	Replicas []string
	// AnyRevision allows databases of an unknown Alembic revision, or of none.
	AnyRevision bool
	// Records opens the file that has the tokens, the audit log and the spent costs of a database of DECNET's; see
	// Store.Records. It is called when they are first needed, and again after it has failed. Nil means that there are none;
	// writes to such a database are then not audited.
	Records func(ctx context.Context) (*Store, error)
	// Log receives warnings about malformed content; nil means slog's default logger.
	Log *slog.Logger
	// Observe, if set, is called after every statement.
	Observe func(ctx context.Context, s Statement)
}

// Statement describes a statement to Options.Observe.
type Statement struct {
	SQL  string
	Args []any
	Rows int
	Took time.Duration
	Err  error
}

// Store reads and writes one DECNET database. It is safe for concurrent use.
type Store struct {
	*shared

	from engine.Querier // runs the statements that read
}

// shared are the parts that a Store has in common with the Stores of its transactions; see change.
type shared struct {
	dialect     dialect
	engineTitle string
	options     Options
	pools       *engine.Pools
	found       atomic.Pointer[facts]
	warned      warnings
	wrote       chan struct{} // signals that rows wait to be merged into the sums
	beside      recordsFile
	lastAudit   atomic.Int64  // see auditID
	poll, pause time.Duration // of keepers
}

// facts are what a store has found out about its database. They change when a SQLite file is replaced, before the first
// statement runs on the new file.
type facts struct {
	summable bool // whether the database maintains sums for rollups, as those that migrate creates do
	sums     bool // whether the sums are complete, so that rollups are read from them

	refreshTimed bool // whether the database says when the sums were refreshed

	namesKept bool // whether the database maintains sums by rule and by decky, too
	names     bool // whether these are complete

	searchable bool     // whether the database has an index for searches, which may still be incomplete
	rules      bool     // whether the database has the rules themselves
	fleet      []string // the tables of deckies that the database has
	values     bool     // whether the database has filterValues
	parties    bool     // whether a table has the attackers that shared credentials name, one by one
	own        bool     // whether our migrations have made the database
	records    bool     // whether the database has recordTables
}

// facts returns what is known of the database now.
func (s *shared) facts() facts {
	if found := s.found.Load(); found != nil {
		return *found
	}
	return facts{}
}

// Open opens the database that a DSN names; package dsn describes its forms. It fails with ErrInvalid and a clear
// message if the database is missing, of another kind or of another schema revision, or refuses to be written although
// Options.Write is set. It fails with ErrUnavailable if the database does not answer now.
func Open(ctx context.Context, name string, options Options) (*Store, error) {
	source, err := engine.Parse(name)
	if err != nil {
		return nil, err
	}
	return OpenSource(ctx, source, options)
}

// OpenSource is Open for a parsed DSN.
func OpenSource(ctx context.Context, source dsn.Source, options Options) (*Store, error) {
	options.MostFound = cmp.Or(options.MostFound, DefaultMostFound)
	if options.MaxRows == 0 {
		options.MaxRows = DefaultMaxRows
	}
	if options.MaxBytes == 0 {
		options.MaxBytes = DefaultMaxBytes
	}
	options.Filters.Depth = cmp.Or(options.Filters.Depth, DefaultFilterLimits.Depth)
	options.Filters.Parts = cmp.Or(options.Filters.Parts, DefaultFilterLimits.Parts)
	if options.Log == nil {
		options.Log = slog.Default()
	}
	pools, err := engine.Open(ctx, source, engine.Options{Write: options.Write, Replicas: options.Replicas, Log: options.Log})
	if err != nil {
		return nil, err
	}
	base := &shared{
		dialect: newDialect(pools.Dialect), engineTitle: engine.Of(source).Title, options: options, pools: pools, wrote: make(chan struct{}, 1),
		poll: pollInterval, pause: refreshPause,
	}
	base.warned.log = options.Log
	base.dialect.hasValues = func() bool { return base.facts().values }
	s := &Store{base, pools.Reads}
	err = engine.Start(ctx, source, func(ctx context.Context) error {
		if err := base.inspect(ctx, pools.Reads); err != nil || !options.Write {
			return err
		}
		return s.checkWritable(ctx)
	})
	if err != nil {
		_ = s.Close()
		return nil, engine.CannotOpen(source, engine.Diagnosed(source, err))
	}
	if options.Reopen {
		pools.Watch(ctx, base.inspect, options.Log)
	}
	return s, nil
}

// CreateSQLite makes a new, empty database file and opens it for writing. It fails with ErrInvalid if the file exists.
func CreateSQLite(ctx context.Context, path string) (*sql.DB, error) {
	return engine.CreateSQLite(ctx, path)
}

// Primary returns a context whose reads go to the primary, for requests that must see their own writes.
func Primary(ctx context.Context) context.Context { return engine.OnPrimary(ctx) }

// Close closes the database.
func (s *Store) Close() error { return errors.Join(s.beside.close(), s.pools.Close()) }

// Ping reports whether the database answers. It has a connection of its own, so it does not wait for other statements.
func (s *Store) Ping(ctx context.Context) error { return s.fault(ctx, s.pools.Ready.Ping(ctx)) }

// Connections is the most connections that read the database at a time.
func (s *Store) Connections() int { return s.pools.Connections }

// catalogue runs a query of the database's catalogue, without limits and without Options.Observe.
func (s *Store) catalogue(ctx context.Context, statement string, dest []scanner, visit func()) error {
	rows, err := s.from.Query(ctx, statement, nil)
	if err != nil {
		return s.fault(ctx, err)
	}
	defer rows.Close()
	v := s.newValue()
	for rows.Next() {
		if err := rows.Scan(dest, v); err != nil {
			return s.fault(ctx, err)
		}
		visit()
	}
	return s.fault(ctx, rows.Err())
}

// fault classifies a driver's error; see errors.go for the kinds.
func (s *Store) fault(ctx context.Context, err error) error { return s.dialect.Fault(ctx, err) }
