// Package dsn says what the name of a database means: a SQLite file, or the URL of a MySQL, MariaDB or
// PostgreSQL server in the forms that SQLAlchemy (and so DECNET), libpq and the drivers write.
//
// Its errors are for the person who typed the name: one line that says what to type instead. No error
// and no printed Source shows a password; to make that certain, errors name a URL's scheme and parameters
// but do not quote its parts.
package dsn

import (
	"log/slog"

	"github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5"
)

// Engine is a kind of database.
type Engine string

// The engines. MariaDB is opened as MySQL; that it is MariaDB, the server says itself.
const (
	SQLite   Engine = "sqlite"
	MySQL    Engine = "mysql"
	Postgres Engine = "postgres"
)

// Source is a database that can be opened. Of its settings, those of the engine are set.
type Source struct {
	Engine Engine
	// Path is the SQLite file, relative to the working directory unless it is absolute.
	Path string
	// MySQL is ready for mysql.NewConnector; its Collation is left to be set from the database's own.
	MySQL *mysql.Config
	// Postgres is ready for pgx.ConnectConfig. Its ConnString holds no password, only Password does.
	Postgres *pgx.ConnConfig
}

// Redacted names the database without its password and parameters, in a form that Parse reads.
func (s Source) Redacted() string {
	switch {
	case s.Engine == MySQL && s.MySQL != nil:
		return redactMySQL(s.MySQL)
	case s.Engine == Postgres && s.Postgres != nil:
		return redactPostgres(s.Postgres)
	case s.Path != "" && !isPath(s.Path):
		return "sqlite:" + s.Path
	default:
		return s.Path
	}
}

// String is Redacted, so that a Source may be printed.
func (s Source) String() string { return s.Redacted() }

// GoString is Redacted: %#v would show the drivers' settings.
func (s Source) GoString() string { return s.Redacted() }

// LogValue is Redacted, so that a Source may be logged.
func (s Source) LogValue() slog.Value { return slog.StringValue(s.Redacted()) }
