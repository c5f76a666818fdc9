package transfer

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"sync"

	"decnetgraph/storage/engine"
	"decnetgraph/storage/migrations"
)

// kind is what a column holds, the same on every engine.
type kind int

const (
	textual kind = iota
	integer
	float
	boolean
	instants
	jsonText
	octets
)

// kinds are the types of our SQLite schema.
var kinds = map[string]kind{
	"VARCHAR": textual, "TEXT": textual, "INTEGER": integer, "FLOAT": float, "BOOLEAN": boolean,
	"DATETIME": instants, "JSON": jsonText, "BLOB": octets,
}

// column is a column of a table, with the limit that the target sets.
type column struct {
	name     string
	kind     kind
	nullable bool
	epoch    bool // seconds since 1970: the digits of a number of 32 bits are not rounded
	limit    limit
}

// reference is a foreign key of one column.
type reference struct {
	column int
	parent string
	key    string // the parent's primary key
}

// index is a list of columns that the database keeps sorted.
type index struct {
	name    string
	columns []int
	unique  bool
}

// table is one of DECNET's.
type table struct {
	name       string
	columns    []column
	key        []int // the primary key
	indexes    []index
	references []reference
}

// names returns the names of the columns, not quoted.
func (t *table) names() []string {
	var names []string
	for _, c := range t.columns {
		names = append(names, c.name)
	}
	return names
}

func (t *table) keyNames() []string {
	var names []string
	for _, at := range t.key {
		names = append(names, t.columns[at].name)
	}
	return names
}

func (t *table) position(name string) int {
	return slices.IndexFunc(t.columns, func(c column) bool { return c.name == name })
}

// numbered reports whether the database can number the rows by itself.
func (t *table) numbered() bool { return len(t.key) == 1 && t.columns[t.key[0]].kind == integer }

// schema returns the tables that the migrations make, read from a database in memory. A table comes after the tables
// that it refers to. The caller may set the limits of the columns.
func schema() ([]*table, error) {
	tables, err := ownSchema()
	own := make([]*table, len(tables))
	for i, t := range tables {
		clone := *t
		clone.columns = slices.Clone(t.columns)
		own[i] = &clone
	}
	return own, err
}

var ownSchema = sync.OnceValues(func() ([]*table, error) { return readSchema(context.Background()) })

func readSchema(ctx context.Context) ([]*table, error) {
	db, err := engine.OpenMemory()
	if err != nil {
		return nil, err
	}
	defer db.Close()
	if _, err := migrations.Up(ctx, db, engine.SQLite, nil); err != nil {
		return nil, err
	}
	names, err := texts(ctx, db, "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT GLOB 'sqlite_*'"+
		" AND name NOT IN ('alembic_version', 'decnet_graph_version', 'credential_reuse_party', 'filter_value',"+
		" 'api_token', 'audit_log', 'cost_window')"+
		" AND name NOT GLOB 'rollup_*' AND name NOT GLOB 'search_*' ORDER BY rowid")
	if err != nil {
		return nil, err
	}
	var tables []*table
	for _, name := range names {
		t := &table{name: name}
		for _, describe := range []func(context.Context, *sql.DB) error{t.readColumns, t.readIndexes, t.readReferences} {
			if err := describe(ctx, db); err != nil {
				return nil, fmt.Errorf("table %s: %w", name, err)
			}
		}
		tables = append(tables, t)
	}
	return tables, nil
}

func (t *table) readColumns(ctx context.Context, db *sql.DB) error {
	rows, err := db.QueryContext(ctx, `SELECT name, type, "notnull", pk FROM pragma_table_info(?) ORDER BY cid`, t.name)
	if err != nil {
		return err
	}
	defer rows.Close()
	places := map[int]int{}
	for rows.Next() {
		var c column
		var declared string
		var notNull bool
		var place int
		if err := rows.Scan(&c.name, &declared, &notNull, &place); err != nil {
			return err
		}
		declared, _, _ = strings.Cut(declared, "(")
		var known bool
		if c.kind, known = kinds[declared]; !known {
			return fmt.Errorf("column %s has the unknown type %s", c.name, declared)
		}
		c.nullable = !notNull
		c.epoch = c.name == "ts" || strings.HasSuffix(c.name, "_ts")
		if place > 0 {
			places[place] = len(t.columns)
		}
		t.columns = append(t.columns, c)
	}
	for place := 1; place <= len(places); place++ {
		t.key = append(t.key, places[place])
	}
	return rows.Err()
}

func (t *table) readIndexes(ctx context.Context, db *sql.DB) error {
	rows, err := db.QueryContext(ctx, `SELECT i.name, i."unique", c.name FROM pragma_index_list(?) i, pragma_index_info(i.name) c
		WHERE i.origin = 'c' ORDER BY i.name, c.seqno`, t.name)
	if err != nil {
		return err
	}
	defer rows.Close()
	t.indexes = append(t.indexes, index{name: "the primary key", columns: t.key})
	for rows.Next() {
		var name, column string
		var unique bool
		if err := rows.Scan(&name, &unique, &column); err != nil {
			return err
		}
		last := &t.indexes[len(t.indexes)-1]
		if last.name != name {
			t.indexes = append(t.indexes, index{name: name, unique: unique})
			last = &t.indexes[len(t.indexes)-1]
		}
		last.columns = append(last.columns, t.position(column))
	}
	return rows.Err()
}

func (t *table) readReferences(ctx context.Context, db *sql.DB) error {
	rows, err := db.QueryContext(ctx, `SELECT "from", "table", "to" FROM pragma_foreign_key_list(?) ORDER BY id DESC`, t.name)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var from string
		var r reference
		if err := rows.Scan(&from, &r.parent, &r.key); err != nil {
			return err
		}
		r.column = t.position(from)
		t.references = append(t.references, r)
	}
	return rows.Err()
}
