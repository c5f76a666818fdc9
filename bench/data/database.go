package data

import (
	"fmt"
	"regexp"
)

// Database is a database of the benchmark.
type Database struct {
	Name string
	Own  bool // it has the tables that "decnet-graph migrate" creates; otherwise DECNET's tables with only DECNET's indexes
	Size Size
}

// mark is stored as the comment of a filled database, so that the next run can recognize its data.
func (d Database) mark() string { return d.Size.String() }

// Server is a database server that databases are created on.
type Server interface {
	// URL returns the URL of a database for decnet-graph.
	URL(database string) string
	// Native returns the data source name of a database for the Go driver.
	Native(database string) string
	// Migrate creates or upgrades our own tables in a database.
	Migrate(database string) error
}

// steps are the functions that create a database on one kind of server.
type steps struct {
	isMade       func() (bool, error)
	create, fill func() error
}

// make creates and fills a database unless it exists with the same data; made reports whether it did. Our own
// tables are migrated to the newest version in either case.
func (s *Source) make(server Server, d Database, with steps) (made bool, err error) {
	exists, err := with.isMade()
	if err != nil {
		return false, err
	}
	if !exists {
		if err := with.create(); err != nil {
			return false, err
		}
	}
	if d.Own {
		if err := server.Migrate(d.Name); err != nil {
			return false, err
		}
	}
	if exists {
		return false, nil
	}
	if err := with.fill(); err != nil {
		return false, fmt.Errorf("%s: %w", d.Name, err)
	}
	return true, nil
}

// respelling is a regular expression and its replacement, which adapt DECNET's SQLite DDL to another engine.
type respelling struct{ pattern, by string }

// foreignKeys matches foreign keys, which are removed: DECNET's databases violate them, and they would require
// another order of the tables.
var foreignKeys = regexp.MustCompile(`,\s*FOREIGN KEY \([a-z_]+\) REFERENCES [a-z_]+ \([a-z_]+\)( ON DELETE CASCADE)?`)

// definitions returns the statements that create DECNET's tables, without their indexes, and set the revision.
func (s *Source) definitions(spelling []respelling) []string {
	made := make([]string, 0, len(s.tables)+1)
	for _, statement := range s.tables {
		statement = foreignKeys.ReplaceAllString(statement, "")
		for _, r := range spelling {
			statement = regexp.MustCompile(r.pattern).ReplaceAllString(statement, r.by)
		}
		made = append(made, statement)
	}
	return append(made, s.revision)
}
