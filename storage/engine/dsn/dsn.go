// Package dsn reads the name of a database: the path of a SQLite file, or the URL of a MySQL, MariaDB or
// PostgreSQL server in the forms that SQLAlchemy (and so DECNET), libpq and the drivers write. Each engine has
// one Form; package engine lists the forms that this program knows.
//
// Errors are written for the person who typed the name: one line that says what to type instead. No error and
// no printed Source shows a password. To be certain of that, errors name the scheme and the parameters of a URL
// but do not quote its other parts.
package dsn

import "log/slog"

// Source is a database that can be opened.
type Source struct {
	// Form is the form of the engine that opens the database.
	Form *Form
	// Target is what the engine's driver connects to: File, MySQLServer or PostgresServer.
	Target Target
}

// Target is a database in the terms of its driver.
type Target interface {
	// Redacted returns the name of the database without its password and parameters, in a form that Parse reads.
	Redacted() string
}

// Redacted returns the name of the database without its password and parameters, in a form that Parse reads.
func (s Source) Redacted() string {
	if s.Target == nil {
		return ""
	}
	return s.Target.Redacted()
}

// String is Redacted, so that a Source may be printed.
func (s Source) String() string { return s.Redacted() }

// GoString is Redacted, because %#v would show the driver's settings.
func (s Source) GoString() string { return s.Redacted() }

// LogValue is Redacted, so that a Source may be logged.
func (s Source) LogValue() slog.Value { return slog.StringValue(s.Redacted()) }
