package migrations

import (
	"database/sql"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"decnetgraph/storage/engine"
)

// table is what the engines must agree on.
type table struct {
	Columns    []column
	Key        []string
	Indexes    map[string]index
	References map[string]reference // by the column that has it
}

type column struct {
	Name, Kind string
	Null       bool
}

type index struct {
	Columns []string
	Unique  bool
}

type reference struct {
	Parent, Column string
	Cascade        bool
}

// Each query gives rows of a table and a JSON object.
var catalogs = map[*engine.Engine]struct{ columns, keys, indexes, references string }{
	engine.SQLite: {
		columns: `SELECT t.name, json_object('Name', c.name, 'Kind', c.type, 'Null', json(iif(c."notnull", 'false', 'true')))
			FROM sqlite_master t, pragma_table_info(t.name) c WHERE t.type = 'table' ORDER BY t.name, cid`,
		keys: `SELECT t.name, json_quote(c.name) FROM sqlite_master t, pragma_table_info(t.name) c
			WHERE t.type = 'table' AND c.pk > 0 ORDER BY t.name, c.pk`,
		// DECNET declares some as constraints of the table, whose names are in its text only.
		indexes: `SELECT t.name, json_object('Unique', json(iif(i."unique", 'true', 'false')),
				'Columns', json((SELECT json_group_array(name) FROM (SELECT name FROM pragma_index_info(i.name) ORDER BY seqno))),
				'Name', iif(i.origin = 'c', i.name, (SELECT substr(rest, 1, instr(rest, ' ') - 1) FROM
					(SELECT substr(t.sql, instr(t.sql, 'CONSTRAINT uq_') + 11) AS rest))))
			FROM sqlite_master t, pragma_index_list(t.name) i WHERE t.type = 'table' AND i.origin <> 'pk'`,
		references: `SELECT t.name, json_object('From', f."from", 'Parent', f."table", 'Column', f."to",
				'Cascade', json(iif(f.on_delete = 'CASCADE', 'true', 'false')))
			FROM sqlite_master t, pragma_foreign_key_list(t.name) f WHERE t.type = 'table'`,
	},
	engine.MySQL: {
		columns: `SELECT table_name, JSON_OBJECT('Name', column_name, 'Kind', CONCAT_WS(' ', data_type, datetime_precision, collation_name),
				'Null', is_nullable = 'YES') FROM information_schema.columns WHERE table_schema = DATABASE() ORDER BY table_name, ordinal_position`,
		keys: `SELECT table_name, JSON_QUOTE(column_name) FROM information_schema.statistics
			WHERE table_schema = DATABASE() AND index_name = 'PRIMARY' ORDER BY table_name, seq_in_index`,
		indexes: `SELECT table_name, CONCAT('{"Name":"', index_name, '","Unique":', IF(MIN(non_unique) = 0, 'true', 'false'), ',"Columns":["',
				GROUP_CONCAT(column_name ORDER BY seq_in_index SEPARATOR '","'), '"]}')
			FROM information_schema.statistics WHERE table_schema = DATABASE() AND index_name <> 'PRIMARY' GROUP BY table_name, index_name`,
		references: `SELECT k.table_name, JSON_OBJECT('From', column_name, 'Parent', k.referenced_table_name, 'Column', referenced_column_name,
				'Cascade', delete_rule = 'CASCADE')
			FROM information_schema.key_column_usage k JOIN information_schema.referential_constraints r USING (constraint_schema, constraint_name)
			WHERE constraint_schema = DATABASE()`,
	},
	engine.Postgres: {
		columns: `SELECT table_name, json_build_object('Name', column_name, 'Kind', concat_ws(' ', udt_name, datetime_precision, collation_name),
				'Null', is_nullable = 'YES') FROM information_schema.columns WHERE table_schema = 'public' ORDER BY table_name, ordinal_position`,
		keys: `SELECT i.indrelid::regclass::text, to_json(a.attname) FROM pg_index i, unnest(i.indkey) WITH ORDINALITY k (n, place), pg_attribute a
			WHERE i.indisprimary AND a.attrelid = i.indrelid AND a.attnum = k.n AND i.indrelid::regclass::text NOT LIKE 'pg_%' ORDER BY 1, place`,
		indexes: `SELECT i.indrelid::regclass::text, json_build_object('Name', c.relname, 'Unique', indisunique, 'Columns',
				(SELECT json_agg(a.attname ORDER BY place) FROM unnest(i.indkey) WITH ORDINALITY k (n, place), pg_attribute a
				WHERE a.attrelid = i.indrelid AND a.attnum = k.n AND place <= i.indnkeyatts))
			FROM pg_index i JOIN pg_class c ON c.oid = indexrelid WHERE c.relnamespace = 'public'::regnamespace AND NOT indisprimary`,
		references: `SELECT conrelid::regclass::text, json_build_object('From', a.attname, 'Parent', confrelid::regclass::text, 'Column', p.attname,
				'Cascade', confdeltype = 'c')
			FROM pg_constraint JOIN pg_attribute a ON a.attrelid = conrelid AND a.attnum = conkey[1]
			JOIN pg_attribute p ON p.attrelid = confrelid AND p.attnum = confkey[1] WHERE contype = 'f'`,
	},
}

