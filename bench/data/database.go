package data

import (
	"fmt"
	"regexp"
)

// Database is one that the benchmark asks.
type Database struct {
	Name string
	Own  bool // has the tables that "decnet-graph migrate" makes; otherwise DECNET's, with DECNET's indexes and no others
	Size Size
}

// mark is kept with a database that is filled.
func (d Database) mark() string { return d.Size.String() }

// Server is where databases are made.
type Server interface {
	// URL names a database to decnet-graph.
	URL(database string) string
	// Native names it to the Go driver.
	Native(database string) string
	// Migrate makes or upgrades our own tables in a database.
	Migrate(database string) error
}

// steps make a database on one kind of server.
type steps struct {
	isMade       func() (bool, error)
	create, fill func() error
}

// make takes the steps. Our own tables are brought to the newest version in a database from an earlier
// run, too.
func (s *Source) make(server Server, d Database, with steps) (made bool, err error) {
	there, err := with.isMade()
	if err != nil {
		return false, err
	}
	if !there {
		if err := with.create(); err != nil {
			return false, err
		}
	}
	if d.Own {
		if err := server.Migrate(d.Name); err != nil {
			return false, err
		}
	}
	if there {
		return false, nil
	}
	if err := with.fill(); err != nil {
		return false, fmt.Errorf("%s: %w", d.Name, err)
	}
	return true, nil
}

// respelling is how one kind of server spells what DECNET's tables are made of.
type respelling struct{ pattern, by string }

// foreignKeys are left out: DECNET's databases break them, and they would want the tables in another order.
var foreignKeys = regexp.MustCompile(`,\s*FOREIGN KEY \([a-z_]+\) REFERENCES [a-z_]+ \([a-z_]+\)( ON DELETE CASCADE)?`)

// definitions are the statements that make DECNET's tables, without their indexes.
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
