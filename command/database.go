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

	DB           string `name:"db" secret:"dsn" env:"DECNET_GRAPH_DB" placeholder:"DSN" help:"DECNET's database: a SQLite file, mysql://user:password@host/name or postgres://user:password@host/name. Without it, DECNET's own settings are used: DECNET_DB_TYPE, DECNET_DB_URL and the others."`
	PasswordFile string `name:"db-password-file" secretfile:"" env:"DECNET_GRAPH_DB_PASSWORD_FILE" placeholder:"FILE" help:"File with the password of the database, which --db then does not have; also for replicas."`
	AnyRevision  bool   `env:"DECNET_GRAPH_ANY_REVISION" help:"Also open a database of an unknown schema revision, or of none."`
}

// source is the database that the flag names, or else DECNET's own variables in the environment.
func (f databaseFlags) source() (dsn.Source, error) {
	if f.DB == "" {
		source, isSet, err := f.sourceOfDECNET()
		if err == nil && !isSet {
			return dsn.Source{}, storage.Invalid("no database named; give --db FILE, --db mysql://… or --db postgres://…, or DECNET's own settings in the environment")
		}
		return source, err
	}
	name, err := f.withPassword(f.DB)
	if err != nil {
		return dsn.Source{}, err
	}
	return engine.Parse(name)
}

// withPassword adds the password of the file to the name of a database, if the flags name such a file.
func (f databaseFlags) withPassword(name string) (string, error) {
	return withPassword(name, f.PasswordFile, "--db-password-file")
}

// withPassword adds the password in a file to the name of a database, if there is such a file. flag is the one that names it.
func withPassword(name, file, flag string) (string, error) {
	if file == "" {
		return name, nil
	}
	password, err := readSecret(file)
	if err != nil {
		return "", err
	}
	full, err := dsn.WithPassword(name, password)
	if err != nil {
		return "", storage.Invalid("%s: %v", flag, err)
	}
	return full, nil
}

// replicas adds the password of the file to the names of replicas.
func (f databaseFlags) replicas(names []string) (full []string, err error) {
	for _, name := range names {
		name, err := f.withPassword(name)
		if err != nil {
			return nil, err
		}
		full = append(full, name)
	}
	return full, nil
}

// The variables of DECNET that hold secrets. Each may also be set by a file, whose path is in the variable of that name
// with _FILE at its end.
const (
	decnetURL      = "DECNET_DB_URL"
	decnetPassword = "DECNET_DB_PASSWORD" //nolint:gosec // a variable's name
)

// sourceOfDECNET reads DECNET's own variables, with secrets from files.
func (f databaseFlags) sourceOfDECNET() (dsn.Source, bool, error) {
	files := map[string]string{decnetURL: os.Getenv(decnetURL + fileSuffix), decnetPassword: os.Getenv(decnetPassword + fileSuffix)}
	if f.PasswordFile != "" {
		files[decnetPassword] = f.PasswordFile
	}
	secrets := map[string]string{}
	for variable, path := range files {
		if path == "" {
			continue
		}
		if os.Getenv(variable) != "" {
			return dsn.Source{}, true, storage.Invalid("%s is set, and a file for it as well; unset one of them", variable)
		}
		secret, err := readSecret(path)
		if err != nil {
			return dsn.Source{}, true, err
		}
		secrets[variable] = secret
	}
	return engine.FromEnvironment(func(name string) (string, bool) {
		if secret, isSet := secrets[name]; isSet {
			return secret, true
		}
		return os.LookupEnv(name)
	})
}

// open opens the database that the flags name, see openSource.
func (f databaseFlags) open(ctx context.Context, options storage.Options, log *slog.Logger) (*storage.Store, error) {
	source, err := f.source()
	if err != nil {
		return nil, err
	}
	return f.openSource(ctx, source, options, log)
}

// openSource opens a database with its statements logged at the debug level, beside options.Observe, and waits for it as the flags say. The caller
// closes the store.
func (f databaseFlags) openSource(ctx context.Context, source dsn.Source, options storage.Options, log *slog.Logger) (*storage.Store, error) {
	options.AnyRevision, options.Log, options.Observe = f.AnyRevision, log, observeBy(options.Observe, logStatements(ctx, log))
	var store *storage.Store
	err := f.waitFlags.open(ctx, log, source, func(ctx context.Context) (err error) {
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
