// Package engine describes the database engines and runs statements on them: connection pools, transactions,
// prepared statements, replicas, wire values, driver errors, session settings, retries and SQL dialects.
//
// Each engine is one value of type Engine in files of its own. The list in registry.go is the only place that
// knows them all; packages above this one take an Engine from it and never compare names of engines.
package engine

import (
	"context"
	"database/sql"

	"decnetgraph/storage/engine/dsn"
)

// Engine describes one database engine.
type Engine struct {
	Syntax
	Bulk
	Migration

	// Form is how its databases are named; Form.Name is the name of the engine.
	Form *dsn.Form
	// Title is the name of the engine for people.
	Title string
	// Inspect connects to a database and finds out how to work with it.
	Inspect func(ctx context.Context, source dsn.Source) (Server, error)
	// OpenSQL opens a pool of database/sql with the driver's own session settings: for tests.
	OpenSQL func(source dsn.Source) (*sql.DB, error)
	// Create makes an empty database where there is none. It is nil where only an administrator of the server does.
	Create func(source dsn.Source) error
	// Diagnose looks at a database that cannot be opened, and returns an error that says what is wrong with it, or the
	// error of the driver unchanged. It is nil for servers.
	Diagnose func(source dsn.Source, err error) error
	// Lock is the named lock of a server. It is nil for SQLite, where a file serves.
	Lock *Lock
}

// Diagnosed is Diagnose of the engine of a source.
func Diagnosed(source dsn.Source, err error) error {
	if diagnose := Of(source).Diagnose; diagnose != nil && err != nil {
		return diagnose(source, err)
	}
	return err
}

// Name is the name of the engine in settings and folders, such as "sqlite".
func (e *Engine) Name() string { return e.Form.Name }

// Server is a database that was inspected.
type Server struct {
	Dialect Dialect
	// Connections is the most connections that a pool for reading opens.
	Connections int
	// Open opens a connection pool on the database or on a replica of it. It need not connect.
	Open func(ctx context.Context, source dsn.Source, access Access) (Pool, error)
}

// Access says what a pool is for.
type Access struct {
	// Write allows writing; without it, the session itself refuses every write.
	Write bool
	// Connections is the most connections of the pool; 0 means Server.Connections.
	Connections int
	// Primary connects only to the primary where the DSN names several hosts: reads must see what was written.
	Primary bool
}

// connections is the most connections of the pool.
func (a Access) connections(otherwise int) int {
	if a.Connections > 0 {
		return a.Connections
	}
	return otherwise
}

// Syntax is what the SQL and the driver of an engine have in common on all of its servers.
type Syntax struct {
	// QuoteMark stands around an identifier.
	QuoteMark string
	// Rebind writes the placeholders of a text, which are "?", as the driver expects them. No text contains a "?"
	// that is no placeholder. It is nil where the driver expects "?".
	Rebind func(text string) string
	// ColumnsQuery selects the names of all tables and views, and of their columns.
	ColumnsQuery string
	// TextIsBytes reports that the driver returns texts as bytes, like those of a binary column.
	TextIsBytes bool
	// Classify wraps a driver's error in one of the kinds of this package, such as ErrUnavailable.
	Classify func(error) error
	// Conflict reports whether the database has resolved a conflict between transactions, or a lock wait, by
	// failing this side. The same work may succeed if it is tried again.
	Conflict func(error) bool
}

// Quote quotes an identifier. Two tables of DECNET have a column "key", which MySQL reserves.
func (s Syntax) Quote(name string) string { return s.QuoteMark + name + s.QuoteMark }

// Placeholders returns the text with placeholders as the driver expects them.
func (s Syntax) Placeholders(text string) string {
	if s.Rebind == nil {
		return text
	}
	return s.Rebind(text)
}

// Migration is what the migrations of our own tables depend on.
type Migration struct {
	// Goose is the dialect's name in goose.
	Goose string
	// TablesQuery selects the names of the tables of the database, in order, without those of the engine itself.
	TablesQuery string
	// MigrationLock keeps programs that migrate the same database apart. Its keys must stay those of earlier releases,
	// which may run at the same time. It is nil where Engine.Lock is.
	MigrationLock *Lock
	// AlreadyDone reports whether a statement failed because an earlier, interrupted run had made its change. It is
	// nil where a migration is one transaction; elsewhere each DDL statement commits at once.
	AlreadyDone func(error) bool
	// TriggersRefused reports whether the server lets this user create no triggers. It may be nil.
	TriggersRefused func(error) bool
}