// kinds are the types that mean the same. Text has the one collation, and instants have microseconds.
var kinds = map[string]string{
	"INTEGER": "integer", "int": "integer", "bigint": "integer", "int4": "integer", "int8": "integer",
	"VARCHAR": "text", "TEXT": "text", "JSON": "text", "varchar utf8mb4_bin": "text", "longtext utf8mb4_bin": "text", "text C": "text",
	"FLOAT": "float", "double": "float", "float8": "float",
	"BOOLEAN": "boolean", "tinyint": "boolean", "bool": "boolean",
	"DATETIME": "instant", "datetime 6": "instant", "timestamp 6": "instant",
	"BLOB": "bytes", "varbinary": "bytes", "longblob": "bytes", "bytea": "bytes",
}

// describe reads the schema of a database. It leaves out goose's table.
func describe(t *testing.T, db *sql.DB, e *engine.Engine) map[string]table {
	t.Helper()
	all := map[string]table{}
	each(t, db, catalogs[e].columns, func(name string, c column) {
		if name == versionTable || name == "sqlite_sequence" { // goose's, or for it
			return
		}
		declared, _, _ := strings.Cut(c.Kind, "(")
		if c.Kind = kinds[declared]; c.Name == "row_key" { // in bytes on MySQL, whose collation takes no notice of blanks at the end
			c.Kind = "text"
		}
		require.NotEmpty(t, c.Kind, "%s.%s is %s", name, c.Name, declared)
		one := all[name]
		if one.Columns == nil {
			one = table{Indexes: map[string]index{}, References: map[string]reference{}}
		}
		one.Columns = append(one.Columns, c)
		all[name] = one
	})
	each(t, db, catalogs[e].keys, func(name string, c string) {
		if one, ok := all[name]; ok {
			one.Key = append(one.Key, c)
			all[name] = one
		}
	})
	each(t, db, catalogs[e].indexes, func(name string, i struct {
		Name string
		index
	},
	) {
		all[name].Indexes[i.Name] = i.index
	})
	each(t, db, catalogs[e].references, func(name string, r struct {
		From string
		reference
	},
	) {
		all[name].References[r.From] = r.reference
	})
	return all
}

func each[T any](t *testing.T, db *sql.DB, query string, do func(name string, value T)) {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), query)
	require.NoError(t, err)
	defer rows.Close()
	for rows.Next() {
		var name, text string
		require.NoError(t, rows.Scan(&name, &text))
		var value T
		text = strings.NewReplacer(`"Null": 1`, `"Null": true`, `"Null": 0`, `"Null": false`,
			`"Cascade": 1`, `"Cascade": true`, `"Cascade": 0`, `"Cascade": false`).Replace(text) // as MySQL and MariaDB write them
		require.NoError(t, json.Unmarshal([]byte(text), &value), text)
		do(name, value)
	}
	require.NoError(t, rows.Err())
}

// enforced drops the references that may be NULL and do not cascade: those we only index.
func enforced(all map[string]table) map[string]table {
	for _, one := range all {
		for from, r := range one.References {
			at := slices.IndexFunc(one.Columns, func(c column) bool { return c.Name == from })
			if one.Columns[at].Null && !r.Cascade {
				delete(one.References, from)
			}
		}
	}
	return all
}
