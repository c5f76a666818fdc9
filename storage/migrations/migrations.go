// Package migrations makes and upgrades a schema of our own, with the tables of DECNET, on SQLite, MySQL or
// MariaDB, and PostgreSQL. It only goes forward. Processes that start at once upgrade one after the other.
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

	"github.com/pressly/goose/v3/database"
)

// versionTable records which migrations a database has seen.
const versionTable = "decnet_graph_version"

var (
	// ErrForeign tells of a database that holds tables which no migration of ours has made, as DECNET's own does.
	ErrForeign = errors.New("the database is not ours to migrate")
	// ErrNewer tells of a database that a newer release has migrated.
	ErrNewer = errors.New("the database is newer than this program")
	// ErrTriggers tells of a MySQL server that keeps a binary log and lets the user make no triggers therefore. What
	// was made before stays, and Up goes on behind it.
	ErrTriggers = errors.New("the server lets this user make no triggers")
)

// Report tells what Up has done.
type Report struct {
	From, To int64 // versions of the schema; 0 is an empty database
	Applied  []Step
}

// Step is a migration that this process has run.
type Step struct {
	Version int64
	Took    time.Duration
}

// Up runs every migration that the database has not seen. Log may be nil.
func Up(ctx context.Context, db *sql.DB, engine Engine, log *slog.Logger) (Report, error) {
	return UpTo(ctx, db, engine, math.MaxInt64, log)
}

// UpTo is Up as far as one version. A database that is further is left as it is.
func UpTo(ctx context.Context, db *sql.DB, engine Engine, version int64, log *slog.Logger) (Report, error) {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	s, err := newSchema(db, engine)
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

// Versions tells the version that the database has, which is 0 if it is empty, and the last one known, which
// may be less. It only reads.
func Versions(ctx context.Context, db *sql.DB, engine Engine) (current, latest int64, err error) {
	s, err := newSchema(db, engine)
	if err != nil {
		return 0, 0, err
	}
	current, err = s.current(ctx)
	return current, s.latest(), err
}

// schema is a database on its way through the versions.
type schema struct {
	db       *sql.DB
	engine   engine
	store    database.Store
	versions []int64 // all there are, in order
}

func newSchema(db *sql.DB, name Engine) (schema, error) {
	e, known := engines[name]
	if !known {
		return schema{}, fmt.Errorf("no migrations for database engine %q", name)
	}
	store, err := database.NewStore(e.dialect, versionTable)
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

// current is the version of the database. It fails with ErrForeign if the database is not ours.
func (s schema) current(ctx context.Context) (version int64, err error) {
	err = patiently(ctx, func() error {
		tables, err := s.tables(ctx)
		switch {
		case err != nil || len(tables) == 0:
			return err
		case !slices.Contains(tables, versionTable):
			return fmt.Errorf("%w: it has tables, such as %s, but no %s", ErrForeign, tables[0], versionTable)
		}
		version, err = s.store.GetLatestVersion(ctx, s.db)
		if errors.Is(err, database.ErrVersionNotFound) { // MySQL made the table, and then the process ended
			version, err = 0, nil
		}
		return err
	})
	return version, err
}

func (s schema) tables(ctx context.Context) ([]string, error) {
	rows, err := s.db.QueryContext(ctx, s.engine.tables)
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
	err = patiently(ctx, func() error {
		provider, err := s.provider() // one that has failed does not make its version table anymore
		if err != nil {
			return err
		}
		_, err = provider.ApplyVersion(ctx, version, true)
		if err == nil {
			applied = true
			return nil
		}
		// A faster process may have run it since: goose finds that recorded, or, on SQLite, where only the
		// transaction locks, a statement fails on what is there already.
		if now, failed := s.current(ctx); failed == nil && now >= version {
			return nil
		}
		return err
	})
	return applied, err
}
