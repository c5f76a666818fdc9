// Package data makes the databases that the benchmark asks: the tables of DECNET, filled with as many
// tags as wanted. The same size and seed make the same rows.
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

// Source is what the rows are made from: a sample database, of which every row here is a copy under
// another key. So the content, from evidence to ATT&CK numbers, is what DECNET would have written.
type Source struct {
	tables, indexes []string // statements that make DECNET's tables, as SQLite spells them
	revision        string   // the statement that says which revision they are of
	patterns        map[string]*pattern
}

// pattern is the sample rows of one table. Their values are escaped as a bulk load wants them.
type pattern struct {
	columns []string
	rows    [][]string
}

// null is NULL in a bulk load, of PostgreSQL and MariaDB alike.
const null = `\N`

// tables are those that are filled, in an order that foreign keys allow. The others stay empty.
var tables = []string{"campaigns", "attacker_identities", "attackers", "attribution_state", "ttp_tag"}

// Open makes the source.
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
	const scale = 3 // some 30,000 tags of all rules
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

// texts reads a column of texts.
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

// read takes the rows of a table in the order they were written, in which tags of one attacker stand
// together.
func read(ctx context.Context, db *sql.DB, table string) (*pattern, error) {
	rows, err := db.QueryContext(ctx, "SELECT * FROM "+table+" ORDER BY rowid") //nolint:unqueryvet // whatever columns DECNET has
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

// escape writes a text into a line of a bulk load.
var escape = strings.NewReplacer(`\`, `\\`, "\t", `\t`, "\n", `\n`, "\r", `\r`)
