package engine

import (
	"database/sql"
	"strings"
	"time"

	"decnetgraph/storage/engine/dsn"
)

var mysqlBulk = Bulk{
	OpenBulk: openMySQLBulk,
	Snapshot: []string{
		mysqlReadOnly,
		"SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ",
		"START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY",
	},
	Checksum: func(key []string) string {
		hash := "CRC32(CONCAT_WS(',', " + strings.Join(key, ", ") + "))"
		return "CONCAT(COALESCE(SUM(" + hash + "), 0), '.', BIT_XOR(" + hash + "))"
	},
	CopiedColumnsQuery: mysqlSyntax.ColumnsQuery,
	LimitsQuery: "SELECT table_name, column_name, data_type, CAST(COALESCE(character_maximum_length, 0) AS SIGNED) FROM information_schema.columns" +
		" WHERE table_schema = DATABASE()",
	MaxStatementQuery: "SELECT @@max_allowed_packet",
	LongText:          "LONGTEXT",
	TableOptions:      " ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
	Analyze:           "ANALYZE TABLE %s",
	InsertRows:        256,
	ClusteredKey:      true,
	Content:           Content{OnlyUTF8: true, FirstInstant: time.Date(FirstStoredYear, 1, 1, 0, 0, 0, 0, time.UTC)},
	Refusal:           mysqlRefusal,
}

func openMySQLBulk(source dsn.Source, access BulkAccess) (*sql.DB, error) {
	config := mysqlConfig(source).Clone()
	config.ParseTime = false                                                   // of 2026-00-01, the driver would make a time of the December before
	more := []mysqlSetting{{"sql_mode", mysqlMode + ",NO_AUTO_VALUE_ON_ZERO"}} // the number 0 of a row stays 0
	if access.NoForeignKeyChecks {
		more = append(more, mysqlSetting{"foreign_key_checks", "OFF"})
	}
	connector, err := mysqlSession(config, access.Write, more...)
	if err != nil {
		return nil, err
	}
	return sql.OpenDB(connector), nil
}
