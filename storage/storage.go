// Package storage reads DECNET's database. It is the only place with SQL and knows nothing of GraphQL.
//
// A keyed query takes all keys of one level of a request and runs one statement, whatever their
// number. Its map holds every owner asked for, with an empty value if the owner has no rows; a
// lookup leaves out what does not exist. Every list has a total order that ends in the row's key.
package storage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"
)

// SchemaRevision is the Alembic revision of the DECNET database that this package reads.
const SchemaRevision = "4a914b1d62a0"

// DefaultMaxRows and DefaultMaxBytes are the defaults of Options.
const (
	DefaultMaxRows  = 50_000
	DefaultMaxBytes = 128 << 20
)

// Options tune a Store. The zero value is good.
type Options struct {
	// MaxRows is the number of rows one statement may bring, 0 for DefaultMaxRows. A request that
	// needs more gets ErrLimit instead of the memory of the machine.
	MaxRows int
	// MaxBytes is the size of text that one statement may bring, 0 for DefaultMaxBytes: commands and
	// evidence have no bound of their own. More gets ErrLimit.
	MaxBytes int
	// AnyRevision opens a database of an unknown Alembic revision, too.
	AnyRevision bool
	// Log takes warnings about malformed content; nil for slog's default.
	Log *slog.Logger
	// Observe, if set, is told of every statement that ran.
	Observe func(ctx context.Context, s Statement)
}

// Statement is what Options.Observe gets to know.
type Statement struct {
	SQL  string
	Args []any
	Rows int
	Took time.Duration
	Err  error
}

// Store answers questions about one DECNET database. It is safe for concurrent use.
type Store struct {
	db         *sql.DB
	dialect    dialect
	options    Options
	statements sync.Map // SQL text to *sql.Stmt; the texts are few, since keys are bound as one list
	warned     warnings
}

// Open opens the database that dsn names: the path of a SQLite file, bare or behind "sqlite:", or a
// URL as SQLAlchemy writes it (three slashes before a relative path, four before an absolute one).
// The database is only read. It fails with ErrInvalid and a clear message if the
// database is missing, of another kind or of another schema revision.
func Open(ctx context.Context, dsn string, options Options) (*Store, error) {
	if dsn == "" {
		return nil, Invalid("no database named; give the path of a SQLite file")
	}
	path := strings.TrimPrefix(dsn, "sqlite:")
	if scheme, rest, found := strings.Cut(dsn, "://"); found {
		engine, _, _ := strings.Cut(scheme, "+")
		if path = strings.TrimPrefix(rest, "/"); engine != "sqlite" || path == rest {
			return nil, Invalid("%s databases are not supported; give the path of a SQLite file", scheme)
		}
	}
	db, err := openSQLite(ctx, path)
	if err != nil {
		return nil, err
	}
	if options.MaxRows == 0 {
		options.MaxRows = DefaultMaxRows
	}
	if options.MaxBytes == 0 {
		options.MaxBytes = DefaultMaxBytes
	}
	if options.Log == nil {
		options.Log = slog.Default()
	}
	s := &Store{db: db, dialect: sqliteDialect, options: options}
	s.warned.log = options.Log
	if err := s.checkSchema(ctx); err != nil {
		_ = s.Close()
		return nil, err
	}
	return s, nil
}

// Close closes the database.
func (s *Store) Close() error {
	s.statements.Range(func(_, prepared any) bool {
		_ = prepared.(*sql.Stmt).Close()
		return true
	})
	return s.db.Close()
}

// Ping reports whether the database answers.
func (s *Store) Ping(ctx context.Context) error {
	var one int
	if err := s.db.QueryRowContext(ctx, "SELECT 1 FROM alembic_version").Scan(&one); err != nil {
		return s.fault(err)
	}
	return nil
}

// checkSchema refuses a database whose revision is unknown or that lacks a column that we read.
func (s *Store) checkSchema(ctx context.Context) error {
	var missing []string
	tables := 0
	for _, want := range schema() {
		have, err := s.columnsOf(ctx, want.table)
		if err != nil {
			return err
		}
		if len(have) == 0 {
			missing = append(missing, "table "+want.table)
			continue
		}
		tables++
		for _, column := range want.columns {
			if !slices.Contains(have, column) {
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
	switch err := s.db.QueryRowContext(ctx, "SELECT version_num FROM alembic_version").Scan(&revision); {
	case errors.Is(err, sql.ErrNoRows):
		revision = "none"
	case err != nil:
		return s.fault(err)
	}
	if revision != SchemaRevision && !s.options.AnyRevision {
		return Invalid("the database has schema revision %s, but this server reads revision %s", revision, SchemaRevision)
	}
	return nil
}

func (s *Store) columnsOf(ctx context.Context, table string) ([]string, error) {
	rows, err := s.db.QueryContext(ctx, s.dialect.columns, table)
	if err != nil {
		return nil, s.fault(err)
	}
	defer rows.Close()
	var names []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, err
		}
		names = append(names, name)
	}
	return names, s.fault(rows.Err())
}

// fault gives a driver's error its kind.
func (s *Store) fault(err error) error {
	if err == nil || interrupted(err) {
		return err
	}
	if errors.Is(err, sql.ErrConnDone) {
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	return s.dialect.classify(err)
}
