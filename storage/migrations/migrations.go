// Package migrations makes and upgrades our own schema, with the tables of DECNET, on each engine. There are no
// downgrades. Processes that start at the same time upgrade one after the other.
//
// The folder of each engine has the name of the engine and the SQL files.
package migrations

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"slices"
	"time"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/database"

	"decnetgraph/storage/engine"
)

// versionTable records which migrations a database has.
const versionTable = "decnet_graph_version"

var (
	// ErrForeign means that the database has tables which none of our migrations has made, as DECNET's own has.
	ErrForeign = errors.New("the database is not ours to migrate")
	// ErrNewer means that a newer release has migrated the database.
	ErrNewer = errors.New("the database is newer than this program")
	// ErrTriggers means that a MySQL server has a binary log and, for that reason, lets the user create no triggers.
	// The changes before the triggers stay, and the next Up continues after them.
	ErrTriggers = errors.New("the server lets this user make no triggers")
)

// Report says what Up has done.
type Report struct {
	From, To int64 // versions of the schema; 0 is that of an empty database
	Applied  []Step
}

// Step is a migration that this process has run.
type Step struct {
	Version int64
	Took    time.Duration
}

// Up runs every migration that the database does not have yet. Log may be nil.
func Up(ctx context.Context, db *sql.DB, e *engine.Engine, log *slog.Logger) (Report, error) {
	return UpTo(ctx, db, e, math.MaxInt64, log)
}

// UpTo is Up up to one version. A database that has a later version stays unchanged.
func UpTo(ctx context.Context, db *sql.DB, e *engine.Engine, version int64, log *slog.Logger) (Report, error) {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	s, err := newSchema(db, e)
	if err != nil {
		return Report{}, err
	}
	from, err := s.current(ctx)
	if err != nil {
		return Report{}, err
	}
	report := Report{From: from, To: from}
	if from > s.latest() {
		return report, fmt.Errorf("%w: its schema has version %d, and %d is the last known", ErrNewer, from, s.latest())
	}
	for _, next := range s.versions {
		if next <= from || next > version {
			continue
		}
		start := time.Now()
		applied, err := s.apply(ctx, next)
		if err != nil {
			return report, fmt.Errorf("migrate the database to version %d: %w", next, err)
		}
		report.To = next
		if applied {
			step := Step{Version: next, Took: time.Since(start)}
			report.Applied = append(report.Applied, step)
			log.InfoContext(ctx, "database migrated", "version", step.Version, "took", step.Took)
		}
	}
	return report, nil
}

// Versions returns the version of the database, which is 0 if it is empty, and the latest version that is known, which
// may be lower. It only reads.
func Versions(ctx context.Context, db *sql.DB, e *engine.Engine) (current, latest int64, err error) {
	s, err := newSchema(db, e)
	if err != nil {
		return 0, 0, err
	}
	current, err = s.current(ctx)
	return current, s.latest(), err
}

// schema is a database that is being migrated.
type schema struct {
	db       *sql.DB
	engine   *engine.Engine
	store    database.Store
	versions []int64 // all that are known, in order
}

func newSchema(db *sql.DB, e *engine.Engine) (schema, error) {
	store, err := database.NewStore(goose.Dialect(e.Goose), versionTable)
	if err != nil {
		return schema{}, err
	}
	s := schema{db: db, engine: e, store: store}
	provider, err := s.provider()
	if err != nil {
		return schema{}, err
	}
	for _, source := range provider.ListSources() {
		s.versions = append(s.versions, source.Version)
	}
	return s, nil
}

func (s schema) latest() int64 { return s.versions[len(s.versions)-1] }

// current returns the version of the database. It fails with ErrForeign if the database is not ours.
func (s schema) current(ctx context.Context) (version int64, err error) {
	err = s.retryWhileLocked(ctx, func() error {
		tables, err := s.tables(ctx)
		switch {
		case err != nil || len(tables) == 0:
			return err
		case !slices.Contains(tables, versionTable):
			return fmt.Errorf("%w: it has tables, such as %s, but no %s", ErrForeign, tables[0], versionTable)
		}
		version, err = s.store.GetLatestVersion(ctx, s.db)
		if errors.Is(err, database.ErrVersionNotFound) { // MySQL has made the table, but the process ended before the first version
			version, err = 0, nil
		}
		return err
	})
	return version, err
}

func (s schema) tables(ctx context.Context) ([]string, error) {
	rows, err := s.db.QueryContext(ctx, s.engine.TablesQuery)
	if err != nil {
		return nil, fmt.Errorf("list the tables: %w", err)
	}
	defer rows.Close()
	var names []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, fmt.Errorf("list the tables: %w", err)
		}
		names = append(names, name)
	}
	return names, rows.Err()
}

// apply runs one migration, unless another process does so first.
func (s schema) apply(ctx context.Context, version int64) (applied bool, err error) {
	err = s.retryWhileLocked(ctx, func() error {
		provider, err := s.provider() // a provider that has failed once does not create its version table again
		if err != nil {
			return err
		}
		_, err = provider.ApplyVersion(ctx, version, true)
		if err == nil {
			applied = true
			return nil
		}
		// A faster process may have run it since. Goose then finds it recorded. On SQLite, where only the transaction
		// locks, a statement fails because the thing that it creates exists.
		if now, failed := s.current(ctx); failed == nil && now >= version {
			return nil
		}
		return err
	})
	return applied, err
}
