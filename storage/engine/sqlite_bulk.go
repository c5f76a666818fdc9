package engine

import (
	"database/sql"

	"decnetgraph/storage/engine/dsn"
)

var sqliteBulk = Bulk{
	// A view has no RowID.
	CopiedColumnsQuery: "SELECT m.name, c.name FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table'",
	OpenBulk: func(source dsn.Source, access BulkAccess) (*sql.DB, error) {
		file := source.Target.(dsn.File)
		if err := checkFile(file); err != nil {
			return nil, err
		}
		settings := map[string]string{"mode": "ro", "_query_only": "true", "_busy_timeout": "30000", "_cache_size": "-32768"}
		if access.Write {
			if err := checkMutable(file); err != nil {
				return nil, err
			}
			settings = map[string]string{"mode": "rw", "_foreign_keys": "true", "_busy_timeout": "30000", "_cache_size": "-65536"}
		}
		return sql.Open("sqlite3", sqliteURI(file, settings))
	},
	Snapshot:      []string{"BEGIN", "SELECT COUNT(*) FROM sqlite_master"}, // the first read takes the snapshot
	LongText:      "TEXT",
	Analyze:       "ANALYZE",
	InsertRows:    64,
	UntypedPrefix: "+",
	RowID:         "rowid",
	Content:       Content{Infinity: true, NumericJSON: true},
	Refusal:       sqliteRefusal,
}
