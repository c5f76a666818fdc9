// Package data makes the databases of the benchmark: DECNET's tables with any number of tags. The same size and
// seed make the same rows.
package data

import (
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"strings"

	"decnetgraph/storage"
	"decnetgraph/storage/sample"
)

// Source is the sample database that rows are copied from. Only keys, references and times of a copy are new, so
// the content, from evidence to ATT&CK numbers, is what DECNET would have written.
type Source struct {
	tables, indexes []string // DDL of DECNET's tables, for SQLite
	revision        string   // statement that stores the tables' revision
	patterns        map[string]*pattern
}

// pattern holds the sample's rows of one table. Their values are escaped for a bulk load.
type pattern struct {
	columns []string
	rows    [][]string
}

// null stands for NULL in a bulk load, on PostgreSQL and MariaDB alike.
const null = `\N`

// tables lists the tables to fill, in an order that foreign keys allow. All others stay empty.
var tables = []string{"campaigns", "attacker_identities", "attackers", "attribution_state", "ttp_tag"}

// Open makes a sample database in a temporary folder and reads it into memory.
func Open(ctx context.Context) (*Source, error) {
	folder, err := os.MkdirTemp("", "decnet-graph-bench-sample-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	db, err := storage.CreateSQLite(ctx, filepath.Join(folder, "sample.db"))
	if err != nil {
		return nil, err
	}
	defer db.Close()
	const scale = 3 // about 30,000 tags of all rules
	if _, err := sample.Write(ctx, db, sample.Options{Scale: scale, Seed: 1}); err != nil {
		return nil, err
	}
	s := &Source{
		revision: "INSERT INTO alembic_version (version_num) VALUES ('" + storage.SchemaRevision + "')",
		patterns: map[string]*pattern{},
	}
	if s.tables, err = texts(ctx, db, "SELECT sql FROM sqlite_master WHERE type = 'table' ORDER BY rowid"); err != nil {
		return nil, err
	}
	if s.indexes, err = texts(ctx, db, "SELECT sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL ORDER BY rowid"); err != nil {
		return nil, err
	}
	for _, table := range tables {
		if s.patterns[table], err = read(ctx, db, table); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// texts reads a result with a single text column.
func texts(ctx context.Context, db *sql.DB, query string) ([]string, error) {
	rows, err := db.QueryContext(ctx, query)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var found []string
	for rows.Next() {
		var one string
		if err := rows.Scan(&one); err != nil {
			return nil, err
		}
		found = append(found, one)
	}
	return found, rows.Err()
}

// read reads the rows of a table in the order in which they were written, so that the tags of an attacker are
// consecutive.
func read(ctx context.Context, db *sql.DB, table string) (*pattern, error) {
	rows, err := db.QueryContext(ctx, "SELECT * FROM "+table+" ORDER BY rowid") //nolint:unqueryvet // all columns that DECNET has
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	p := &pattern{columns: columns}
	values := make([]sql.NullString, len(columns))
	dest := make([]any, len(columns))
	for i := range values {
		dest[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(dest...); err != nil {
			return nil, err
		}
		row := make([]string, len(columns))
		for i, v := range values {
			row[i] = null
			if v.Valid {
				row[i] = escape.Replace(v.String)
			}
		}
		p.rows = append(p.rows, row)
	}
	return p, rows.Err()
}

// escape escapes a text for a line of a bulk load.
var escape = strings.NewReplacer(`\`, `\\`, "\t", `\t`, "\n", `\n`, "\r", `\r`)
