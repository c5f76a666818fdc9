// Package storage reads DECNET's database. It is the only place with SQL and knows nothing of GraphQL.
//
// A keyed query takes all keys of one level of a request and runs one statement for them. The map that it returns
// has an entry for every owner in the keys, with an empty value if the owner has no rows; a lookup leaves out rows
// that do not exist. Every list has a total order that ends in the row's key.
package storage

import (
	"context"
	"database/sql"
	"log/slog"
	"slices"
	"strings"
	"time"

	"decnetgraph/storage/engine"
	"decnetgraph/storage/engine/dsn"
)

// SchemaRevision is the Alembic revision of the DECNET database that this package reads.
const SchemaRevision = "4a914b1d62a0"

// DefaultMaxRows and DefaultMaxBytes are the defaults of Options.
const (
	DefaultMaxRows  = 50_000
	DefaultMaxBytes = 128 << 20
)

// Options tune a Store. The zero value opens it for reading with the default limits.
type Options struct {
	// MaxRows is the most rows that one statement may return; 0 means DefaultMaxRows. More rows are ErrLimit, so that
	// no request exhausts the memory of the machine.
	MaxRows int
	// MaxBytes is the most bytes of text that one statement may return; 0 means DefaultMaxBytes. More are ErrLimit.
	// It is needed because commands and evidence have no size limit of their own.
	MaxBytes int
	// Write allows the methods that change rows. Without it the database session is read-only.
	Write bool
	// Replicas are the DSNs of replicas of the database. Reads go to them instead of the primary.
	Replicas []string
	// AnyRevision allows databases of an unknown Alembic revision.
	AnyRevision bool
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
	dialect  dialect
	options  Options
	reads    engine.Pool
	writes   engine.Pool        // nil where only reading is allowed
	replicas *engine.Replicated // the same pool as reads if there are replicas; otherwise nil
	summable bool               // whether the database maintains sums for rollups, as those that migrate creates do
	sums     bool               // whether the sums are complete, so that rollups are read from them
	warned   warnings
	wrote    chan struct{} // signals that rows wait to be merged into the sums
}

// Open opens the database that a DSN names; package dsn describes its forms. It fails with ErrInvalid and a clear
// message if the database is missing, of another kind or of another schema revision.
func Open(ctx context.Context, name string, options Options) (*Store, error) {
	source, err := engine.Parse(name)
	if err != nil {
		return nil, err
	}
	return OpenSource(ctx, source, options)
}

// OpenSource is Open for a parsed DSN.
func OpenSource(ctx context.Context, source dsn.Source, options Options) (*Store, error) {
	if options.MaxRows == 0 {
		options.MaxRows = DefaultMaxRows
	}
	if options.MaxBytes == 0 {
		options.MaxBytes = DefaultMaxBytes
	}
	if options.Log == nil {
		options.Log = slog.Default()
	}
	pools, err := engine.Open(ctx, source, engine.Options{Write: options.Write, Replicas: options.Replicas, Log: options.Log})
	if err != nil {
		return nil, err
	}
	base := &shared{
		dialect: newDialect(pools.Dialect), options: options, reads: pools.Reads, writes: pools.Writes, replicas: pools.Replicas,
		wrote: make(chan struct{}, 1),
	}
	base.warned.log = options.Log
	s := &Store{base, base.reads}
	if err := s.checkSchema(ctx); err != nil {
		_ = s.Close()
		return nil, err
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
func (s *Store) Close() error {
	pools := engine.Pools{Reads: s.reads, Writes: s.writes}
	return pools.Close()
}

// Ping reports whether the database answers.
func (s *Store) Ping(ctx context.Context) error { return s.fault(ctx, s.reads.Ping(ctx)) }

// checkSchema refuses a database that lacks a column that this package reads or has another schema revision. It also
// finds out whether rollups can be read from sums.
func (s *Store) checkSchema(ctx context.Context) error {
	have := map[string][]string{}
	var table, column string
	both := []scanner{{Into: text(&table)}, {Into: text(&column)}}
	err := s.catalogue(ctx, s.dialect.ColumnsQuery, both, func() { have[table] = append(have[table], column) })
	if err != nil {
		return err
	}
	var missing []string
	tables := 0
	for _, want := range schema() {
		if len(have[want.table]) == 0 {
			missing = append(missing, "table "+want.table)
			continue
		}
		tables++
		for _, column := range want.columns {
			if !slices.Contains(have[want.table], column) {
				missing = append(missing, "column "+want.table+"."+column)
			}
		}
	}
	slices.Sort(missing)
	missing = slices.Compact(missing) // some tables are read in parts
	if tables == 0 {
		return Invalid("this is not a DECNET database: it has none of its tables")
	}
	if len(missing) > 0 {
		return Invalid("this is not a DECNET database of revision %s: missing %s", SchemaRevision, strings.Join(missing, ", "))
	}
	var revision string
	var revisions []string
	err = s.catalogue(ctx, "SELECT version_num FROM alembic_version", []scanner{{Into: text(&revision)}}, func() { revisions = append(revisions, revision) })
	if err != nil {
		return err
	}
	if len(revisions) == 0 {
		revisions = []string{"none"}
	}
	if !slices.Equal(revisions, []string{SchemaRevision}) && !s.options.AnyRevision {
		return Invalid("the database has schema revision %s, but this server reads revision %s", strings.Join(revisions, " and "), SchemaRevision)
	}
	if s.summable = keepsEveryMeasure(have); s.summable {
		s.sums, err = s.rollupsReady(ctx)
	}
	return err
}

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
