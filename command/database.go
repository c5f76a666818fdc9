package command

import (
	"context"
	"log/slog"
	"os"
	"slices"

	"decnetgraph/observe"
	"decnetgraph/storage"
	"decnetgraph/storage/engine"
	"decnetgraph/storage/engine/dsn"
)

// databaseFlags are the flags of commands that open a DECNET database.
type databaseFlags struct {
	waitFlags `embed:""`

	DB          string `name:"db" env:"DECNET_GRAPH_DB" placeholder:"DSN" help:"DECNET's database: a SQLite file, mysql://user:password@host/name or postgres://user:password@host/name. Without it, DECNET's own settings are used: DECNET_DB_TYPE, DECNET_DB_URL and the others."`
	AnyRevision bool   `env:"DECNET_GRAPH_ANY_REVISION" help:"Also open a database of an unknown schema revision, or of none."`
}

// source is the database that the flag names, or else DECNET's own variables in the environment.
func (f databaseFlags) source() (dsn.Source, error) {
	if f.DB == "" {
		source, isSet, err := engine.FromEnvironment(os.LookupEnv)
		if err == nil && !isSet {
			return dsn.Source{}, storage.Invalid("no database named; give --db FILE, --db mysql://… or --db postgres://…, or DECNET's own settings in the environment")
		}
		return source, err
	}
	return engine.Parse(f.DB)
}

// open opens the database with its statements logged at the debug level, beside options.Observe, and waits for it as the flags say. The caller
// closes the store.
func (f databaseFlags) open(ctx context.Context, options storage.Options, log *slog.Logger) (*storage.Store, error) {
	source, err := f.source()
	if err != nil {
		return nil, err
	}
	options.AnyRevision, options.Log, options.Observe = f.AnyRevision, log, observeBy(options.Observe, logStatements(ctx, log))
	var store *storage.Store
	err = f.waitFlags.open(ctx, log, source, func(ctx context.Context) (err error) {
		store, err = storage.OpenSource(ctx, source, options)
		return err
	})
	return store, err
}

// observeBy calls all functions that are not nil; nil if there are none.
func observeBy(functions ...func(context.Context, storage.Statement)) func(context.Context, storage.Statement) {
	functions = slices.DeleteFunc(functions, func(f func(context.Context, storage.Statement)) bool { return f == nil })
	switch len(functions) {
	case 0:
		return nil
	case 1:
		return functions[0]
	}
	return func(ctx context.Context, s storage.Statement) {
		for _, f := range functions {
			f(ctx, s)
		}
	}
}

// logStatements returns a function that logs every statement with its rows and its time, or nil if the
// debug level is not logged, so that statements are not observed at all.
func logStatements(ctx context.Context, log *slog.Logger) func(context.Context, storage.Statement) {
	if !log.Enabled(ctx, slog.LevelDebug) {
		return nil
	}
	return func(ctx context.Context, s storage.Statement) {
		log.DebugContext(ctx, "statement", "rows", s.Rows, "took", s.Took, "error", s.Err, "sql", observe.NormalizeSQL(s.SQL))
	}
}
