// Package storage reads DECNET's database. It is the only place with SQL and knows nothing of GraphQL.
//
// A keyed query takes all keys of one level of a request and runs one statement, whatever their
// number. Its map holds every owner asked for, with an empty value if the owner has no rows; a
// lookup leaves out what does not exist. Every list has a total order that ends in the row's key.
package storage

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"decnetgraph/storage/dsn"
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
	// Write allows the few methods that change rows; without it the session itself refuses them.
	Write bool
	// Replicas are DSNs of databases that follow the first one and are read in its place.
	Replicas []string
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
	*shared

	from querier // what statements that read run on
}

// shared is what a store has in common with itself inside a transaction.
type shared struct {
	dialect  dialect
	options  Options
	reads    database
	writes   database    // nil where only reading is allowed
	summable bool        // whether the database keeps sums for rollups, as our own do
	sums     bool        // whether these are complete, so that rollups are read from them
	replicas *replicated // what reads is, if there are replicas; otherwise nil
	warned   warnings
	wrote    chan struct{} // takes word that there may be something to merge into the sums
}

// Open opens the database that a DSN names; package dsn tells its forms. It fails with ErrInvalid and
// a clear message if the database is missing, of another kind or of another schema revision.
func Open(ctx context.Context, name string, options Options) (*Store, error) {
	parsed, err := dsn.Parse(name)
	if err != nil {
		return nil, Invalid("%v", err)
	}
	return OpenSource(ctx, parsed, options)
}

// OpenSource is Open for a DSN that was read already.
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
	base := &shared{options: options}
	base.warned.log = options.Log
	base.wrote = make(chan struct{}, 1)
	if err := base.connect(ctx, source); err != nil {
		return nil, base.explain(source, err)
	}
	s := &Store{base, base.reads}
	if err := s.checkSchema(ctx); err != nil {
		_ = s.Close()
		return nil, err
	}
	return s, nil
}

// connect opens the pools.
func (s *shared) connect(ctx context.Context, to dsn.Source) error {
	dialect, settings, err := inspect(ctx, to)
	if err != nil {
		return err
	}
	s.dialect = dialect
	if to.Postgres != nil && (s.options.Write || len(s.options.Replicas) > 0) { // which must see what was written
		to.Postgres = onlyPrimary(to.Postgres)
	}
	if s.reads, err = openPool(ctx, to, false, settings); err != nil {
		return err
	}
	if err := s.reads.ping(ctx); err != nil {
		return errors.Join(err, s.reads.close())
	}
	if s.options.Write {
		if s.writes, err = openPool(ctx, to, true, settings); err != nil {
			return errors.Join(err, s.reads.close())
		}
	}
	if err := s.replicate(ctx, to, settings); err != nil {
		return errors.Join(err, (&Store{shared: s}).Close())
	}
	return nil
}

// replicate puts replicas before the primary. One that is away now may come later.
func (s *shared) replicate(ctx context.Context, primary dsn.Source, settings []string) error {
	var replicas []*replica
	for _, name := range s.options.Replicas {
		source, err := dsn.Parse(name)
		if err != nil {
			return Invalid("replica: %v", err)
		}
		if source.Engine != primary.Engine {
			return Invalid("the replica %s is of another kind than the database %s", source, primary)
		}
		pool, err := openPool(ctx, source, false, settings)
		if err != nil {
			return err
		}
		replicas = append(replicas, &replica{database: pool, name: source.String()})
	}
	if len(replicas) > 0 {
		s.replicas = replicate(context.WithoutCancel(ctx), s.reads, replicas, s.dialect, s.options.Log)
		s.reads = s.replicas
	}
	return nil
}

// inspect finds out how to talk to a database: its dialect, and statements that set up a connection.
func inspect(ctx context.Context, source dsn.Source) (d dialect, settings []string, err error) {
	switch source.Engine {
	case dsn.MySQL:
		facts, err := inspectMySQL(ctx, source.MySQL)
		return mysqlDialect(facts), facts.settings(), err
	case dsn.Postgres:
		collation, err := inspectPostgres(ctx, source.Postgres)
		return postgresDialect(collation), nil, err
	default:
		return sqliteDialect, nil, nil
	}
}

// openPool opens connections for reading only, or for writing.
func openPool(ctx context.Context, source dsn.Source, write bool, settings []string) (database, error) {
	switch source.Engine {
	case dsn.MySQL:
		return openMySQL(source.MySQL, write, settings...)
	case dsn.Postgres:
		return openPostgres(ctx, source.Postgres, write)
	default:
		return openSQLite(ctx, source.Path, write)
	}
}

// explain says what is wrong with a database that cannot be opened. What drivers say of it may hold
// addresses and names of users, but no password, and goes to the operator alone.
func (s *shared) explain(source dsn.Source, err error) error {
	var told *Error
	if errors.As(err, &told) || interrupted(err) {
		return err
	}
	return Invalid("cannot open %s: %s", source, strings.Join(strings.Fields(err.Error()), " "))
}

// Close closes the database.
func (s *Store) Close() error {
	var err error
	if s.reads != nil {
		err = s.reads.close()
	}
	if s.writes != nil {
		err = errors.Join(err, s.writes.close())
	}
	return err
}

// Ping reports whether the database answers.
func (s *Store) Ping(ctx context.Context) error { return s.fault(ctx, s.reads.ping(ctx)) }

// checkSchema refuses a database whose revision is unknown or that lacks a column that we read.
func (s *Store) checkSchema(ctx context.Context) error {
	have := map[string][]string{}
	var table, column string
	both := []scanner{{into: text(&table)}, {into: text(&column)}}
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
	err = s.catalogue(ctx, "SELECT version_num FROM alembic_version", []scanner{{into: text(&revision)}}, func() { revisions = append(revisions, revision) })
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

// catalogue reads what a database says of itself: neither limited nor observed.
func (s *Store) catalogue(ctx context.Context, statement string, dest []scanner, visit func()) error {
	rows, err := s.from.query(ctx, statement, nil)
	if err != nil {
		return s.fault(ctx, err)
	}
	defer rows.Close()
	v := &value{}
	for rows.Next() {
		if err := rows.scan(dest, v); err != nil {
			return s.fault(ctx, err)
		}
		visit()
	}
	return s.fault(ctx, rows.Err())
}

// fault gives a driver's error its kind.
func (s *Store) fault(ctx context.Context, err error) error {
	over := ended(ctx)
	switch {
	case err == nil || (over != nil && interrupted(err)):
		return err
	case over != nil: // drivers have many words for it
		return fmt.Errorf("%w: %w", over, err)
	case interrupted(err): // a limit of the driver's own, as for connecting, looks like the end of the request
		return unavailable(errors.New(err.Error()))
	}
	if lost(err) {
		return unavailable(err)
	}
	return s.dialect.Classify(err)
}

// ended tells why a context is over, if it is. Networks know its deadline, too, and may notice first.
func ended(ctx context.Context) error {
	if deadline, ok := ctx.Deadline(); ok && ctx.Err() == nil && !time.Now().Before(deadline) {
		return context.DeadlineExceeded
	}
	return ctx.Err()
}
