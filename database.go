package main

import (
	"os"

	"decnetgraph/storage"
	"decnetgraph/storage/engine"
	"decnetgraph/storage/engine/dsn"
)

// databaseFlags say which DECNET database a command works on.
type databaseFlags struct {
	DB          string `name:"db" env:"DECNET_GRAPH_DB" placeholder:"DSN" help:"DECNET's database: a SQLite file, mysql://user:password@host/name or postgres://user:password@host/name. Without it, DECNET's own settings serve: DECNET_DB_TYPE, DECNET_DB_URL and the rest."`
	AnyRevision bool   `env:"DECNET_GRAPH_ANY_REVISION" help:"Open a database of an unknown schema revision, too."`
}

// source is the database that the flag or else the environment names.
func (f databaseFlags) source() (dsn.Source, error) {
	if f.DB == "" {
		source, found, err := engine.FromEnvironment(os.LookupEnv)
		if err == nil && !found {
			return dsn.Source{}, storage.Invalid("no database named; give --db FILE, --db mysql://… or --db postgres://…, or DECNET's own settings in the environment")
		}
		return source, err
	}
	return engine.Parse(f.DB)
}
